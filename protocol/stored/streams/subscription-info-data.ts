// SubscriptionInfoData: user data of the Kafka Streams assignor.

import { array, bytes, int8, int32, int64, nullable, string, uuid } from '../../wire/field.ts'
import { message } from '../../wire/schema.ts'

const taskId = { topicGroupId: int32.since(1).until(6), partition: int32.since(1).until(6) }

const partitionToOffsetSum = { partition: int32.since(7).until(9), offsetSum: int64.since(7).until(9) }

const taskOffsetSum = {
  topicGroupId: int32.since(7),
  partition: int32.since(10),
  offsetSum: int64.since(10),
  namedTopology: nullable(string, 10).since(10),
  partitionToOffsetSum: array(partitionToOffsetSum).since(7).until(9),
}

const clientTag = { key: bytes.since(11), value: bytes.since(11) }

export const subscriptionInfoData = message({
  name: 'SubscriptionInfoData',
  versions: [1, 11],
  fields: {
    version: int32.since(1),
    latestSupportedVersion: int32.since(3).default(-1),
    processId: uuid.since(1),
    prevTasks: array(taskId).since(1).until(6),
    standbyTasks: array(taskId).since(1).until(6),
    userEndPoint: bytes.since(2),
    taskOffsetSums: array(taskOffsetSum).since(7),
    uniqueField: int8.since(8),
    errorCode: int32.since(9),
    clientTags: array(clientTag).since(11),
  },
})
