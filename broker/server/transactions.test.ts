import { expect, test } from 'vitest'
import { errorName } from '../../protocol/errors.ts'
import { addOffsetsToTxn } from '../../protocol/messages/add-offsets-to-txn.ts'
import { addPartitionsToTxn } from '../../protocol/messages/add-partitions-to-txn.ts'
import { createTopics } from '../../protocol/messages/create-topics.ts'
import { describeProducers } from '../../protocol/messages/describe-producers.ts'
import { describeTransactions } from '../../protocol/messages/describe-transactions.ts'
import { endTxn } from '../../protocol/messages/end-txn.ts'
import { fetch } from '../../protocol/messages/fetch.ts'
import { findCoordinator } from '../../protocol/messages/find-coordinator.ts'
import { initProducerId } from '../../protocol/messages/init-producer-id.ts'
import { listOffsets } from '../../protocol/messages/list-offsets.ts'
import { listTransactions } from '../../protocol/messages/list-transactions.ts'
import { offsetFetch } from '../../protocol/messages/offset-fetch.ts'
import { produce } from '../../protocol/messages/produce.ts'
import { txnOffsetCommit } from '../../protocol/messages/txn-offset-commit.ts'
import { updateFeatures } from '../../protocol/messages/update-features.ts'
import { writeTxnMarkers } from '../../protocol/messages/write-txn-markers.ts'
import { buildBatch } from '../../protocol/records/batch-builder.ts'
import { isControlBatch } from '../../protocol/records/batch-header.ts'
import { batches } from '../../protocol/records/batches.ts'
import { records } from '../../protocol/records/records.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'
import { SimBroker, type SimBrokerOptions, type SimClient } from './replay/sim-broker.ts'

const transactionalId = 'app'
const topic = 't'

interface Producer {
  readonly producerId: Int64
  readonly producerEpoch: number
}

const name = (code: number) => errorName(code)

class Bench {
  readonly sim: SimBroker
  client: SimClient
  sequences = new Map<string, number>()

  private constructor(sim: SimBroker, client: SimClient) {
    this.sim = sim
    this.client = client
  }

  static async start(settings: SimBrokerOptions['settings'] = {}): Promise<Bench> {
    const sim = await SimBroker.start({
      settings: {
        'transaction.state.log.num.partitions': '3',
        'offsets.topic.num.partitions': '3',
        'group.initial.rebalance.delay.ms': '0',
        ...settings,
      },
    })
    const bench = new Bench(sim, await sim.connect())
    const topics = [{ name: topic, numPartitions: 2, replicationFactor: 1 }]
    await bench.client.ask(createTopics, 7, { topics, timeoutMs: 10_000 })
    await bench.findCoordinators()
    return bench
  }

  async findCoordinators(): Promise<void> {
    for (const keyType of [0, 1]) {
      const answer = await this.client.ask(findCoordinator, 4, { keyType, coordinatorKeys: [transactionalId] })
      expect(name(answer.coordinators[0]!.errorCode)).toBe('NONE')
    }
  }

  async init(
    more: Partial<Producer> & { timeoutMs?: number; id?: string } = {},
  ): Promise<Producer & { error: string }> {
    const { producerId = -1, producerEpoch = -1, timeoutMs = 60_000, id = transactionalId } = more
    for (;;) {
      const request = { transactionalId: id, transactionTimeoutMs: timeoutMs, producerId, producerEpoch }
      const answer = await this.client.ask(initProducerId, 5, request)
      const error = name(answer.errorCode)!
      if (error !== 'CONCURRENT_TRANSACTIONS') return { ...answer, error }
      await this.sim.world.runFor(50)
    }
  }

  async produce(producer: Producer, partition: number, values: string[], version = 12): Promise<string> {
    const key = `${producer.producerId}/${producer.producerEpoch}/${partition}`
    const baseSequence = this.sequences.get(key) ?? 0
    const timestamp = this.sim.world.host('client').start().clock.now()
    const content = values.map(value => ({ key: null, value: Buffer.from(value), timestamp }))
    const batch = buildBatch(content, { ...producer, baseSequence, transactional: true })
    const answer = await this.client.ask(produce, version, {
      transactionalId,
      acks: -1,
      timeoutMs: 10_000,
      topicData: [{ name: topic, partitionData: [{ index: partition, records: batch }] }],
    })
    const error = name(answer.responses[0]!.partitionResponses[0]!.errorCode)!
    if (error === 'NONE') this.sequences.set(key, baseSequence + values.length)
    return error
  }

