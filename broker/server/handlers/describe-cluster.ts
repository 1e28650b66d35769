// DescribeCluster: v0-2. Brokers as the listener's clients reach them. v1: the kind of endpoint that was meant; only brokers answer
// here (2, controllers, is MISMATCHED_ENDPOINT_TYPE). v2: fenced brokers when asked for.

import { errors } from '../../../protocol/errors.ts'
import { describeCluster } from '../../../protocol/messages/describe-cluster.ts'
import { allClusterOperations, operationsNotAsked } from '../authorized-operations.ts'
import { handler } from '../handler.ts'

const brokerEndpoint = 1
const controllerEndpoint = 2

export default handler(
  describeCluster,
  ({ services, apiVersion, listenerName }, request) => {
    if (request.endpointType !== brokerEndpoint) return wrongEndpoint(apiVersion, request.endpointType)
    const { image, controllerId } = services.metadata
    const brokers = [...image.brokers.values()].flatMap(broker => {
      const endpoint = broker.endpoints.find(({ name }) => name === listenerName)
      if (!endpoint || (broker.fenced && !request.includeFencedBrokers)) return []
      return {
        brokerId: broker.id,
        host: endpoint.host,
        port: endpoint.port,
        rack: broker.rack,
        isFenced: broker.fenced,
      }
    })
    return {
      errorCode: errors.NONE.code,
      errorMessage: null,
      clusterId: image.clusterId,
      controllerId: brokers.some(({ brokerId }) => brokerId === controllerId) ? controllerId : -1,
      // Versions before 2 have no field for it, and never hear of fenced brokers.
      brokers: apiVersion < 2 ? brokers.map(({ isFenced: _, ...broker }) => broker) : brokers,
      clusterAuthorizedOperations: request.includeClusterAuthorizedOperations
        ? allClusterOperations
        : operationsNotAsked,
    }
  },
  { failure: (_, errorCode) => ({ errorCode }) },
)

function wrongEndpoint(apiVersion: number, endpointType: number) {
  const isKnown = endpointType === controllerEndpoint
  const error = isKnown ? errors.MISMATCHED_ENDPOINT_TYPE : errors.UNSUPPORTED_ENDPOINT_TYPE
  return {
    errorCode: apiVersion === 0 ? errors.INVALID_REQUEST.code : error.code,
    errorMessage: isKnown
      ? 'this listener is one of a broker: to ask controllers, connect to a controller listener'
      : `endpoint type ${endpointType} does not exist: 1 stands for brokers, 2 for controllers`,
  }
}
