// Schema files that refer to each other's names: which needs which, and an order in which each can be read after those it needs.
// Pure: paths and texts in, files or faults out; who reads them from a disk is cli/schema.

import type { AvroSchema } from '../avro/avro-schema.ts'
import { avroType } from '../avro/avro-type.ts'
import { readJson } from '../avro/json-reader.ts'
import type { JsonValue } from '../avro/json-value.ts'
import { InvalidSchemaError } from '../types/invalid-schema-error.ts'
import type { ResolvedReference } from '../types/schema-type.ts'
import { schemaNames } from './schema-names.ts'

export interface FileText {
  readonly path: string
  readonly text: string
}

export interface SchemaFile {
  readonly path: string
  readonly text: string
  /** The full name of what it defines at the top; undefined for a union, an array, a primitive. */
  readonly name: string | undefined
  /** Full names that it defines, in order. */
  readonly defined: readonly string[]
  /** Files that define what it uses, without those that these need themselves. */
  readonly needs: readonly SchemaFile[]
  /** Which name of which file it uses. */
  readonly references: readonly FileReference[]
  readonly schema: AvroSchema
}

export interface FileReference {
  readonly name: string
  readonly file: SchemaFile
}

/** Something about one file that keeps it from being used. */
export interface FileFault {
  readonly path: string
  readonly sentence: string
}

export interface SchemaFiles {
  /** Each after those that it needs. */
  readonly files: readonly SchemaFile[]
  readonly faults: readonly FileFault[]
}

interface Draft extends FileText {
  /** Undefined for what is no JSON. */
  readonly json: JsonValue | undefined
  readonly defined: readonly string[]
  readonly name: string | undefined
}

/** Reads what can be read; what cannot is a fault each, and so is a file that needs it. */
export function schemaFilesOf(texts: readonly FileText[]): SchemaFiles {
  return new Reading(texts).result()
}

class Reading {
  readonly #drafts: Draft[] = []
  readonly #byName = new Map<string, Draft>()
  readonly #done = new Map<Draft, SchemaFile | undefined>()
  readonly #files: SchemaFile[] = []
  readonly #faults: FileFault[] = []

  constructor(texts: readonly FileText[]) {
    for (const { path, text } of texts) this.#take(path, text)
  }

  result(): SchemaFiles {
    for (const draft of this.#drafts) this.#file(draft, [])
    return { files: this.#files, faults: this.#faults }
  }

  #take(path: string, text: string): void {
    const json = jsonOf(text)
    // What is no JSON is told about by the reader of schemas, which says where.
    const { defined, ownName: name } = json === undefined ? { defined: [], ownName: undefined } : schemaNames(json)
    const draft = { path, text, json, defined, name }
    this.#drafts.push(draft)
    for (const each of defined) {
      const other = this.#byName.get(each)
      // The file that is named after a type is the one that others mean.
      if (other === undefined || (name === each && other.name !== each)) this.#byName.set(each, draft)
      else if (name === each) this.#fault(path, `${each} is defined in ${other.path} too: rename one of them`)
    }
  }

  /** `above`: the files that led here, for circles. */
  #file(draft: Draft, above: readonly Draft[]): SchemaFile | undefined {
    if (this.#done.has(draft)) return this.#done.get(draft)
    if (above.includes(draft)) {
      this.#circle([...above.slice(above.indexOf(draft)), draft])
      return undefined
    }
    const file = this.#read(draft, [...above, draft])
    // A circle through it may have been told already.
    if (!this.#done.has(draft)) this.#done.set(draft, file)
    if (file !== undefined) this.#files.push(file)
    return file
  }

  #circle(drafts: readonly Draft[]): void {
    const paths = drafts.map(({ path }) => path).join(' -> ')
    const sentence = `${paths} refer to each other in a circle: a registry takes a schema after those that it refers to. Put them into one file`
    if (!this.#faults.some(fault => fault.sentence === sentence)) this.#fault(drafts[0]!.path, sentence)
  }

  #read(draft: Draft, above: readonly Draft[]): SchemaFile | undefined {
    const used = draft.json === undefined ? [] : schemaNames(draft.json, new Set(this.#byName.keys())).used
    const references: FileReference[] = []
    for (const name of used) {
      const other = this.#byName.get(name)
      if (other === undefined) continue
      const file = this.#file(other, above)
      if (file === undefined) {
        this.#fault(draft.path, `it needs ${name} of ${other.path}, which cannot be used`)
        return undefined
      }
      references.push({ name, file })
    }
    const needs = [...new Set(references.map(({ file }) => file))]
    const missing = used.filter(name => !this.#byName.has(name))
    const schema = this.#parse(draft, needs, missing)
    if (schema === undefined) return undefined
    const { path, text, name, defined } = draft
    return { path, text, name, defined, needs, references, schema }
  }

  #parse({ path, text }: Draft, needs: readonly SchemaFile[], missing: readonly string[]): AvroSchema | undefined {
    try {
      return avroType.parse(text, resolvedReferences(needs))
    } catch (error) {
      if (!(error instanceof InvalidSchemaError)) throw error
      const help = missing.length === 0 ? '' : `; none of the files given defines ${missing.join(', ')}`
      this.#fault(path, `${error.message}${help}`)
      return undefined
    }
  }

  #fault(path: string, sentence: string): void {
    this.#faults.push({ path, sentence })
  }
}

function jsonOf(text: string): JsonValue | undefined {
  try {
    return readJson(text)
  } catch (error) {
    if (error instanceof InvalidSchemaError) return undefined
    throw error
  }
}

/** What the files need, and what that needs, each once and after what it needs itself. */
export function withAllNeeds(files: readonly SchemaFile[]): SchemaFile[] {
  const all = new Set<SchemaFile>()
  const add = (file: SchemaFile) => {
    if (all.has(file)) return
    for (const each of file.needs) add(each)
    all.add(file)
  }
  for (const file of files) add(file)
  return [...all]
}

/** As the reader of schemas takes them. Subject and version are those of a registry, which does not know the files yet. */
export function resolvedReferences(needs: readonly SchemaFile[]): ResolvedReference[] {
  return withAllNeeds(needs).map(({ path, name, text }) => ({ name: name ?? path, subject: path, version: 1, text }))
}
