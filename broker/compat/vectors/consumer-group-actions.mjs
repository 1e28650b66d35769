// Sends requests about consumer groups to Apache Kafka and keeps them with the log that it wrote, for our coordinator to be
// compared with: broker/coordinator/testdata/consumer-group-actions.json.gz.
// Run, after `npm run build`: node broker/compat/vectors/consumer-group-actions.mjs broker/coordinator/testdata/consumer-group-actions.json.gz
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { startKafka } from '../kafka-target.mjs'
import { api, Wire } from '../wire.mjs'

const settings = {
  'offsets.topic.num.partitions': 1,
  'offsets.topic.replication.factor': 1,
  'group.initial.rebalance.delay.ms': 0,
  'group.consumer.assignment.interval.ms': 0,
}

/** Subscriptions of the classic protocol in version 1: the topic t, and partitions that are owned already. */
const subscription = (...owned) => {
  const partitions = owned.flatMap(index => [0, 0, 0, index])
  const ownedTopics = owned.length === 0 ? [0, 0, 0, 0] : [0, 0, 0, 1, 0, 1, 116, 0, 0, 0, owned.length, ...partitions]
  return Buffer.from([0, 1, 0, 0, 0, 1, 0, 1, 116, 255, 255, 255, 255, ...ownedTopics]).toString('base64')
}

const beat = (groupId, memberId, memberEpoch, more = {}) => ({
  client: memberId,
  api: 'ConsumerGroupHeartbeat',
  version: 1,
  request: { groupId, memberId, memberEpoch, ...more },
})
const joining = { rebalanceTimeoutMs: 30000, topicPartitions: [] }
const owns = (...partitions) => ({ topicPartitions: [{ topicId: '$topicId', partitions }] })
const classicJoin = (groupId, memberId, metadata, more = {}) => ({
  client: 'c',
  api: 'JoinGroup',
  version: 9,
  request: {
    groupId,
    sessionTimeoutMs: 20000,
    rebalanceTimeoutMs: 30000,
    memberId,
    groupInstanceId: null,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata }],
  },
  ...more,
})
const classicSync = (groupId, memberId, generationId, assignments = []) => ({
  client: 'c',
  api: 'SyncGroup',
  version: 5,
  request: { groupId, generationId, memberId, protocolType: 'consumer', protocolName: 'range', assignments },
})

