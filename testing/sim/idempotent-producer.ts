// An idempotent producer: up to five requests in flight on one connection, each with a batch for one or more partitions.
// After a lost connection or a passing error everything unanswered is sent again, in order, until it is acknowledged: the
// broker must sort out what it has already. It never gives up, so at the end everything it made is stored exactly once.

import type { PartitionHistory } from '../../broker/sim/partition-history.ts'
import type { BrokerConnection } from '../../client/connection.ts'
import { errorName, errors } from '../../protocol/errors.ts'
import { initProducerId } from '../../protocol/messages/init-producer-id.ts'
import { produce } from '../../protocol/messages/produce.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'
import type { Actor, SimContext } from './context.ts'
import { isLost, SimClient } from './sim-client.ts'
import { type TestBatch, testBatch } from './test-batch.ts'
import { shortValue } from './transactional-record.ts'
import type { Moment, SimTopic } from './witness.ts'

const inFlightMax = 5
const pauseMsAfterError = 50

interface Pending extends TestBatch {
  readonly firstSequence: number
  state: 'unsent' | 'sent' | 'failed'
}

/** One partition: sequences are counted for each. */
interface Lane {
  readonly topic: SimTopic
  readonly index: number
  readonly history: PartitionHistory
  readonly pending: Pending[]
  nextSequence: number
}

export interface Produced {
  readonly topic: SimTopic
  readonly index: number
}

/** Passing errors: the same batch is sent again. */
const passing: readonly number[] = [
  errors.KAFKA_STORAGE_ERROR.code,
  errors.NOT_LEADER_OR_FOLLOWER.code,
  errors.UNKNOWN_TOPIC_OR_PARTITION.code,
  errors.UNKNOWN_TOPIC_ID.code,
  errors.REQUEST_TIMED_OUT.code,
  errors.LEADER_NOT_AVAILABLE.code,
]

export class IdempotentProducer implements Actor {
  readonly name: string
  readonly #context: SimContext
  readonly #client: SimClient
  readonly #lanes: readonly Lane[]
  readonly #version: number
  readonly #thinkMs: number
  #producer: { producerId: Int64; producerEpoch: number } | undefined
  #inFlight = 0
  #made = 0

