// What the assignors of Kafka 4.3.0's consumer answered, case by case: members come and go, topics grow, subscriptions change,
// with and without racks. Where Kafka's answer hangs on the order of a Java hash map, how even and how sticky it is counts.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { TopicPartition } from '../../protocol/types.ts'
import type { AssignableTopics, AssignorMember, GroupAssignment } from './assignor.ts'
import { assignorsNamed, rebalanceProtocolOf } from './assignors.ts'
import { flat } from './consumer-protocol.ts'

type ByTopic = Record<string, number[]>

interface Vector {
  readonly assignor: string
  readonly case: number | string
  readonly round: number
  readonly topics: Record<string, { partitions: number; replicaRacks?: string[][] }>
  readonly members: readonly {
    readonly memberId: string
    readonly groupInstanceId: string | null
    readonly rackId: string | null
    readonly topics: readonly string[]
    readonly ownedPartitions: ByTopic
    readonly generationId: number
    readonly userData: string | null
  }[]
  readonly result: Record<string, ByTopic>
  readonly summary: { assigned: number; minPerMember: number; maxPerMember: number; keptByOwner: number }
  readonly orderSensitive: boolean
}

function vectorsIn(name: string): Vector[] {
  const file = join(import.meta.dirname, `../testdata/${name}.jsonl.gz`)
  const lines = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n')
  return lines.map(line => JSON.parse(line) as Vector)
}

const vectors = vectorsIn('client-assignors')
/** Members that claim the same partitions, in one generation or in several: asked of Kafka 4.3.0's assignors for this. */
const conflicts = vectorsIn('client-assignors-conflicts')

const partitionsOf = (byTopic: ByTopic): TopicPartition[] =>
  flat(Object.entries(byTopic).map(([topic, partitions]) => ({ topic, partitions })))

function membersOf({ members }: Vector): AssignorMember[] {
  return members.map(({ memberId, groupInstanceId, rackId, topics, ownedPartitions, generationId, userData }) => {
    const owned = partitionsOf(ownedPartitions)
    const data = userData === null ? null : Buffer.from(userData, 'base64')
    return {
      memberId,
      groupInstanceId,
      subscription: { topics, rackId, ownedPartitions: owned, generationId, userData: data },
    }
  })
}

function assign(vector: Vector, members = membersOf(vector)): GroupAssignment {
  const topics: AssignableTopics = new Map(Object.entries(vector.topics))
  return assignorsNamed([vector.assignor])[0]!.assign(topics, members)
}

function byTopic(partitions: readonly TopicPartition[]): ByTopic {
  const found: ByTopic = {}
  for (const { topic, partition } of partitions) found[topic] = [...(found[topic] ?? []), partition]
  for (const numbers of Object.values(found)) numbers.sort((a, b) => a - b)
  return found
}

const named = (assignment: GroupAssignment) =>
  Object.fromEntries([...assignment].map(([memberId, partitions]) => [memberId, byTopic(partitions)]))

function summaryOf(vector: Vector, assignment: GroupAssignment) {
  const counts = [...assignment.values()].map(({ length }) => length)
  const kept = vector.members.map(({ memberId, ownedPartitions }) => {
    const owned = new Set(partitionsOf(ownedPartitions).map(({ topic, partition }) => `${topic}-${partition}`))
    return assignment.get(memberId)!.filter(({ topic, partition }) => owned.has(`${topic}-${partition}`)).length
  })
  const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0)
  return {
    assigned: sum(counts),
    minPerMember: Math.min(...counts),
    maxPerMember: Math.max(...counts),
    keptByOwner: sum(kept),
  }
}

describe.each(['range', 'roundrobin', 'sticky', 'cooperative-sticky'])('%s', assignor => {
  const own = vectors.filter(vector => vector.assignor === assignor)

  test('answers what Java answers', () => {
    const exact = own.filter(({ orderSensitive }) => !orderSensitive)
    expect(exact.length).toBeGreaterThanOrEqual(80)
    for (const vector of exact) {
      expect(named(assign(vector)), `case ${vector.case} round ${vector.round}`).toEqual(vector.result)
    }
  })

  test('is as even and as sticky where the answer hangs on the order of members', () => {
    for (const vector of own.filter(({ orderSensitive }) => orderSensitive)) {
      expect(summaryOf(vector, assign(vector)), `case ${vector.case} round ${vector.round}`).toEqual(vector.summary)
    }
  })

  test('does not depend on the order of members otherwise', () => {
    for (const vector of own.filter(({ orderSensitive }) => !orderSensitive)) {
      const reversed = assign(vector, membersOf(vector).reverse())
      expect(named(reversed), `case ${vector.case} round ${vector.round}`).toEqual(vector.result)
    }
  })
})

describe.each(['sticky', 'cooperative-sticky'])('%s, of members that claim the same', assignor => {
  test('answers what Java answers', () => {
    const own = conflicts.filter(vector => vector.assignor === assignor)
    expect(own).toHaveLength(148)
    for (const vector of own) expect(named(assign(vector)), `${vector.case}`).toEqual(vector.result)
  })
})

describe('the list of assignors', () => {
  test('makes a cooperative member only when all of them can', () => {
    const protocolOf = (...names: string[]) => rebalanceProtocolOf(assignorsNamed(names))
    expect(protocolOf('cooperative-sticky')).toBe('cooperative')
    expect(protocolOf('range', 'cooperative-sticky')).toBe('eager')
    expect(protocolOf('sticky')).toBe('eager')
  })

  test('says what is wrong with a name', () => {
    expect(() => assignorsNamed(['fair'])).toThrow(
      'no assignor is called "fair"; give one or more of range, roundrobin',
    )
    expect(() => assignorsNamed([])).toThrow('INVALID_ARGUMENT')
    expect(() => assignorsNamed(['range', 'range'])).toThrow('twice')
  })
})
