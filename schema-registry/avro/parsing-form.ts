// The Parsing Canonical Form: what of a schema matters to a reader of data, in one spelling.
// Source: the specification's chapter "Parsing Canonical Form for Schemas"; SchemaNormalization, Avro 1.12.2.

import { type AvroNode, isNamed, type NamedNode } from './avro-node.ts'
import { quoted } from './json-text.ts'

export function parsingForm(root: AvroNode): string {
  return write(root, new Set())
}

function write(node: AvroNode, known: Set<string>): string {
  if (isNamed(node)) return writeNamed(node, known)
  if (node.kind === 'union') return `[${node.types.map(type => write(type, known)).join()}]`
  if (node.kind === 'array') return `{"type":"array","items":${write(node.items, known)}}`
  if (node.kind === 'map') return `{"type":"map","values":${write(node.values, known)}}`
  return `"${node.kind}"`
}

function writeNamed(node: NamedNode, known: Set<string>): string {
  const name = quoted(node.name.full)
  if (known.has(node.name.full)) return name
  known.add(node.name.full)
  return `{"name":${name},"type":"${node.kind}",${contentOf(node, known)}}`
}

function contentOf(node: NamedNode, known: Set<string>): string {
  if (node.kind === 'fixed') return `"size":${node.size}`
  if (node.kind === 'enum') return `"symbols":[${node.symbols.map(quoted).join()}]`
  return `"fields":[${node.fields.map(({ name, type }) => `{"name":${quoted(name)},"type":${write(type, known)}}`).join()}]`
}
