// Where the answers of an API have room for an error, in one version: at the top, and in lists whose elements answer elements of
// the request. Derived from the schemas of the request and the answer alone, so that a new API or version needs no word here.
//
// An element of the answer's list belongs to the element of the request's that has the same name: topics by `name`, `topic`,
// `topicName` or `topicId`, partitions by `partitionIndex`, `partition`, `index` or `partitionId`, everything else by fields that are
// called the same on both sides. Lists of plain strings and numbers name what the first such field of the answer names.

import type { AnyField, Fields } from '../../../protocol/wire/field.ts'
import type { Api } from '../../../protocol/wire/schema.ts'

/** Room for errors in one struct of an answer. */
export interface ErrorPlaces {
  /** The field of the struct's own error code; undefined: only its lists have some. */
  readonly codeField: string | undefined
  readonly hasMessage: boolean
  /** What a struct without data says, by field: -1 for offsets and nodes that nobody knows. */
  readonly blanks: Readonly<Record<string, unknown>>
  readonly lists: readonly ErrorList[]
  /** Lists of things that the request does not name: brokers, nodes. */
  readonly hasOtherLists: boolean
}

/** A list of an answer whose elements have room for errors. */
export interface ErrorList {
  readonly field: string
  /** The list of the request whose elements these answer: a field, or a list in the elements of a list. Undefined: nothing is asked for by name. */
  readonly from: readonly string[] | undefined
  /** What tells an element from the others. */
  readonly identity: readonly IdentityField[]
  readonly places: ErrorPlaces
}

export interface IdentityField {
  readonly inAnswer: string
  /** Undefined: the element of the request is the value itself. */
  readonly inRequest: string | undefined
  /** topic, partition, or the field's own name. */
  readonly noun: string
}

const codeFields = ['errorCode', 'partitionErrorCode']
const topicFields = ['name', 'topic', 'topicName']
const partitionFields = ['partitionIndex', 'partition', 'index', 'partitionId']
/** Numbers that Kafka leaves at -1 where there is none, although their schemas have no such default. */
const unknownIsMinusOne = /^(baseOffset|committedOffset|highWatermark|lowWatermark|nodeId|port|leaderId)$/
/** Texts that Kafka leaves at null where there is none. */
const unknownIsNull = /^protocolName$/

const known = new Map<Api, ErrorPlaces[]>()

/** Of the answers of an API in one version. */
export function errorPlaces(api: Api, version: number): ErrorPlaces {
  let ofApi = known.get(api)
  if (ofApi === undefined) known.set(api, (ofApi = []))
  return (ofApi[version] ??= placesIn(
    fieldsOf(api.response.fields, version),
    fieldsOf(api.request.fields, version),
    version,
  ))
}

/** Whether requests of the API name topics, or partitions, by which a fault could pick. */
export function namesIn(api: Api, noun: 'topic' | 'partition'): boolean {
  const [first, last] = api.versions
  const names = ({ lists }: ErrorPlaces): boolean =>
    lists.some(list => list.identity.some(identity => identity.noun === noun) || names(list.places))
  for (let version = first; version <= last; version++) if (names(errorPlaces(api, version))) return true
  return false
}

type FieldEntry = readonly [name: string, field: AnyField]

/** The fields that a version has. */
function fieldsOf(fields: Fields, version: number): FieldEntry[] {
  return Object.entries(fields).filter(([, { options }]) => version >= options.since && version <= options.until)
}

function placesIn(answer: readonly FieldEntry[], request: readonly FieldEntry[], version: number): ErrorPlaces {
  const names = answer.map(([name]) => name)
  const lists: ErrorList[] = []
  let hasOtherLists = false
  for (const entry of answer) {
    const elements = elementFields(entry[1], version)
    if (elements === undefined) continue
    const list = errorList(entry[0], elements, request, version)
    if (list !== undefined) lists.push(list)
    else if (entry[1].options.tag === undefined) hasOtherLists = true
  }
  return {
    codeField: codeFields.find(name => names.includes(name)),
    hasMessage: names.includes('errorMessage'),
    blanks: blanksOf(answer, version),
    lists,
    hasOtherLists,
  }
}

