// Kafka's own command line tools, by their main classes, as an administrator would run them.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { api, buildBatch } from '../wire.mjs'
import { isError, WireKit } from './wire-kit.mjs'

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
    await check('console consumer: a group goes on where it was', consoleGroup)
    await check('kafka-configs: topics and brokers', configs)
    await check('kafka-consumer-groups: describe, reset, delete offsets, delete', groups)
    await check('kafka-consumer-groups: a group of the new protocol', newGroups)
    await check('kafka-get-offsets: by special names and by time', offsets)
    await check('kafka-delete-records', deleteRecords)
    await check('kafka-log-dirs', logDirs)
    await check('kafka-broker-api-versions', apiVersions)
    await check('kafka-cluster: id', clusterId)
    await check('producer and consumer performance: every record', performance)
    await check('verifiable producer and consumer: every record', verifiable)
    await check('kafka-transactions: list, describe, find and abort a hanging one', transactions)
    await check('transactional message copier: every record once, aborts or not', copier)
  },
}

class ToolKit {
  #names = 0

  constructor(java, broker, prefix) {
    Object.assign(this, { java, broker, prefix })
  }

  name(what) {
    return `${this.prefix}-${what}-${++this.#names}`
  }

  /** Runs a tool against the broker and resolves with what it printed. */
  async run(tool, args, options) {
    return (await this.java.tool(tool, ['--bootstrap-server', this.broker.bootstrap, ...args], options)).stdout
  }

  /** Runs a tool that must fail, and resolves with all that it printed. */
  async fails(tool, args) {
    const options = { anyStatus: true }
    const result = await this.java.tool(tool, ['--bootstrap-server', this.broker.bootstrap, ...args], options)
    assert.notEqual(result.status, 0, `${result.command} did not fail:\n${result.stdout}`)
    return result.stdout + result.stderr
  }

  async topic(partitions = 1, ...more) {
    const topic = this.name('t')
    await this.run('topics', ['--create', '--topic', topic, '--partitions', String(partitions), ...more])
    return topic
  }

  produce(topic, input, ...more) {
    return this.run('producer', ['--topic', topic, ...more], { input })
  }

  async consume(topic, count, ...more) {
    const fixed = ['--topic', topic, '--max-messages', String(count), '--timeout-ms', '30000']
    const printed = await this.run('consumer', [...fixed, ...more])
    return printed.trimEnd().split('\n')
  }
}

const lines = text => text.split('\n').filter(Boolean)

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

