// A producer's side of transactions, as clients do it: InitProducerId, records and offsets that are sent again until they are
// answered, EndTxn. It speaks transaction version 2 (KIP-890), where partitions are added by producing to them and each end takes
// the next epoch, or what clients did before. Held against: one outcome for each transaction.
//
// Clients of the old version begin anew under their transactional id after a lost connection. A request on the broken one may be
// carried out later than those on the next, and without the epoch's change nothing tells it from a request of the next
// transaction: that is why there is version 2.

import type { PartitionHistory } from '../../broker/sim/partition-history.ts'
import { batchContent } from '../../broker/sim/stored-batch.ts'
import { errorName, errors } from '../../protocol/errors.ts'
import { addOffsetsToTxn } from '../../protocol/messages/add-offsets-to-txn.ts'
import { addPartitionsToTxn } from '../../protocol/messages/add-partitions-to-txn.ts'
import { endTxn } from '../../protocol/messages/end-txn.ts'
import { findCoordinator } from '../../protocol/messages/find-coordinator.ts'
import { initProducerId } from '../../protocol/messages/init-producer-id.ts'
import { produce } from '../../protocol/messages/produce.ts'
import { txnOffsetCommit } from '../../protocol/messages/txn-offset-commit.ts'
import { buildBatch } from '../../protocol/records/batch-builder.ts'
import type { DecodedFields, Fields, InputFields } from '../../protocol/wire/field.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'
import type { Api } from '../../protocol/wire/schema.ts'
import type { SimContext } from './context.ts'
import type { Membership } from './coordinator-client.ts'
import type { Produced } from './idempotent-producer.ts'
import { isLost, type SimClient } from './sim-client.ts'
import { recordInput, shortValue, type TransactionalRecord } from './transactional-record.ts'
import type { SimTopic } from './witness.ts'

/** Shared by all producers under a transactional id. */
export class TransactionalId {
  readonly id: string
  readonly timeoutMs: number
  /** They fence one another. */
  readonly producers: number
  /** The life of the broker that may still carry out an InitProducerId whose connection was lost, and fence anybody. */
  lifeOfLostInit = -1

  constructor(id: string, timeoutMs: number, producers: number) {
    this.id = id
    this.timeoutMs = timeoutMs
    this.producers = producers
  }
}

/** The transaction cannot go on, and whoever has it begins anew: it was fenced, took too long, or lost its connection. */
export class TransactionOver extends Error {}

interface Batch extends Produced {
  readonly history: PartitionHistory
  readonly records: readonly TransactionalRecord[]
  readonly bytes: Buffer
  readonly content: string
  readonly sentMs: number
}

interface Stored {
  readonly batch: Batch
  readonly firstOffset: number
}

export interface TransactionalOffset {
  readonly groupId: string
  readonly target: Produced
  readonly offset: number
  readonly member?: Membership
}

const codesOf = (list: readonly { readonly code: number }[]) => list.map(({ code }) => code)

/** The same is asked again. */
const passing: readonly number[] = codesOf([
  errors.CONCURRENT_TRANSACTIONS,
  errors.COORDINATOR_LOAD_IN_PROGRESS,
  errors.COORDINATOR_NOT_AVAILABLE,
  errors.NOT_COORDINATOR,
  errors.NOT_ENOUGH_REPLICAS,
  errors.NOT_LEADER_OR_FOLLOWER,
  errors.LEADER_NOT_AVAILABLE,
  errors.KAFKA_STORAGE_ERROR,
  errors.REQUEST_TIMED_OUT,
  errors.UNKNOWN_TOPIC_OR_PARTITION,
  errors.UNKNOWN_TOPIC_ID,
])
/** Of those, after which it was not done. */
const notDone: readonly number[] = codesOf([errors.CONCURRENT_TRANSACTIONS, errors.COORDINATOR_LOAD_IN_PROGRESS])

/** Somebody else has the transactional id, or the transaction was aborted meanwhile. */
const fencing: readonly number[] = codesOf([
  errors.PRODUCER_FENCED,
  errors.INVALID_PRODUCER_EPOCH,
  errors.INVALID_TXN_STATE,
  errors.TRANSACTION_ABORTABLE,
])

/** The group has gone on without the member: its offsets are not committed, and neither is what came of the records. */
const memberErrors: readonly number[] = codesOf([
  errors.ILLEGAL_GENERATION,
  errors.UNKNOWN_MEMBER_ID,
  errors.FENCED_INSTANCE_ID,
  errors.STALE_MEMBER_EPOCH,
])

