// RegisterBrokerRecord: a record of __cluster_metadata-0.

import { array, bool, int16, int32, int64, nullable, string, uint16, uuid } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const registerBrokerRecord = message({
  key: 0,
  name: 'RegisterBrokerRecord',
  versions: [0, 4],
  flexible: 0,
  fields: {
    brokerId: int32,
    isMigratingZkBroker: bool.since(2),
    incarnationId: uuid,
    brokerEpoch: int64,
    endPoints: array({ name: string, host: string, port: uint16, securityProtocol: int16 }),
    features: array({ name: string, minSupportedVersion: int16, maxSupportedVersion: int16 }),
    rack: nullable(string),
    fenced: bool.default(true),
    inControlledShutdown: bool.since(1),
    logDirs: array(uuid).since(3).tag(0),
    cordonedLogDirs: nullable(array(uuid), 4).since(4).tag(1).default(null),
  },
})
