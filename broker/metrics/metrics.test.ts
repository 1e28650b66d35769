// The metrics of a whole broker in the simulated world: they say what happened, and the README says what they are.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { errorName } from '../../protocol/errors.ts'
import { consumerGroupHeartbeat } from '../../protocol/messages/consumer-group-heartbeat.ts'
import { createTopics } from '../../protocol/messages/create-topics.ts'
import { endTxn } from '../../protocol/messages/end-txn.ts'
import { fetch } from '../../protocol/messages/fetch.ts'
import { findCoordinator } from '../../protocol/messages/find-coordinator.ts'
import { initProducerId } from '../../protocol/messages/init-producer-id.ts'
import { joinGroup } from '../../protocol/messages/join-group.ts'
import { metadata } from '../../protocol/messages/metadata.ts'
import { offsetCommit } from '../../protocol/messages/offset-commit.ts'
import { offsetDelete } from '../../protocol/messages/offset-delete.ts'
import { produce } from '../../protocol/messages/produce.ts'
import { syncGroup } from '../../protocol/messages/sync-group.ts'
import { buildBatch } from '../../protocol/records/batch-builder.ts'
import { SimBroker, type SimBrokerOptions, type SimClient } from '../server/replay/sim-broker.ts'
import { loopMetrics } from './loop-metrics.ts'
import type { Metric } from './metric.ts'
import { sendingMetrics } from './sending-metrics.ts'

const readmePath = join(import.meta.dirname, 'README.md')
const nothingSent = () => ({
  sends: 0,
  sendmsgBytes: 0,
  sendfileBytes: 0,
  wouldBlock: 0,
  coldRanges: 0,
  blockedSends: 0,
  inlineWrites: 0,
  inlineWriteBytes: 0,
  blockedWrites: 0,
})
const quietLoop = { take: () => ({ count: 3, p50Ms: 1, p99Ms: 2, p999Ms: 3, maxMs: 4 }), close() {} }

const batch = buildBatch([{ key: null, value: Buffer.alloc(1000), headers: [], timestamp: 1000 }])
const produceTo = (...indexes: number[]) => ({
  acks: -1,
  timeoutMs: 1000,
  topicData: [{ name: 't', partitionData: indexes.map(index => ({ index, records: Buffer.from(batch) })) }],
})
const fetchFrom = (fetchOffset: number, maxWaitMs: number) => ({
  maxWaitMs,
  minBytes: 1,
  maxBytes: 1_000_000,
  topics: [{ topic: 't', partitions: [{ partition: 0, fetchOffset, partitionMaxBytes: 1_000_000 }] }],
})

/** A broker with the topic t of one partition, a client, and a look at single samples. */
class Bench {
  readonly sim: SimBroker
  readonly client: SimClient

  constructor(sim: SimBroker, client: SimClient) {
    this.sim = sim
    this.client = client
  }

  static async start(options: SimBrokerOptions = {}): Promise<Bench> {
    const sim = await SimBroker.start(options)
    const client = await sim.connect()
    await client.ask(createTopics, 7, {
      topics: [{ name: 't', numPartitions: 1, replicationFactor: 1 }],
      timeoutMs: 1000,
    })
    return new Bench(sim, client)
  }

  /** The value of `name` or `name{label="value",...}`; undefined when it is not shown. */
  value(name: string, labels: Record<string, string | number> = {}): number | undefined {
    const [metric, suffix] = this.#find(name)
    const wanted = JSON.stringify(labels)
    return [...metric.read()].find(
      sample => (sample.suffix ?? '') === suffix && JSON.stringify(sample.labels ?? {}) === wanted,
    )?.value
  }

  #find(name: string): [Metric, string] {
    for (const metric of this.sim.broker.metrics) {
      if (name === metric.name) return [metric, '']
      if (name.startsWith(`${metric.name}_`)) return [metric, name.slice(metric.name.length)]
    }
    throw new Error(`there is no metric ${name}`)
  }
}

