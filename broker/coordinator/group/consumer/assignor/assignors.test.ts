// What the assignors of Kafka 4.3.0 answered, case by case: members come and go, topics grow, subscriptions change.
//
// A few hundred cases where Kafka's answer hangs on the order of a Java hash map are compared by how even and how sticky they are.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { Assignment } from '../assignment.ts'
import { assignorsOf } from './assignors.ts'
import { AssignorError, type GroupSpec, type MemberSpec } from './group-spec.ts'
import { compareUuids } from './uuid-order.ts'

type ByTopicName = Record<string, number[]>

interface Vector {
  readonly assignor: string
  readonly case: number | string
  readonly round: number
  readonly subscriptionType: 'HOMOGENEOUS' | 'HETEROGENEOUS'
  readonly topics: Record<string, { topicId: string; partitions: number }>
  readonly members: readonly {
    readonly memberId: string
    readonly groupInstanceId: string | null
    readonly rackId: string | null
    readonly topics: readonly string[]
    readonly previousAssignment: ByTopicName
  }[]
  readonly result: Record<string, ByTopicName>
  readonly summary: { assigned: number; minPerMember: number; maxPerMember: number; keptByOwner: number }
  readonly orderSensitive: boolean
}

const file = join(import.meta.dirname, '../../../testdata/server-assignors.jsonl.gz')
const vectors = gunzipSync(readFileSync(file))
  .toString('utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as Vector)

function specOf({ topics, members, subscriptionType }: Vector): GroupSpec {
  const specs = new Map<string, MemberSpec>()
  const assigned = new Set<string>()
  for (const { memberId, groupInstanceId, rackId, topics: names, previousAssignment } of members) {
    const assignment = new Map<string, Set<number>>()
    for (const [name, partitions] of Object.entries(previousAssignment)) {
      assignment.set(topics[name]!.topicId, new Set(partitions))
      for (const partition of partitions) assigned.add(`${topics[name]!.topicId} ${partition}`)
    }
    const topicIds = new Set(names.map(name => topics[name]!.topicId))
    specs.set(memberId, { instanceId: groupInstanceId, rackId, topicIds, assignment })
  }
  const counts = new Map(Object.values(topics).map(({ topicId, partitions }) => [topicId, partitions]))
  return {
    members: specs,
    subscriptionType: subscriptionType === 'HOMOGENEOUS' ? 'homogeneous' : 'heterogeneous',
    isAssigned: (topicId, partition) => assigned.has(`${topicId} ${partition}`),
    partitionCount: topicId => counts.get(topicId),
  }
}

function byName(vector: Vector, assignment: Assignment | undefined): ByTopicName {
  const names = new Map(Object.entries(vector.topics).map(([name, { topicId }]) => [topicId, name]))
  return Object.fromEntries(
    [...(assignment ?? [])].map(([topicId, partitions]) => [
      names.get(topicId)!,
      [...partitions].sort((a, b) => a - b),
    ]),
  )
}

const countOf = (assignment: ByTopicName) => Object.values(assignment).reduce((sum, { length }) => sum + length, 0)

function summaryOf(vector: Vector, result: Record<string, ByTopicName>) {
  const counts = Object.values(result).map(countOf)
  const kept = vector.members.map(({ memberId, previousAssignment }) => {
    const now = result[memberId]!
    return Object.entries(previousAssignment).flatMap(([topic, partitions]) =>
      partitions.filter(partition => now[topic]?.includes(partition)),
    ).length
  })
  return {
    assigned: counts.reduce((sum, count) => sum + count, 0),
    minPerMember: Math.min(...counts),
    maxPerMember: Math.max(...counts),
    keptByOwner: kept.reduce((sum, count) => sum + count, 0),
  }
}

describe.each(['uniform', 'range'])('%s', name => {
  const own = vectors.filter(({ assignor }) => assignor === name)

  test.each(own.map(vector => [`case ${vector.case} round ${vector.round}`, vector] as const))('%s', (_, vector) => {
    const answer = assignorsOf([name]).get(name)!.assign(specOf(vector))
    const result = Object.fromEntries(
      vector.members.map(({ memberId }) => [memberId, byName(vector, answer.get(memberId))]),
    )
    if (vector.orderSensitive) expect(summaryOf(vector, result)).toMatchObject(vector.summary)
    else expect(result).toEqual(vector.result)
  })
})

test('the vectors are enough to mean something', () => {
  const exact = vectors.filter(({ orderSensitive }) => !orderSensitive)
  expect(exact.length).toBeGreaterThan(200)
  expect(new Set(vectors.map(({ assignor, subscriptionType }) => `${assignor} ${subscriptionType}`)).size).toBe(4)
})

test('a topic that does not exist cannot be assigned', () => {
  const member = { instanceId: null, rackId: null, topicIds: new Set(['x']), assignment: new Map() }
  for (const subscriptionType of ['homogeneous', 'heterogeneous'] as const) {
    const members = new Map([['m', member]])
    const spec = { members, subscriptionType, isAssigned: () => false, partitionCount: () => undefined }
    for (const assignor of assignorsOf(['uniform', 'range']).values())
      expect(() => assignor.assign(spec)).toThrow(AssignorError)
  }
})

test('uuids are ordered as signed numbers', () => {
  const id = (hex: string) => Buffer.from(hex.padEnd(32, '0'), 'hex').toString('base64url')
  const ids = ['80', 'ff', '00', '0000000000000000ff', '000000000000000001', '01'].map(id)
  const rising = ['80', 'ff', '0000000000000000ff', '00', '000000000000000001', '01'].map(id)
  expect(ids.sort(compareUuids)).toEqual(rising)
})
