// The bytes that Kafka's Java consumers 4.3.0 sent each other through a real coordinator: read, and written again.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { assignorsNamed } from './assignors.ts'
import { readAssignment, readSubscription, writeAssignment, writeSubscription } from './consumer-protocol.ts'

interface Exchange {
  readonly name: string
  readonly request: {
    readonly protocolType?: string
    readonly protocols?: readonly { readonly name: string; readonly metadata: string }[]
    readonly assignments?: readonly { readonly assignment: string }[]
  }
}

const capture = (name: string): Exchange[] => {
  const file = join(import.meta.dirname, `../../broker/coordinator/testdata/${name}.jsonl.gz`)
  const lines = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n')
  return lines.map(line => JSON.parse(line) as Exchange)
}
const exchanges = [...capture('client-consumer-classic'), ...capture('client-consumer-cooperative')]
const sent = exchanges
  .filter(({ name, request }) => name === 'JoinGroup' && request.protocolType === 'consumer')
  .flatMap(({ request: { protocols } }) =>
    protocols!.map(protocol => ({ ...protocol, isOnly: protocols!.length === 1 })),
  )
  .map(({ name, isOnly, metadata }) => ({ name, isOnly, bytes: Buffer.from(metadata, 'base64') }))
const assignments = exchanges
  .filter(({ name }) => name === 'SyncGroup')
  .flatMap(({ request }) => request.assignments!.map(({ assignment }) => Buffer.from(assignment, 'base64')))

describe('what a member says of itself', () => {
  test('is written as Java writes it', () => {
    expect(sent.length).toBeGreaterThan(10)
    for (const { bytes } of sent) {
      expect(bytes.readInt16BE()).toBe(3)
      expect(writeSubscription(readSubscription(bytes))).toEqual(bytes)
    }
  })

  test('carries the same user data', () => {
    // One of several assignors knows of those generations only in which it was chosen.
    const cooperative = sent.filter(({ name, isOnly }) => name === 'cooperative-sticky' && isOnly)
    expect(cooperative.length).toBeGreaterThan(5)
    const [assignor] = assignorsNamed(['cooperative-sticky'])
    for (const { bytes } of cooperative) {
      const { generationId, userData } = readSubscription(bytes)
      const last = generationId < 0 ? undefined : { partitions: [], generationId }
      expect(assignor!.userData(last)).toEqual(userData)
    }
  })

  test('is understood in every version, and those to come', () => {
    const ownedPartitions = [
      { topic: 'b', partition: 1 },
      { topic: 'a', partition: 0 },
    ]
    const whole = { topics: ['b', 'a'], userData: Buffer.from('x'), ownedPartitions, generationId: 4, rackId: 'r' }
    const sorted = [...ownedPartitions].reverse()
    const known = (version: number) => readSubscription(writeSubscription(whole, version))
    expect(known(3)).toEqual({ ...whole, topics: ['a', 'b'], ownedPartitions: sorted })
    expect(known(2)).toEqual({ ...whole, topics: ['a', 'b'], ownedPartitions: sorted, rackId: null })
    expect(known(1)).toMatchObject({ ownedPartitions: sorted, generationId: -1 })
    expect(known(0)).toMatchObject({ topics: ['a', 'b'], ownedPartitions: [], generationId: -1 })
    const newer = Buffer.concat([writeSubscription(whole), Buffer.from('what version 4 adds')])
    newer.writeInt16BE(4)
    expect(readSubscription(newer)).toEqual(known(3))
  })

  test('is refused when it has no version', () => {
    expect(() => readSubscription(Buffer.alloc(1))).toThrow('have no version')
    expect(() => readSubscription(Buffer.from([0xff, 0xff]))).toThrow('there is no version -1')
  })
})

describe('what the leader gives', () => {
  test('is written as Java writes it', () => {
    expect(assignments.length).toBeGreaterThan(5)
    for (const bytes of assignments) expect(writeAssignment(readAssignment(bytes))).toEqual(bytes)
  })

  test('may be nothing at all', () => {
    expect(readAssignment(Buffer.alloc(0))).toEqual({ partitions: [], userData: null })
  })
})

describe('user data of the sticky assignor', () => {
  const [sticky] = assignorsNamed(['sticky'])

  test('is the last assignment, and in which generation it was', () => {
    expect(sticky!.userData(undefined)).toBeNull()
    const partitions = [
      { topic: 'topic-a', partition: 1 },
      { topic: 'topic-a', partition: 3 },
      { topic: 'topic-b', partition: 0 },
    ]
    // As Java wrote it: case 0, round 2 of the vectors.
    const java = 'AAAAAgAHdG9waWMtYQAAAAIAAAABAAAAAwAHdG9waWMtYgAAAAEAAAAAAAAACA=='
    expect(sticky!.userData({ partitions, generationId: 8 })!.toString('base64')).toBe(java)
  })
})
