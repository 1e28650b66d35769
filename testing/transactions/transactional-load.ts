// A producer of transactions that never gives up: records in every partition and an offset for a group in each, committed or
// aborted by chance. When its connection is lost it starts anew under its transactional id, which fences what was before.
// It speaks to whatever answers requests: a broker in the simulated world, or a process.

import type { TransactionsAreAtomic } from '../../broker/sim/transactions-are-atomic.ts'
import { errorName, errors } from '../../protocol/errors.ts'
import { endTxn } from '../../protocol/messages/end-txn.ts'
import { fetch } from '../../protocol/messages/fetch.ts'
import { findCoordinator } from '../../protocol/messages/find-coordinator.ts'
import { initProducerId } from '../../protocol/messages/init-producer-id.ts'
import { listOffsets } from '../../protocol/messages/list-offsets.ts'
import { offsetFetch } from '../../protocol/messages/offset-fetch.ts'
import { produce } from '../../protocol/messages/produce.ts'
import { txnOffsetCommit } from '../../protocol/messages/txn-offset-commit.ts'
import { buildBatch } from '../../protocol/records/batch-builder.ts'
import type { DecodedFields, Fields, InputFields } from '../../protocol/wire/field.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'
import type { Api } from '../../protocol/wire/schema.ts'
import { committedValues } from './committed-reader.ts'

/** Sends a request and answers its answer; rejects when the connection is lost. */
export type Ask = <Request extends Fields, Response extends Fields>(
  api: Api<Request, Response>,
  version: number,
  body: InputFields<Request>,
) => Promise<DecodedFields<Response>>

export interface TransactionalLoadOptions {
  readonly transactionalId: string
  readonly topic: string
  readonly partitionCount: number
  readonly groupId: string
  readonly atomic: TransactionsAreAtomic
  /** A whole number below the bound. */
  readonly chance: (below: number) => number
  readonly now: () => number
  readonly pause: (ms: number) => Promise<void>
}

/** Of a coordinator or a partition that is not ready: ask again. */
const passing: ReadonlySet<number> = new Set(
  [
    errors.CONCURRENT_TRANSACTIONS,
    errors.COORDINATOR_LOAD_IN_PROGRESS,
    errors.COORDINATOR_NOT_AVAILABLE,
    errors.NOT_COORDINATOR,
    errors.NOT_ENOUGH_REPLICAS,
    errors.NOT_LEADER_OR_FOLLOWER,
    errors.UNSTABLE_OFFSET_COMMIT,
  ].map(({ code }) => code),
)

const recordsMax = 4
const retryMs = 20

export class UnexpectedAnswer extends Error {}

export class TransactionalLoad {
  readonly #options: TransactionalLoadOptions
  #producer = { producerId: -1 as Int64, producerEpoch: -1 }
  #sequences: number[] = []
  #count = 0

  constructor(options: TransactionalLoadOptions) {
    this.#options = options
  }

