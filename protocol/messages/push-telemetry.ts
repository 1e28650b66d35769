// PushTelemetry: API key 72, versions 0 to 0.

import { bool, bytes, int8, int16, int32, uuid } from '../wire/field.ts'
import { api } from '../wire/schema.ts'

export const pushTelemetry = api({
  key: 72,
  name: 'PushTelemetry',
  versions: [0, 0],
  flexible: 0,
  request: { clientInstanceId: uuid, subscriptionId: int32, terminating: bool, compressionType: int8, metrics: bytes },
  response: { throttleTimeMs: int32, errorCode: int16 },
})
