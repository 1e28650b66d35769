// RegisterControllerRecord: a record of __cluster_metadata-0.

import { array, bool, int16, int32, string, uint16, uuid } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const registerControllerRecord = message({
  key: 27,
  name: 'RegisterControllerRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    controllerId: int32,
    incarnationId: uuid,
    zkMigrationReady: bool,
    endPoints: array({ name: string, host: string, port: uint16, securityProtocol: int16 }),
    features: array({ name: string, minSupportedVersion: int16, maxSupportedVersion: int16 }),
  },
})
