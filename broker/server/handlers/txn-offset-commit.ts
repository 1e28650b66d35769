// TxnOffsetCommit: v0-5. A producer commits, for a group, the offsets it has read up to, as part of its transaction.
// v2: leader epoch, COORDINATOR_LOAD_IN_PROGRESS (before: COORDINATOR_NOT_AVAILABLE). v3: the member and its generation.
// v4: TRANSACTION_ABORTABLE. v5: transaction version 2, the group's partition is added to the transaction here.
// Partitions that do not exist are refused one by one.

import { errors, type ProtocolError } from '../../../protocol/errors.ts'
import { txnOffsetCommit } from '../../../protocol/messages/txn-offset-commit.ts'
import type { Message } from '../../../protocol/wire/schema.ts'
import {
  type AnsweredTopic,
  mergeTopics,
  refuseTopic,
  splitByExistence,
} from '../../coordinator/group/existing-partitions.ts'
import type { MetadataImage } from '../../metadata/metadata-image.ts'
import { handler, type RequestContext } from '../handler.ts'
import { offsetsTopic } from '../topic-name.ts'
import { type Verified, verifyAppends } from '../transaction-verification.ts'

type Request = Message<typeof txnOffsetCommit.request>
type Topic = Request['topics'][number]

export default handler(
  txnOffsetCommit,
  async (context, request) => {
    const { image } = context.services.metadata
    const resolved = request.topics.map(topic => resolve(image, topic))
    const refused = resolved.flatMap(({ refusal }) => refusal ?? [])
    const topics = resolved.flatMap(({ existing }) => (existing.partitions.length > 0 ? [existing] : []))
    if (topics.length === 0) return { topics: named(mergeTopics(refused)) }
    return { topics: named(mergeTopics([...refused, ...(await commit(context, { ...request, topics }))])) }
  },
  {
    failure: ({ topics }, code) => ({ topics: topics.map(topic => refuseTopic(topic, { code })) }),
  },
)

function resolve(image: MetadataImage, topic: Topic) {
  const known = image.topicByName(topic.name)
  const { existing, missing } = splitByExistence(known, topic.partitions)
  const refused = { name: topic.name, partitions: missing }
  return {
    existing: { name: topic.name, partitions: existing },
    refusal: missing.length > 0 ? refuseTopic(refused, errors.UNKNOWN_TOPIC_OR_PARTITION) : undefined,
  }
}

async function commit(context: RequestContext, request: Request): Promise<readonly AnsweredTopic[]> {
  const { groups } = context.services
  const refuseAll = (error: ProtocolError) =>
    request.topics.map(({ name, partitions }) =>
      refuseTopic({ name, partitions }, clientError(error, context.apiVersion)),
    )
  if (request.groupId === '') return refuseAll(errors.INVALID_GROUP_ID)
  const verified = await verify(context, request)
  if ('error' in verified) return refuseAll(verified.error)
  const answer = await groups.txnOffsetCommit(context, request, verified.verification)
  return 'error' in answer ? refuseAll(answer.error) : (answer.topics ?? [])
}

/** The group's records go to its partition of __consumer_offsets, which has to be part of the transaction. */
async function verify({ services, apiVersion }: RequestContext, request: Request): Promise<Verified> {
  const { partition } = services.partitions.leading(offsetsTopic, services.groups.partitionFor(request.groupId))
  if (partition === undefined) return { error: errors.NOT_COORDINATOR }
  const client = { bumpsEpoch: apiVersion >= 5, knowsAbortable: apiVersion >= 4 }
  const [verified] = await verifyAppends(services, request, [{ partition, baseSequence: -1 }], client)
  return verified!
}

/** Older clients give up at COORDINATOR_LOAD_IN_PROGRESS. */
const clientError = (error: ProtocolError, apiVersion: number): ProtocolError =>
  error === errors.COORDINATOR_LOAD_IN_PROGRESS && apiVersion < 2 ? errors.COORDINATOR_NOT_AVAILABLE : error

const named = (topics: readonly AnsweredTopic[]) =>
  topics.map(({ name, partitions }) => ({ name: name ?? '', partitions }))