  async addPartitions(producer: Producer, partitions: number[]): Promise<string[]> {
    const answer = await this.client.ask(addPartitionsToTxn, 3, {
      v3AndBelowTransactionalId: transactionalId,
      v3AndBelowProducerId: producer.producerId,
      v3AndBelowProducerEpoch: producer.producerEpoch,
      v3AndBelowTopics: [{ name: topic, partitions }],
    })
    return answer.resultsByTopicV3AndBelow[0]!.resultsByPartition.map(each => name(each.partitionErrorCode)!)
  }

  async end(producer: Producer, committed: boolean, version = 5): Promise<Producer & { error: string }> {
    const answer = await this.client.ask(endTxn, version, { transactionalId, ...producer, committed })
    return { ...answer, error: name(answer.errorCode)! }
  }

  async read(partition: number, isolationLevel: number): Promise<string[]> {
    const partitions = [{ partition, fetchOffset: 0, partitionMaxBytes: 1 << 20 }]
    const answer = await this.client.ask(fetch, 12, {
      maxWaitMs: 0,
      minBytes: 1,
      isolationLevel,
      topics: [{ topic, partitions }],
      replicaId: -1,
    })
    const read = answer.responses[0]!.partitions[0]!
    const aborted = [...(read.abortedTransactions ?? [])].map(
      ({ producerId, firstOffset }) => `${producerId}@${firstOffset}`,
    )
    const values = [...batches(read.records ?? Buffer.alloc(0))].flatMap(batch =>
      isControlBatch(batch) ? ['marker'] : [...records(batch)].map(({ value }) => String(value)),
    )
    return aborted.length > 0 ? [...values, `aborted ${aborted.join()}`] : values
  }

  async latest(partition: number, isolationLevel: number): Promise<number> {
    const partitions = [{ partitionIndex: partition, timestamp: -1 }]
    const answer = await this.client.ask(listOffsets, 7, {
      replicaId: -1,
      isolationLevel,
      topics: [{ name: topic, partitions }],
    })
    return Number(answer.topics[0]!.partitions[0]!.offset)
  }

  async state(): Promise<string> {
    const answer = await this.client.ask(describeTransactions, 0, { transactionalIds: [transactionalId] })
    return answer.transactionStates[0]!.transactionState
  }

  async committedOffset(requireStable = false): Promise<string> {
    const groups = [{ groupId: 'g', topics: [{ name: topic, partitionIndexes: [0] }] }]
    const answer = await this.client.ask(offsetFetch, 8, { groups, requireStable })
    const partition = answer.groups[0]!.topics[0]!.partitions[0]!
    return partition.errorCode === 0 ? String(partition.committedOffset) : name(partition.errorCode)!
  }

  async commitOffset(producer: Producer, committedOffset: number, version = 5): Promise<string> {
    const partitions = [{ partitionIndex: 0, committedOffset, committedMetadata: '' }]
    const answer = await this.client.ask(txnOffsetCommit, version, {
      transactionalId,
      groupId: 'g',
      ...producer,
      topics: [{ name: topic, partitions }],
    })
    return name(answer.topics[0]!.partitions[0]!.errorCode)!
  }

  run(ms = 200): Promise<void> {
    return this.sim.world.runFor(ms)
  }
}

