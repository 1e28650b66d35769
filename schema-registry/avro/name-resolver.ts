// Puts types in place of the stand-ins that reading left behind, and checks what could not be checked before: that each name is
// known, that no union has two branches of one name, and that defaults suit the types as they are now.
// The order of visits is Java's, because it decides which records still have no fields when a default is compared with them.
// Source: SchemaResolver.ResolvingVisitor and Schemas.visit, Avro 1.12.2.

import { InvalidSchemaError } from '../types/invalid-schema-error.ts'
import type { ArrayNode, AvroField, AvroNode, MapNode, NamedNode, RecordNode, UnionNode } from './avro-node.ts'
import { DefaultFit, RecordIsOpenError } from './default-fit.ts'
import type { KnownNames } from './known-names.ts'
import { checkBranches, unsuitableDefault } from './schema-reader.ts'

/** Types within each other, names that are used before they are defined included. */
const visitDepthMax = 1000

type Container = ArrayNode | MapNode | UnionNode

export class NameResolver {
  readonly #known: KnownNames
  readonly #checksDefaults: boolean
  readonly #defaults = new DefaultFit(record => !this.#complete.has(record))
  readonly #replacements = new Map<RecordNode, NamedNode>()
  readonly #open = new Set<RecordNode>()
  /**
   * Of this text. Java resolves the types of earlier texts again with each text that adds one, and so compares their defaults
   * again: a schema may be valid and yet no reference for others.
   */
  readonly #complete = new Set<RecordNode>()
  readonly #finished = new Set<Container>()
  #depth = 0

  constructor(known: KnownNames, checksDefaults: boolean) {
    this.#known = known
    this.#checksDefaults = checksDefaults
  }

  /**
   * Completes what has been read.
   * @returns the root: for a type with a name, that name's first definition
   * @throws InvalidSchemaError
   */
  resolve(root: AvroNode): AvroNode {
    const hasNews = this.#known.takeNews()
    for (const type of this.#known.all()) {
      if (hasNews) this.#visit(type, new Set())
      else if (type.kind === 'record') this.#complete.add(type)
    }
    if (root.kind !== 'record' && root.kind !== 'enum' && root.kind !== 'fixed') {
      this.#visit(root, new Set())
      return root
    }
    if (root.kind === 'record' && root.standsFor) return this.#meant(root.standsFor)
    return this.#known.get(root.name.full)!
  }

  #visit(node: AvroNode, visited: Set<RecordNode>): void {
    if (++this.#depth > visitDepthMax) {
      throw new InvalidSchemaError(
        '',
        `Types lie within each other deeper than ${visitDepthMax} levels; define fewer of them in one another`,
      )
    }
    if (node.kind === 'record') this.#visitRecord(node, visited)
    else if (node.kind === 'array' || node.kind === 'map' || node.kind === 'union') this.#visitContainer(node, visited)
    this.#depth--
  }

  #visitContainer(node: Container, visited: Set<RecordNode>): void {
    if (this.#finished.has(node)) return
    const children = node.kind === 'union' ? node.types : [node.kind === 'array' ? node.items : node.values]
    for (const child of children.toReversed()) this.#visit(child, visited)
    if (node.kind === 'array') node.items = this.#replaced(node.items)
    else if (node.kind === 'map') node.values = this.#replaced(node.values)
    else this.#finishUnion(node)
    this.#finished.add(node)
  }

  #finishUnion(union: UnionNode): void {
    const standIn = union.types.find(type => type.kind === 'record' && type.standsFor !== undefined)
    if (standIn === undefined) return
    union.types = union.types.map(type => this.#replaced(type))
    checkBranches(union.types, (standIn as RecordNode).standsFor!.path)
  }

  #visitRecord(record: RecordNode, visited: Set<RecordNode>): void {
    if (record.standsFor) {
      if (!this.#replacements.has(record)) this.#replacements.set(record, this.#visitMeant(record.standsFor))
      return
    }
    if (this.#complete.has(record) || visited.has(record)) return
    visited.add(record)
    this.#open.add(record)
    for (const { type } of record.fields) this.#visit(type, visited)
    // A visit that began further in may have come round to this record and completed it.
    if (!this.#complete.has(record)) this.#completeRecord(record)
  }

  #visitMeant(standsFor: { fullName: string; path: string }): NamedNode {
    const type = this.#meant(standsFor)
    if (type.kind === 'record' && !this.#open.has(type)) this.#visit(type, new Set())
    return type
  }

  #meant({ fullName, path }: { fullName: string; path: string }): NamedNode {
    const type = this.#known.get(fullName)
    if (type) return type
    throw new InvalidSchemaError(
      path,
      `"${fullName}" is not known: define it in this schema, or name the schema that defines it as a reference`,
    )
  }

  #completeRecord(record: RecordNode): void {
    for (const field of record.fields) {
      field.type = this.#replaced(field.type)
      if (this.#checksDefaults && field.default !== undefined) this.#checkDefault(field)
    }
    this.#complete.add(record)
  }

  #checkDefault(field: AvroField): void {
    try {
      if (this.#defaults.suits(field.type, field.default)) return
    } catch (cause) {
      if (!(cause instanceof RecordIsOpenError)) throw cause
      const sentence =
        `The default of the field "${field.name}" needs the fields of "${cause.message}", which is defined by way of this field; ` +
        'leave the default out, or make it null in a union with null'
      throw new InvalidSchemaError(`${field.path}/default`, sentence)
    }
    throw unsuitableDefault(field.name, field.default!, field.path)
  }

  #replaced(node: AvroNode): AvroNode {
    return (node.kind === 'record' && this.#replacements.get(node)) || node
  }
}