describe('requests', () => {
  test('are counted by API, with their bytes, also of ranges of files', async () => {
    const bench = await Bench.start()
    for (let i = 0; i < 3; i++) await bench.client.ask(produce, 12, produceTo(0))
    await bench.client.ask(fetch, 12, fetchFrom(0, 0))
    expect(bench.value('millrace_requests_total', { api: 'Produce' })).toBe(3)
    expect(bench.value('millrace_requests_total', { api: 'Fetch' })).toBe(1)
    expect(bench.value('millrace_requests_total', { api: 'Heartbeat' })).toBeUndefined()
    expect(bench.value('millrace_request_bytes_total', { api: 'Produce' })).toBeGreaterThan(3 * batch.length)
    expect(bench.value('millrace_response_bytes_total', { api: 'Fetch' })).toBeGreaterThan(3 * batch.length)
    const responses = ['CreateTopics', 'Produce', 'Fetch'].map(
      api => bench.value('millrace_response_bytes_total', { api })!,
    )
    expect(bench.value('millrace_network_sent_bytes_total')).toBe(responses.reduce((sum, bytes) => sum + bytes, 0))
    await bench.sim.stop()
  })

  test('errors are counted by name, once for each place in the answer', async () => {
    const bench = await Bench.start()
    await bench.client.ask(produce, 12, produceTo(0, 1, 2))
    await bench.client.ask(metadata, 12, { topics: [{ name: 'not there' }], allowAutoTopicCreation: false })
    const errors = (api: string, error: string) => bench.value('millrace_request_errors_total', { api, error })
    expect(errors('Produce', 'UNKNOWN_TOPIC_OR_PARTITION')).toBe(2)
    expect(errors('Metadata', 'INVALID_TOPIC_EXCEPTION') ?? errors('Metadata', 'UNKNOWN_TOPIC_OR_PARTITION')).toBe(1)
    expect(errors('Produce', 'NONE')).toBeUndefined()
    await bench.sim.stop()
  })

  test('a wait is told apart from work: a parked fetch took its time by the clock of the world', async () => {
    const bench = await Bench.start()
    await bench.client.ask(produce, 12, produceTo(0))
    await bench.client.ask(fetch, 12, fetchFrom(0, 400))
    const parked = bench.client.send(fetch, 12, fetchFrom(1, 400))
    await bench.sim.world.runFor(100)
    expect(bench.value('millrace_fetches_parked')).toBe(1)
    expect(bench.value('millrace_requests_in_flight')).toBe(1)
    await bench.sim.world.complete(parked)
    expect(bench.value('millrace_fetches_parked')).toBe(0)
    const duration = (name: string, answered: string) =>
      bench.value(`millrace_request_duration_seconds_${name}`, { api: 'Fetch', answered })
    expect(duration('count', 'at_once')).toBe(1)
    expect(duration('sum', 'at_once')).toBe(0)
    expect(duration('count', 'later')).toBe(1)
    expect(duration('sum', 'later')).toBeCloseTo(0.4, 2)
    const bucket = (le: number | string) =>
      bench.value('millrace_request_duration_seconds_bucket', { api: 'Fetch', answered: 'later', le })
    expect([bucket(0.25), bucket(0.5), bucket('+Inf')]).toEqual([0, 1, 1])
    await bench.sim.stop()
  })

  test('an answer that waits for the one before it is seen waiting', async () => {
    const bench = await Bench.start()
    const answers = [bench.client.send(fetch, 12, fetchFrom(0, 300)), bench.client.send(metadata, 12, { topics: [] })]
    await bench.sim.world.runFor(100)
    expect(bench.value('millrace_answers_waiting')).toBe(1)
    await bench.sim.world.complete(Promise.all(answers))
    expect(bench.value('millrace_answers_waiting')).toBe(0)
    await bench.sim.stop()
  })
})

