// Conversations of Kafka 4.3.0's own clients (and of a raw one in every version) with Kafka 4.3.0, replayed against our
// handlers: the same requests must get the same answers.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { groupHandlers } from '../testing/group-handlers.ts'
import { CaptureReplay, type Exchange } from '../testing/kafka-capture.ts'
import { MemoryPartition } from '../testing/memory-partition.ts'
import { TestCoordinator } from '../testing/test-coordinator.ts'

const testdata = join(import.meta.dirname, '../testdata')

function capture(name: string): Exchange[] {
  const lines = gunzipSync(readFileSync(join(testdata, `${name}.jsonl.gz`)))
    .toString('utf8')
    .split('\n')
  return lines.map(line => JSON.parse(line) as Exchange)
}

async function coordinator(): Promise<TestCoordinator> {
  const topics = [
    { name: 'cap-a', id: 'y5asSyDaRgy74n8yJSG_2g', partitionCount: 4 },
    { name: 'sw', id: 'woPStTFQSBWJxaC2T_wBNw', partitionCount: 2 },
  ]
  const partitions = [new MemoryPartition(), new MemoryPartition(), new MemoryPartition()]
  const settings = [['group.initial.rebalance.delay.ms', '0']] as const
  return new TestCoordinator({ topics, partitions, settings }).start()
}

async function replay(test: TestCoordinator, exchanges: readonly Exchange[], stepMs: number) {
  const contextOf = (apiVersion: number, clientId: string | null) => test.context(apiVersion, clientId)
  const replay = new CaptureReplay({ handlers: groupHandlers, contextOf, clock: test.clock, stepMs })
  for (const exchange of exchanges) await replay.send(exchange)
  return replay.settle()
}

/** Groups that other captures left on Kafka's broker. */
const notOurs = new Set(['cap-coop', 'cap-tx-group', 'cap-new', 'cap-share'])
function withoutOthers(answer: unknown): unknown {
  const { groups, ...rest } = answer as { groups?: { groupId?: string }[] }
  return groups === undefined ? answer : { ...rest, groups: groups.filter(group => !notOurs.has(group.groupId ?? '')) }
}

/** What errors say to people is each broker's own. */
const wordless = (answer: unknown) =>
  JSON.parse(JSON.stringify(answer), (key, value) => (key === 'errorMessage' && value !== null ? 'words' : value))

describe('what Kafka answered', () => {
  test('a classic group with a static member, then the admin client', async () => {
    const test = await coordinator()
    for (const result of await replay(test, capture('client-consumer-classic'), 10)) {
      expect(result.ours, result.title).toEqual(result.kafka)
    }
    // The static member does not leave: its session times out.
    await test.clock.run(10_000)
    const results = await replay(test, capture('client-admin-groups'), 10)
    expect(results.length).toBe(6)
    for (const { title, ours, kafka } of results) expect(withoutOthers(ours), title).toEqual(withoutOthers(kafka))
  })

  test('a cooperative group', async () => {
    const results = await replay(await coordinator(), capture('client-consumer-cooperative'), 10)
    expect(results.length).toBe(39)
    for (const { title, ours, kafka } of results) expect(ours, title).toEqual(kafka)
  })

  test('a consumer group of the new protocol with a static member', async () => {
    const test = await coordinator()
    const exchanges = capture('client-consumer-protocol')
    // Between these two the assignment interval was over.
    const results = [
      ...(await replay(test, exchanges.slice(0, 3), 1000)),
      ...(await replay(test, exchanges.slice(3), 1)),
    ]
    expect(results.length).toBe(10)
    for (const { title, ours, kafka } of results) expect(ours, title).toEqual(kafka)
  })

  test('every version of the requests of the new protocol', async () => {
    const results = await replay(await coordinator(), capture('versions-group-consumer'), 10)
    expect(results.length).toBe(26)
    for (const { title, ours, kafka } of results) expect(wordless(ours), title).toEqual(wordless(kafka))
  })

  test('every version of every request', async () => {
    const results = await replay(await coordinator(), capture('versions-group-classic'), 10)
    expect(results.length).toBe(181)
    for (const { title, ours, kafka } of results) expect(withoutOthers(ours), title).toEqual(withoutOthers(kafka))
  })
})
