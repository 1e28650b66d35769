// An Avro schema that has been read and found valid.

import type { Incompatibility, Schema } from '../types/schema-type.ts'
import type { AvroNode } from './avro-node.ts'
import { incompatibilities } from './compatibility.ts'
import { type FingerprintKind, fingerprint } from './fingerprint.ts'
import { normalized } from './normalized-spelling.ts'
import { parsingForm } from './parsing-form.ts'
import { asWritten, schemaText } from './schema-text.ts'

export class AvroSchema implements Schema {
  readonly type = 'AVRO'
  readonly node: AvroNode
  readonly canonicalText: string
  /** Full names of the types that the text refers to and does not define. */
  readonly #references: readonly string[]
  readonly #resolvedText: string
  #normalizedText: string | undefined
  #parsingForm: string | undefined

  /** @throws InvalidSchemaError when its text, or the one with all references resolved, would be nested too deeply */
  constructor(node: AvroNode, references: readonly string[]) {
    this.node = node
    this.#references = references
    this.#resolvedText = schemaText(node)
    this.canonicalText = references.length === 0 ? this.#resolvedText : schemaText(node, references, asWritten)
  }

  get normalizedText(): string {
    this.#normalizedText ??= schemaText(this.node, this.#references, normalized)
    return this.#normalizedText
  }

  /** The Parsing Canonical Form, with what references refer to. */
  get parsingForm(): string {
    this.#parsingForm ??= parsingForm(this.node)
    return this.#parsingForm
  }

  /** Of the Parsing Canonical Form. */
  fingerprint(kind: FingerprintKind): Uint8Array {
    return fingerprint(kind, this.parsingForm)
  }

  formatted(format: string): string {
    return format.toLowerCase() === 'resolved' ? this.#resolvedText : this.canonicalText
  }

  incompatibilitiesWith(writer: Schema): readonly Incompatibility[] {
    if (writer instanceof AvroSchema) return incompatibilities(this.node, writer.node)
    const description = `The writer's schema is of type ${writer.type}, the reader's of type AVRO`
    return [{ type: 'SCHEMA_TYPE_MISMATCH', path: '/', description, message: description }]
  }
}
