// FindCoordinator: v0-6. Which broker coordinates a group. Creates __consumer_offsets when it is missing.
// v1: key types. v4: many keys at once. v6: share groups.
// Not done: transactions (key type 1) get UNSUPPORTED_VERSION, which clients take as final, until they exist here; share
// state (key type 2) gets INVALID_REQUEST, as in a Kafka whose share groups are disabled.

import { errors, type ProtocolError } from '../../../protocol/errors.ts'
import { findCoordinator } from '../../../protocol/messages/find-coordinator.ts'
import { handler, type RequestContext } from '../handler.ts'
import { createMissingTopics } from '../topic-creation.ts'
import { offsetsTopic } from '../topic-name.ts'
import { aliveNode } from '../topic-view.ts'

const keyTypeGroup = 0
const keyTypeTransaction = 1

const noNode = { nodeId: -1, host: '', port: -1 }

export default handler(
  findCoordinator,
  async (context, request) => {
    const { apiVersion } = context
    const keys = apiVersion < 4 ? [request.key] : request.coordinatorKeys
    const error = await unavailable(context, apiVersion === 0 ? keyTypeGroup : request.keyType)
    const coordinators = keys.map(key => ({ key, ...(error ?? coordinatorOf(context, key)) }))
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
  if (keyType === keyTypeTransaction) {
    return refused(errors.UNSUPPORTED_VERSION, 'this broker has no transactions yet: produce without transactional.id')
  }
  if (keyType !== keyTypeGroup) return refused(errors.INVALID_REQUEST, `there is no coordinator of type ${keyType}`)
  if (services.metadata.image.topicByName(offsetsTopic) !== undefined) return undefined
  const problems = await createMissingTopics(services, [offsetsTopic])
  if (problems.size === 0) return undefined
  return refused(errors.COORDINATOR_NOT_AVAILABLE, `${offsetsTopic} could not be created; the broker's log says why`)
}

function coordinatorOf({ services, listenerName }: RequestContext, groupId: string) {
  const { image } = services.metadata
  const partition = image.topicByName(offsetsTopic)?.partitions[services.groups.partitionFor(groupId)]
  const node = partition && aliveNode(image, partition.leader, listenerName)
  if (node === undefined)
    return refused(errors.COORDINATOR_NOT_AVAILABLE, `the group's part of ${offsetsTopic} has no leader`)
  const { nodeId, host, port } = node
  return { nodeId, host, port, errorCode: errors.NONE.code, errorMessage: '' }
}

const refused = (error: ProtocolError, errorMessage: string) => ({ ...noNode, errorCode: error.code, errorMessage })
