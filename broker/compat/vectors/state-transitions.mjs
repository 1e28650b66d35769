// Takes groups and transactions of Apache Kafka through their states, and keeps what was asked, what Kafka answered and what it
// wrote, for our coordinators to be compared with: broker/coordinator/testdata/state-transitions.json.gz. Each step is followed by a
// question about the state. Waits are real here, and steps of the clock in the comparison.
// Run, after `npm run build`: node broker/compat/vectors/state-transitions.mjs broker/coordinator/testdata/state-transitions.json.gz
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { startKafka } from '../kafka-target.mjs'
import { api, Wire } from '../wire.mjs'

const settings = {
  'offsets.topic.num.partitions': 1,
  'transaction.state.log.num.partitions': 1,
  'group.initial.rebalance.delay.ms': 3000,
  'group.consumer.assignment.interval.ms': 0,
  'group.coordinator.append.linger.ms': 0,
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': 500,
  'transaction.remove.expired.transaction.cleanup.interval.ms': 500,
  'transactional.id.expiration.ms': 60_000,
}
/** Of the group whose assignments are held back; longer than the steps in between take on a slow machine. */
const intervalMs = 8000
const step = (client, name, version, request, more = {}) => ({ client, api: name, version, request, ...more })
const wait = waitMs => ({ waitMs })

/** Metadata of the classic protocol: the topic t. */
const subscription = Buffer.from([0, 1, 0, 0, 0, 1, 0, 1, 116, 255, 255, 255, 255, 0, 0, 0, 0]).toString('base64')
const other = Buffer.from([0, 1, 0, 0, 0, 1, 0, 1, 117, 255, 255, 255, 255, 0, 0, 0, 0]).toString('base64')
/** `parked`: the answer comes when somebody else has done something, so the next step does not wait for it. */
const joined = (group, memberId, more = {}, metadata = subscription) => {
  const times = { sessionTimeoutMs: 6000, rebalanceTimeoutMs: 30_000 }
  const protocols = [{ name: 'range', metadata }]
  const request = { groupId: group, ...times, memberId, groupInstanceId: null, protocolType: 'consumer', protocols }
  return step(memberId || 'new', 'JoinGroup', 9, request, more)
}
const synced = (group, memberId, generationId, members = [], more = {}) => {
  const assignments = members.map(member => ({ memberId: member, assignment: subscription }))
  const request = {
    groupId: group,
    generationId,
    memberId,
    protocolType: 'consumer',
    protocolName: 'range',
    assignments,
  }
  return step(memberId, 'SyncGroup', 5, request, more)
}
const left = (group, ...members) => {
  const leaving = members.map(memberId => ({ memberId, groupInstanceId: null, reason: null }))
  return step('admin', 'LeaveGroup', 5, { groupId: group, members: leaving })
}
/** Version 5: a group that is not there is Dead. */
const shown = group => step('admin', 'DescribeGroups', 5, { groups: [group] }, { shows: 'classic' })
const withState = (group, steps) => steps.flatMap(each => [each, shown(group)])

const classic = [
  shown('c'),
  ...withState('c', [
    joined('c', '', { remember: 'x' }),
    joined('c', '$x', { parked: true }),
    // The first rebalance waits for others.
    wait(3500),
    joined('c', '', { remember: 'y' }),
    joined('c', '$y', { parked: true }),
    joined('c', '$x'),
    synced('c', '$y', 2, [], { parked: true }),
    synced('c', '$x', 2, ['$x', '$y']),
    joined('c', '$x', { parked: true }, other),
    step('$y', 'Heartbeat', 4, { groupId: 'c', generationId: 2, memberId: '$y' }),
    left('c', '$x', '$y'),
    step('admin', 'DeleteGroups', 2, { groupsNames: ['c'] }),
  ]),
  // Nobody is heard of any more.
  ...withState('q', [
    joined('q', '', { remember: 'z' }),
    joined('q', '$z', { parked: true }),
    wait(3500),
    synced('q', '$z', 1, ['$z']),
    wait(8000),
  ]),
]

const beat = (group, memberId, memberEpoch, more = {}) =>
  step(memberId, 'ConsumerGroupHeartbeat', 1, { groupId: group, memberId, memberEpoch, ...more })
const joining = (...topics) => ({ rebalanceTimeoutMs: 60_000, topicPartitions: [], subscribedTopicNames: topics })
const owns = (...partitions) => ({ topicPartitions: [{ topicId: '$topicId', partitions }] })
const nothing = { topicPartitions: [] }
const described = group => step('admin', 'ConsumerGroupDescribe', 1, { groupIds: [group] }, { shows: 'consumer' })
const withGroup = (group, steps) => steps.flatMap(each => [each, described(group)])

