// DescribeQuorum: v0-2. The quorum of __cluster_metadata-0, which is this node; any other partition, or more than that one, is
// UNKNOWN_TOPIC_OR_PARTITION. v1: times of the voters, which for a leader are now. v2: directories and listeners of the voters.

import { errors } from '../../../protocol/errors.ts'
import { describeQuorum } from '../../../protocol/messages/describe-quorum.ts'
import type { Message, MessageInput } from '../../../protocol/wire/schema.ts'
import { zeroUuid } from '../../../protocol/wire/uuid.ts'
import type { QuorumDescription } from '../../metadata/metadata.ts'
import { handler } from '../handler.ts'

const metadataTopic = '__cluster_metadata'

type Request = Message<typeof describeQuorum.request>
type Response = MessageInput<typeof describeQuorum.response>

export default handler(
  describeQuorum,
  ({ services, apiVersion }, request) => {
    if (!isTheQuorum(request)) return unknown(request)
    return described(services.metadata.describeQuorum(), services.world.clock.now(), apiVersion)
  },
  { failure: (_, errorCode) => ({ errorCode, topics: [], nodes: [] }) },
)

function isTheQuorum({ topics }: Request): boolean {
  const [topic] = topics
  return (
    topics.length === 1 &&
    topic!.topicName === metadataTopic &&
    topic!.partitions.length === 1 &&
    topic!.partitions[0]!.partitionIndex === 0
  )
}

function unknown({ topics }: Request): Response {
  const { code, text } = errors.UNKNOWN_TOPIC_OR_PARTITION
  const nothing = { leaderId: 0, leaderEpoch: 0, highWatermark: 0, currentVoters: [], observers: [] }
  return {
    errorCode: errors.NONE.code,
    errorMessage: '',
    topics: topics.map(({ topicName, partitions }) => ({
      topicName,
      partitions: partitions.map(({ partitionIndex }) => ({
        partitionIndex,
        errorCode: code,
        errorMessage: text,
        ...nothing,
      })),
    })),
    nodes: [],
  }
}

function described(quorum: QuorumDescription, nowMs: number, apiVersion: number): Response {
  const { leaderId, leaderEpoch, highWatermark, logEndOffset, voters } = quorum
  const currentVoters = voters.map(({ id, directoryId }) => ({
    replicaId: id,
    replicaDirectoryId: apiVersion < 2 ? zeroUuid : directoryId,
    logEndOffset: id === leaderId ? logEndOffset : -1,
    lastFetchTimestamp: nowMs,
    lastCaughtUpTimestamp: nowMs,
  }))
  const partition = { partitionIndex: 0, errorCode: errors.NONE.code, errorMessage: '' }
  return {
    errorCode: errors.NONE.code,
    errorMessage: '',
    topics: [
      {
        topicName: metadataTopic,
        partitions: [{ ...partition, leaderId, leaderEpoch, highWatermark, currentVoters, observers: [] }],
      },
    ],
    nodes: apiVersion < 2 ? [] : voters.map(({ id, endpoints }) => ({ nodeId: id, listeners: [...endpoints] })),
  }
}
