// Schemas read by their type, with the schemas that they refer to. Reading one costs much more than keeping its text, so that all stay
// texts and those in use stay read, up to a limit. Confluent: AbstractSchemaProvider.resolveReferences, the two schema caches.

import { errors } from '../errors.ts'
import type { RegistryLimits } from '../limits.ts'
import { InvalidSchemaError } from '../types/invalid-schema-error.ts'
import type { ResolvedReference, Schema, SchemaType } from '../types/schema-type.ts'
import type { SchemaReference, SchemaVersion } from './entities.ts'
import { isDeeperThan } from './json-depth.ts'
import { guidOf } from './schema-guid.ts'
import type { RegistryState } from './state.ts'
import { contextOf, relativeTo } from './subject-name.ts'

/** A text to be read: a version's, or one that a client sent. */
export interface SchemaSource {
  readonly subject: string
  readonly type: string
  readonly text: string
  readonly references: ReadonlyArray<Partial<SchemaReference>>
}

export interface ParsedSchema {
  readonly schema: Schema
  /** With the versions that -1 (the latest) stood for. */
  readonly references: readonly SchemaReference[]
}

type Limits = Pick<RegistryLimits, 'referencesMax' | 'parsedCharsMax' | 'jsonDepthMax'>

/** What an entry costs besides its text. */
const entryChars = 1024

export class ParsedSchemas {
  readonly #state: RegistryState
  readonly #types: ReadonlyMap<string, SchemaType>
  readonly #limits: Limits
  /** The one used last is the last. */
  readonly #parsed = new Map<string, ParsedSchema & { readonly chars: number }>()
  #chars = 0
  #removalCount = 0

  constructor(state: RegistryState, types: readonly SchemaType[], limits: Limits) {
    this.#state = state
    this.#types = new Map(types.map(type => [type.name, type]))
    this.#limits = limits
  }

  get typeNames(): string[] {
    return [...this.#types.keys()]
  }

  /** How many are read at the moment. */
  get count(): number {
    return this.#parsed.size
  }

  get chars(): number {
    return this.#chars
  }

  /** @throws RegistryError 42201 */
  ofVersion({ subject, content }: SchemaVersion): Schema {
    return this.parse({ subject, ...content }, { isNew: false }).schema
  }

  /**
   * @param options isNew: references may not be deleted (what is stored already may refer to a version deleted since)
   * @throws RegistryError 42201 that says where and what
   */
  parse(source: SchemaSource, options: { readonly isNew: boolean }): ParsedSchema {
    const type = this.#types.get(source.type)
    if (type === undefined) throw this.#unknownType(source.type)
    try {
      const { references, resolved } = this.#resolve(source, options.isNew)
      return this.#cached({ ...source, references }, resolved, { type, isStored: !options.isNew })
    } catch (cause) {
      if (!(cause instanceof InvalidSchemaError)) throw cause
      throw errors.invalidSchema(`Invalid schema of type ${source.type}, details: ${cause.message}`, cause)
    }
  }

  // References are looked up each time, which costs little, so that a reference that has gone or has been replaced is noticed.
  #cached(
    source: SchemaSource & { readonly references: readonly SchemaReference[] },
    resolved: readonly ResolvedReference[],
    { type, isStored }: { readonly type: SchemaType; readonly isStored: boolean },
  ): ParsedSchema {
    this.#forgetRemoved()
    const { references, text } = source
    const guid = guidOf({ text, references, metadata: undefined, ruleSet: undefined })
    const name = `${isStored ? 'stored' : 'new'} ${contextOf(source.subject)} ${source.type} ${guid}`
    const known = this.#parsed.get(name)
    if (known) {
      this.#parsed.delete(name)
      this.#parsed.set(name, known)
      return known
    }
    if (isDeeperThan(text, this.#limits.jsonDepthMax)) {
      throw new InvalidSchemaError(
        '',
        `it nests deeper than ${this.#limits.jsonDepthMax} levels; split it by references`,
      )
    }
    const parsed = { schema: type.parse(text, resolved, { isStored }), references, chars: text.length + entryChars }
    this.#parsed.set(name, parsed)
    this.#chars += parsed.chars
    this.#shrink()
    return parsed
  }

  #shrink(): void {
    for (const [name, { chars }] of this.#parsed) {
      if (this.#chars <= this.#limits.parsedCharsMax || this.#parsed.size === 1) return
      this.#parsed.delete(name)
      this.#chars -= chars
    }
  }

  #forgetRemoved(): void {
    if (this.#removalCount === this.#state.removalCount) return
    this.#removalCount = this.#state.removalCount
    this.#parsed.clear()
    this.#chars = 0
  }

  #resolve({ subject, references }: SchemaSource, isNew: boolean) {
    if (references.length === 0) return { references: [], resolved: [] }
    const resolved: ResolvedReference[] = []
    const whole = this.#resolveInto(resolved, new Set(), subject, references, isNew)
    return { references: whole, resolved }
  }

  // A name that was met before is not followed again, which also ends circles.
  #resolveInto(
    resolved: ResolvedReference[],
    met: Set<string>,
    subject: string,
    references: ReadonlyArray<Partial<SchemaReference>>,
    isNew: boolean,
  ): SchemaReference[] {
    return references.map(reference => {
      const { whole, target } = this.#find(subject, reference, isNew)
      if (met.has(whole.name)) return whole
      met.add(whole.name)
      if (met.size > this.#limits.referencesMax) {
        throw new InvalidSchemaError(
          '',
          `it refers to more than ${this.#limits.referencesMax} schemas; put some of them together`,
        )
      }
      this.#resolveInto(resolved, met, target.subject, target.content.references, isNew)
      resolved.push({ name: whole.name, subject: target.subject, version: target.version, text: target.content.text })
      return whole
    })
  }

  #find(subject: string, reference: Partial<SchemaReference>, isNew: boolean) {
    const { name, subject: named, version } = reference
    if (name === undefined || named === undefined || version === undefined) {
      const sent = JSON.stringify(reference)
      throw new InvalidSchemaError('', `Invalid reference: ${sent} has to have a name, a subject and a version`)
    }
    const from = relativeTo(subject, named)
    const target = version === -1 ? this.#state.latestOf(from) : this.#state.version(from, version)
    if (target === undefined || (isNew && target.isDeleted)) {
      throw new InvalidSchemaError('', `No schema reference found for subject "${from}" and version ${version}`)
    }
    return { whole: { name, subject: named, version: target.version }, target }
  }

  #unknownType(name: string) {
    const known = this.typeNames.join(', ')
    const sentence =
      name === 'JSON' || name === 'PROTOBUF'
        ? `: ${name} schemas are not read yet; register ${known}`
        : `: the types are ${known}`
    return errors.invalidSchema(`Invalid schema type ${name}${sentence}`)
  }
}