async function consoleGroup(kit) {
  const topic = await kit.topic()
  const group = kit.name('g')
  await kit.produce(topic, 'one\ntwo\nthree\n')
  assert.deepEqual(await kit.consume(topic, 2, '--group', group, '--from-beginning'), ['one', 'two'])
  assert.deepEqual(await kit.consume(topic, 1, '--group', group), ['three'])
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

async function groups(kit) {
  const topic = await kit.topic()
  const group = kit.name('g')
  await kit.produce(topic, 'one\ntwo\nthree\n')
  await kit.consume(topic, 3, '--group', group, '--from-beginning')
  const ofGroup = ['--group', group]
  const row = new RegExp(`${group}\\s+${topic}\\s+0\\s+3\\s+3\\s+0`)
  assert.match(await kit.run('groups', [...ofGroup, '--describe']), row)
  assert.match(await kit.run('groups', [...ofGroup, '--describe', '--state']), new RegExp(`${group}\\s.*Empty\\s+0`))
  assert.match(await kit.run('groups', ['--list', '--state']), new RegExp(`${group}\\s+Empty`))
  assert.match(await kit.run('allGroups', ['--list']), new RegExp(`${group}\\s+Classic\\s+consumer`))
  const reset = await kit.run('groups', [
    ...ofGroup,
    '--topic',
    topic,
    '--reset-offsets',
    '--shift-by',
    '-2',
    '--execute',
  ])
  assert.match(reset, new RegExp(`${group}\\s+${topic}\\s+0\\s+1`))
  assert.deepEqual(await kit.consume(topic, 1, '--group', group), ['two'])
  assert.match(await kit.run('groups', [...ofGroup, '--topic', topic, '--delete-offsets']), /0\s+Successful/)
  assert.match(await kit.run('groups', [...ofGroup, '--delete']), /was successful/)
  assert.doesNotMatch(await kit.run('groups', ['--list']), new RegExp(group))
}

async function newGroups(kit) {
  const topic = await kit.topic(2)
  const group = kit.name('g')
  await kit.produce(topic, 'one\ntwo\nthree\n')
  const protocol = ['--command-property', 'group.protocol=consumer']
  const args = ['--bootstrap-server', kit.broker.bootstrap, '--topic', topic, '--group', group, ...protocol]
  const member = kit.java.startTool('consumer', args)
  const ask = (...args) => kit.run('groups', ['--group', group, '--describe', ...args])
  try {
    for (let tries = 0; tries < 20 && !/Stable\s+1/.test(await ask('--state')); tries++);
    assert.match(await ask('--state', '--verbose'), new RegExp(`${group}\\s.*uniform\\s+Stable\\s+\\d+\\s+\\d+\\s+1`))
    const members = await ask('--members', '--verbose')
    assert.match(members, new RegExp(`${group}\\s.*${topic}:0,1`))
    assert.match(await kit.run('allGroups', ['--list']), new RegExp(`${group}\\s+Consumer\\s+consumer`))
    assert.match(await kit.run('groups', ['--group', group, '--delete']), /not empty|NotEmpty/i)
  } finally {
    member.child.kill('SIGTERM')
    await member.done
  }
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
  const folder = mkdtempSync(join(tmpdir(), 'millrace-compat-'))
  try {
    const file = join(folder, 'offsets.json')
    writeFileSync(file, JSON.stringify({ version: 1, partitions: [{ topic, partition: 0, offset: 2 }] }))
    assert.match(
      await kit.run('deleteRecords', ['--offset-json-file', file]),
      new RegExp(`partition: ${topic}-0\\tlow_watermark: 2`),
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
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

async function clusterId(kit) {
  const printed = (await kit.java.tool('cluster', ['cluster-id', '--bootstrap-server', kit.broker.bootstrap])).stdout
  assert.match(printed, /^Cluster ID: \S{22}$/m)
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
}

async function verifiable(kit) {
  const topic = await kit.topic(2)
  const events = printed => lines(printed).map(line => JSON.parse(line)) // biome-ignore format: one thought
  const sent = events(await kit.run('verifiableProducer', ['--topic', topic, '--max-messages', '200', '--acks', '-1']))
  assert.equal(sent.filter(event => event.name === 'producer_send_success').length, 200)
  const args = [
    '--topic',
    topic,
    '--group-id',
    kit.name('g'),
    '--max-messages',
    '200',
    '--reset-policy',
    'earliest',
    '--verbose',
  ]
  const got = events(await kit.run('verifiableConsumer', args))
  const values = got.filter(event => event.name === 'record_data').map(event => Number(event.value))
  assert.deepEqual(values.sort((a, b) => a - b), Array.from({ length: 200 }, (_, i) => i)) // biome-ignore format: one thought
  assert.ok(got.some(event => event.name === 'offsets_committed' && event.success))
}

async function transactions(kit) {
  const wires = new WireKit(kit.broker, kit.prefix)
  await wires.connected(async wire => {
    const topic = await wires.topic(wire)
    const id = kit.name('x')
    await wires.coordinator(wire, 1)
    const producer = await wires.initProducer(wire, id)
    const sent = await wires.produce(wire, topic, transactionalBatch(producer), { transactionalId: id })
    isError(sent.errorCode, 'NONE')
    assert.match(
      await kit.run('transactions', ['list']),
      new RegExp(`${id}\\s+\\d+\\s+${producer.producerId}\\s+Ongoing`),
    )
    const described = await kit.run('transactions', ['describe', '--transactional-id', id])
    assert.match(described, new RegExp(`${producer.producerId}\\s+0\\s+Ongoing\\s+60000\\s.*${topic.name}-0`))
    const producers = ['describe-producers', '--topic', topic.name, '--partition', '0']
    assert.match(
      await kit.run('transactions', producers),
      new RegExp(`${producer.producerId}\\s+0\\s+.*\\s0\\s*$`, 'm'),
    )
    await hanging(kit, wires, wire)
  })
}

/** A transaction that no coordinator knows of, as brokers without verification let in. */
async function hanging(kit, wires, wire) {
  const topic = await wires.topic(wire)
  await verification(wire, 'false')
  const stranger = { producerId: 987_654, producerEpoch: 3 }
  try {
    const options = { transactionalId: kit.name('stranger'), version: 11 }
    const sent = await eventuallyDone(() => wires.produce(wire, topic, transactionalBatch(stranger), options))
    isError(sent.errorCode, 'NONE')
  } finally {
    await verification(wire, 'true')
  }
  const find = ['find-hanging', '--topic', topic.name, '--max-transaction-timeout', '0']
  assert.match(await kit.run('transactions', find), new RegExp(`${topic.name}\\s+0\\s+987654\\s+3\\s+-1\\s+0\\s`))
  await kit.run('transactions', ['abort', '--topic', topic.name, '--partition', '0', '--start-offset', '0'])
  const { lastStableOffset, highWatermark } = await wires.fetch(wire, topic, 0, { version: 12 })
  assert.deepEqual([Number(lastStableOffset), Number(highWatermark)], [2, 2])
  assert.doesNotMatch(await kit.run('transactions', find), /987654/)
}

const transactionalBatch = producer =>
  buildBatch([{ key: null, value: Buffer.from('v'), timestamp: Date.now() - 600_000 }], {
    ...producer,
    baseSequence: 0,
    transactional: true,
  })

async function verification(wire, value) {
  const configs = [{ name: 'transaction.partition.verification.enable', configOperation: 0, value }]
  const resources = [{ resourceType: 4, resourceName: '', configs }]
  const answer = await wire.send(api.incrementalAlterConfigs, 1, { resources, validateOnly: false })
  isError(answer.responses[0].errorCode, 'NONE')
}

/** A setting that was changed reaches a broker a moment later. */
async function eventuallyDone(ask) {
  for (let tries = 0; ; tries++) {
    const answer = await ask()
    if (answer.errorCode === 0 || tries === 100) return answer
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

async function copier(kit) {
  const [from, to] = [await kit.topic(1), await kit.topic(1)]
  const values = Array.from({ length: 300 }, (_, i) => `${i}`)
  await kit.produce(from, `${values.join('\n')}\n`)
  const args = [
    '--broker-list',
    kit.broker.bootstrap,
    '--transactional-id',
    kit.name('copier'),
    '--consumer-group',
    kit.name('g'),
  ]
  const which = ['--input-topic', from, '--input-partition', '0', '--output-topic', to]
  const how = ['--transaction-size', '20', '--max-messages', '300', '--enable-random-aborts']
  await kit.java.tool('messageCopier', [...args, ...which, ...how], { timeoutMs: 120_000 })
  const read = await kit.consume(to, 300, '--from-beginning', '--isolation-level', 'read_committed')
  assert.deepEqual(read, values)
}
