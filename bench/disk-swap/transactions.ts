// Transactions over several brokers: committed and aborted ones, a producer that goes on without a new epoch, one whose transaction is
// open while the directory changes hands and is continued, and one that comes back with InitProducerId. With group offsets in each.

import { describeProducers } from '../../protocol/messages/describe-producers.ts'
import { describeTransactions } from '../../protocol/messages/describe-transactions.ts'
import { listTransactions } from '../../protocol/messages/list-transactions.ts'
import { updateFeatures } from '../../protocol/messages/update-features.ts'
import { readPartition } from '../kafka-directories/read-partition.ts'
import type { Facts } from './facts.ts'
import { describeRecord } from './partition-contents.ts'
import { check, type Requests, untilPassed } from './requests.ts'
import { TransactionalProducer, type TransactionVersion } from './transactional-producer.ts'
import type { SwapWork } from './work.ts'

const kept = { 'retention.ms': '-1' }
/** Of transactions that end in the turn in which they begin; and of those that stay open. */
const closedTopic = 'transactional'
const openTopic = 'transactional-open'
const topics = [
  [closedTopic, 2],
  [openTopic, 1],
] as const
const groupId = 'of-transactions'
/** Behind a round's records come those of the next, an hour later: they stay in the past, and within the producers' expiration. */
const firstTimestampAgoMs = 12 * 3_600_000
const safeDowngrade = 2
const readCommitted = 1

export class Transactions implements SwapWork {
  readonly #version: TransactionVersion
  readonly #producers: readonly TransactionalProducer[]
  readonly #startedMs = Date.now()
  #round = 0

  /** `version`: of the cluster, and of all clients but the old ones. */
  constructor(version: TransactionVersion) {
    this.#version = version
    const names = ['committed', 'aborted', 'steady', 'continued', 'restarted']
    const oldNames = version === 2 ? ['old-committed', 'old-aborted', 'old-continued'] : []
    this.#producers = [
      ...names.map(name => new TransactionalProducer(name, version)),
      ...oldNames.map(name => new TransactionalProducer(name, 1)),
    ]
  }

  async start(requests: Requests): Promise<void> {
    if (this.#version === 1) await lowerTransactionVersion(requests)
    for (const [name, partitionCount] of topics) await requests.createTopic(name, partitionCount, kept)
  }

  async resume(): Promise<void> {}

  async write(requests: Requests): Promise<void> {
    this.#round++
    for (const [index, producer] of this.#producers.entries()) {
      const name = producer.transactionalId.replace('old-', '')
      if (name === 'continued' || name === 'restarted') await this.#leaveOpen(requests, producer, index, name)
      else await this.#endOne(requests, producer, index, name)
    }
  }

  /** A transaction of this turn. `steady` goes on with the epoch that it got from another broker. */
  async #endOne(requests: Requests, producer: TransactionalProducer, index: number, name: string): Promise<void> {
    if (producer.isNew || name !== 'steady') await producer.init(requests)
    for (const partition of [0, 1]) await this.#produce(requests, producer, closedTopic, partition)
    await this.#commitOffset(requests, producer, index)
    await producer.end(requests, name !== 'aborted')
  }

  /** Ends what it left open on another broker, one way or the other, and begins what it leaves open on this one. */
  async #leaveOpen(requests: Requests, producer: TransactionalProducer, index: number, name: string): Promise<void> {
    if (producer.isNew || name === 'restarted') await producer.init(requests)
    else {
      await this.#produce(requests, producer, openTopic, 0)
      await producer.end(requests, true)
    }
    await this.#produce(requests, producer, openTopic, 0)
    await this.#commitOffset(requests, producer, index)
  }

  #produce(requests: Requests, producer: TransactionalProducer, topic: string, partition: number): Promise<Buffer> {
    const firstTimestamp = this.#startedMs - firstTimestampAgoMs
    const made = { round: this.#round, index: partition, compression: 'lz4' as const, firstTimestamp }
    return producer.produce(requests, topic, partition, made)
  }

  #commitOffset(requests: Requests, producer: TransactionalProducer, partition: number): Promise<void> {
    // Of partitions of another topic: a group may commit what it likes.
    const commit = { groupId, topic: closedTopic, partition: partition % 2, offset: this.#round * 100 + partition }
    return producer.commitOffset(requests, commit)
  }

  async read(requests: Requests, facts: Facts): Promise<void> {
    const transactionalIds = this.#producers.map(producer => producer.transactionalId)
    for (const each of transactionalIds) await requests.coordinate(each, 1)
    await untilPassed(() => readTransactions(requests, transactionalIds, facts))
    for (const topic of await requests.topics()) {
      if (!topics.some(([name]) => name === topic.name)) continue
      for (let partition = 0; partition < topic.partitionCount; partition++) {
        await readProducers(requests, topic.name, partition, facts)
        const read = { topic, partition, from: 0, isolationLevel: readCommitted } as const
        const { records } = await readPartition(requests, read)
        for (const { record } of records.filter(({ control }) => !control)) {
          facts.set(`${topic.name}-${partition} committed record ${record.offset}`, describeRecord(record))
        }
      }
    }
  }
}

async function lowerTransactionVersion(requests: Requests): Promise<void> {
  const featureUpdates = [{ feature: 'transaction.version', maxVersionLevel: 1, upgradeType: safeDowngrade }]
  const answer = await requests.send(updateFeatures, 1, { timeoutMs: 10_000, featureUpdates, validateOnly: false })
  check('UpdateFeatures', answer.errorCode, answer.errorMessage)
}

const asText = (value: unknown) => JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? String(each) : each))

async function readTransactions(requests: Requests, transactionalIds: string[], facts: Facts): Promise<void> {
  const { transactionStates } = await requests.send(describeTransactions, 0, { transactionalIds })
  for (const { transactionalId, errorCode, ...state } of transactionStates) {
    check(`DescribeTransactions of ${transactionalId}`, errorCode)
    facts.set(`transaction ${transactionalId}`, asText(state))
  }
  for (const stateFilters of [[], ['Ongoing']]) {
    const listed = await requests.send(listTransactions, 2, {
      ...{ stateFilters, producerIdFilters: [], transactionalIdPattern: transactionalIds.join('|') },
    })
    check('ListTransactions', listed.errorCode)
    const texts = listed.transactionStates.map(asText).sort()
    facts.set(`transactions in states [${stateFilters}]`, texts.join())
  }
}

async function readProducers(requests: Requests, name: string, partition: number, facts: Facts): Promise<void> {
  await untilPassed(async () => {
    const answer = await requests.send(describeProducers, 0, { topics: [{ name, partitionIndexes: [partition] }] })
    const [found] = answer.topics[0]!.partitions
    check(`DescribeProducers of ${name}-${partition}`, found!.errorCode, found!.errorMessage)
    for (const { producerId, ...producer } of found!.activeProducers) {
      facts.set(`${name}-${partition} producer ${producerId}`, asText(producer))
    }
  })
}
