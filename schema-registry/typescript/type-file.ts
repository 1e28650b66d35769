// The file that `millrace schema types` writes: a type for each named type of the schemas, and for each file its schema as a value, with
// which a serde is made. Pure, and the same for the same schemas.

import {
  type AvroField,
  type AvroNode,
  type EnumNode,
  isNamed,
  type NamedNode,
  type RecordNode,
} from '../avro/avro-node.ts'
import type { LongForm } from '../avro/codec/decoder.ts'
import type { SchemaFile } from '../schema-files/schema-files.ts'
import { inputName, nameOfFile, schemaName, typeNames } from './type-names.ts'
import { type Form, type TypeContext, typeText } from './value-types.ts'

export interface TypeFileOptions {
  /** 'either' when left out. */
  readonly longs?: LongForm
  /** Where the types of schemas come from; 'millrace/serde' when left out. */
  readonly serdeModule?: string
}

/** `files`: each after those that it needs. Ends in a newline. */
export function typeFile(files: readonly SchemaFile[], options: TypeFileOptions = {}): string {
  return new TypeFile(files, options).text()
}

/** Types with a declaration of their own. */
type Declared = RecordNode | EnumNode

class TypeFile {
  readonly #files: readonly SchemaFile[]
  readonly #options: TypeFileOptions
  readonly #declared: readonly Declared[]
  readonly #names: ReadonlyMap<string, string>
  /** Full names of records for which writing takes something else than reading gives. */
  readonly #differing: ReadonlySet<string>
  readonly #context: TypeContext

  constructor(files: readonly SchemaFile[], options: TypeFileOptions) {
    this.#files = files
    this.#options = options
    const named = namedNodes(files.map(({ schema }) => schema.node))
    this.#declared = named.filter(node => node.kind !== 'fixed')
    const unnamed = files.filter(({ schema }) => !isDeclared(schema.node)).map(unnamedName)
    this.#names = typeNames([...this.#declared.map(({ name }) => name.full), ...unnamed])
    const differing = new Set<string>()
    this.#differing = differing
    this.#context = {
      longs: options.longs ?? 'either',
      nameOf: (fullName, form) => {
        const name = this.#names.get(fullName)!
        return form === 'input' && differing.has(fullName) ? inputName(name) : name
      },
    }
    this.#findDiffering(differing)
  }

  text(): string {
    const { serdeModule = 'millrace/serde' } = this.#options
    const parts = [
      '// Written by `millrace schema types`. Change the schemas, not this file: the next run writes it anew.\n' +
        '/* eslint-disable */\n' +
        '// biome-ignore-all lint: generated\n\n' +
        `import type { SchemaOf } from '${serdeModule}'`,
      ...this.#declared.map(node => (node.kind === 'enum' ? this.#enumText(node) : this.#recordText(node))),
      ...this.#files.map(file => this.#schemaText(file)),
    ]
    return `${parts.join('\n\n')}\n`
  }

  /** A record differs when one of its fields does, and that may be of a record that differs: until there are no more. */
  #findDiffering(differing: Set<string>): void {
    const records = this.#declared.filter(node => node.kind === 'record')
    for (let before = -1; before !== differing.size; ) {
      before = differing.size
      for (const record of records) {
        if (record.fields.some(field => this.#differs(field))) differing.add(record.name.full)
      }
    }
  }

  #differs({ default: standard, type }: AvroField): boolean {
    return standard !== undefined || this.#type(type, 'value') !== this.#type(type, 'input')
  }

  #type(node: AvroNode, form: Form): string {
    return typeText(node, form, this.#context)
  }

  #enumText(node: EnumNode): string {
    const symbols = node.symbols.map(symbol => `'${symbol}'`).join(' | ')
    return `${docText(node.doc, node, '')}export type ${this.#names.get(node.name.full)} = ${symbols || 'never'}`
  }

  #recordText(record: RecordNode): string {
    const name = this.#names.get(record.name.full)!
    const value = `${docText(record.doc, record, '')}export interface ${name} ${this.#fieldsText(record, 'value')}`
    if (!this.#differing.has(record.name.full)) return value
    const about = `/** {@link ${name}} as it may be written: what has a default may be left out. */\n`
    return `${value}\n\n${about}export interface ${inputName(name)} ${this.#fieldsText(record, 'input')}`
  }

  #fieldsText({ fields }: RecordNode, form: Form): string {
    if (fields.length === 0) return '{}'
    const lines = fields.map(field => {
      const mark = form === 'input' && field.default !== undefined ? '?' : ''
      return `${docText(field.doc, undefined, '  ')}  ${field.name}${mark}: ${this.#type(field.type, form)}\n`
    })
    return `{\n${lines.join('')}}`
  }

  /** The schema of a file, and a type for it where what it defines has no name. */
  #schemaText(file: SchemaFile): string {
    const { node, canonicalText } = file.schema
    const name = this.#nameOf(file)
    const [value, input] = [this.#type(node, 'value'), this.#type(node, 'input')]
    const own = isDeclared(node) ? '' : `export type ${name} = ${value}\n\n`
    const types = value === input ? value : `${value}, ${input}`
    const lines = [
      `  schema: ${literal(canonicalText)},`,
      ...(file.needs.length === 0 ? [] : [`  references: [${this.#referencesText(file)}],`]),
      `  longs: '${this.#context.longs}',`,
    ]
    return `${own}export const ${schemaName(name)}: SchemaOf<${types}> = {\n${lines.join('\n')}\n}`
  }

  #nameOf({ path, schema: { node } }: SchemaFile): string {
    return this.#names.get(isDeclared(node) ? node.name.full : unnamedName({ path }))!
  }

  #referencesText(file: SchemaFile): string {
    return file.needs
      .map(need => {
        const used = need.name ?? file.references.find(reference => reference.file === need)!.name
        return `{ name: '${used}', schema: ${schemaName(this.#nameOf(need))} }`
      })
      .join(', ')
  }
}

