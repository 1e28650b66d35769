// DeleteRecords: v0-2. Moves the log start, up to the high watermark at most; bytes go when retention next runs.
// -1 stands for the high watermark. Refused: internal topics (INVALID_TOPIC_EXCEPTION), topics that are only compacted
// (POLICY_VIOLATION). Not done: waiting until every follower has moved its log start (timeoutMs is ignored).

import { errors } from '../../../protocol/errors.ts'
import { deleteRecords } from '../../../protocol/messages/delete-records.ts'
import { handler } from '../handler.ts'
import { offsetOf, perPartition } from '../partition-answers.ts'
import type { Services } from '../services.ts'
import { isInternalTopic } from '../topic-name.ts'

export default handler(
  deleteRecords,
  async ({ services }, { topics }) => {
    const answers = await perPartition(topics, async ({ name }, { partitionIndex, offset }) => {
      const result = await moveLogStart(services, name, partitionIndex, offsetOf(offset))
      if ('error' in result) return { partitionIndex, lowWatermark: -1, errorCode: result.error.code }
      return { partitionIndex, lowWatermark: result.lowWatermark, errorCode: errors.NONE.code }
    })
    return { topics: answers.map(({ topic, partitions }) => ({ name: topic.name, partitions })) }
  },
  {
    failure: ({ topics }, errorCode) => ({
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, lowWatermark: -1, errorCode })),
      })),
    }),
  },
)

async function moveLogStart({ partitions, metadata }: Services, topic: string, index: number, offset: number) {
  if (metadata.image.topicByName(topic)?.partitions[index] === undefined) {
    return { error: errors.UNKNOWN_TOPIC_OR_PARTITION }
  }
  if (isInternalTopic(topic)) return { error: errors.INVALID_TOPIC_EXCEPTION }
  const found = partitions.leading(topic, index)
  if (found.error) return { error: found.error }
  try {
    return await found.partition.deleteRecordsBefore(offset)
  } catch {
    // The disk failed; the log has said so.
    return { error: errors.KAFKA_STORAGE_ERROR }
  }
}
