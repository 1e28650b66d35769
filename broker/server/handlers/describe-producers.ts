// DescribeProducers: v0. The producers that partitions led here remember, with the transactions they have under way.

import { errors } from '../../../protocol/errors.ts'
import { describeProducers } from '../../../protocol/messages/describe-producers.ts'
import type { ActiveProducer } from '../../log/log-read.ts'
import { handler, type RequestContext } from '../handler.ts'
import { isLegalTopicName } from '../topic-name.ts'

export default handler(
  describeProducers,
  (context, { topics }) => ({
    topics: topics.map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map(partitionIndex => described(context, name, partitionIndex)),
    })),
  }),
  {
    failure: ({ topics }, errorCode) => ({
      topics: topics.map(({ name, partitionIndexes }) => ({
        name,
        partitions: partitionIndexes.map(partitionIndex => ({ partitionIndex, errorCode })),
      })),
    }),
  },
)

function described({ services }: RequestContext, topic: string, partitionIndex: number) {
  if (!isLegalTopicName(topic)) {
    const errorMessage = `"${topic}" is no name that a topic can have`
    return { partitionIndex, errorCode: errors.INVALID_TOPIC_EXCEPTION.code, errorMessage }
  }
  const { partition, error } = services.partitions.leading(topic, partitionIndex)
  if (partition === undefined) return { partitionIndex, errorCode: error.code }
  const activeProducers = [...partition.log.activeProducers()].map(answered)
  return { partitionIndex, errorCode: errors.NONE.code, activeProducers }
}

function answered({ currentTransactionStartOffset: currentTxnStartOffset, ...producer }: ActiveProducer) {
  return { ...producer, currentTxnStartOffset }
}