const isDeclared = (node: AvroNode): node is Declared =>
  (node.kind === 'record' || node.kind === 'enum') && node.logicalType === undefined

/** Of all schemas, in the order of their first use, each once. */
function namedNodes(roots: readonly AvroNode[]): NamedNode[] {
  const found = new Map<string, NamedNode>()
  const walk = (node: AvroNode): void => {
    if (isNamed(node)) {
      if (found.has(node.name.full)) return
      found.set(node.name.full, node)
    }
    for (const each of inside(node)) walk(each)
  }
  for (const root of roots) walk(root)
  return [...found.values()]
}

function inside(node: AvroNode): readonly AvroNode[] {
  if (node.kind === 'record') return node.fields.map(({ type }) => type)
  if (node.kind === 'union') return node.types
  if (node.kind === 'array') return [node.items]
  return node.kind === 'map' ? [node.values] : []
}

/** `named`: its full name is told, and what it was called before. */
function docText(doc: string | undefined, named: NamedNode | undefined, indent: string): string {
  const lines = doc === undefined || doc.trim() === '' ? [] : doc.trim().split(/\r?\n/)
  if (named !== undefined && named.name.space !== undefined) lines.push(`Avro: ${named.name.full}`)
  if (lines.length === 0) return ''
  // What would end the comment does not.
  const safe = lines.map(line => line.replaceAll('*/', '*\\/').trimEnd())
  if (safe.length === 1) return `${indent}/** ${safe[0]} */\n`
  return `${indent}/**\n${safe.map(line => `${indent} * ${line}`.trimEnd()).join('\n')}\n${indent} */\n`
}

/** In single quotes; line separators of Unicode are escaped as well. */
function literal(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")
  return `'${inner.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}'`
}

/** In a namespace of its own, so that a type of that name is told apart from it. */
const unnamedName = ({ path }: Pick<SchemaFile, 'path'>) => `file.${nameOfFile(path)}`