const retryMs = 20
/** Fencing is looked for in that share of the timeout: clocks differ a little, and requests take their time. */
const surelyShare = 0.9

export class TransactionClient {
  readonly #context: SimContext
  readonly #client: SimClient
  readonly #identity: TransactionalId
  readonly #speaksBump: boolean
  #producer = { producerId: -1 as Int64, producerEpoch: -1 }
  #isStarted = false
  #beganMs = 0
  #sequences = new Map<string, number>()
  #added = new Set<string>()
  #stored: Stored[] = []
  #name = ''
  #made = 0
  #items = 0
  #state = 'begins'

  constructor(context: SimContext, client: SimClient, identity: TransactionalId) {
    this.#context = context
    this.#client = client
    this.#identity = identity
    // A client of version 2 does as before where the cluster has not got it.
    this.#speaksBump = context.plan.transactions!.version === 2 && client.random.fork('version').chance(0.75)
  }

  get isStarted(): boolean {
    return this.#isStarted
  }

  status(): string {
    return `${this.#state} as ${this.#identity.id}, ${this.#name || 'no transaction'}`
  }

  /** Whoever had the id is fenced, and what it left under way is over afterwards. */
  async start(): Promise<void> {
    const { id: transactionalId, timeoutMs: transactionTimeoutMs } = this.#identity
    this.#isStarted = false
    await this.#find()
    this.#state = 'initialises'
    const version = this.#client.versionOf(initProducerId, 0, 5)
    for (;;) {
      const answer = await this.#init(version, { transactionalId, transactionTimeoutMs })
      if (answer?.errorCode === errors.NONE.code) {
        this.#goOnAs(answer)
        this.#sequences.clear()
        this.#isStarted = true
        return
      }
      if (answer && !passing.includes(answer.errorCode)) this.#unexpected('InitProducerId', answer.errorCode)
      await this.#client.sleep(retryMs)
    }
  }

