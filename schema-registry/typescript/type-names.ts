// What Avro's types are called in TypeScript: their own names; where two namespaces have one of the same name, as much of the namespace
// before it as tells them apart. Names are given for a whole set of schemas at once, so that the same set always gets the same names.

/** What a declaration cannot be called, or what the generated file itself means by it. */
const taken: ReadonlySet<string> = new Set(
  `any as async await bigint boolean break case catch class const continue debugger default delete do else enum export extends false
  finally for from function if implements import in instanceof interface let never new null number object of package private
  protected public return static string super switch symbol this throw true try type typeof undefined unknown var void while with
  yield AvroSchema Buffer Date Record Uint8Array Array`.split(/\s+/),
)

/** What is derived from a name stands beside it in the same file. */
export const inputName = (name: string) => `${name}Input`
export const schemaName = (name: string) => `${name[0]!.toLowerCase()}${name.slice(1)}Schema`

/** By full name. */
export function typeNames(fullNames: Iterable<string>): ReadonlyMap<string, string> {
  const all = [...new Set(fullNames)]
  const endings = countsOf(all.flatMap(endingsOf))
  const names = new Map<string, string>()
  const used = new Set<string>(taken)
  for (const fullName of all) {
    let name = shortestAlone(fullName, endings)
    while (used.has(name) || used.has(inputName(name)) || used.has(schemaName(name))) name = `${name}_`
    for (const each of [name, inputName(name), schemaName(name)]) used.add(each)
    names.set(fullName, name)
  }
  return names
}

function shortestAlone(fullName: string, endings: ReadonlyMap<string, number>): string {
  const alone = endingsOf(fullName).find(ending => endings.get(ending) === 1)
  return pascal((alone ?? fullName).split('.'))
}

/** "a.b.C" ends in "C", in "b.C" and in itself. */
function endingsOf(fullName: string): string[] {
  const parts = fullName.split('.')
  return parts.map((_, index) => parts.slice(parts.length - 1 - index).join('.'))
}

function countsOf(texts: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
  return counts
}

/** The name itself stays as it is; what stands before it is its namespace. */
const pascal = (parts: readonly string[]) => [...parts.slice(0, -1).map(capital), parts.at(-1)].join('')

const capital = (part: string) => `${part[0]!.toUpperCase()}${part.slice(1)}`

/** For a schema that has no name: that of its file, "orders-value.avsc" as OrdersValue. */
export function nameOfFile(path: string): string {
  const base = path
    .split(/[\\/]/)
    .at(-1)!
    .replace(/\.avsc$/, '')
  const words = base.split(/[^\p{L}\p{Nd}_]+/u).filter(word => word !== '')
  const name = words.map(capital).join('')
  return /^[\p{L}_]/u.test(name) ? name : `_${name}`
}
