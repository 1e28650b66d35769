// ControllerRegistration: API key 70, versions 0 to 0.

import { array, bool, int16, int32, nullable, string, uint16, uuid } from '../wire/field.ts'
import { api } from '../wire/schema.ts'

export const controllerRegistration = api({
  key: 70,
  name: 'ControllerRegistration',
  versions: [0, 0],
  flexible: 0,
  request: {
    controllerId: int32,
    incarnationId: uuid,
    zkMigrationReady: bool,
    listeners: array({ name: string, host: string, port: uint16, securityProtocol: int16 }),
    features: array({ name: string, minSupportedVersion: int16, maxSupportedVersion: int16 }),
  },
  response: { throttleTimeMs: int32, errorCode: int16, errorMessage: nullable(string) },
})