test('version 2: partitions are added by producing, each end takes the next epoch, readers see what was committed', async () => {
  const bench = await Bench.start()
  const first = await bench.init()
  expect([first.error, first.producerEpoch]).toEqual(['NONE', 0])
  expect(await bench.produce(first, 0, ['a', 'b'])).toBe('NONE')
  expect(await bench.produce(first, 1, ['c'])).toBe('NONE')
  expect(await bench.produce(first, 0, ['d'])).toBe('NONE')
  expect([await bench.read(0, 1), await bench.read(0, 0)]).toEqual([[], ['a', 'b', 'd']])
  expect([await bench.latest(0, 1), await bench.latest(0, 0)]).toEqual([0, 3])
  const second = await bench.end(first, true)
  expect(second).toMatchObject({ error: 'NONE', producerId: first.producerId, producerEpoch: 1 })
  await bench.run()
  expect(await bench.state()).toBe('CompleteCommit')
  expect([await bench.read(0, 1), await bench.read(1, 1)]).toEqual([
    ['a', 'b', 'd', 'marker'],
    ['c', 'marker'],
  ])
  expect(await bench.latest(0, 1)).toBe(4)
  // The same request again is known by its epoch.
  expect(await bench.end(first, true)).toMatchObject({ error: 'NONE', producerEpoch: 1 })
  expect((await bench.end(first, false)).error).toBe('INVALID_TXN_STATE')
  expect(await bench.produce(second, 0, ['e'])).toBe('NONE')
  expect((await bench.end(second, false)).producerEpoch).toBe(2)
  await bench.run()
  expect(await bench.read(0, 1)).toEqual(['a', 'b', 'd', 'marker', 'e', 'marker', `aborted ${first.producerId}@4`])
  // What the transaction before left behind cannot get into the next one.
  expect(await bench.produce(second, 0, ['late'])).toBe('INVALID_PRODUCER_EPOCH')
  await bench.sim.stop()
})

test('the next transaction may begin while the markers of the one before are on their way', async () => {
  const bench = await Bench.start()
  let producer: Producer = await bench.init()
  for (let round = 0; round < 5; round++) {
    expect(await bench.produce(producer, 0, [`${round}`])).toBe('NONE')
    expect(await bench.produce(producer, 1, [`${round}`])).toBe('NONE')
    // Sent behind the end without waiting for anything: the broker asks the coordinator again for a while.
    producer = await bench.end(producer, round !== 2)
  }
  await bench.run()
  const values = (await bench.read(0, 1)).filter(value => value !== 'marker' && !value.startsWith('aborted'))
  expect(values).toEqual(['0', '1', '2', '3', '4'])
  expect((await bench.read(1, 1)).at(-1)).toBe(`aborted ${producer.producerId}@4`)
  await bench.sim.stop()
})

test('requests in flight behind the first of a transaction stay in order', async () => {
  const bench = await Bench.start()
  const producer = await bench.init()
  const send = (baseSequence: number) => {
    const content = [{ key: null, value: Buffer.from(`${baseSequence}`), timestamp: 1_767_225_600_000 }]
    const records = buildBatch(content, { ...producer, baseSequence, transactional: true })
    const topicData = [{ name: topic, partitionData: [{ index: 0, records }] }]
    return bench.client.send(produce, 12, { transactionalId, acks: -1, timeoutMs: 10_000, topicData })
  }
  const sent = [0, 1, 2, 3, 4].map(send)
  const answers = await bench.sim.world.complete(Promise.all(sent))
  expect(answers.map(each => name(each.responses[0]!.partitionResponses[0]!.errorCode))).toEqual(Array(5).fill('NONE'))
  expect(await bench.read(0, 0)).toEqual(['0', '1', '2', '3', '4'])
  await bench.sim.stop()
})

test('version 1: partitions are added first, the epoch stays', async () => {
  const bench = await Bench.start()
  const producer = await bench.init()
  expect(await bench.produce(producer, 0, ['too early'], 10)).toBe('INVALID_TXN_STATE')
  expect(await bench.produce(producer, 0, ['too early'], 11)).toBe('TRANSACTION_ABORTABLE')
  expect(await bench.addPartitions(producer, [0, 7])).toEqual(['OPERATION_NOT_ATTEMPTED', 'UNKNOWN_TOPIC_OR_PARTITION'])
  expect(await bench.addPartitions(producer, [0])).toEqual(['NONE'])
  expect(await bench.produce(producer, 0, ['a'], 11)).toBe('NONE')
  expect(await bench.produce(producer, 1, ['b'], 11)).toBe('TRANSACTION_ABORTABLE')
  expect(await bench.end(producer, true, 3)).toMatchObject({ error: 'NONE' })
  await bench.run()
  expect(await bench.end(producer, true, 3)).toMatchObject({ error: 'NONE' })
  expect(await bench.end(producer, false, 3)).toMatchObject({ error: 'INVALID_TXN_STATE' })
  expect(await bench.read(0, 1)).toEqual(['a', 'marker'])
  expect(await bench.addPartitions(producer, [0])).toEqual(['NONE'])
  expect(await bench.produce(producer, 0, ['c'], 11)).toBe('NONE')
  expect(await bench.end(producer, false, 3)).toMatchObject({ error: 'NONE' })
  await bench.run()
  expect(await bench.read(0, 1)).toEqual(['a', 'marker', 'c', 'marker', `aborted ${producer.producerId}@2`])
  await bench.sim.stop()
})

