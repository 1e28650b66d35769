// FindCoordinator: v0-6. Which broker coordinates a group or a transactional id. Creates their internal topic when it is missing.
// v1: key types. v4: many keys at once. v6: share groups.
// Not done: share state (key type 2) gets INVALID_REQUEST, as in a Kafka whose share groups are disabled.

import { errors, type ProtocolError } from '../../../protocol/errors.ts'
import { findCoordinator } from '../../../protocol/messages/find-coordinator.ts'
import { handler, type RequestContext } from '../handler.ts'
import { createMissingTopics } from '../topic-creation.ts'
import { offsetsTopic, transactionsTopic } from '../topic-name.ts'
import { aliveNode } from '../topic-view.ts'

const keyTypeGroup = 0
const keyTypeTransaction = 1

/** Where the coordinators of keys of each type keep what they know. */
const topicOf: ReadonlyMap<number, string> = new Map([
  [keyTypeGroup, offsetsTopic],
  [keyTypeTransaction, transactionsTopic],
])

const noNode = { nodeId: -1, host: '', port: -1 }

export default handler(
  findCoordinator,
  async (context, request) => {
    const { apiVersion } = context
    const keys = apiVersion < 4 ? [request.key] : request.coordinatorKeys
    const keyType = apiVersion === 0 ? keyTypeGroup : request.keyType
    const error = await unavailable(context, keyType)
    const coordinators = keys.map(key => ({ key, ...(error ?? coordinatorOf(context, keyType, key)) }))
    return apiVersion < 4
      ? { ...coordinators[0]!, errorMessage: coordinators[0]!.errorMessage || 'NONE' }
      : { coordinators }
  },
  {
    failure: ({ coordinatorKeys }, errorCode, { apiVersion }) =>
      apiVersion < 4
        ? { ...noNode, errorCode }
        : { coordinators: coordinatorKeys.map(key => ({ key, ...noNode, errorCode })) },
  },
)

/** Why no key of this type has a coordinator; undefined: they may have one. */
async function unavailable({ services }: RequestContext, keyType: number) {
  const topic = topicOf.get(keyType)
  if (topic === undefined) return refused(errors.INVALID_REQUEST, `there is no coordinator of type ${keyType}`)
  if (services.metadata.image.topicByName(topic) !== undefined) return undefined
  const problems = await createMissingTopics(services, [topic])
  if (problems.size === 0) return undefined
  return refused(errors.COORDINATOR_NOT_AVAILABLE, `${topic} could not be created; the broker's log says why`)
}

function coordinatorOf({ services, listenerName }: RequestContext, keyType: number, key: string) {
  const { metadata, groups, transactions } = services
  const { image } = metadata
  const topic = topicOf.get(keyType)!
  const index = keyType === keyTypeGroup ? groups.partitionFor(key) : transactions.partitionFor(key)
  const partition = image.topicByName(topic)?.partitions[index]
  const node = partition && aliveNode(image, partition.leader, listenerName)
  if (node === undefined) return refused(errors.COORDINATOR_NOT_AVAILABLE, `${topic}-${index} has no leader`)
  const { nodeId, host, port } = node
  return { nodeId, host, port, errorCode: errors.NONE.code, errorMessage: '' }
}

const refused = (error: ProtocolError, errorMessage: string) => ({ ...noNode, errorCode: error.code, errorMessage })
