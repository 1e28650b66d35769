// Which partitions of a request exist: the coordinator keeps offsets of no others.
// Source: Kafka 4.3.0's KafkaApis (handleOffsetCommitRequest, handleOffsetDeleteRequest) and the builders of their responses.

import type { ProtocolError } from '../../../protocol/errors.ts'
import type { Uuid } from '../../../protocol/wire/uuid.ts'
import type { TopicImage } from '../../metadata/metadata-image.ts'

interface AskedPartition {
  readonly partitionIndex: number
}
interface AskedTopic<Partition extends AskedPartition> {
  readonly name: string
  readonly topicId?: Uuid
  readonly partitions: Partition[]
}
export interface AnsweredTopic {
  readonly name?: string
  readonly topicId?: Uuid
  readonly partitions?: readonly { readonly partitionIndex?: number; readonly errorCode?: number }[]
}

/** The partitions that exist and those that do not. */
export function splitByExistence<Partition extends AskedPartition>(
  image: TopicImage | undefined,
  partitions: readonly Partition[],
): { existing: Partition[]; missing: Partition[] } {
  const exists = ({ partitionIndex }: Partition) => image?.partitions[partitionIndex] !== undefined
  return { existing: partitions.filter(exists), missing: partitions.filter(partition => !exists(partition)) }
}

/** The same error for all partitions of a topic. */
export function refuseTopic<Partition extends AskedPartition>(
  topic: AskedTopic<Partition>,
  { code: errorCode }: Pick<ProtocolError, 'code'>,
): AnsweredTopic {
  const partitions = topic.partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode }))
  const { name, topicId } = topic
  return topicId === undefined ? { name, partitions } : { name, topicId, partitions }
}

/** One answer per topic: what was refused before the coordinator was asked, then what it answered. */
export function mergeTopics(answers: readonly AnsweredTopic[]): AnsweredTopic[] {
  const merged = new Map<string, AnsweredTopic>()
  for (const answer of answers) {
    const key = `${answer.topicId} ${answer.name}`
    const before = merged.get(key)
    const partitions = [...(before?.partitions ?? []), ...(answer.partitions ?? [])]
    merged.set(key, { ...answer, partitions })
  }
  return [...merged.values()]
}
