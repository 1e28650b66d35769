// A transactional producer that outlives brokers: it goes on under its id, epoch and sequences with whoever has the directory.
// Source: KIP-98; KIP-890 for version 2, in which partitions are added by producing and each end takes the next epoch.

import { addOffsetsToTxn } from '../../protocol/messages/add-offsets-to-txn.ts'
import { addPartitionsToTxn } from '../../protocol/messages/add-partitions-to-txn.ts'
import { describeTransactions } from '../../protocol/messages/describe-transactions.ts'
import { endTxn } from '../../protocol/messages/end-txn.ts'
import { txnOffsetCommit } from '../../protocol/messages/txn-offset-commit.ts'
import { batchOf, type MadeBatch } from './made-records.ts'
import { check, type Requests, untilPassed } from './requests.ts'

/** Which of the two a client speaks; version 2 only where the cluster has it. */
export type TransactionVersion = 1 | 2

/** The longest that a broker allows: an open one must not be timed out while another broker has the directory. */
const timeoutMs = 900_000

export class TransactionalProducer {
  readonly transactionalId: string
  readonly #version: TransactionVersion
  #producer: { producerId: number; producerEpoch: number } | undefined
  readonly #nextSequences = new Map<string, number>()

  constructor(transactionalId: string, version: TransactionVersion) {
    this.transactionalId = transactionalId
    this.#version = version
  }

  /** InitProducerId: what is under way is aborted, everybody before is fenced. */
  async init(requests: Requests): Promise<void> {
    await requests.coordinate(this.transactionalId, 1)
    this.#continueAs(await requests.newProducer(this.transactionalId, timeoutMs))
  }

  get isNew(): boolean {
    return this.#producer === undefined
  }

  /** Writes a batch in the transaction, which begins with it when none is under way. Answers its bytes. */
  async produce(requests: Requests, topic: string, partition: number, made: MadeBatch): Promise<Buffer> {
    await requests.coordinate(this.transactionalId, 1)
    if (this.#version === 1) await this.#addPartition(requests, topic, partition)
    const key = `${topic}-${partition}`
    const baseSequence = this.#nextSequences.get(key) ?? 0
    const { bytes, count } = batchOf({ ...made, ...this.#producer!, baseSequence, transactional: true })
    const version = this.#version === 1 ? 11 : 12
    await requests.produce(topic, partition, Buffer.from(bytes), this.transactionalId, version)
    this.#nextSequences.set(key, baseSequence + count)
    return bytes
  }

  /** Commits a group's offset in the transaction. */
  async commitOffset(
    requests: Requests,
    commit: { groupId: string; topic: string; partition: number; offset: number },
  ): Promise<void> {
    const { groupId, topic, partition: partitionIndex, offset: committedOffset } = commit
    const transaction = { transactionalId: this.transactionalId, ...this.#producer!, groupId }
    await requests.coordinate(groupId)
    if (this.#version === 1) {
      await untilPassed(async () =>
        check('AddOffsetsToTxn', (await requests.send(addOffsetsToTxn, 3, transaction)).errorCode),
      )
    }
    const partitions = [{ partitionIndex, committedOffset, committedMetadata: this.transactionalId }]
    await untilPassed(async () => {
      const request = { ...transaction, topics: [{ name: topic, partitions }] }
      const answer = await requests.send(txnOffsetCommit, this.#version === 1 ? 3 : 5, request)
      check('TxnOffsetCommit', answer.topics[0]!.partitions[0]!.errorCode)
    })
  }

  /** Ends the transaction and waits until its markers have been written, which an answer alone does not say. */
  async end(requests: Requests, committed: boolean): Promise<void> {
    const { transactionalId } = this
    await requests.coordinate(transactionalId, 1)
    await untilPassed(async () => {
      const request = { transactionalId, ...this.#producer!, committed }
      const answer = await requests.send(endTxn, this.#version === 1 ? 3 : 5, request)
      check('EndTxn', answer.errorCode)
      if (this.#version === 2) {
        this.#continueAs({ producerId: Number(answer.producerId), producerEpoch: answer.producerEpoch })
      }
    })
    for (let isEnding = true; isEnding; ) {
      const answer = await requests.send(describeTransactions, 0, { transactionalIds: [transactionalId] })
      isEnding = !answer.transactionStates[0]!.transactionState.startsWith('Complete')
    }
  }

  /** Another epoch begins its sequences at 0. */
  #continueAs(producer: { producerId: number; producerEpoch: number }): void {
    this.#producer = producer
    this.#nextSequences.clear()
  }

  #addPartition(requests: Requests, name: string, partition: number): Promise<void> {
    return untilPassed(async () => {
      const answer = await requests.send(addPartitionsToTxn, 3, {
        v3AndBelowTransactionalId: this.transactionalId,
        v3AndBelowProducerId: this.#producer!.producerId,
        v3AndBelowProducerEpoch: this.#producer!.producerEpoch,
        v3AndBelowTopics: [{ name, partitions: [partition] }],
      })
      check('AddPartitionsToTxn', answer.resultsByTopicV3AndBelow[0]!.resultsByPartition[0]!.partitionErrorCode)
    })
  }
}
