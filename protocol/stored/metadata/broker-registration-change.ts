// BrokerRegistrationChangeRecord: a record of __cluster_metadata-0.

import { array, int8, int32, int64, nullable, uuid } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

export const brokerRegistrationChangeRecord = message({
  key: 17,
  name: 'BrokerRegistrationChangeRecord',
  versions: [0, 3],
  flexible: 0,
  fields: {
    brokerId: int32,
    brokerEpoch: int64,
    fenced: int8.tag(0),
    inControlledShutdown: int8.since(1).tag(1),
    logDirs: array(uuid).since(2).tag(2),
    cordonedLogDirs: nullable(array(uuid), 3).since(3).tag(3).default(null),
  },
})
