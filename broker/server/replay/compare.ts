// For tests: where an answer of ours differs from Kafka's. Both are decoded values. Arrays of structs are compared by what
// identifies their elements, because Kafka's order is that of Java's hash maps; ids that every cluster makes anew are
// matched one to one.

export interface Difference {
  /** Such as `topics[name=sw].partitions[partitionIndex=0].errorCode`. */
  readonly path: string
  readonly kafka: unknown
  readonly ours: unknown
}

const identifying = [
  'groupInstanceId',
  'memberId',
  'apiKey',
  'name',
  'topic',
  'topicId',
  'key',
  'partitionIndex',
  'partition',
  'index',
  'nodeId',
  'brokerId',
]

/** Fields whose values every cluster or broker makes anew. */
const made = new Set(['topicId', 'sessionId', 'clusterId', 'memberId', 'leader', 'producerId'])
const notMade = new Set<unknown>(['', 'AAAAAAAAAAAAAAAAAAAAAA', 0, -1, null])

/** Ids of the capture and those that this run has in their place. */
export class MadeIds {
  readonly #ours = new Map<unknown, unknown>()

  /** Ours for an id of the capture; the id itself when it has not been seen. */
  ours(kafka: unknown): unknown {
    return this.#ours.get(kafka) ?? kafka
  }

  /** Whether the two may stand for each other; remembers that they do. */
  match(kafka: unknown, ours: unknown): boolean {
    if (notMade.has(kafka) || notMade.has(ours)) return kafka === ours
    if (!this.#ours.has(kafka)) this.#ours.set(kafka, ours)
    return this.#ours.get(kafka) === ours
  }
}

/** A request of the capture with our ids in it. */
export function withOurIds(value: unknown, ids: MadeIds): unknown {
  if (Array.isArray(value)) return value.map(element => withOurIds(element, ids))
  if (Buffer.isBuffer(value) || value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, made.has(name) ? ids.ours(field) : withOurIds(field, ids)]),
  )
}

export function differences(kafka: unknown, ours: unknown, ids: MadeIds): Difference[] {
  const found: Difference[] = []
  compare('', kafka, ours, ids, found)
  return found
}

function compare(path: string, kafka: unknown, ours: unknown, ids: MadeIds, found: Difference[]): void {
  if (Array.isArray(kafka) && Array.isArray(ours)) compareArrays(path, kafka, ours, ids, found)
  else if (Buffer.isBuffer(kafka) || Buffer.isBuffer(ours)) {
    const same = Buffer.isBuffer(kafka) && Buffer.isBuffer(ours) && kafka.equals(ours)
    if (!same) found.push({ path, kafka: hex(kafka), ours: hex(ours) })
  } else if (isStruct(kafka) && isStruct(ours)) compareStructs(path, kafka, ours, ids, found)
  else if (kafka !== ours) found.push({ path, kafka, ours })
}

function compareStructs(path: string, kafka: Struct, ours: Struct, ids: MadeIds, found: Difference[]): void {
  for (const name of new Set([...Object.keys(kafka), ...Object.keys(ours)])) {
    const at = path === '' ? name : `${path}.${name}`
    if (made.has(name) && !isStruct(kafka[name])) {
      if (!ids.match(kafka[name], ours[name])) found.push({ path: at, kafka: kafka[name], ours: ours[name] })
    } else compare(at, kafka[name], ours[name], ids, found)
  }
}

function compareArrays(path: string, kafka: unknown[], ours: unknown[], ids: MadeIds, found: Difference[]): void {
  const theirs = keyed(kafka, id => ids.ours(id))
  const mine = keyed(ours, id => id)
  for (const key of new Set([...theirs.keys(), ...mine.keys()])) {
    compare(`${path}[${key}]`, theirs.get(key), mine.get(key), ids, found)
  }
}

/** By what identifies them, otherwise by place. */
function keyed(elements: unknown[], idOf: (id: unknown) => unknown): Map<string, unknown> {
  const byKey = new Map<string, unknown>()
  elements.forEach((element, place) => {
    const keys = isStruct(element) ? identifying.filter(name => isId(element[name])) : []
    const name = keys[0]
    const id = name === undefined ? undefined : (element as Struct)[name]
    const key = name === undefined ? String(place) : `${name}=${made.has(name) ? idOf(id) : id}`
    byKey.set(byKey.has(key) ? `${key} #${place}` : key, element)
  })
  return byKey
}

const isId = (value: unknown): boolean => value !== undefined && value !== null && value !== ''

type Struct = Record<string, unknown>

const isStruct = (value: unknown): value is Struct =>
  value !== null && typeof value === 'object' && !Array.isArray(value) && !Buffer.isBuffer(value)

const hex = (value: unknown): unknown => (Buffer.isBuffer(value) ? value.toString('hex') : value)
