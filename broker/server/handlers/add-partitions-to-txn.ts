// AddPartitionsToTxn: v0-5. Partitions become part of a transaction, before a producer writes to them.
// v2: PRODUCER_FENCED. v4: many transactions at once, from brokers, and `verifyOnly`: are the partitions part of it (KIP-890)?
// v5: TRANSACTION_ABORTABLE. Partitions are added together or not at all: where one does not exist, the others are answered
// OPERATION_NOT_ATTEMPTED. Not done: authorization (v4 and later are for brokers only).

import { errors, type ProtocolError } from '../../../protocol/errors.ts'
import { addPartitionsToTxn } from '../../../protocol/messages/add-partitions-to-txn.ts'
import type { TopicPartition } from '../../../protocol/types.ts'
import type { Message } from '../../../protocol/wire/schema.ts'
import { fencedErrorCode } from '../fenced-error.ts'
import { handler, type RequestContext } from '../handler.ts'
import type { Services } from '../services.ts'

type Request = Message<typeof addPartitionsToTxn.request>
type Transaction = Request['transactions'][number]
type Topics = Transaction['topics']

/** The versions that brokers speak; the client behind them has transactions of version 2. */
const batchedSince = 4

export default handler(
  addPartitionsToTxn,
  async (context, request) => {
    if (context.apiVersion < batchedSince) {
      return { resultsByTopicV3AndBelow: await topicResults(context, oldForm(request)) }
    }
    const results = request.transactions.map(async transaction => ({
      transactionalId: transaction.transactionalId,
      topicResults: await topicResults(context, transaction),
    }))
    return { errorCode: errors.NONE.code, resultsByTransaction: await Promise.all(results) }
  },
  {
    failure: (request, errorCode, { apiVersion }) =>
      apiVersion < batchedSince
        ? { resultsByTopicV3AndBelow: sameForAll(request.v3AndBelowTopics, errorCode) }
        : { errorCode, resultsByTransaction: [] },
  },
)

function oldForm(request: Request): Transaction {
  return {
    transactionalId: request.v3AndBelowTransactionalId,
    producerId: request.v3AndBelowProducerId,
    producerEpoch: request.v3AndBelowProducerEpoch,
    verifyOnly: false,
    topics: request.v3AndBelowTopics,
  }
}

async function topicResults({ services, apiVersion }: RequestContext, transaction: Transaction) {
  const { topics, verifyOnly, ...producer } = transaction
  const partitions = listed(topics)
  if (partitions.some(each => !exists(services, each))) {
    const codeOf = (each: TopicPartition) =>
      (exists(services, each) ? errors.OPERATION_NOT_ATTEMPTED : errors.UNKNOWN_TOPIC_OR_PARTITION).code
    return answers(topics, codeOf)
  }
  if (verifyOnly) {
    const verified = await services.transactions.verifyPartitions({ ...producer, partitions })
    const byPartition = new Map<string, ProtocolError>(partitions.map((each, index) => [keyOf(each), verified[index]!]))
    return answers(topics, each => byPartition.get(keyOf(each))!.code)
  }
  const clientVersion = apiVersion >= batchedSince ? 2 : 0
  const error = await services.transactions.addPartitions({ ...producer, partitions }, clientVersion)
  return sameForAll(topics, fencedErrorCode(error, apiVersion >= 2))
}

const keyOf = ({ topic, partition }: TopicPartition): string => `${partition} ${topic}`

const exists = ({ metadata }: Services, { topic, partition }: TopicPartition): boolean =>
  metadata.image.topicByName(topic)?.partitions[partition] !== undefined

const listed = (topics: Topics): TopicPartition[] =>
  topics.flatMap(({ name, partitions }) => partitions.map(partition => ({ topic: name, partition })))

const sameForAll = (topics: Topics, errorCode: number) => answers(topics, () => errorCode)

function answers(topics: Topics, codeOf: (partition: TopicPartition) => number) {
  return topics.map(({ name, partitions }) => ({
    name,
    resultsByPartition: partitions.map(partition => ({
      partitionIndex: partition,
      partitionErrorCode: codeOf({ topic: name, partition }),
    })),
  }))
}
