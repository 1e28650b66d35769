// ListConfigResources: v0-1. v0 is ListClientMetricsResources: client metrics subscriptions only. v1: any of the types asked for,
// all when none is named. Groups and subscriptions are listed when they have overrides, brokers and topics always.

import { errors } from '../../../protocol/errors.ts'
import { listConfigResources } from '../../../protocol/messages/list-config-resources.ts'
import { brokerLoggerResourceType, configResourceTypes } from '../../metadata/image/configs-state.ts'
import type { MetadataImage } from '../../metadata/metadata-image.ts'
import { handler } from '../handler.ts'
import { aliveNodes } from '../topic-view.ts'

const { topic, broker, group, 'client-metrics': clientMetrics } = configResourceTypes
/** In the order in which Kafka lists them. */
const supported = [group, clientMetrics, brokerLoggerResourceType, broker, topic] as const

export default handler(
  listConfigResources,
  ({ services, apiVersion, listenerName }, request) => {
    const asked = apiVersion === 0 ? [clientMetrics] : request.resourceTypes
    if (asked.some(type => !(supported as readonly number[]).includes(type))) {
      return { errorCode: errors.UNSUPPORTED_VERSION.code }
    }
    const { image } = services.metadata
    const types = supported.filter(type => asked.length === 0 || (asked as readonly number[]).includes(type))
    const configResources = types.flatMap(resourceType =>
      namesOf(image, resourceType, listenerName).map(resourceName => ({ resourceName, resourceType })),
    )
    return { errorCode: errors.NONE.code, configResources }
  },
  { failure: (_, errorCode) => ({ errorCode }) },
)

function namesOf(image: MetadataImage, type: (typeof supported)[number], listenerName: string): string[] {
  switch (type) {
    case group:
      return [...image.configuredResources('group')]
    case clientMetrics:
      return [...image.configuredResources('client-metrics')]
    case topic:
      return Array.from(image.topics(), ({ name }) => name)
    default:
      return aliveNodes(image, listenerName).map(node => String(node.nodeId))
  }
}