  /** Undefined: the connection was lost. */
  async #init(version: number, body: InputFields<typeof initProducerId.request.fields>) {
    const connection = await this.#client.connect()
    const { life } = this.#context.witness
    try {
      return await this.#client.request(connection, initProducerId, version, body)
    } catch (error) {
      if (!isLost(error)) throw error
      this.#identity.lifeOfLostInit = life
      return undefined
    }
  }

  async #find(): Promise<void> {
    this.#state = 'looks for its coordinator'
    for (;;) {
      const body = { keyType: 1, coordinatorKeys: [this.#identity.id] }
      const answer = await this.#client.ask(findCoordinator, this.#client.versionOf(findCoordinator, 4, 6), body)
      const { errorCode } = answer.coordinators[0]!
      if (errorCode === errors.NONE.code) return
      if (!passing.includes(errorCode)) this.#unexpected('FindCoordinator', errorCode)
      await this.#client.sleep(retryMs)
    }
  }

  begin(): void {
    this.#name = `${this.#client.name}.${this.#made++}`
    this.#items = 0
    this.#added.clear()
    this.#stored = []
    this.#beganMs = this.#context.sim.nowMs
    this.#context.witness.outcomes.begin(this.#name, this.#identity.id)
  }

  /** A record of the transaction; `value` follows its name, which makes it unique. */
  record(key: string | null, value: string | null, source?: string): TransactionalRecord {
    const item = `${this.#name}/${this.#items++}`
    return { item, key, value: value === null ? null : `${item} ${value}`, ...(source !== undefined && { source }) }
  }

  /** Resolves when everything is stored. Rejects with TransactionOver. */
  async produce(parts: readonly { readonly target: Produced; readonly records: readonly TransactionalRecord[] }[]) {
    if (!this.#speaksBump) await this.#addPartitions(parts.map(({ target }) => target))
    this.#state = 'produces'
    let waiting = parts.map(({ target, records }) => this.#batch(target, records))
    const version = this.#speaksBump ? this.#client.versionOf(produce, 12) : this.#client.versionOf(produce, 3, 11)
    while (waiting.length > 0) {
      const body = { transactionalId: this.#identity.id, acks: -1, timeoutMs: 1000, topicData: topicDataOf(waiting) }
      const answer = await this.#ask(produce, version, body)
      if (answer === undefined) continue
      const failed: Batch[] = []
      for (const batch of waiting) {
        const topic = answer.responses.find(
          ({ name, topicId }) => name === batch.topic.name || topicId === batch.topic.id,
        )
        const result = topic!.partitionResponses.find(({ index }) => index === batch.index)!
        if (result.errorCode === errors.NONE.code) this.#acknowledge(batch, Number(result.baseOffset))
        else if (passing.includes(result.errorCode)) failed.push(batch)
        else this.#over(`Produce to ${batch.history.place}`, result.errorCode)
      }
      waiting = failed
      if (waiting.length > 0) await this.#client.sleep(retryMs)
    }
  }

  /** The offset moves with the transaction. Rejects with TransactionOver. */
  async commitOffset({ groupId, target, offset, member }: TransactionalOffset): Promise<void> {
    const { id: transactionalId } = this.#identity
    const { witness } = this.#context
    this.#state = 'commits an offset'
    if (!this.#speaksBump) {
      await this.#insist('AddOffsetsToTxn', async () => {
        const version = this.#client.versionOf(addOffsetsToTxn, 0, 3)
        const answer = await this.#ask(addOffsetsToTxn, version, { transactionalId, ...this.#producer, groupId })
        return answer?.errorCode
      })
    }
    const item = `${this.#name}/${this.#items++}`
    const place = offsetPlace(groupId, target)
    witness.outcomes.write({ transaction: this.#name, place, item, mayGo: true })
    witness.commits(groupId, target.topic.name, target.index).attempt(offset)
    const partitions = [{ partitionIndex: target.index, committedOffset: offset, committedMetadata: item }]
    const whose = member && { memberId: member.memberId, generationId: member.generationId }
    const topics = [{ name: target.topic.name, partitions }]
    const body = { transactionalId, groupId, ...this.#producer, ...whose, topics }
    const [first, last] = this.#speaksBump ? [5, 5] : [whose ? 3 : 0, 4]
    await this.#insist('TxnOffsetCommit', async () => {
      const version = this.#client.versionOf(txnOffsetCommit, first, last)
      const answer = await this.#ask(txnOffsetCommit, version, body)
      return answer && answer.topics[0]!.partitions[0]!.errorCode
    })
  }

  /** Resolves when the outcome is decided. Rejects with TransactionOver; then it is for the next `start` to find out. */
  async end(committed: boolean): Promise<void> {
    const { id: transactionalId } = this.#identity
    const { witness } = this.#context
    const name = this.#name
    this.#state = committed ? 'commits' : 'aborts'
    if (committed) witness.outcomes.askToCommit(name)
    else witness.report(witness.outcomes.abort(name))
    const version = this.#speaksBump ? 5 : this.#client.versionOf(endTxn, 0, 4)
    for (let mayBeDone = false; ; ) {
      const answer = await this.#ask(endTxn, version, { transactionalId, ...this.#producer, committed })
      const errorCode = answer?.errorCode
      if (answer && errorCode === errors.NONE.code) {
        if (committed) this.#committed(name)
        if (this.#speaksBump) {
          this.#goOnAs(answer)
          this.#sequences.clear()
        }
        return
      }
      if (errorCode !== undefined && !passing.includes(errorCode)) {
        // Refused at once: it was not carried out, and never will be.
        if (committed && !mayBeDone) witness.report(witness.outcomes.abort(name))
        this.#over('EndTxn', errorCode)
      }
      if (errorCode === undefined || !notDone.includes(errorCode)) mayBeDone = true
      await this.#client.sleep(retryMs)
    }
  }

  /** As a process that died, or that found out that it cannot go on. */
  forget(): void {
    this.#isStarted = false
  }

  #committed(name: string): void {
    const { witness } = this.#context
    witness.report(witness.outcomes.commit(name))
    for (const { batch, firstOffset } of this.#stored) {
      const { topic, index, records, sentMs } = batch
      if (!topic.compacted) continue
      for (const [i, { key, value }] of records.entries()) {
        const record = { offset: firstOffset + i, key: key!, value: shortValue(value) }
        witness.report(witness.values(topic, index).promise(record, sentMs))
      }
    }
  }

  #batch({ topic, index }: Produced, records: readonly TransactionalRecord[]): Batch {
    const { witness, sim } = this.#context
    const history = witness.history(topic, index)
    const baseSequence = this.#sequences.get(history.place) ?? 0
    this.#sequences.set(history.place, baseSequence + records.length)
    const timestamp = this.#client.now()
    const options = { ...this.#producer, baseSequence, transactional: true } as const
    const bytes = buildBatch(
      records.map(record => recordInput(record, timestamp)),
      { ...options, compression: this.#client.random.pick(['none', 'none', 'lz4']) },
    )
    const sentMs = sim.nowMs
    for (const { item, key, value } of records) {
      const place = partitionPlace({ topic, index })
      witness.outcomes.write({ transaction: this.#name, place, item, mayGo: topic.compacted })
      if (!topic.compacted) continue
      witness.values(topic, index).send(key!, shortValue(value), sentMs)
    }
    const content = batchContent(bytes)
    history.send(content)
    return { topic, index, history, records, bytes, content, sentMs }
  }

  #acknowledge(batch: Batch, firstOffset: number): void {
    const { history, content, records } = batch
    const lastOffset = firstOffset + records.length - 1
    this.#context.witness.report(history.acknowledge({ firstOffset, lastOffset, content }))
    this.#stored.push({ batch, firstOffset })
  }

  async #addPartitions(targets: readonly Produced[]): Promise<void> {
    const missing = targets.filter(target => !this.#added.has(partitionPlace(target)))
    if (missing.length === 0) return
    this.#state = 'adds partitions'
    const names = [...new Set(missing.map(({ topic }) => topic.name))]
    const topics = names.map(name => {
      return { name, partitions: missing.filter(({ topic }) => topic.name === name).map(({ index }) => index) }
    })
    const body = {
      v3AndBelowTransactionalId: this.#identity.id,
      v3AndBelowProducerId: this.#producer.producerId,
      v3AndBelowProducerEpoch: this.#producer.producerEpoch,
      v3AndBelowTopics: topics,
    }
    await this.#insist('AddPartitionsToTxn', async () => {
      const version = this.#client.versionOf(addPartitionsToTxn, 0, 3)
      const answer = await this.#ask(addPartitionsToTxn, version, body)
      return answer && answer.resultsByTopicV3AndBelow[0]!.resultsByPartition[0]!.partitionErrorCode
    })
    for (const target of missing) this.#added.add(partitionPlace(target))
  }

  async #insist(what: string, ask: () => Promise<number | undefined>): Promise<void> {
    for (;;) {
      const errorCode = await ask()
      if (errorCode === errors.NONE.code) return
      if (errorCode !== undefined && !passing.includes(errorCode)) this.#over(what, errorCode)
      await this.#client.sleep(retryMs)
    }
  }

  /** Undefined: the connection was lost, and the same may be asked again. */
  async #ask<Request extends Fields, Response extends Fields>(
    api: Api<Request, Response>,
    version: number,
    body: InputFields<Request>,
  ): Promise<DecodedFields<Response> | undefined> {
    const connection = await this.#client.connect()
    try {
      return await this.#client.request(connection, api, version, body)
    } catch (error) {
      if (!isLost(error)) throw error
      if (this.#speaksBump) return undefined
      this.#isStarted = false
      throw new TransactionOver('the connection was lost')
    }
  }

  #over(what: string, errorCode: number): never {
    this.#isStarted = false
    if (!memberErrors.includes(errorCode)) {
      if (!fencing.includes(errorCode)) this.#unexpected(what, errorCode)
      else if (!this.#mayBeFenced) this.#unexpected(`${what}, which nobody fenced`, errorCode)
    }
    throw new TransactionOver(`${what}: ${errorName(errorCode)}`)
  }

  /** Another one may have come, or the transaction have taken too long. */
  get #mayBeFenced(): boolean {
    const { sim, plan, witness } = this.#context
    const { producers, lifeOfLostInit, timeoutMs } = this.#identity
    const tookMs = sim.nowMs - this.#beganMs
    const isOvertaken = producers > 1 || lifeOfLostInit === witness.life
    return isOvertaken || plan.faults.includes('clockStep') || tookMs > surelyShare * timeoutMs
  }

  #goOnAs({ producerId, producerEpoch }: { producerId: Int64; producerEpoch: number }): void {
    this.#producer = { producerId, producerEpoch }
  }

  #unexpected(what: string, errorCode: number): void {
    const text = `${this.#client.name}, ${this.status()}, ${what}: ${errorName(errorCode) ?? errorCode}`
    this.#context.witness.report([{ name: 'unexpectedAnswer', what: text }])
  }
}

export function partitionPlace({ topic, index }: Produced): string {
  return `${topic.name}-${index}`
}

export function offsetPlace(groupId: string, target: Produced): string {
  return `${groupId}/${partitionPlace(target)}`
}

function topicDataOf(batches: readonly Batch[]) {
  const topics = new Map<SimTopic, { index: number; records: Buffer }[]>()
  for (const { topic, index, bytes } of batches) {
    topics.set(topic, [...(topics.get(topic) ?? []), { index, records: Buffer.from(bytes) }])
  }
  return [...topics].map(([{ name, id: topicId }, partitionData]) => ({ name, topicId, partitionData }))
}
