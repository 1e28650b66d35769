// A schema as text: attributes in Java's order, names without their namespace where it is the one around them, a type that is
// known already by its name alone. Two registrations are the same schema when this text is the same.
// Source: Schema.toString and toJson, Avro 1.12.2.

import { InvalidSchemaError } from '../types/invalid-schema-error.ts'
import { type AvroName, qualified } from './avro-name.ts'
import { type AvroField, type AvroNode, isNamed, type NamedNode, type RecordNode } from './avro-node.ts'
import { jsonDepthMax } from './json-reader.ts'
import { jsonText, quoted } from './json-text.ts'
import { depthOfJson, type JsonObject, type JsonValue } from './json-value.ts'

/** What may be spelled differently without a difference in meaning. */
export interface Spelling {
  props(node: AvroNode): JsonObject
  propsOfField(field: AvroField): JsonObject
  kindOfRecord(record: RecordNode): 'record' | 'error'
  doc(type: NamedNode): string | undefined
  aliases(type: NamedNode): readonly AvroName[]
  aliasesOfField(field: AvroField): readonly string[]
  default(field: AvroField): JsonValue | undefined
}

/** As the author has it. */
export const asWritten: Spelling = {
  props: node => node.props,
  propsOfField: field => field.props,
  kindOfRecord: record => (record.isError ? 'error' : 'record'),
  doc: type => type.doc,
  aliases: type => type.aliases,
  aliasesOfField: field => field.aliases,
  default: field => field.default,
}

/**
 * @param known full names of types that are not to be defined in the text
 * @throws InvalidSchemaError when the text would be nested so deeply that nobody could read it
 */
export function schemaText(root: AvroNode, known: Iterable<string> = [], spelling: Spelling = asWritten): string {
  return new SchemaWriter(known, spelling).write(root, undefined)
}

class SchemaWriter {
  readonly #known: Set<string>
  readonly #spelling: Spelling
  #depth = 0

  constructor(known: Iterable<string>, spelling: Spelling) {
    this.#known = new Set(known)
    this.#spelling = spelling
  }

  /** @param space the namespace around it */
  write(node: AvroNode, space: string | undefined): string {
    if (isNamed(node)) return this.#reference(node, space) ?? this.#nested(1, () => this.#definition(node, space))
    if (node.kind === 'union')
      return this.#nested(1, () => `[${node.types.map(type => this.write(type, space)).join()}]`)
    if (node.kind === 'array') return this.#nested(1, () => this.#container('array', 'items', node.items, node, space))
    if (node.kind === 'map') return this.#nested(1, () => this.#container('map', 'values', node.values, node, space))
    const props = this.#spelling.props(node)
    return props.size === 0 ? `"${node.kind}"` : this.#nested(1, () => `{"type":"${node.kind}"${this.#props(props)}}`)
  }

  #reference({ name }: NamedNode, space: string | undefined): string | undefined {
    if (this.#known.has(name.full)) return quoted(qualified(name, space))
    this.#known.add(name.full)
    return undefined
  }

  #definition(node: NamedNode, space: string | undefined): string {
    const { name } = node
    const kind = node.kind === 'record' ? this.#spelling.kindOfRecord(node) : node.kind
    const doc = this.#spelling.doc(node)
    const parts = [
      `{"type":"${kind}","name":${quoted(name.simple)}`,
      name.space === space ? '' : `,"namespace":${quoted(name.space ?? '')}`,
      doc === undefined ? '' : `,"doc":${quoted(doc)}`,
      this.#content(node),
      this.#props(this.#spelling.props(node)),
      aliasesText(this.#spelling.aliases(node).map(alias => qualified(alias, name.space))),
    ]
    return `${parts.join('')}}`
  }

  #content(node: NamedNode): string {
    if (node.kind === 'fixed') return `,"size":${node.size}`
    if (node.kind === 'record') {
      return this.#nested(
        1,
        () => `,"fields":[${node.fields.map(field => this.#field(field, node.name.space)).join()}]`,
      )
    }
    const symbols = `,"symbols":[${node.symbols.map(quoted).join()}]`
    return node.defaultSymbol === undefined ? symbols : `${symbols},"default":${quoted(node.defaultSymbol)}`
  }

  #field(field: AvroField, space: string | undefined): string {
    const value = this.#spelling.default(field)
    const parts = [
      `{"name":${quoted(field.name)},"type":${this.#nested(1, () => this.write(field.type, space))}`,
      field.doc === undefined ? '' : `,"doc":${quoted(field.doc)}`,
      value === undefined ? '' : `,"default":${this.#json(value)}`,
      field.order === 'ascending' ? '' : `,"order":"${field.order}"`,
      aliasesText(this.#spelling.aliasesOfField(field)),
      this.#props(this.#spelling.propsOfField(field)),
    ]
    return `${parts.join('')}}`
  }

  #container(kind: string, key: string, child: AvroNode, node: AvroNode, space: string | undefined): string {
    return `{"type":"${kind}","${key}":${this.write(child, space)}${this.#props(this.#spelling.props(node))}}`
  }

  #props(props: JsonObject): string {
    let text = ''
    for (const [key, value] of props) text += `,${quoted(key)}:${this.#json(value)}`
    return text
  }

  #json(value: JsonValue): string {
    return this.#nested(depthOfJson(value), () => jsonText(value))
  }

  #nested(levels: number, write: () => string): string {
    this.#depth += levels
    if (this.#depth > jsonDepthMax) {
      const sentence = `With each type written where it is first used, the schema is nested deeper than ${jsonDepthMax} levels`
      throw new InvalidSchemaError('', `${sentence}; let fewer types lie within each other`)
    }
    const text = write()
    this.#depth -= levels
    return text
  }
}

const aliasesText = (aliases: readonly string[]) =>
  aliases.length === 0 ? '' : `,"aliases":[${aliases.map(quoted).join()}]`
