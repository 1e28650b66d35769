// BrokerRegistration: API key 62, versions 0 to 4.

import { array, bool, int16, int32, int64, nullable, string, uint16, uuid } from '../wire/field.ts'
import { api } from '../wire/schema.ts'

export const brokerRegistration = api({
  key: 62,
  name: 'BrokerRegistration',
  versions: [0, 4],
  flexible: 0,
  request: {
    brokerId: int32,
    clusterId: string,
    incarnationId: uuid,
    listeners: array({ name: string, host: string, port: uint16, securityProtocol: int16 }),
    features: array({ name: string, minSupportedVersion: int16, maxSupportedVersion: int16 }),
    rack: nullable(string),
    isMigratingZkBroker: bool.since(1),
    logDirs: array(uuid).since(2).ignorable(),
    previousBrokerEpoch: int64.since(3).default(-1).ignorable(),
  },
  response: { throttleTimeMs: int32, errorCode: int16, brokerEpoch: int64.default(-1) },
})