test('a second instance fences the first, whose transaction is aborted', async () => {
  const bench = await Bench.start()
  const zombie = await bench.init()
  expect(await bench.produce(zombie, 0, ['zombie'])).toBe('NONE')
  const current = await bench.init()
  expect(current).toMatchObject({ error: 'NONE', producerId: zombie.producerId, producerEpoch: 2 })
  expect(await bench.produce(zombie, 0, ['again'])).toBe('INVALID_PRODUCER_EPOCH')
  expect(await bench.produce(zombie, 1, ['elsewhere'])).toBe('INVALID_PRODUCER_EPOCH')
  expect((await bench.end(zombie, true)).error).toBe('PRODUCER_FENCED')
  expect((await bench.end(zombie, true, 1)).error).toBe('INVALID_PRODUCER_EPOCH')
  expect((await bench.init({ ...zombie })).error).toBe('PRODUCER_FENCED')
  expect(await bench.read(0, 1)).toEqual(['zombie', 'marker', `aborted ${zombie.producerId}@0`])
  await bench.sim.stop()
})

test('offsets committed in a transaction become visible with it and not before', async () => {
  const bench = await Bench.start()
  const first = await bench.init()
  expect(await bench.commitOffset(first, 7)).toBe('NONE')
  expect([await bench.committedOffset(), await bench.committedOffset(true)]).toEqual(['-1', 'UNSTABLE_OFFSET_COMMIT'])
  const second = await bench.end(first, true)
  await bench.run()
  expect([await bench.committedOffset(), await bench.committedOffset(true)]).toEqual(['7', '7'])
  expect(await bench.commitOffset(second, 9)).toBe('NONE')
  await bench.end(second, false)
  await bench.run()
  expect([await bench.committedOffset(), await bench.committedOffset(true)]).toEqual(['7', '7'])
  // An older client adds the group's partition itself.
  const third = { producerId: first.producerId, producerEpoch: 2 }
  expect(await bench.commitOffset(third, 11, 4)).toBe('TRANSACTION_ABORTABLE')
  const added = await bench.client.ask(addOffsetsToTxn, 3, { transactionalId, ...third, groupId: 'g' })
  expect(name(added.errorCode)).toBe('NONE')
  expect(await bench.commitOffset(third, 11, 4)).toBe('NONE')
  await bench.end(third, true, 4)
  await bench.run()
  expect(await bench.committedOffset(true)).toBe('11')
  await bench.sim.stop()
})

test('a transaction that takes too long is aborted, and its producer fenced', async () => {
  const bench = await Bench.start()
  const producer = await bench.init({ timeoutMs: 5000 })
  expect(await bench.produce(producer, 0, ['slow'])).toBe('NONE')
  await bench.run(16_000)
  expect(await bench.state()).toBe('CompleteAbort')
  expect(await bench.latest(0, 1)).toBe(2)
  expect((await bench.end(producer, true)).error).toBe('INVALID_TXN_STATE')
  expect((await bench.init({ timeoutMs: 900_001 })).error).toBe('INVALID_TRANSACTION_TIMEOUT')
  await bench.sim.stop()
})

test('what is decided survives a crash, and is brought to its end', async () => {
  const bench = await Bench.start()
  const producer = await bench.init()
  expect(await bench.produce(producer, 0, ['a'])).toBe('NONE')
  expect(await bench.commitOffset(producer, 5)).toBe('NONE')
  expect((await bench.end(producer, true)).error).toBe('NONE')
  bench.sim.host.crashProcess()
  await bench.sim.start()
  bench.client = await bench.sim.connect('test', 'client2')
  await bench.run(3000)
  expect(await bench.state()).toBe('CompleteCommit')
  expect((await bench.read(0, 1))[0]).toBe('a')
  expect(await bench.committedOffset(true)).toBe('5')
  await bench.sim.stop()
})