  /** Fences everything before; what was under way is aborted then. */
  async start(ask: Ask): Promise<void> {
    const { transactionalId, groupId } = this.#options
    for (const [keyType, key] of [
      [0, groupId],
      [1, transactionalId],
    ] as const) {
      // biome-ignore format: one thought
      await this.#insist('FindCoordinator', async () => {
        const answer = await ask(findCoordinator, 4, { keyType, coordinatorKeys: [key] })
        return answer.coordinators[0]!.errorCode
      })
    }
    await this.#insist('InitProducerId', async () => {
      const answer = await ask(initProducerId, 5, { transactionalId, transactionTimeoutMs: 60_000 })
      if (answer.errorCode === errors.NONE.code) this.#continueAs(answer)
      return answer.errorCode
    })
  }

  /** Transactions until the connection is lost or `stopped` answers true. */
  async run(ask: Ask, stopped: () => boolean): Promise<void> {
    while (!stopped()) await this.#transaction(ask)
  }

  async #transaction(ask: Ask): Promise<void> {
    const { atomic, partitionCount, chance } = this.#options
    const name = `t${++this.#count}`
    const values = new Map<number, readonly string[]>()
    for (let partition = 0; partition < partitionCount; partition++) {
      values.set(
        partition,
        Array.from({ length: 1 + chance(recordsMax) }, (_, i) => `${name}/${partition}/${i}`),
      )
    }
    atomic.begin({ name, values, offset: this.#count })
    const sent = [...values].map(([partition, each]) => this.#produce(ask, partition, each))
    await Promise.all([...sent, this.#commitOffset(ask, this.#count)])
    const commits = chance(4) > 0
    if (commits) atomic.askToCommit()
    await this.#end(ask, commits)
    if (commits) atomic.acknowledgeCommit()
    else atomic.abort()
  }

  async #produce(ask: Ask, index: number, values: readonly string[]): Promise<void> {
    const { topic, transactionalId, now } = this.#options
    const baseSequence = this.#sequences[index] ?? 0
    this.#sequences[index] = baseSequence + values.length
    const content = values.map(value => ({ key: null, value: Buffer.from(value), timestamp: now() }))
    await this.#insist(`Produce to ${topic}-${index}`, async () => {
      const records = buildBatch(content, { ...this.#producer, baseSequence, transactional: true })
      const topicData = [{ name: topic, partitionData: [{ index, records }] }]
      const answer = await ask(produce, 12, { transactionalId, acks: -1, timeoutMs: 30_000, topicData })
      return answer.responses[0]!.partitionResponses[0]!.errorCode
    })
  }

  async #commitOffset(ask: Ask, committedOffset: number): Promise<void> {
    const { topic, transactionalId, groupId } = this.#options
    const partitions = [{ partitionIndex: 0, committedOffset, committedMetadata: '' }]
    await this.#insist('TxnOffsetCommit', async () => {
      const request = { transactionalId, groupId, ...this.#producer, topics: [{ name: topic, partitions }] }
      return (await ask(txnOffsetCommit, 5, request)).topics[0]!.partitions[0]!.errorCode
    })
  }

  async #end(ask: Ask, committed: boolean): Promise<void> {
    const { transactionalId } = this.#options
    await this.#insist('EndTxn', async () => {
      const answer = await ask(endTxn, 5, { transactionalId, ...this.#producer, committed })
      if (answer.errorCode === errors.NONE.code) this.#continueAs(answer)
      return answer.errorCode
    })
  }

  #continueAs({ producerId, producerEpoch }: { producerId: Int64; producerEpoch: number }): void {
    this.#producer = { producerId, producerEpoch }
    this.#sequences = []
  }

  async #insist(what: string, ask: () => Promise<number>): Promise<void> {
    for (;;) {
      const code = await ask()
      if (code === errors.NONE.code) return
      if (!passing.has(code)) throw new UnexpectedAnswer(`${what}: ${errorName(code)}`)
      await this.#options.pause(retryMs)
    }
  }

  /** By partition what a reader of committed records sees, once nothing is under way; and the group's offset. */
  async readAll(ask: Ask): Promise<{ visible: Map<number, string[]>; offset: number }> {
    const visible = new Map<number, string[]>()
    for (let partition = 0; partition < this.#options.partitionCount; partition++) {
      visible.set(partition, await this.#read(ask, partition))
    }
    return { visible, offset: await this.#groupOffset(ask) }
  }

  async #read(ask: Ask, partition: number): Promise<string[]> {
    const { topic } = this.#options
    const partitions = [{ partitionIndex: partition, timestamp: -1 }]
    const listed = await ask(listOffsets, 7, {
      replicaId: -1,
      isolationLevel: 1,
      topics: [{ name: topic, partitions }],
    })
    const end = Number(listed.topics[0]!.partitions[0]!.offset)
    const values: string[] = []
    for (let fetchOffset = 0; fetchOffset < end; ) {
      const topics = [{ topic, partitions: [{ partition, fetchOffset, partitionMaxBytes: 1 << 20 }] }]
      const answer = await ask(fetch, 12, { maxWaitMs: 0, minBytes: 1, isolationLevel: 1, topics, replicaId: -1 })
      const { records, abortedTransactions } = answer.responses[0]!.partitions[0]!
      const read = committedValues(records ?? Buffer.alloc(0), fetchOffset, abortedTransactions ?? [])
      if (read.nextOffset === fetchOffset) throw new UnexpectedAnswer(`nothing is read at ${fetchOffset}, below ${end}`)
      values.push(...read.values)
      fetchOffset = read.nextOffset
    }
    return values
  }

  async #groupOffset(ask: Ask): Promise<number> {
    const { topic, groupId } = this.#options
    let offset = -1
    await this.#insist('OffsetFetch', async () => {
      const groups = [{ groupId, topics: [{ name: topic, partitionIndexes: [0] }] }]
      const [group] = (await ask(offsetFetch, 8, { groups, requireStable: true })).groups
      if (group!.errorCode !== errors.NONE.code) return group!.errorCode
      const [partition] = group!.topics[0]!.partitions
      offset = Number(partition!.committedOffset)
      return partition!.errorCode
    })
    return offset
  }
}
