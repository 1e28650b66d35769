// Kafka's own command line tools, by their main classes, as an administrator would run them. Here those for topics and records; those
// for groups, transactions and the controller stand beside it.
import assert from 'node:assert/strict'
import { controllerTools } from './kafka-tools-controller.mjs'
import { groupTools } from './kafka-tools-groups.mjs'
import { lines, ToolKit } from './kafka-tools-kit.mjs'
import { transactionTools } from './kafka-tools-transactions.mjs'

export const kafkaTools = {
  name: 'kafka-tools',
  needs: ['java'],
  async run({ broker, report, tools, prefix }) {
    const java = await tools.java
    const kit = new ToolKit(java, broker, `${prefix}-tools`)
    const check = (name, body) => report.check(`kafka-tools/${name}`, () => body(kit))
    await check('kafka-topics: create, describe, list, alter, delete', topics)
    await check('kafka-topics: a duplicate and an unknown topic', topicErrors)
    await check('console producer and consumer: keys, headers, nulls', console)
    await check('kafka-configs: topics and brokers', configs)
    await check('kafka-get-offsets: by special names and by time', offsets)
    await check('kafka-delete-records', deleteRecords)
    await check('kafka-log-dirs', logDirs)
    await check('kafka-broker-api-versions', apiVersions)
    await check('producer and consumer performance, and from end to end: every record', performance)
    await groupTools(check)
    await transactionTools(check)
    await controllerTools(check)
  },
}

async function topics(kit) {
  const topic = await kit.topic(3, '--config', 'retention.ms=123456')
  const described = await kit.run('topics', ['--describe', '--topic', topic])
  assert.match(
    described,
    new RegExp(`Topic: ${topic}\\tTopicId: \\S{22}\\tPartitionCount: 3\\tReplicationFactor: 1\\t.*retention.ms=123456`),
  )
  assert.equal(
    lines(described).filter(line => /Partition: \d\tLeader: \d+\tReplicas: \d+\tIsr: \d+/.test(line)).length,
    3,
  )
  await kit.run('topics', ['--alter', '--topic', topic, '--partitions', '5'])
  assert.match(await kit.run('topics', ['--describe', '--topic', topic]), /PartitionCount: 5/)
  assert.ok(lines(await kit.run('topics', ['--list'])).includes(topic))
  await kit.run('topics', ['--delete', '--topic', topic])
  assert.ok(!lines(await kit.run('topics', ['--list'])).includes(topic))
}

async function topicErrors(kit) {
  const topic = await kit.topic()
  assert.match(await kit.fails('topics', ['--create', '--topic', topic]), new RegExp(`TopicExistsException.*${topic}`))
  assert.match(await kit.fails('topics', ['--describe', '--topic', kit.name('missing')]), /does not exist as expected/)
}

const showAll = ['partition', 'offset', 'headers', 'key'].flatMap(what => [
  '--formatter-property',
  `print.${what}=true`,
])

async function console(kit) {
  const topic = await kit.topic()
  const parse = ['parse.key=true', 'parse.headers=true', 'null.marker=NULL'].flatMap(each => [
    '--reader-property',
    each,
  ])
  await kit.produce(
    topic,
    'a:1,b:2\tk1\tvalue one\nc:NULL\tNULL\tNULL\nd:\tk3\tgr\u00fc\u00df\n',
    ...parse,
    '--compression-codec',
    'zstd',
  )
  assert.deepEqual(await kit.consume(topic, 3, '--from-beginning', ...showAll), [
    'Partition:0\tOffset:0\ta:1,b:2\tk1\tvalue one',
    'Partition:0\tOffset:1\tc:null\tnull\tnull',
    'Partition:0\tOffset:2\td:\tk3\tgr\u00fc\u00df',
  ])
  assert.deepEqual(await kit.consume(topic, 1, '--partition', '0', '--offset', '2'), ['gr\u00fc\u00df'])
}

