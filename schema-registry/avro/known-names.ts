// The named types that a text may refer to: those of the texts before it, and its own as they are read.
// Invariant: a name keeps its first definition; a second one is allowed where it says the same.
// Source: ParseContext, Avro 1.12.2.

import { InvalidSchemaError } from '../types/invalid-schema-error.ts'
import { avroName, primitiveNames } from './avro-name.ts'
import type { AvroNode, NamedNode, PrimitiveKind, RecordNode } from './avro-node.ts'
import type { JsonObject } from './json-value.ts'
import { isSameNode } from './same-node.ts'

const primitives = new Set<string>(primitiveNames)
const noProps: JsonObject = new Map()

export const isPrimitive = (name: string): name is PrimitiveKind => primitives.has(name)

export class KnownNames {
  readonly #types = new Map<string, NamedNode>()
  #hasNews = false

  get(fullName: string): NamedNode | undefined {
    return this.#types.get(fullName)
  }

  /** In the order in which their definitions ended. */
  all(): Iterable<NamedNode> {
    return this.#types.values()
  }

  /** Whether a name has been added since it was last asked. */
  takeNews(): boolean {
    const hadNews = this.#hasNews
    this.#hasNews = false
    return hadNews
  }

  /** What a name means where `space` is the namespace; a stand-in for what is not known (yet). */
  find(name: string, space: string | undefined, path: string): AvroNode {
    if (isPrimitive(name)) return { kind: name, props: noProps, logicalType: undefined }
    const fullName = space !== undefined && !name.includes('.') ? `${space}.${name}` : name
    return this.#types.get(fullName) ?? this.#types.get(name) ?? standIn(fullName, path)
  }

  /** @throws InvalidSchemaError when the name is known as something else */
  put(type: NamedNode, path: string): void {
    const { full } = type.name
    const known = this.#types.get(full)
    if (known === undefined) {
      this.#types.set(full, type)
      this.#hasNews = true
    } else if (!isSameNode(known, type)) {
      throw new InvalidSchemaError(
        path,
        `"${full}" is defined a second time, differently; give one of the two another name`,
      )
    }
  }
}

function standIn(fullName: string, path: string): RecordNode {
  return {
    kind: 'record',
    name: avroName(fullName, undefined),
    standsFor: { fullName, path },
    isError: false,
    fields: [],
    aliases: [],
    doc: undefined,
    props: noProps,
    logicalType: undefined,
  }
}