const consumer = [
  // The assignor runs at once: reconciliation in all its turns.
  ...withGroup('g', [
    beat('g', 'a', 0, joining('t')),
    beat('g', 'a', 2, owns(0, 1, 2, 3)),
    beat('g', 'b', 0, joining('t')),
    beat('g', 'b', 3),
    beat('g', 'a', 2),
    // While a gives two partitions up, another member comes, and a has to give up more.
    beat('g', 'c', 0, joining('t')),
    beat('g', 'a', 2, owns(0, 1)),
    beat('g', 'a', 4, owns(0)),
    beat('g', 'a', 4),
    beat('g', 'b', 3),
    beat('g', 'b', 4),
    beat('g', 'c', 4),
    beat('g', 'b', 4, owns(2)),
    beat('g', 'c', 4),
    // b wants something else and must give up what it has; c leaves; b is to have what it is giving up.
    beat('g', 'b', 4, { subscribedTopicNames: ['t', 'u'] }),
    beat('g', 'a', 4),
    beat('g', 'b', 5),
    beat('g', 'c', -1),
    beat('g', 'a', 5),
    beat('g', 'a', 6),
    beat('g', 'b', 5),
    beat('g', 'b', 6),
    beat('g', 'd', 0, joining('t')),
    beat('g', 'e', 0, joining('t')),
    beat('g', 'd', 7),
    beat('g', 'a', 6),
  ]),
  // One member that has to give everything up, and goes instead.
  ...withGroup('h', [
    beat('h', 'a', 0, joining('t')),
    beat('h', 'a', 2, { ...owns(0, 1, 2, 3), subscribedTopicNames: ['u'] }),
    beat('h', 'a', 2, { ...nothing }),
    beat('h', 'a', 3, { subscribedTopicNames: ['t'] }),
    beat('h', 'a', -1),
  ]),
  // What a member gives up and waits for changes while it does so.
  ...withGroup('k', [
    beat('k', 'a', 0, joining('t')),
    beat('k', 'b', 0, joining('t')),
    beat('k', 'a', 2),
    beat('k', 'c', 0, joining('t')),
    beat('k', 'd', 0, joining('t')),
    beat('k', 'a', 2, owns(0, 1)),
    beat('k', 'a', 2, owns(0)),
  ]),
  ...withGroup('l', [
    beat('l', 'a', 0, joining('t')),
    beat('l', 'b', 0, joining('t')),
    beat('l', 'a', 2),
    beat('l', 'a', 2, owns(0, 1)),
    beat('l', 'b', 3),
    beat('l', 'b', 3, owns(2, 3)),
    beat('l', 'c', 0, joining('t')),
    beat('l', 'b', 3),
    beat('l', 'a', 4, { subscribedTopicNames: ['u'] }),
    beat('l', 'a', 3, { subscribedTopicNames: ['u'] }),
    beat('l', 'b', 3, owns(2)),
    beat('l', 'b', 5, { ...owns(2), subscribedTopicNames: ['u'] }),
  ]),
  // The assignor runs now and then only.
  step('admin', 'IncrementalAlterConfigs', 1, {
    resources: [
      {
        resourceType: 32,
        resourceName: 'i',
        configs: [{ name: 'consumer.assignment.interval.ms', configOperation: 0, value: String(intervalMs) }],
      },
    ],
    validateOnly: false,
  }),
  ...withGroup('i', [
    beat('i', 'a', 0, joining('t')),
    beat('i', 'a', -1),
    beat('i', 'a', 0, joining('t')),
    beat('i', 'a', -1),
    beat('i', 'a', 0, joining('t')),
    wait(intervalMs + 1000),
    beat('i', 'a', 2),
    beat('i', 'b', 0, joining('t')),
    wait(intervalMs + 1000),
    beat('i', 'b', 6),
    beat('i', 'c', 0, joining('t')),
    wait(intervalMs + 1000),
    beat('i', 'c', 7),
    beat('i', 'a', 6),
  ]),
]

const init = (id, timeoutMs = 60_000, more = {}) => {
  const nobody = { producerId: -1, producerEpoch: -1 }
  const request = { transactionalId: id, transactionTimeoutMs: timeoutMs, ...nobody, ...more }
  return step(id, 'InitProducerId', 5, request, { keep: id })
}
const added = (id, ...partitions) => {
  const request = { v3AndBelowTransactionalId: id, ...ids(id), v3AndBelowTopics: [{ name: 't', partitions }] }
  return step(id, 'AddPartitionsToTxn', 3, request)
}
const ids = id => ({ v3AndBelowProducerId: `$${id}.producerId`, v3AndBelowProducerEpoch: `$${id}.producerEpoch` })
/** Version 5 is that of clients of transaction version 2. */
const ended = (id, committed, version = 5) => {
  const request = {
    transactionalId: id,
    producerId: `$${id}.producerId`,
    producerEpoch: `$${id}.producerEpoch`,
    committed,
  }
  return [step(id, 'EndTxn', version, request, { keep: version === 5 ? id : undefined }), wait(1500)]
}
const state = id => step('admin', 'DescribeTransactions', 0, { transactionalIds: [id] }, { shows: 'transaction' })
const withTransaction = (id, steps) => steps.flatMap(each => [each, state(id)])