describe('connections', () => {
  test('are counted as they come, are refused, and go', async () => {
    const bench = await Bench.start({ settings: { 'max.connections.per.ip': '2' } })
    const second = await bench.sim.connect()
    await bench.sim.connect()
    await bench.sim.world.runFor(10)
    expect(bench.value('millrace_connections_open')).toBe(2)
    expect(bench.value('millrace_connections_accepted_total')).toBe(2)
    expect(bench.value('millrace_connections_refused_total', { limit: 'max.connections.per.ip' })).toBe(1)
    expect(bench.value('millrace_connections_refused_total', { limit: 'max.connections' })).toBe(0)
    second.destroy()
    await bench.sim.world.runFor(10)
    expect(bench.value('millrace_connections_open')).toBe(1)
    await bench.sim.stop()
  })
})

describe('logs', () => {
  test('what is written and not synced is seen until it is synced', async () => {
    const bench = await Bench.start()
    const log = bench.sim.broker.partitions.get('t', 0)!.log
    await bench.sim.world.complete(log.flush())
    const before = bench.value('millrace_log_unsynced_bytes')!
    await bench.client.ask(produce, 12, produceTo(0))
    await bench.client.ask(produce, 12, produceTo(0))
    expect(log.unsyncedBytes).toBe(2 * batch.length)
    expect(bench.value('millrace_log_unsynced_bytes')! - before).toBe(2 * batch.length)
    log.roll()
    await bench.client.ask(produce, 12, produceTo(0))
    await bench.sim.world.complete(log.flush())
    expect(log.unsyncedBytes).toBe(0)
    await bench.sim.stop()
  })

  test('with flush.messages nothing that is acknowledged is unsynced', async () => {
    const bench = await Bench.start({ settings: { 'log.flush.interval.messages': '2' } })
    const log = bench.sim.broker.partitions.get('t', 0)!.log
    const seen: number[] = []
    for (let i = 0; i < 4; i++) {
      await bench.client.ask(produce, 12, produceTo(0))
      seen.push(log.unsyncedBytes)
    }
    expect(seen).toEqual([batch.length, 0, batch.length, 0])
    await bench.sim.stop()
  })

  test('a full directory and free space are seen', async () => {
    const bench = await Bench.start()
    const directory = '/data'
    expect(bench.value('millrace_log_directory_online', { directory })).toBe(1)
    expect(bench.value('millrace_log_directory_full', { directory })).toBe(0)
    expect(bench.value('millrace_log_directory_free_bytes', { directory })).toBeGreaterThan(0)
    await bench.sim.stop()
  })
})

const coordinatorSettings = {
  'group.initial.rebalance.delay.ms': '0',
  'offsets.topic.num.partitions': '2',
  'transaction.state.log.num.partitions': '2',
}