const actions = [
  // Two members, a slow hand-over, a change of subscription, a member that leaves.
  beat('g', 'm1', 0, { ...joining, subscribedTopicNames: ['t'] }),
  beat('g', 'm1', 2, owns(0, 1, 2, 3)),
  beat('g', 'm2', 0, { ...joining, subscribedTopicNames: ['t'], rackId: 'r' }),
  beat('g', 'm2', 3),
  beat('g', 'm1', 2),
  beat('g', 'm1', 2, owns(0, 1, 2, 3)),
  beat('g', 'm1', 2, owns(0, 1)),
  beat('g', 'm2', 3),
  beat('g', 'm2', 3, { subscribedTopicNames: ['t', 'u'] }),
  beat('g', 'm1', 3),
  beat('g', 'm2', 4),
  beat('g', 'm1', 4, { serverAssignor: 'range', subscribedTopicNames: [] }),
  beat('g', 'm1', 4, owns()),
  beat('g', 'm2', 4),
  beat('g', 'm2', -1),
  beat('g', 'm1', 5),
  // A static member comes back, leaves, and the group is deleted.
  beat('s', 's1', 0, { ...joining, subscribedTopicNames: ['t'], instanceId: 'I' }),
  beat('s', 'd', 0, { ...joining, subscribedTopicNames: ['t'] }),
  beat('s', 's1', -2, { instanceId: 'I' }),
  beat('s', 's2', 0, { ...joining, subscribedTopicNames: ['t'], instanceId: 'I' }),
  beat('s', 's2', 3, { ...owns(0, 1), instanceId: 'I' }),
  beat('s', 's2', -1, { instanceId: 'I' }),
  beat('s', 'd', -1),
  { client: 'x', api: 'DeleteGroups', version: 2, request: { groupsNames: ['s'] } },
  // A regular expression, resolved after the heartbeat that brings it.
  beat('r', 'r1', 0, { ...joining, subscribedTopicRegex: '[tu]' }),
  { waitMs: 500 },
  beat('r', 'r1', 1),
  beat('r', 'r1', -1),
  // A classic group goes on as a consumer group, and back.
  classicJoin('up', '', subscription(), { remember: 'c1' }),
  classicJoin('up', '$c1', subscription()),
  classicSync('up', '$c1', 1, [{ memberId: '$c1', assignment: 'AAEAAAABAAF0AAAABAAAAAAAAAABAAAAAgAAAAP/////' }]),
  beat('up', 'n1', 0, { ...joining, subscribedTopicNames: ['t'] }),
  { client: 'c', api: 'Heartbeat', version: 4, request: { groupId: 'up', generationId: 1, memberId: '$c1' } },
  classicJoin('up', '$c1', subscription(0, 1, 2, 3)),
  classicSync('up', '$c1', 1),
  classicJoin('up', '$c1', subscription(0, 1)),
  classicSync('up', '$c1', 2),
  beat('up', 'n1', 2),
  beat('up', 'n1', -1),
  // An empty consumer group becomes a classic one.
  beat('e', 'e1', 0, { ...joining, subscribedTopicNames: ['t'] }),
  beat('e', 'e1', -1),
  classicJoin('e', '', subscription(), { remember: 'c2' }),
]

function filled(value, names, key = '') {
  if (typeof value === 'string' && value.startsWith('$')) return names[value.slice(1)]
  if (typeof value === 'string' && (key === 'metadata' || key === 'assignment')) return Buffer.from(value, 'base64')
  if (Array.isArray(value)) return value.map(item => filled(item, names, key))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, filled(item, names, name)]))
}

const kafka = await startKafka({ settings })
const wire = await Wire.open(kafka)
const topics = [
  { name: 't', numPartitions: 4, replicationFactor: 1, assignments: [], configs: [] },
  { name: 'u', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] },
]
const created = await wire.send(api.createTopics, 7, { topics, timeoutMs: 10_000, validateOnly: false })
const names = { topicId: created.topics[0].topicId, otherTopicId: created.topics[1].topicId }
const pause = ms => new Promise(resolve => setTimeout(resolve, ms))
for (;;) {
  const { coordinators } = await wire.send(api.findCoordinator, 6, { keyType: 0, coordinatorKeys: ['g'] })
  const asked = await wire.send(api.listGroups, 5, { statesFilter: [], typesFilter: [] })
  if (coordinators[0].errorCode === 0 && asked.errorCode === 0) break
  await pause(200)
}
await pause(2000)
const answers = []
for (const { client, api: name, version, request, remember, waitMs } of actions) {
  await pause(waitMs ?? 0)
  if (name === undefined) continue
  const schema = Object.values(api).find(each => each.name === name)
  const answer = await wire.send(schema, version, filled(request, names), client)
  if (remember) names[remember] = answer.memberId
  answers.push(answer)
}
wire.close()
const folder = join(kafka.dataDir, '__consumer_offsets-0')
const files = readdirSync(folder).filter(file => file.endsWith('.log'))
const log = Buffer.concat(files.sort().map(file => readFileSync(join(folder, file)))).toString('base64')
await kafka.stop()
const kept = JSON.stringify({ names, actions, answers, log }, (_, value) =>
  typeof value === 'bigint' ? String(value) : value,
)
writeFileSync(process.argv[2], gzipSync(kept, { level: 9 }))
for (const [index, answer] of answers.entries()) console.log(index, JSON.stringify(answer).slice(0, 150))