const transactions = [
  ...withTransaction('v2', [
    init('v2'),
    init('v2'),
    added('v2', 0),
    added('v2', 1),
    ...ended('v2', true),
    added('v2', 0),
    ...ended('v2', false),
    added('v2', 2),
    ...ended('v2', true),
    init('v2'),
    ...ended('v2', false),
    init('v2'),
    added('v2', 0),
    ...ended('v2', true),
    ...ended('v2', false),
    ...ended('v2', false),
  ]),
  ...withTransaction('v1', [
    init('v1'),
    added('v1', 0),
    ...ended('v1', true, 4),
    added('v1', 0),
    ...ended('v1', false, 4),
  ]),
  // The next one with the same id: what the one before has begun is aborted.
  ...withTransaction('f', [init('f'), added('f', 0), init('f'), wait(1500), init('f')]),
  // Nobody ends it.
  ...withTransaction('o', [init('o', 2000), added('o', 0), wait(6000)]),
  ...withTransaction('p', [init('p'), added('p', 0), ...ended('p', true)]),
  // All ids are forgotten, whatever they were left in.
  wait(66_000),
  ...['v2', 'v1', 'f', 'o', 'p'].map(state),
]

function filled(value, names, key = '') {
  if (typeof value === 'string' && value.startsWith('$')) {
    const [name, field] = value.slice(1).split('.')
    return field ? names[name][field] : names[name]
  }
  if (typeof value === 'string' && (key === 'metadata' || key === 'assignment')) return Buffer.from(value, 'base64')
  if (Array.isArray(value)) return value.map(item => filled(item, names, key))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, filled(item, names, name)]))
}

const pause = ms => new Promise(resolve => setTimeout(resolve, ms))
const settleMs = 300
const kafka = await startKafka({ settings, startMsMax: 300_000 })
const wire = await Wire.open(kafka)
const topics = [
  { name: 't', numPartitions: 4, replicationFactor: 1, assignments: [], configs: [] },
  { name: 'u', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] },
]
const created = await wire.send(api.createTopics, 7, { topics, timeoutMs: 60_000, validateOnly: false })
for (const keyType of [0, 1]) {
  for (;;) {
    const { coordinators } = await wire.send(api.findCoordinator, 6, { keyType, coordinatorKeys: ['g'] })
    const asked = await wire.send(api.listGroups, 5, { statesFilter: [], typesFilter: [] })
    const listed = await wire.send(api.listTransactions, 1, {
      stateFilters: [],
      producerIdFilters: [],
      durationFilter: -1,
    })
    if (coordinators[0].errorCode === 0 && asked.errorCode === 0 && listed.errorCode === 0) break
    await pause(300)
  }
}
for (;;) {
  const request = { transactionalId: 'first', transactionTimeoutMs: 1000, producerId: -1, producerEpoch: -1 }
  const { errorCode } = await wire.send(api.initProducerId, 5, request)
  if (errorCode === 0) break
  await pause(300)
}
await pause(2000)

/** Parked steps have a connection of their own. */
async function play(actions, names) {
  const answers = []
  const open = []
  for (const { client, api: name, version, request, remember, keep, parked, waitMs } of actions) {
    await pause(waitMs ?? 0)
    if (name === undefined) continue
    const schema = Object.values(api).find(each => each.name === name)
    const own = parked ? await Wire.open(kafka) : wire
    if (parked) open.push(own)
    const place = answers.push(null) - 1
    const asked = own.send(schema, version, filled(request, names), client.replace('$', '')).then(answer => {
      if (remember) names[remember] = answer.memberId
      if (keep && answer.errorCode === 0) {
        names[keep] = { producerId: Number(answer.producerId), producerEpoch: answer.producerEpoch }
      }
      answers[place] = answer
    })
    await (parked ? pause(settleMs) : asked)
  }
  await pause(settleMs)
  for (const each of open) each.close()
  return answers
}

const names = { topicId: created.topics[0].topicId, otherTopicId: created.topics[1].topicId }
const [classicAnswers, consumerAnswers, transactionAnswers] = await Promise.all(
  [classic, consumer, transactions].map((actions, index) => pause(index * 500).then(() => play(actions, names))),
)
wire.close()
function logOf(topic) {
  const folder = join(kafka.dataDir, `${topic}-0`)
  const files = readdirSync(folder).filter(file => file.endsWith('.log'))
  return Buffer.concat(files.sort().map(file => readFileSync(join(folder, file)))).toString('base64')
}
const logs = { groups: logOf('__consumer_offsets'), transactions: logOf('__transaction_state') }
await kafka.stop()
const kept = {
  names,
  logs,
  classic: { actions: classic, answers: classicAnswers },
  consumer: { actions: consumer, answers: consumerAnswers },
  transactions: { actions: transactions, answers: transactionAnswers },
}
const text = JSON.stringify(kept, (_, value) => (typeof value === 'bigint' ? String(value) : value))
writeFileSync(process.argv[2], gzipSync(text, { level: 9 }))
for (const { actions, answers } of [kept.classic, kept.consumer, kept.transactions]) {
  const sent = actions.filter(action => action.api !== undefined)
  for (const [index, answer] of answers.entries()) {
    console.log(index, sent[index].api, sent[index].client, JSON.stringify(answer).slice(0, 230))
  }
}