test('groups, members, rebalances and offsets are counted', async () => {
  const retention = { 'offsets.retention.minutes': '1', 'offsets.retention.check.interval.ms': '5000' }
  const bench = await Bench.start({ settings: { ...coordinatorSettings, ...retention } })
  await bench.client.ask(findCoordinator, 3, { key: 'g', keyType: 0 })
  await bench.sim.world.runFor(100)
  const protocols = [{ name: 'range', metadata: Buffer.from('000000000000ffffffff0000', 'hex') }]
  const join = {
    groupId: 'g',
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 1000,
    memberId: '',
    protocolType: 'consumer',
    protocols,
  }
  const joined = await bench.client.ask(joinGroup, 3, join)
  expect(joined.errorCode).toBe(0)
  expect(bench.value('millrace_groups', { protocol: 'classic', state: 'CompletingRebalance' })).toBe(1)
  expect(bench.value('millrace_group_members')).toBe(1)
  const { memberId, generationId } = joined
  await bench.client.ask(syncGroup, 3, { groupId: 'g', memberId, generationId, assignments: [] })
  expect(bench.value('millrace_groups', { protocol: 'classic', state: 'Stable' })).toBe(1)
  const rebalances = (protocol: string) => bench.value('millrace_group_rebalances_total', { protocol })
  expect([rebalances('classic'), rebalances('consumer')]).toEqual([1, 0])
  await bench.client.ask(consumerGroupHeartbeat, 1, {
    groupId: 'c',
    memberId: 'one',
    memberEpoch: 0,
    rebalanceTimeoutMs: 1000,
    subscribedTopicNames: ['t'],
    topicPartitions: [],
  })
  expect(bench.value('millrace_groups', { protocol: 'consumer', state: 'Stable' })).toBe(1)
  expect([rebalances('classic'), rebalances('consumer')]).toEqual([1, 1])
  const commit = (groupId: string) => ({
    groupId,
    topics: [{ name: 't', partitions: [{ partitionIndex: 0, committedOffset: 5, committedMetadata: '' }] }],
  })
  for (const groupId of ['from outside', 'from outside', 'another'])
    await bench.client.ask(offsetCommit, 8, commit(groupId))
  expect(bench.value('millrace_group_offset_commits_total')).toBe(3)
  expect(bench.value('millrace_group_offsets')).toBe(2)
  const topics = [{ name: 't', partitions: [{ partitionIndex: 0 }] }]
  await bench.client.ask(offsetDelete, 0, { groupId: 'another', topics })
  expect(bench.value('millrace_group_offset_deletions_total')).toBe(1)
  expect(bench.value('millrace_group_offsets')).toBe(1)
  await bench.sim.world.runFor(66_000)
  expect(bench.value('millrace_group_offset_expirations_total')).toBe(1)
  await bench.sim.stop()
})

test('of both coordinators: partitions, how long they loaded, events and writes', async () => {
  const bench = await Bench.start({ settings: { ...coordinatorSettings, 'log.flush.interval.messages': '1' } })
  const partitions = (state: string) => bench.value('millrace_coordinator_partitions', { coordinator: 'group', state })
  expect([partitions('active'), partitions('loading'), partitions('failed')]).toEqual([0, 0, 0])
  await bench.client.ask(findCoordinator, 3, { key: 'g', keyType: 0 })
  await bench.sim.world.runFor(100)
  expect([partitions('active'), partitions('loading'), partitions('failed')]).toEqual([2, 0, 0])
  const of = (name: string, coordinator: string) => bench.value(`millrace_coordinator_${name}`, { coordinator })
  expect(of('load_duration_seconds_count', 'group')).toBe(2)
  const offsets = [{ partitionIndex: 0, committedOffset: 5, committedMetadata: '' }]
  const committed = bench.client.send(offsetCommit, 8, { groupId: 'g', topics: [{ name: 't', partitions: offsets }] })
  await bench.sim.world.run({ until: () => of('answers_parked', 'group') === 1 })
  await bench.sim.world.complete(committed)
  expect(of('answers_parked', 'group')).toBe(0)
  expect(of('event_duration_seconds_count', 'group')).toBe(1)
  expect(of('commit_duration_seconds_count', 'group')).toBe(1)
  // The flush took time on the simulated disk, the decision none.
  expect(of('commit_duration_seconds_sum', 'group')).toBeGreaterThan(0)
  expect(of('event_duration_seconds_sum', 'group')).toBe(0)
  expect(of('batches_total', 'group')).toBe(1)
  expect(of('batches_total', 'transaction')).toBe(0)
  await bench.sim.stop()
})

