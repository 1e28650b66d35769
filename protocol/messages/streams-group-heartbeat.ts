// StreamsGroupHeartbeat: API key 88, versions 0 to 0.

import { array, bool, int8, int16, int32, int64, nullable, string, struct, uint16 } from '../wire/field.ts'
import { api } from '../wire/schema.ts'

const requestKeyValue = { key: string, value: string }

const requestTopicInfo = {
  name: string,
  partitions: int32,
  replicationFactor: int16,
  topicConfigs: array(requestKeyValue),
}

const requestEndpoint = { host: string, port: uint16 }

const requestTaskOffset = { subtopologyId: string, partition: int32, offset: int64 }

const requestTaskIds = { subtopologyId: string, partitions: array(int32) }

const responseStatus = { statusCode: int8, statusDetail: string }

const responseTopicPartition = { topic: string, partitions: array(int32) }

const responseTaskIds = { subtopologyId: string, partitions: array(int32) }

const responseEndpoint = { host: string, port: uint16 }

export const streamsGroupHeartbeat = api({
  key: 88,
  name: 'StreamsGroupHeartbeat',
  versions: [0, 0],
  flexible: 0,
  request: {
    groupId: string,
    memberId: string,
    memberEpoch: int32,
    endpointInformationEpoch: int32,
    instanceId: nullable(string).default(null),
    rackId: nullable(string).default(null),
    rebalanceTimeoutMs: int32.default(-1),
    topology: nullable(
      struct({
        epoch: int32,
        subtopologies: array({
          subtopologyId: string,
          sourceTopics: array(string),
          sourceTopicRegex: array(string),
          stateChangelogTopics: array(requestTopicInfo),
          repartitionSinkTopics: array(string),
          repartitionSourceTopics: array(requestTopicInfo),
          copartitionGroups: array({
            sourceTopics: array(int16),
            sourceTopicRegex: array(int16),
            repartitionSourceTopics: array(int16),
          }),
        }),
      }),
    ).default(null),
    activeTasks: nullable(array(requestTaskIds)).default(null),
    standbyTasks: nullable(array(requestTaskIds)).default(null),
    warmupTasks: nullable(array(requestTaskIds)).default(null),
    processId: nullable(string).default(null),
    userEndpoint: nullable(struct(requestEndpoint)).default(null),
    clientTags: nullable(array(requestKeyValue)).default(null),
    taskOffsets: nullable(array(requestTaskOffset)).default(null),
    taskEndOffsets: nullable(array(requestTaskOffset)).default(null),
    shutdownApplication: bool,
  },
  response: {
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: nullable(string).default(null),
    memberId: string,
    memberEpoch: int32,
    heartbeatIntervalMs: int32,
    acceptableRecoveryLag: int32,
    taskOffsetIntervalMs: int32,
    status: nullable(array(responseStatus)),
    activeTasks: nullable(array(responseTaskIds)).default(null),
    standbyTasks: nullable(array(responseTaskIds)).default(null),
    warmupTasks: nullable(array(responseTaskIds)).default(null),
    endpointInformationEpoch: int32,
    partitionsByUserEndpoint: nullable(
      array({
        userEndpoint: struct(responseEndpoint),
        activePartitions: array(responseTopicPartition),
        standbyPartitions: array(responseTopicPartition),
      }),
    ).default(null),
  },
})
