// Errors in answers, over all APIs and versions, against what Kafka 4.3.0 answers when the same request fails as a whole
// (testdata/error-answers.txt.gz, made by broker/compat/vectors/ErrorAnswers.java), and the plan they are made by, as a transcript.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { type ErrorName, errors } from '../../../protocol/errors.ts'
import type { Fields, InputFields } from '../../../protocol/wire/field.ts'
import { type Api, decode, encode } from '../../../protocol/wire/schema.ts'
import { type ApiName, servedApis } from '../served-apis.ts'
import { type Depth, Strike, type StrikeOptions, type Value } from './error-answer.ts'
import { depthOf } from './error-depth.ts'
import { type ErrorPlaces, errorPlaces } from './error-places.ts'

const { code } = errors.UNKNOWN_SERVER_ERROR

interface Vector {
  readonly name: string
  readonly api: Api
  readonly version: number
  readonly request: Value
  readonly kafka: Value
}

const vectors: Vector[] = gunzipSync(readFileSync(join(import.meta.dirname, 'testdata/error-answers.txt.gz')))
  .toString('latin1')
  .trim()
  .split('\n')
  .map(line => {
    const [key, version, request, answer] = line.split(' ')
    const api = Object.values(servedApis).find(each => each.key === Number(key)) as unknown as Api
    const read = (schema: Api['request'], hex: string) =>
      decode(schema, Number(version), Buffer.from(hex, 'hex')) as Value
    const [asked, kafka] = [read(api.request, request!), read(api.response, answer!)]
    return { name: `${api.name} v${version}`, api, version: Number(version), request: asked, kafka }
  })

const of = (name: string): Vector => vectors.find(vector => vector.name === name)!

function answerTo({ api, version, request }: Vector, options: Partial<StrikeOptions> = {}): Value {
  const strike = new Strike({ code, message: 'told', depth: 'each', ...options })
  return throughTheWire(api, version, strike.answer(errorPlaces(api, version), request))
}

const throughTheWire = (api: Api, version: number, answer: Value): Value =>
  decode(api.response, version, encode(api.response, version, answer as InputFields<Fields>)) as Value

/** Every place with the error: where it is, and what stands beside it, lists and messages left out. */
function placesOf(value: unknown, at = ''): [path: string, beside: Value][] {
  if (Array.isArray(value)) return value.flatMap(each => placesOf(each, `${at}[${labelOf(each)}]`))
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return []
  const entries = Object.entries(value).filter(([name]) => !/message|throttle/i.test(name))
  const within = entries.flatMap(([name, field]) => placesOf(field, `${at}.${name}`))
  const isHere = entries.some(([name, field]) => /^(partitionE|e)rrorCode$/.test(name) && field === code)
  return isHere
    ? [[at, Object.fromEntries(entries.filter(([, field]) => typeof field !== 'object'))], ...within]
    : within
}

/** Kafka orders some lists as its hash tables do. */
function labelOf(element: unknown): string {
  const names = Object.entries(element as Value).filter(([name]) => identityFields.includes(name))
  return names.map(([, value]) => value).join()
}

const identityFields = ['name', 'topic', 'topicName', 'topicId', 'partitionIndex', 'partition', 'index', 'partitionId', 'groupId', 'transactionalId', 'producerId', 'key', 'memberId', 'resourceName', 'feature'] // biome-ignore format: a list

describe('against Kafka, over all APIs and versions', () => {
  test('there is a vector of every API and version', () => {
    const count = Object.values(servedApis).reduce((sum, { versions: [first, last] }) => sum + last - first + 1, 0)
    expect(vectors.length).toBe(count)
  })

  test.each(vectors.map(vector => [vector.name, vector] as const))('%s', (_, vector) => {
    const ours = new Map([...placesOf(answerTo(vector, { depth: 'whole' })), ...placesOf(answerTo(vector))])
    const kafkas = placesOf(vector.kafka)
    expect(ours.size).toBeGreaterThan(0)
    for (const [path, beside] of kafkas) expect([path, ours.get(path)]).toEqual([path, beside])
  })
})

/** What an answer says, in short: the path of each error code that is not 0. */
const errorsIn = (answer: Value): string[] => placesOf(answer).map(([path]) => path)