test('transactions are counted by state, by outcome and when they time out, and so is the asking for them', async () => {
  const bench = await Bench.start({ settings: coordinatorSettings })
  await bench.client.ask(findCoordinator, 3, { key: 'app', keyType: 1 })
  await bench.sim.world.runFor(100)
  const states = () =>
    ['Empty', 'Ongoing', 'PrepareCommit', 'CompleteCommit', 'CompleteAbort'].map(state =>
      bench.value('millrace_transactional_ids', { state }),
    )
  const ended = () => ['commit', 'abort'].map(outcome => bench.value('millrace_transactions_ended_total', { outcome }))
  const transactionalId = 'app'
  let producer = await bench.client.ask(initProducerId, 5, { transactionalId, transactionTimeoutMs: 5000 })
  expect(states()).toEqual([1, 0, 0, 0, 0])
  const produceAs = async (baseSequence: number, version = 12) => {
    const { producerId, producerEpoch } = producer
    const records = buildBatch([{ key: null, value: Buffer.from('v'), headers: [], timestamp: 1000 }], {
      producerId,
      producerEpoch,
      baseSequence,
      transactional: true,
    })
    const topicData = [{ name: 't', partitionData: [{ index: 0, records }] }]
    return (await bench.client.ask(produce, version, { transactionalId, acks: -1, timeoutMs: 1000, topicData }))
      .responses[0]!.partitionResponses[0]!.errorCode
  }
  expect(await produceAs(0)).toBe(0)
  expect(states()).toEqual([0, 1, 0, 0, 0])
  expect(bench.value('millrace_transaction_verification_duration_seconds_count')).toBe(1)
  const { producerId, producerEpoch } = producer
  producer = {
    ...producer,
    ...(await bench.client.ask(endTxn, 5, { transactionalId, producerId, producerEpoch, committed: true })),
  }
  await bench.sim.world.runFor(100)
  expect([states(), ended()]).toEqual([
    [0, 0, 0, 1, 0],
    [1, 0],
  ])
  expect(bench.value('millrace_transaction_deliveries')).toBe(0)
  expect(await produceAs(0)).toBe(0)
  await bench.sim.world.runFor(30_000)
  expect([states(), ended()]).toEqual([
    [0, 0, 0, 0, 1],
    [1, 1],
  ])
  expect(bench.value('millrace_transactions_timed_out_total')).toBe(1)
  expect(bench.value('millrace_transaction_verification_failures_total')).toBe(0)
  // A client that must add its partitions beforehand, and has not.
  producer = await bench.client.ask(initProducerId, 5, { transactionalId, transactionTimeoutMs: 5000 })
  expect(errorName(await produceAs(0, 11))).toBe('TRANSACTION_ABORTABLE')
  expect(bench.value('millrace_transaction_verification_failures_total')).toBe(1)
  await bench.sim.stop()
})

describe('names', () => {
  test('are as Prometheus wants them, and each is there once', async () => {
    const bench = await Bench.start()
    const metrics = [...bench.sim.broker.metrics, ...loopMetrics(quietLoop), ...sendingMetrics(nothingSent)]
    const names = metrics.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    expect(names.filter(name => !/^millrace_[a-z]+(_[a-z]+)*$/.test(name))).toEqual([])
    const isCounter = ({ type }: Metric) => type === 'counter'
    expect(metrics.filter(metric => isCounter(metric) !== metric.name.endsWith('_total'))).toEqual([])
    for (const metric of metrics) {
      for (const { labels = {} } of metric.read()) {
        expect(Object.keys(labels).filter(label => label !== 'le' && !metric.labels.includes(label))).toEqual([])
      }
    }
    await bench.sim.stop()
  })

  test('the table in the README is the list in the code (-u writes it)', async () => {
    const bench = await Bench.start()
    const rows = [...bench.sim.broker.metrics, ...loopMetrics(quietLoop), ...sendingMetrics(nothingSent)].map(
      ({ name, type, labels, help }) => `| \`${name}\` | ${type} | ${labels.join(', ')} | ${help} |`,
    )
    const table = ['| name | type | labels | what |', '|---|---|---|---|', ...rows].join('\n')
    const readme = readFileSync(readmePath, 'utf8')
    const place = /(<!-- written by metrics\.test\.ts -->\n)[\s\S]*?(\n?<!-- end -->)/
    expect(readme).toMatch(place)
    const written = readme.replace(place, (_, before: string) => `${before}${table}\n<!-- end -->`)
    await expect(written).toMatchFileSnapshot(readmePath)
    await bench.sim.stop()
  })
})
