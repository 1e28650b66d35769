// UpdateFeatures: v0-2. Finalises levels of features, all of a request or none; the answer waits until they are on disk and
// everybody here knows of them (timeoutMs is ignored). v1: upgrade types and validateOnly. v2: no line for each feature.
// v0's allowDowngrade is not looked at: as in Kafka, version 0 can only raise levels.

import { updateFeatures } from '../../../protocol/messages/update-features.ts'
import { handler } from '../handler.ts'

export default handler(
  updateFeatures,
  ({ services, apiVersion }, request) => services.metadata.updateFeatures(request, apiVersion),
  { failure: (_, errorCode) => ({ errorCode, errorMessage: null, results: [] }) },
)