describe('where an error goes', () => {
  const depth = (name: string, error: ErrorName) => depthOf(error, errorPlaces(of(name).api, of(name).version))
  const cases: [string, ErrorName, string[]][] = [
    ['Fetch v11', 'NOT_LEADER_OR_FOLLOWER', ['x0,0', 'x0,1', 'x1,0', 'x1,1']],
    ['Fetch v11', 'FETCH_SESSION_ID_NOT_FOUND', ['top']],
    ['Fetch v4', 'INVALID_REQUEST', ['x0,0', 'x0,1', 'x1,0', 'x1,1']],
    ['OffsetFetch v7', 'NOT_COORDINATOR', ['top']],
    ['OffsetFetch v9', 'NOT_COORDINATOR', ['x0', 'x1']],
    ['OffsetFetch v9', 'STALE_MEMBER_EPOCH', ['x0', 'x1']],
    ['OffsetCommit v8', 'UNKNOWN_MEMBER_ID', ['x0,0', 'x0,1', 'x1,0', 'x1,1']],
    ['LeaveGroup v5', 'UNKNOWN_MEMBER_ID', ['x0', 'x1']],
    ['LeaveGroup v5', 'NOT_COORDINATOR', ['top']],
    ['LeaveGroup v2', 'UNKNOWN_MEMBER_ID', ['top']],
    ['Metadata v12', 'LEADER_NOT_AVAILABLE', ['x0', 'x1']],
    ['CreateTopics v7', 'TOPIC_ALREADY_EXISTS', ['x0', 'x1']],
    ['FindCoordinator v3', 'COORDINATOR_NOT_AVAILABLE', ['top']],
    ['FindCoordinator v6', 'COORDINATOR_NOT_AVAILABLE', ['x0', 'x1']],
    ['DescribeLogDirs v1', 'KAFKA_STORAGE_ERROR', ['']],
    ['DescribeLogDirs v4', 'CLUSTER_AUTHORIZATION_FAILED', ['top']],
    ['ElectLeaders v2', 'ELECTION_NOT_NEEDED', ['x0,0', 'x0,1', 'x1,0', 'x1,1']],
    ['ElectLeaders v2', 'NOT_CONTROLLER', ['top']],
  ]

  test.each(cases)('%s %s', (name, error, expected) => {
    const found = errorsIn(answerTo(of(name), { depth: depth(name, error) }))
    const labels = found.map(path =>
      [...path.matchAll(/\[([^\]]*)\]/g)].map(([, label]) => label!.split(',')[0]).join(),
    )
    expect(found.map((path, i) => (path === '' ? 'top' : labels[i]))).toEqual(expected)
  })
})