test('a hanging transaction is found, and aborted from outside', async () => {
  const bench = await Bench.start({ 'transaction.partition.verification.enable': 'false' })
  const stranger = { producerId: 4711, producerEpoch: 3 }
  // A broker without verification let it in; no coordinator knows of it.
  expect(await bench.produce(stranger, 0, ['hangs'], 11)).toBe('NONE')
  expect(await bench.latest(0, 1)).toBe(0)
  const topics = [{ name: topic, partitionIndexes: [0] }]
  const described = await bench.client.ask(describeProducers, 0, { topics })
  const [active] = described.topics[0]!.partitions[0]!.activeProducers
  expect(active).toMatchObject({ ...stranger, coordinatorEpoch: -1, currentTxnStartOffset: 0, lastSequence: 0 })
  const marker = { ...stranger, coordinatorEpoch: -1, transactionResult: false, topics }
  const written = await bench.client.ask(writeTxnMarkers, 1, { markers: [marker] })
  expect(name(written.markers[0]!.topics[0]!.partitions[0]!.errorCode)).toBe('NONE')
  expect(await bench.latest(0, 1)).toBe(2)
  const unknown = { ...marker, topics: [{ name: topic, partitionIndexes: [9] }] }
  const refused = await bench.client.ask(writeTxnMarkers, 1, { markers: [unknown] })
  expect(name(refused.markers[0]!.topics[0]!.partitions[0]!.errorCode)).toBe('UNKNOWN_TOPIC_OR_PARTITION')
  await bench.sim.stop()
})

test('transactions are listed by state, producer, duration and name', async () => {
  const bench = await Bench.start()
  const producer = await bench.init()
  await bench.init({ id: 'other' })
  await bench.produce(producer, 0, ['a'])
  const list = async (filter: object) => {
    const answer = await bench.client.ask(listTransactions, 2, { stateFilters: [], producerIdFilters: [], ...filter })
    const ids = answer.transactionStates.map(each => `${each.transactionalId} ${each.transactionState}`).sort()
    return answer.errorCode === 0 ? [...ids, ...answer.unknownStateFilters] : name(answer.errorCode)
  }
  expect(await list({})).toEqual(['app Ongoing', 'other Empty'])
  expect(await list({ stateFilters: ['Ongoing', 'Nonsense'] })).toEqual(['app Ongoing', 'Nonsense'])
  expect(await list({ producerIdFilters: [producer.producerId] })).toEqual(['app Ongoing'])
  expect(await list({ transactionalIdPattern: 'oth.*' })).toEqual(['other Empty'])
  expect(await list({ transactionalIdPattern: 'oth' })).toEqual([])
  expect(await list({ transactionalIdPattern: '(' })).toBe('INVALID_REGULAR_EXPRESSION')
  await bench.run(5000)
  expect(await list({ durationFilter: 4000, stateFilters: ['Ongoing'] })).toEqual(['app Ongoing'])
  expect(await list({ durationFilter: 40_000, stateFilters: ['Ongoing'] })).toEqual([])
  await bench.sim.stop()
})

test('a level of transaction.version that is set while the broker runs is obeyed at once', async () => {
  const bench = await Bench.start()
  const setLevel = async (maxVersionLevel: number, upgradeType: number) => {
    const featureUpdates = [{ feature: 'transaction.version', maxVersionLevel, upgradeType }]
    expect((await bench.client.ask(updateFeatures, 2, { featureUpdates, validateOnly: false })).errorCode).toBe(0)
  }
  // The last record of __transaction_state is written in the version that the level asks for.
  const writtenVersion = async () => {
    await bench.init()
    const partitions = [0, 1, 2].map(partition => ({ partition, fetchOffset: 0, partitionMaxBytes: 1 << 20 }))
    const topics = [{ topic: '__transaction_state', partitions }]
    const answer = await bench.client.ask(fetch, 12, { maxWaitMs: 0, minBytes: 1, topics, replicaId: -1 })
    const values = answer.responses[0]!.partitions.flatMap(({ records: bytes }) =>
      [...batches(bytes ?? Buffer.alloc(0))].flatMap(batch => [...records(batch)].map(({ value }) => value!)),
    )
    return values.at(-1)!.readInt16BE(0)
  }
  expect(await writtenVersion()).toBe(1)
  await setLevel(0, 2)
  expect(await writtenVersion()).toBe(0)
  await setLevel(2, 1)
  expect(await writtenVersion()).toBe(1)
})
