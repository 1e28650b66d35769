// What a transactional producer asks of the coordinators of its transactions and of a group, each until it is answered.
// Source: KIP-98, KIP-360, KIP-447, KIP-890.

import { errors } from '../../protocol/errors.ts'
import { addOffsetsToTxn } from '../../protocol/messages/add-offsets-to-txn.ts'
import { addPartitionsToTxn } from '../../protocol/messages/add-partitions-to-txn.ts'
import { endTxn } from '../../protocol/messages/end-txn.ts'
import { initProducerId } from '../../protocol/messages/init-producer-id.ts'
import { txnOffsetCommit } from '../../protocol/messages/txn-offset-commit.ts'
import type { DecodedFields, Fields } from '../../protocol/wire/field.ts'
import type { Api, VersionRange } from '../../protocol/wire/schema.ts'
import { brokerError, ClientError, isRetriable } from '../client-error.ts'
import type { Body } from '../cluster/broker.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { CoordinatorKind } from '../cluster/coordinators.ts'
import { wait } from '../resilience/wait.ts'
import type { PartitionQueue } from './partition-queue.ts'
import type { ProducerIdentity } from './producer-identity.ts'
import { transactionError, treatmentOf } from './transaction-error.ts'

/** An offset of a group that is committed with the transaction. */
export interface TransactionalOffset {
  readonly topic: string
  readonly partition: number
  /** Of the next record to be read. */
  readonly offset: number
  readonly leaderEpoch?: number
  readonly metadata?: string | null
}

/** The member of the group whose offsets these are: if the group has gone on without it, nothing is committed (KIP-447). */
export interface GroupMetadata {
  readonly groupId: string
  /** Of the classic protocol; the member epoch in the consumer protocol. -1 when left out: nothing is checked. */
  readonly generationId?: number
  readonly memberId?: string
  readonly groupInstanceId?: string | null
}

interface Asking<Request extends Fields, Response extends Fields> {
  readonly api: Api<Request, Response>
  readonly body: Body<Request>
  readonly versions?: VersionRange
  /** All that the answer says. */
  codesOf(answer: DecodedFields<Response>): readonly number[]
}

const noOne: ProducerIdentity = { producerId: -1, producerEpoch: -1 }
/** The end of the transaction before is still being written to its partitions: soon. Source: TransactionManager. */
const concurrentMs = 20
/** Of which API the first version belongs to KIP-890, part 2. */
const endsWithNextEpochSince = 5
const commitsWithoutAddingSince = 5
const lastAddPartitions = 3

export class TransactionCoordinator {
  readonly #cluster: Cluster
  readonly #transactionalId: string
  readonly #timeoutMs: number
  /** A request was sent of which it is not known whether it will still be carried out. */
  #hasLost = false

  constructor(cluster: Cluster, transactionalId: string, transactionTimeoutMs: number) {
    this.#cluster = cluster
    this.#transactionalId = transactionalId
    this.#timeoutMs = transactionTimeoutMs
  }

  /** Whether a request that nobody answered may still be carried out, since this was last asked. */
  takeLost(): boolean {
    const hasLost = this.#hasLost
    this.#hasLost = false
    return hasLost
  }

  /** Whether the cluster has transaction version 2: partitions join by being produced to, each end takes the next epoch. */
  async hasVersion2(): Promise<boolean> {
    const broker = await this.#broker('transaction', this.#transactionalId)
    return ((await broker.features()).get('transaction.version') ?? 0) >= 2
  }