async function configs(kit) {
  const topic = await kit.topic()
  const entity = ['--entity-type', 'topics', '--entity-name', topic]
  await kit.run('configs', [...entity, '--alter', '--add-config', 'cleanup.policy=[compact,delete],retention.ms=5000'])
  const described = await kit.run('configs', [...entity, '--describe'])
  assert.match(
    described,
    /cleanup.policy=compact,delete sensitive=false synonyms=\{DYNAMIC_TOPIC_CONFIG:cleanup.policy=compact,delete, DEFAULT_CONFIG:log.cleanup.policy=delete\}/,
  )
  assert.match(described, /retention.ms=5000 sensitive=false synonyms=\{DYNAMIC_TOPIC_CONFIG:retention.ms=5000\}/)
  await kit.run('configs', [...entity, '--alter', '--delete-config', 'retention.ms'])
  assert.doesNotMatch(await kit.run('configs', [...entity, '--describe']), /retention.ms/)
  assert.match(await kit.fails('configs', [...entity, '--alter', '--add-config', 'no.such=1']), /no.such/)
  const brokers = await kit.run('configs', ['--entity-type', 'brokers', '--describe', '--all'])
  assert.match(brokers, /log.retention.hours=168 sensitive=false synonyms=\{DEFAULT_CONFIG:log.retention.hours=168\}/)
  assert.match(
    brokers,
    /offsets.topic.num.partitions=3 sensitive=false synonyms=\{STATIC_BROKER_CONFIG:offsets.topic.num.partitions=3/,
  )
}

async function offsets(kit) {
  const topic = await kit.topic(2)
  await kit.produce(topic, Array.from({ length: 30 }, (_, i) => `${i}\n`).join(''), '--batch-size', '1')
  const sum = printed => lines(printed).reduce((total, line) => total + Number(line.split(':')[2]), 0)
  const ask = time => kit.run('offsets', ['--topic-partitions', topic, '--time', time])
  assert.equal(sum(await ask('latest')), 30)
  assert.equal(sum(await ask('earliest')), 0)
  assert.equal(sum(await ask('1')), 0, 'at or after a time long ago')
  assert.equal(sum(await ask('-5')) <= 0, true, 'nothing is tiered')
  assert.match(await ask('max-timestamp'), new RegExp(`${topic}:\\d:\\d+`))
}

async function deleteRecords(kit) {
  const topic = await kit.topic()
  await kit.produce(topic, 'one\ntwo\nthree\n')
  const wanted = { version: 1, partitions: [{ topic, partition: 0, offset: 2 }] }
  const printed = await kit.withJson(wanted, file => kit.run('deleteRecords', ['--offset-json-file', file]))
  assert.match(printed, new RegExp(`partition: ${topic}-0\\tlow_watermark: 2`))
  assert.deepEqual(await kit.consume(topic, 1, '--from-beginning'), ['three'])
}

async function logDirs(kit) {
  const topic = await kit.topic(2)
  await kit.produce(topic, 'one\n')
  const printed = await kit.run('logDirs', ['--describe', '--topic-list', topic])
  const { brokers } = JSON.parse(lines(printed).at(-1))
  assert.equal(brokers[0].logDirs.length, 1)
  assert.equal(brokers[0].logDirs[0].error, null)
  assert.equal(brokers[0].logDirs[0].logDir, kit.broker.dataDir)
  const sizes = new Map(brokers[0].logDirs[0].partitions.map(each => [each.partition, each.size]))
  assert.deepEqual([...sizes.keys()].sort(), [`${topic}-0`, `${topic}-1`])
  assert.ok([...sizes.values()].some(size => size > 61))
}

async function apiVersions(kit) {
  const printed = await kit.run('apiVersions', [])
  assert.match(printed, /Produce\(0\): 0 to 13 \[usable: 13\]/)
  assert.match(printed, /ApiVersions\(18\): 0 to 4 \[usable: 4\]/)
}

async function performance(kit) {
  const topic = await kit.topic(3)
  const load = [
    '--topic',
    topic,
    '--num-records',
    '50000',
    '--record-size',
    '100',
    '--throughput',
    '-1',
    '--command-property',
    'compression.type=lz4',
  ]
  assert.match(await kit.run('producerPerformance', load), /^50000 records sent/m)
  const consumed = await kit.run('consumerPerformance', [
    '--topic',
    topic,
    '--num-records',
    '50000',
    '--timeout',
    '30000',
  ])
  const columns = lines(consumed).at(-1).split(', ')
  assert.equal(columns[4], '50000', consumed)
  const latency = [
    '--topic',
    await kit.topic(),
    '--num-records',
    '20',
    '--producer-acks',
    'all',
    '--record-size',
    '100',
  ]
  assert.match(await kit.run('endToEndLatency', latency), /^Avg latency: [\d.]+ ms$/m)
}
