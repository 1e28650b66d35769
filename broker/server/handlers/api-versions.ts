// ApiVersions: v0-4. What this broker speaks, in which versions, and the features of the cluster.
// v3: the client's software, refused with INVALID_REQUEST when it is not a plain word. Below v4 features that may be at
// level 0 are left out, because older clients cannot read them. A version that we do not have is answered by the session.

import { errors } from '../../../protocol/errors.ts'
import { apiVersions } from '../../../protocol/messages/api-versions.ts'
import type { Api } from '../../../protocol/wire/schema.ts'
import { handler, type RequestContext } from '../handler.ts'
import type { HandlerTable } from '../handler-table.ts'
import type { Services } from '../services.ts'

const plainWord = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/

/** Older librdkafka takes a Produce without version 0 for one that lacks features it has: Kafka says 0 and serves from 3. */
const produceKey = 0

export default handler(
  apiVersions,
  ({ services, apiVersion }: RequestContext, request) => {
    const isNamed = apiVersion >= 3
    if (isNamed && !(plainWord.test(request.clientSoftwareName) && plainWord.test(request.clientSoftwareVersion))) {
      return { errorCode: errors.INVALID_REQUEST.code }
    }
    return { apiKeys: spoken(services.handlers), ...features(services, apiVersion) }
  },
  { failure: (_, errorCode) => ({ errorCode }) },
)

function spoken(handlers: HandlerTable) {
  return handlers.apis.map((api: Api) => {
    const [first, last] = handlers.versionsOf(api)
    return { apiKey: api.key, minVersion: api.key === produceKey ? 0 : first, maxVersion: last }
  })
}

function features({ config, metadata }: Services, apiVersion: number) {
  const { image } = metadata
  const supported = [...(image.brokers.get(config.nodeId)?.features ?? [])]
    .filter(([, { min }]) => apiVersion >= 4 || min > 0)
    .map(([name, { min, max }]) => ({ name, minVersion: min, maxVersion: max }))
  // The quorum's own level stands in control records, not among the image's features, and is named only above 0.
  const finalized = [...image.features, ['kraft.version', metadata.kraftVersion] as const]
    .filter(([, level]) => level > 0)
    .map(([name, level]) => ({ name, maxVersionLevel: level, minVersionLevel: level }))
  return { supportedFeatures: supported, finalizedFeaturesEpoch: image.offset, finalizedFeatures: finalized }
}