  constructor(context: SimContext, name: string, targets: readonly Produced[]) {
    this.name = name
    this.#context = context
    this.#client = new SimClient(context, name)
    this.#version = this.#client.versionOf(produce, 7)
    this.#thinkMs = this.#client.random.pick([5, 20, 60])
    this.#lanes = targets.map(({ topic, index }) => {
      return { topic, index, history: context.witness.history(topic, index), pending: [], nextSequence: 0 }
    })
  }

  status(): string {
    const waiting = this.#lanes.map(({ history, pending }) => `${pending.length} for ${history.place}`)
    return `${this.#inFlight} requests in flight, batches waiting: ${waiting.join(', ')}`
  }

  async run(): Promise<void> {
    while (!this.#isDone) {
      const connection = await this.#client.connect()
      try {
        this.#producer ??= await this.#initialise(connection)
        if (this.#producer) await this.#produceOn(connection)
      } catch (error) {
        if (!isLost(error)) throw error
      }
    }
  }

  get #isDone(): boolean {
    return this.#context.isEnding && this.#inFlight === 0 && this.#lanes.every(({ pending }) => pending.length === 0)
  }

  async #initialise(connection: BrokerConnection): Promise<{ producerId: Int64; producerEpoch: number } | undefined> {
    const version = this.#client.versionOf(initProducerId, 0, 4)
    const body = { transactionalId: null, transactionTimeoutMs: 60_000 }
    const answer = await this.#client.request(connection, initProducerId, version, body)
    if (answer.errorCode === errors.NONE.code) return answer
    await this.#client.sleep(pauseMsAfterError)
    return undefined
  }

  async #produceOn(connection: BrokerConnection): Promise<void> {
    for (const { pending } of this.#lanes) for (const batch of pending) batch.state = 'unsent'
    while (connection.isOpen && this.#producer && !this.#isDone) {
      if (this.#inFlight < inFlightMax) this.#sendNext(connection)
      await this.#client.think(this.#thinkMs)
      if (!this.#context.isEnding && this.#client.random.chance(0.002)) this.#client.disconnect()
    }
    // Those that are still in flight are answered, or lost with the connection, before anything is sent on another one.
    while (this.#inFlight > 0) await this.#client.sleep(5)
  }

  #sendNext(connection: BrokerConnection): void {
    const sending = this.#lanes.flatMap(lane => {
      const batch = this.#nextBatch(lane)
      return batch ? [{ lane, batch }] : []
    })
    if (sending.length === 0) return
    for (const { lane, batch } of sending) {
      batch.state = 'sent'
      lane.history.send(batch.content)
      this.#noteKeyed(lane, batch)
    }
    this.#inFlight += 1
    void this.#send(connection, sending)
      .catch(error => {
        if (!isLost(error)) this.#context.witness.fail('clientFailed', error)
      })
      .finally(() => {
        this.#inFlight -= 1
      })
  }

  #nextBatch(lane: Lane): Pending | undefined {
    // What follows a batch that failed would be out of order: first the answers to those behind it, then all again.
    if (lane.pending.some(({ state }) => state === 'failed')) {
      if (lane.pending.some(({ state }) => state === 'sent')) return undefined
      for (const batch of lane.pending) batch.state = 'unsent'
    }
    // The very first one alone: of a producer that it does not know, a broker takes any sequence to begin with, as Kafka does.
    // Otherwise: it is refused, as on a disk that is full, there is space again, the next one is taken, and it is out of order.
    const [first] = lane.pending
    if (first?.firstSequence === 0 && first.state === 'sent') return undefined
    const unsent = lane.pending.find(({ state }) => state === 'unsent')
    if (unsent || this.#context.isEnding || lane.pending.length >= inFlightMax) return unsent
    return this.#client.random.chance(0.7) ? this.#make(lane) : undefined
  }

  #make(lane: Lane): Pending {
    const { random } = this.#client
    const label = `${this.name}/${this.#made++}`
    const producer = { ...this.#producer!, baseSequence: lane.nextSequence }
    const { stamped } = lane.topic
    const keyed = lane.topic.compacted ? { keys: [`${this.name}-a`, `${this.name}-b`, 'k0'] } : {}
    const made = testBatch({ label, random, timestamp: this.#client.now(), producer, stamped, ...keyed })
    const batch: Pending = { ...made, firstSequence: lane.nextSequence, state: 'unsent' }
    lane.nextSequence += made.count
    lane.pending.push(batch)
    return batch
  }

  async #send(connection: BrokerConnection, sending: readonly { lane: Lane; batch: Pending }[]): Promise<void> {
    const moment = this.#context.witness.moment()
    const producer = this.#producer
    const topicData = sending.map(({ lane, batch }) => ({
      name: lane.topic.name,
      topicId: lane.topic.id,
      partitionData: [{ index: lane.index, records: Buffer.from(batch.bytes) }],
    }))
    const acks = this.#client.random.pick([-1, -1, 1])
    const body = { acks, timeoutMs: 1000, topicData: merged(topicData) }
    const answer = await this.#client.request(connection, produce, this.#version, body)
    for (const { lane, batch } of sending) {
      const topic = answer.responses.find(({ name, topicId }) => name === lane.topic.name || topicId === lane.topic.id)
      const result = topic?.partitionResponses.find(({ index }) => index === lane.index)
      if (!result) throw new Error(`the answer says nothing about ${lane.history.place}`)
      if (producer === this.#producer) this.#settle(lane, batch, moment, result)
    }
  }

  #settle(lane: Lane, batch: Pending, moment: Moment, result: { errorCode: number; baseOffset: Int64 }): void {
    const { witness } = this.#context
    const { errorCode } = result
    const isBinding = witness.isBinding(moment, lane.history)
    if (errorCode === errors.NONE.code) {
      if (isBinding) witness.report(this.#acknowledge(lane, batch, Number(result.baseOffset)))
      lane.pending.splice(lane.pending.indexOf(batch), 1)
      return
    }
    const followsFailed = lane.pending[0] !== batch
    const isOutOfOrder = errorCode === errors.OUT_OF_ORDER_SEQUENCE_NUMBER.code
    if (passing.includes(errorCode) || (isOutOfOrder && followsFailed)) {
      batch.state = 'failed'
      return
    }
    if (isOutOfOrder && lane.history.hasLost) {
      this.#beginAnew()
      return
    }
    const what = `${lane.history.place} sequence ${batch.firstSequence}: ${errorName(errorCode) ?? errorCode}`
    witness.report([{ name: 'produceRefused', what: `${this.name}: ${what}` }])
  }

  #noteKeyed({ topic, index }: Lane, { records }: TestBatch): void {
    if (!topic.compacted) return
    const { witness, sim } = this.#context
    const values = witness.values(topic, index)
    for (const { key, value } of records) values.send(`${key}`, shortValue(value), sim.nowMs)
  }

  #promiseKeyed({ topic, index }: Lane, { records }: TestBatch, firstOffset: number): void {
    if (!topic.compacted) return
    const values = this.#context.witness.values(topic, index)
    for (const [i, { key, value }] of records.entries()) {
      const record = { offset: firstOffset + i, key: `${key}`, value: shortValue(value) }
      this.#context.witness.report(values.promise(record))
    }
  }

  #acknowledge(lane: Lane, batch: Pending, firstOffset: number) {
    this.#promiseKeyed(lane, batch, firstOffset)
    const { content, count, firstSequence } = batch
    const { producerId, producerEpoch } = this.#producer!
    const producer = {
      id: `${producerId}:${producerEpoch}`,
      firstSequence,
      lastSequence: firstSequence + count - 1,
    }
    return lane.history.acknowledge({ firstOffset, lastOffset: firstOffset + count - 1, content, producer })
  }

  /** Records that nobody promised to keep are gone, and with them its place in the sequence: it takes a new id. */
  #beginAnew(): void {
    this.#producer = undefined
    for (const lane of this.#lanes) {
      lane.pending.length = 0
      lane.nextSequence = 0
    }
  }
}

interface TopicData<Partition> {
  readonly name: string
  readonly topicId: string
  readonly partitionData: Partition[]
}

/** One entry for each topic, as clients send it. */
function merged<Partition>(topics: readonly TopicData<Partition>[]): TopicData<Partition>[] {
  const byName = new Map<string, TopicData<Partition>>()
  for (const topic of topics) {
    const known = byName.get(topic.name)
    if (known) known.partitionData.push(...topic.partitionData)
    else byName.set(topic.name, { ...topic, partitionData: [...topic.partitionData] })
  }
  return [...byName.values()]
}
