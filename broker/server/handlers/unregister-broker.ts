// UnregisterBroker: v0. Also of this broker itself: it is in nobody's metadata then, and leads nothing, until it is started again.

import { unregisterBroker } from '../../../protocol/messages/unregister-broker.ts'
import { handler } from '../handler.ts'

export default handler(unregisterBroker, ({ services }, request) => services.metadata.unregisterBroker(request), {
  failure: (_, errorCode) => ({ errorCode, errorMessage: null }),
})
