// Names of Avro: what a name may be made of, and how a namespace comes to it.
// Source: the specification's chapter "Names"; Schema.Name and NameValidator, Avro 1.12.2.

/** `full` is `space.simple`, or `simple` where there is no namespace. */
export interface AvroName {
  readonly simple: string
  readonly space: string | undefined
  readonly full: string
}

/** Dots in `name` win over `space`; an empty namespace is none. */
export function avroName(name: string, space: string | undefined): AvroName {
  const dot = name.lastIndexOf('.')
  const simple = name.slice(dot + 1)
  const own = (dot === -1 ? space : name.slice(0, dot)) || undefined
  return { simple, space: own, full: own === undefined ? simple : `${own}.${simple}` }
}

/**
 * An alias as Java's Schema.getAliases() has it: with a dot in front where it has no namespace and its type has one. Java compares
 * the text with full names, so that such an alias, which no full name equals, makes no two types the same.
 */
export const aliasText = (alias: AvroName, type: AvroName): string =>
  alias.space === undefined && type.space !== undefined ? `.${alias.simple}` : alias.full

/** What a part of a name may be. The specification's letters; or, in schemas that are stored already, those of all languages. */
export interface NameRule {
  readonly allows: (part: string) => boolean
  readonly sentence: string
}

export const strictNames: NameRule = {
  allows: part => /^[A-Za-z_][A-Za-z0-9_]*$/.test(part),
  sentence: 'a name starts with one of A-Z, a-z or _, and goes on with those and 0-9',
}

export const lenientNames: NameRule = {
  // Java looks at 16-bit units, for which no letter lies beyond the basic plane.
  allows: part => /^[\p{L}_][\p{L}\p{Nd}_]*$/u.test(part) && !/[\ud800-\udfff]/.test(part),
  sentence: 'a name starts with a letter or _, and goes on with letters, digits and _',
}

const kindNames = ['record', 'enum', 'array', 'map', 'union', 'fixed']
export const primitiveNames = ['string', 'bytes', 'int', 'long', 'float', 'double', 'boolean', 'null'] as const
const typeNames = new Set<string>([...kindNames, ...primitiveNames])

/** How a name is written where `space` is the namespace. One that is also a kind of type, such as `a.array`, is written in full. */
export function qualified(name: AvroName, space: string | undefined): string {
  return name.space !== undefined && name.space === space && !typeNames.has(name.simple) ? name.simple : name.full
}