  /** A new identity. With the one there was: its next epoch, and PRODUCER_FENCED when somebody else has it by now (KIP-360). */
  async initialise(known: ProducerIdentity = noOne): Promise<ProducerIdentity> {
    const body = { transactionalId: this.#transactionalId, transactionTimeoutMs: this.#timeoutMs, ...known }
    const versions = known === noOne ? {} : { versions: [3, 5] as const }
    const answer = await this.#ask({ api: initProducerId, body, ...versions, codesOf: ({ errorCode }) => [errorCode] })
    return { producerId: answer.producerId, producerEpoch: answer.producerEpoch }
  }

  /** Partitions join the transaction. */
  async add(identity: ProducerIdentity, queues: readonly PartitionQueue[]): Promise<void> {
    const topics = byTopic(queues).map(([name, all]) => ({ name, partitions: all.map(({ partition }) => partition) }))
    const body = {
      v3AndBelowTransactionalId: this.#transactionalId,
      v3AndBelowProducerId: identity.producerId,
      v3AndBelowProducerEpoch: identity.producerEpoch,
      v3AndBelowTopics: topics,
    }
    await this.#ask({
      api: addPartitionsToTxn,
      body,
      versions: [0, lastAddPartitions],
      codesOf: answer =>
        answer.resultsByTopicV3AndBelow.flatMap(topic =>
          topic.resultsByPartition.map(({ partitionErrorCode }) => partitionErrorCode),
        ),
    })
  }

  /** Offsets of a group move with the transaction. */
  async commitOffsets(
    identity: ProducerIdentity,
    offsets: readonly TransactionalOffset[],
    group: GroupMetadata,
    isVersion2: boolean,
  ): Promise<void> {
    const { groupId, generationId = -1, memberId = '', groupInstanceId = null } = group
    const whose = { transactionalId: this.#transactionalId, groupId, ...identity }
    if (!isVersion2) {
      await this.#ask({ api: addOffsetsToTxn, body: whose, codesOf: ({ errorCode }) => [errorCode] })
    }
    const topics = byTopic(offsets).map(([name, all]) => ({
      name,
      partitions: all.map(({ partition, offset, leaderEpoch = -1, metadata = '' }) => ({
        partitionIndex: partition,
        committedOffset: offset,
        committedLeaderEpoch: leaderEpoch,
        committedMetadata: metadata,
      })),
    }))
    const codesOf = (answer: { topics: { partitions: { errorCode: number }[] }[] }) =>
      answer.topics.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode))
    const versions: VersionRange = isVersion2
      ? [commitsWithoutAddingSince, commitsWithoutAddingSince]
      : [0, commitsWithoutAddingSince - 1]
    const body = { ...whose, generationId, memberId, groupInstanceId, topics }
    await this.#ask({ api: txnOffsetCommit, body, versions, codesOf }, 'group', groupId)
  }

  /** Ends the transaction; answers the identity for the next one, which is another one in version 2. */
  async end(identity: ProducerIdentity, committed: boolean, isVersion2: boolean): Promise<ProducerIdentity> {
    const body = { transactionalId: this.#transactionalId, ...identity, committed }
    const versions: VersionRange = isVersion2
      ? [endsWithNextEpochSince, endsWithNextEpochSince]
      : [0, endsWithNextEpochSince - 1]
    const answer = await this.#ask({ api: endTxn, body, versions, codesOf: ({ errorCode }) => [errorCode] })
    if (answer.producerId === noOne.producerId) return identity
    return { producerId: answer.producerId, producerEpoch: answer.producerEpoch }
  }

  /** Until it is answered with success, or with what no repetition mends: rejects with a TransactionError, or CLOSED. */
  async #ask<Request extends Fields, Response extends Fields>(
    asking: Asking<Request, Response>,
    kind: CoordinatorKind = 'transaction',
    key = this.#transactionalId,
  ): Promise<DecodedFields<Response>> {
    const { clock } = this.#cluster.world
    for (let failures = 1; ; failures++) {
      let delayMs = this.#cluster.retrying.backoff.delayMs(failures)
      try {
        const answer = await this.#askOnce(asking, kind, key)
        const wrong = asking.codesOf(answer).find(code => code !== errors.NONE.code)
        if (wrong === undefined) return answer
        if (wrong === errors.CONCURRENT_TRANSACTIONS.code) delayMs = Math.min(delayMs, concurrentMs)
        this.#treat(wrong, asking.api.name, kind, key)
      } catch (error) {
        if (this.#cluster.isClosed) throw new ClientError('CLOSED', 'the producer was closed', { cause: error })
        if (!isRetriable(error)) throw transactionError(error as Error, 'fix', this.#transactionalId)
        this.#cluster.noteRetry(`${asking.api.name} of ${this.#transactionalId}`, failures, delayMs, error as Error)
        this.#hasLost = true
        this.#cluster.forgetCoordinator(kind, key)
      }
      await wait(clock, delayMs)
    }
  }

  async #askOnce<Request extends Fields, Response extends Fields>(
    { api, body, versions }: Asking<Request, Response>,
    kind: CoordinatorKind,
    key: string,
  ): Promise<DecodedFields<Response>> {
    const broker = await this.#broker(kind, key)
    return broker.request(api, body, versions === undefined ? {} : { versions })
  }

  #broker(kind: CoordinatorKind, key: string) {
    return this.#cluster.coordinator(kind, key, { timeoutMs: this.#cluster.settings.requestTimeoutMs })
  }

  /** Returns when it is to be asked again. */
  #treat(errorCode: number, what: string, kind: CoordinatorKind, key: string): void {
    const treatment = treatmentOf(errorCode)
    if (treatment === 'again') return
    if (treatment === 'find the coordinator') {
      this.#cluster.forgetCoordinator(kind, key)
      return
    }
    const place = kind === 'group' ? { group: key } : {}
    throw transactionError(brokerError(errorCode, place, what), treatment, this.#transactionalId)
  }
}

function byTopic<Place extends { readonly topic: string }>(places: readonly Place[]): [string, Place[]][] {
  const topics = new Map<string, Place[]>()
  for (const place of places) {
    const known = topics.get(place.topic)
    if (known === undefined) topics.set(place.topic, [place])
    else known.push(place)
  }
  return [...topics]
}