function blanksOf(answer: readonly FieldEntry[], version: number): Record<string, unknown> {
  const defaults = new Map(answer.map(([name, { options }]) => [name, options.defaultValue]))
  return Object.fromEntries(
    answer.flatMap(([name, { options }]): [string, unknown][] => {
      if (unknownIsMinusOne.test(name)) return [[name, -1]]
      // No producer has no epoch either.
      if (name === 'producerEpoch' && defaults.get('producerId') === -1) return [[name, -1]]
      const mayBeNull = version >= options.nullableSince && version <= options.nullableUntil
      return mayBeNull && unknownIsNull.test(name) ? [[name, null]] : []
    }),
  )
}

/** Undefined where no element of the list has room for an error. */
function errorList(
  field: string,
  answer: readonly FieldEntry[],
  request: readonly FieldEntry[],
  version: number,
): ErrorList | undefined {
  let best: ErrorList | undefined
  for (const { path, element } of listsIn(request, version)) {
    const identity = identityOf(answer, element, version)
    const asked = elementFields(element, version, 'struct') ?? []
    const places = placesIn(answer, asked, version)
    // Of lists that name as much the first one: topics to fetch, and not those to forget.
    const isBetter = identity.length > (best?.identity.length ?? 0)
    if (isBetter && hasRoom(places)) best = { field, from: path, identity, places }
  }
  if (best !== undefined) return best
  const places = placesIn(answer, [], version)
  return places.codeField === undefined ? undefined : { field, from: undefined, identity: [], places }
}

const hasRoom = ({ codeField, lists }: ErrorPlaces): boolean => codeField !== undefined || lists.length > 0

/** The lists of a request, and the lists in the elements of its lists; those of the first kind come first. */
function listsIn(request: readonly FieldEntry[], version: number): { path: string[]; element: AnyField }[] {
  const own = request.flatMap(([name, { type }]) =>
    type.kind === 'array' ? [{ path: [name], element: type.element as AnyField }] : [],
  )
  const nested = own.flatMap(({ path, element }) =>
    (elementFields(element, version, 'struct') ?? []).flatMap(([name, { type }]) =>
      type.kind === 'array' ? [{ path: [...path, name], element: type.element as AnyField }] : [],
    ),
  )
  return [...own, ...nested]
}

function identityOf(answer: readonly FieldEntry[], element: AnyField, version: number): IdentityField[] {
  const asked = elementFields(element, version, 'struct')
  const named = answer.filter(([name, { type }]) => type.kind !== 'array' && type.kind !== 'struct' && !isOfError(name))
  if (asked === undefined) {
    const first = named.find(([name, { type }]) => type.kind === element.type.kind && isName(name, type.kind))
    return first === undefined ? [] : [{ inAnswer: first[0], inRequest: undefined, noun: nounOf(first[0]) }]
  }
  return named.flatMap(([inAnswer, { type }]) => {
    const noun = nounOf(inAnswer)
    const match = asked.find(([name, field]) => nounOf(name) === noun && field.type.kind === type.kind)
    return match === undefined || !isName(inAnswer, type.kind) ? [] : [{ inAnswer, inRequest: match[0], noun }]
  })
}

const isOfError = (name: string): boolean => /error/i.test(name)

/** Whether a field says what an element is about, and not how it is. */
function isName(name: string, kind: string): boolean {
  if (kind === 'string' || kind === 'uuid') return true
  return partitionFields.includes(name) || /(Id|Type)$/.test(name)
}

function nounOf(name: string): string {
  if (topicFields.includes(name)) return 'topic'
  return partitionFields.includes(name) ? 'partition' : name
}

/** The fields of a list's elements (or, of `struct`, of a struct); undefined where it is no list of structs. */
function elementFields(field: AnyField, version: number, kind: 'array' | 'struct' = 'array'): FieldEntry[] | undefined {
  const type = kind === 'array' ? (field.type.kind === 'array' ? field.type.element.type : undefined) : field.type
  return type?.kind === 'struct' ? fieldsOf(type.fields, version) : undefined
}