describe('a part of a request', () => {
  const offsetCommit = of('OffsetCommit v8')
  const places = errorPlaces(offsetCommit.api, 8)
  const ofOne = new Strike({
    code,
    message: 'told',
    depth: 'each',
    strikes: ({ topic, partition }) => topic === 'x1' && partition === 0,
  })
  const named = (value: Value) => ofOne.targets(places, value).map(({ topic, partition }) => `${topic}-${partition}`)

  test('what is struck is not carried out, the rest is', () => {
    expect(named(offsetCommit.request)).toEqual(['x0-0', 'x0-1', 'x1-0', 'x1-1'])
    expect(named(ofOne.rest(places, offsetCommit.request))).toEqual(['x0-0', 'x0-1', 'x1-1'])
  })

  test('the answer to the rest and the error become one answer', () => {
    const partition = (partitionIndex: number) => ({ partitionIndex, errorCode: 0 })
    const answered = { topics: [{ name: 'x0', partitions: [partition(0), partition(1)] }, { name: 'x1', partitions: [partition(1)] }] } // biome-ignore format: one thought
    const errors = ofOne.answer(places, offsetCommit.request)
    expect(ofOne.merged(places, answered, errors)).toEqual({
      topics: [
        { name: 'x0', partitions: [partition(0), partition(1)] },
        { name: 'x1', partitions: [partition(1), { partitionIndex: 0, errorCode: code }] },
      ],
    })
  })

  test('what was carried out all the same is told the error in its place', () => {
    const { api, request } = of('Produce v9')
    const one = new Strike({ code, message: 'told', depth: 'each', strikes: ({ partition }) => partition === 1 })
    const answered = (baseOffset: number) => ({
      responses: [{ name: 'x0', partitionResponses: [{ index: 0, errorCode: 0, baseOffset }, { index: 1, errorCode: 0, baseOffset }] }], // biome-ignore format: one thought
    })
    const topicData = [(request.topicData as Value[])[0]!]
    const merged = one.merged(
      errorPlaces(api, 9),
      answered(7),
      one.answer(errorPlaces(api, 9), { ...request, topicData }),
    )
    expect(throughTheWire(api, 9, merged)).toMatchObject({
      responses: [{ name: 'x0', partitionResponses: [{ index: 0, errorCode: 0, baseOffset: 7 }, { index: 1, errorCode: code, baseOffset: -1 }] }], // biome-ignore format: one thought
    })
  })

  test('a request for all topics: those of the answer are told', () => {
    const { api } = of('Metadata v9')
    const one = new Strike({ code, message: 'told', depth: 'each', strikes: ({ topic }) => topic === 'b' })
    const answered = {
      brokers: [],
      topics: [
        { name: 'a', errorCode: 0 },
        { name: 'b', errorCode: 0 },
      ],
    }
    const merged = one.merged(errorPlaces(api, 9), answered, one.answer(errorPlaces(api, 9), { topics: null }))
    expect(merged.topics).toEqual([{ name: 'a', errorCode: 0 }, { name: 'b', errorCode: code }]) // biome-ignore format: one thought
  })

  test('a topic that is named by its id in one place and by its name in the other is one topic', () => {
    const { api } = of('DeleteTopics v6')
    const one = new Strike({
      code,
      message: 'told',
      depth: 'each',
      named: ({ topicId, ...target }) => ({ ...target, topic: topicId === 'id' ? 'orders' : target.topic }),
    })
    const answered = { responses: [{ name: 'orders', topicId: 'id', errorCode: 0 }] }
    const errors = one.answer(errorPlaces(api, 6), { topics: [{ name: null, topicId: 'id' }] })
    expect(one.merged(errorPlaces(api, 6), answered, errors).responses).toEqual([expect.objectContaining({ topicId: 'id', errorCode: code })]) // biome-ignore format: one thought
  })
})

test('the places, of all APIs and versions, as a transcript', async () => {
  const lines = Object.keys(servedApis).flatMap(name => {
    const api = servedApis[name as ApiName] as unknown as Api
    let before = ''
    return Array.from({ length: api.versions[1] - api.versions[0] + 1 }, (_, i) => {
      const version = api.versions[0] + i
      const drawn = drawing(errorPlaces(api, version)).join('\n')
      const isNew = drawn !== before
      before = drawn
      return isNew ? `${name} from v${version}\n${drawn}\n` : ''
    })
  })
  await expect(lines.filter(Boolean).join('\n')).toMatchFileSnapshot('testdata/error-places.txt')
})

function drawing({ codeField, blanks, lists, hasOtherLists }: ErrorPlaces, indent = '  '): string[] {
  const unknown = Object.entries(blanks).map(([name, value]) => ` ${name}=${value}`)
  return [
    ...(codeField === undefined ? [] : [`${indent}${codeField}${unknown.join('')}`]),
    ...lists.flatMap(({ field, from, identity, places }) => {
      const names = identity.map(({ inAnswer, inRequest = 'itself' }) => `${inAnswer}=${inRequest}`)
      return [`${indent}${field} <- ${from?.join('.') ?? 'not asked for'} ${names.join(' ')}`, ...drawing(places, `${indent}  `)] // biome-ignore format: one thought
    }),
    ...(hasOtherLists ? [`${indent}other lists`] : []),
  ]
}

const depths: readonly Depth[] = ['whole', 'each']

test.each(depths)('placed by hand (%s) an answer of every API and version can be read and has the error', depth => {
  for (const vector of vectors) expect([vector.name, errorsIn(answerTo(vector, { depth })).length > 0]).toEqual([vector.name, true]) // biome-ignore format: one thought
})
