// Transactions as Kafka writes them: one committed, one aborted, and one that stays open while another broker has the
// directory. Each writes records and commits a group's offset.

import { addOffsetsToTxn } from '../../protocol/messages/add-offsets-to-txn.ts'
import { addPartitionsToTxn } from '../../protocol/messages/add-partitions-to-txn.ts'
import { describeTransactions } from '../../protocol/messages/describe-transactions.ts'
import { endTxn } from '../../protocol/messages/end-txn.ts'
import { txnOffsetCommit } from '../../protocol/messages/txn-offset-commit.ts'
import type { Facts } from './facts.ts'
import { batchOf } from './made-records.ts'
import { check, type Requests, untilPassed } from './requests.ts'

const topic = 'transactional'
const transactionalIds = ['committed', 'aborted', 'open'] as const
type TransactionalId = (typeof transactionalIds)[number]
/** The longest that a broker allows: the open one must not be timed out while another broker has the directory. */
const timeoutMs = 900_000

interface Transaction {
  readonly transactionalId: TransactionalId
  readonly producerId: number
  readonly producerEpoch: number
}

export class Transactions {
  #open: Transaction | undefined

  async write(requests: Requests, round: number): Promise<void> {
    if (round === 1) await requests.createTopic(topic, transactionalIds.length, { 'retention.ms': '-1' })
    if (this.#open) await this.#end(requests, this.#open, true)
    for (const transactionalId of transactionalIds) {
      const transaction = await this.#begin(requests, transactionalId, round)
      if (transactionalId === 'open') this.#open = transaction
      else await this.#end(requests, transaction, transactionalId === 'committed')
    }
  }

  async read(requests: Requests, facts: Facts): Promise<void> {
    for (const transactionalId of transactionalIds) await requests.coordinate(transactionalId, 1)
    const asked = [...transactionalIds]
    const { transactionStates } = await requests.send(describeTransactions, 0, { transactionalIds: asked })
    for (const { transactionalId, errorCode, ...state } of transactionStates) {
      check(`DescribeTransactions of ${transactionalId}`, errorCode)
      facts.set(
        `transaction ${transactionalId}`,
        JSON.stringify(state, (_, value) => String(value)),
      )
    }
  }

  async #begin(requests: Requests, transactionalId: TransactionalId, round: number): Promise<Transaction> {
    await requests.coordinate(transactionalId, 1)
    const producer = await requests.newProducer(transactionalId, timeoutMs)
    const transaction = { transactionalId, ...producer }
    await untilPassed(async () => {
      const answer = await requests.send(addPartitionsToTxn, 3, {
        v3AndBelowTransactionalId: transactionalId,
        v3AndBelowProducerId: producer.producerId,
        v3AndBelowProducerEpoch: producer.producerEpoch,
        v3AndBelowTopics: [{ name: topic, partitions: [0] }],
      })
      check('AddPartitionsToTxn', answer.resultsByTopicV3AndBelow[0]!.resultsByPartition[0]!.partitionErrorCode)
    })
    const batch = { ...producer, baseSequence: 0, transactional: true, firstTimestamp: Date.now() - 10 * 3_600_000 }
    await requests.produce(topic, 0, batchOf({ round, index: 0, ...batch }).bytes, transactionalId)
    await this.#commitOffset(requests, transaction, round)
    return transaction
  }

  async #commitOffset(requests: Requests, transaction: Transaction, round: number): Promise<void> {
    const groupId = 'of-transactions'
    await requests.coordinate(groupId)
    const added = await requests.send(addOffsetsToTxn, 3, { ...transaction, groupId })
    check('AddOffsetsToTxn', added.errorCode)
    const partitionIndex = transactionalIds.indexOf(transaction.transactionalId)
    const partitions = [{ partitionIndex, committedOffset: round, committedMetadata: transaction.transactionalId }]
    await untilPassed(async () => {
      const topics = [{ name: topic, partitions }]
      const answer = await requests.send(txnOffsetCommit, 3, { ...transaction, groupId, topics })
      check('TxnOffsetCommit', answer.topics[0]!.partitions[0]!.errorCode)
    })
  }

  /** Ends a transaction and waits until its marker has been written, which an answer alone does not say. */
  async #end(requests: Requests, transaction: Transaction, committed: boolean): Promise<void> {
    await requests.coordinate(transaction.transactionalId, 1)
    await untilPassed(async () =>
      check('EndTxn', (await requests.send(endTxn, 3, { ...transaction, committed })).errorCode),
    )
    const { transactionalId } = transaction
    for (let isEnding = true; isEnding; ) {
      const answer = await requests.send(describeTransactions, 0, { transactionalIds: [transactionalId] })
      isEnding = !answer.transactionStates[0]!.transactionState.startsWith('Complete')
    }
  }
}
