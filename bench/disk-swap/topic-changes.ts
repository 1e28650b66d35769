// Changes to topics and settings in each turn: what the metadata log is about.

import { createPartitions } from '../../protocol/messages/create-partitions.ts'
import { deleteGroups } from '../../protocol/messages/delete-groups.ts'
import { deleteTopics } from '../../protocol/messages/delete-topics.ts'
import { incrementalAlterConfigs } from '../../protocol/messages/incremental-alter-configs.ts'
import { batchOf } from './made-records.ts'
import { check, type Requests } from './requests.ts'

const set = 0
const remove = 1
const topicResource = 2
const brokerResource = 4
const clientMetricsResource = 16
const groupResource = 32

/** Adds a partition and writes to the new one. */
export async function growTopic(requests: Requests, name: string, count: number): Promise<void> {
  const topics = [{ name, count, assignments: null }]
  const answer = await requests.send(createPartitions, 3, { topics, timeoutMs: 10_000, validateOnly: false })
  check('CreatePartitions', answer.results[0]!.errorCode, answer.results[0]!.errorMessage)
  await requests.produce(name, count - 1, batchOf({ round: count, index: 0 }).bytes)
}

/** Deletes the topic of the last turn and makes one of the same name, which is another one. */
export async function recreateTopic(requests: Requests, name: string, round: number): Promise<void> {
  if (round > 1) {
    const answer = await requests.send(deleteTopics, 6, { topics: [{ name }], timeoutMs: 10_000 })
    check('DeleteTopics', answer.responses[0]!.errorCode, answer.responses[0]!.errorMessage)
  }
  await requests.createTopic(name, round, { 'retention.ms': '-1' })
  for (let index = 0; index < round; index++) {
    await requests.produce(name, 0, batchOf({ round, index }).bytes)
  }
}

/** Sets and unsets settings of a topic, of all brokers, of this broker, of a group and of client metrics. */
export async function changeSettings(requests: Requests, round: number): Promise<void> {
  const config = (name: string, value: string | null) => ({
    name,
    value,
    configOperation: value === null ? remove : set,
  })
  const resources = [
    {
      resourceType: topicResource,
      resourceName: 'empty',
      configs: [
        config('flush.ms', String(round * 100_000)),
        config('max.message.bytes', round % 2 ? null : '3000000'),
        config('cleanup.policy', round % 2 ? 'compact,delete' : 'delete'),
      ],
    },
    {
      resourceType: brokerResource,
      resourceName: '',
      configs: [config('log.segment.delete.delay.ms', String(round * 10_000))],
    },
    { resourceType: brokerResource, resourceName: '1', configs: [config('max.connections', String(5000 + round))] },
    {
      resourceType: groupResource,
      resourceName: 'readers',
      configs: [config('consumer.session.timeout.ms', String(50_000 + round))],
    },
    {
      resourceType: clientMetricsResource,
      resourceName: 'metrics',
      configs: [config('interval.ms', String(round * 1000))],
    },
  ]
  const answer = await requests.send(incrementalAlterConfigs, 1, { resources, validateOnly: false })
  for (const { errorCode, errorMessage, resourceName } of answer.responses) {
    check(`IncrementalAlterConfigs of "${resourceName}"`, errorCode, errorMessage)
  }
}

/** Deletes a group with its offsets. */
export async function deleteGroup(requests: Requests, groupId: string): Promise<void> {
  const answer = await requests.send(deleteGroups, 2, { groupsNames: [groupId] })
  check(`DeleteGroups of ${groupId}`, answer.results[0]!.errorCode)
}
