// A broker of its own whose settings are changed while it runs: which ones may be, that they show as set, and that they are obeyed
// without a restart.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { startKafka } from '../kafka-target.mjs'
import { startMillrace } from '../millrace-target.mjs'
import { pause } from '../ready.mjs'
import { api, batches, errorName, Wire } from '../wire.mjs'
import { batchOf, isError, WireKit } from './wire-kit.mjs'

const ownSettings = {
  'log.initial.task.delay.ms': 100,
  'log.retention.check.interval.ms': 300,
  'producer.id.expiration.check.interval.ms': 300,
}

/** As Kafka 4.3.0 says it of itself. */
const { updateModes } = JSON.parse(
  gunzipSync(readFileSync(new URL('../../config/testdata/kafka-settings.json.gz', import.meta.url))),
)

/**
 * By name: another value than the one that holds, where one less or the other boolean will not do. More threads, not fewer: with a
 * network thread Kafka ends its connections.
 */
const values = {
  'background.threads': '11',
  'compression.type': 'gzip',
  'compression.gzip.level': '5',
  'compression.lz4.level': '5',
  'compression.zstd.level': '5',
  'log.cleaner.io.buffer.load.factor': '0.8',
  'log.cleaner.io.max.bytes.per.second': '1234567.5',
  'log.cleaner.min.cleanable.ratio': '0.6',
  'log.cleaner.min.compaction.lag.ms': '1000',
  'log.cleaner.threads': '2',
  'log.cleanup.policy': 'compact',
  'log.flush.interval.ms': '7000',
  'log.message.timestamp.type': 'LogAppendTime',
  'log.retention.bytes': '123456789',
  'log.retention.ms': '86400000',
  'log.roll.jitter.ms': '1000',
  'log.roll.ms': '86400000',
  'max.connections.per.ip.overrides': '127.0.0.9:5',
  'metric.reporters': '',
  'num.io.threads': '9',
  'num.network.threads': '4',
  'num.recovery.threads.per.data.dir': '3',
  'num.replica.fetchers': '2',
}

/**
 * Not set here: names of classes, what is bound to other settings, and min.insync.replicas, which a broker may not have of its own
 * with eligible leader replicas (and which cannot be more than the replicas that there are: one).
 */
const left = new Set(['config.providers', 'log.local.retention.bytes', 'log.local.retention.ms', 'min.insync.replicas'])

/** Which of these our broker refuses, and says why: `broker/config/settings`. */
const refusedByOurs = new Set(['max.connection.creation.rate'])

const ofListeners = ['keystore.type', 'keystore.location', 'keystore.password', 'keystore.key', 'keystore.certificate.chain', 'key.password', 'truststore.type', 'truststore.location', 'truststore.password', 'truststore.certificates'] // biome-ignore format: one thought

const threadCounts = ['num.io.threads', 'num.network.threads', 'num.replica.fetchers', 'num.recovery.threads.per.data.dir', 'background.threads', 'log.cleaner.threads'] // biome-ignore format: one thought

const brokerResource = 4
const operations = { set: 0, delete: 1 }
const sources = { broker: 2, cluster: 3 }

export const dynamicSettings = {
  name: 'dynamic',
  needs: ['java'],
  async run({ target, report, tools, settings }) {
    if (!report.wantsSuite('dynamic')) return
    const options = { settings: { ...settings, ...ownSettings } }
    const { jars } = await tools.java
    const broker = target === 'kafka' ? await startKafka({ ...options, jars }) : await startMillrace(options)
    const kit = new WireKit(broker, 'dynamic')
    const check = (name, body) =>
      report.check(`dynamic/${name}`, () => kit.connected(wire => body(new Settings(wire, target), kit, wire)))
    try {
      await check('the settings that may change are those of Kafka', names)
      await check('each shows as set, for the cluster and for one broker, and is gone when deleted', each)
      await check('what may not change is refused', readOnly)
      await check('keys and certificates can be set for a listener only', listenersOnly)
      await check('thread counts at most double and halve', threads)
      for (const [name, body] of Object.entries(effects)) await check(`${name} is obeyed`, body)
    } finally {
      await broker.kill()
    }
  },
}

/** The settings of the broker, over one connection. */
class Settings {
  constructor(wire, target) {
    Object.assign(this, { wire, target })
  }

  /** By name, as the broker describes itself. */
  async describe() {
    const resources = [{ resourceType: brokerResource, resourceName: '1', configurationKeys: null }]
    const { results } = await this.wire.send(api.describeConfigs, 4, { resources })
    isError(results[0].errorCode, 'NONE')
    return new Map(results[0].configs.map(config => [config.name, config]))
  }

  /** `where`: '1', or '' for the cluster. A null value deletes. Answers the error's name. */
  async alter(where, changes) {
    const configs = Object.entries(changes).map(([name, value]) => {
      return { name, value, configOperation: value === null ? operations.delete : operations.set }
    })
    const resources = [{ resourceType: brokerResource, resourceName: where, configs }]
    const { responses } = await this.wire.send(api.incrementalAlterConfigs, 1, { resources, validateOnly: false })
    return { error: errorName(responses[0].errorCode), message: responses[0].errorMessage }
  }

  async set(where, changes) {
    const { error, message } = await this.alter(where, changes)
    assert.equal(error, 'NONE', `${Object.keys(changes)}: ${message}`)
  }

  /** Runs the body while cluster-wide settings hold. */
  async during(changes, body) {
    await this.set('', changes)
    try {
      await eventually(async () => {
        const described = await this.describe()
        for (const [name, value] of Object.entries(changes)) assert.equal(described.get(name).value, value)
      })
      await body()
    } finally {
      await this.set('', Object.fromEntries(Object.keys(changes).map(name => [name, null])))
    }
  }

  /** Whether the target refuses it where Kafka does not. */
  refuses(name) {
    return this.target !== 'kafka' && refusedByOurs.has(name)
  }
}

/** Tries again until the body no longer throws. */
async function eventually(body, triesMax = 200) {
  for (let tries = 1; ; tries++) {
    try {
      return await body()
    } catch (cause) {
      if (tries >= triesMax) throw cause
      await pause(50)
    }
  }
}

async function names(settings) {
  const described = [...(await settings.describe()).values()].filter(({ readOnly }) => !readOnly)
  const names = described.map(({ name }) => name).sort()
  const known = new Set((await settings.describe()).keys())
  assert.deepEqual(names, Object.keys(updateModes).filter(name => known.has(name)).sort()) // biome-ignore format: one thought
  assert.ok(names.length > 90, `${names.length} settings`)
}

/** Another value than the one that holds, for each setting that can be set for the whole cluster. */
async function otherValues(settings) {
  const others = {}
  for (const [name, { value, configType }] of await settings.describe()) {
    if (updateModes[name] !== 'cluster-wide' || left.has(name)) continue
    const isBoolean = value === 'true' || value === 'false'
    const less = () => String(BigInt(value) - 1n)
    others[name] = values[name] ?? (isBoolean ? String(value !== 'true') : less())
    assert.notEqual(others[name], value, `${name} of type ${configType}`)
  }
  return others
}

async function each(settings) {
  const others = await otherValues(settings)
  const before = await settings.describe()
  const shown = async (source, changes) => {
    const described = await settings.describe()
    for (const [name, value] of Object.entries(changes)) {
      const { value: is, configSource } = described.get(name)
      assert.deepEqual([name, is, configSource], [name, value, source])
    }
  }
  for (const [place, where] of Object.entries({ cluster: '', broker: '1' })) {
    for (const name of Object.keys(others)) {
      if (!settings.refuses(name)) continue
      assert.equal((await settings.alter(where, { [name]: others[name] })).error, 'INVALID_REQUEST', name)
      delete others[name]
    }
    await settings.set(where, others)
    await eventually(() => shown(sources[place], others))
  }
  for (const where of ['1', ''])
    await settings.set(where, Object.fromEntries(Object.keys(others).map(name => [name, null])))
  await eventually(async () => {
    const described = await settings.describe()
    for (const name of Object.keys(others)) {
      assert.deepEqual([name, described.get(name).value], [name, before.get(name).value])
    }
  })
}

async function readOnly(settings) {
  const fixed = [...(await settings.describe()).values()].filter(({ readOnly }) => readOnly)
  assert.ok(fixed.length > 200, `${fixed.length} settings`)
  for (const { name, value } of fixed) {
    for (const where of ['1', '']) {
      const { error } = await settings.alter(where, { [name]: value ?? '1' })
      assert.deepEqual([name, error], [name, 'INVALID_REQUEST'])
    }
  }
}

async function listenersOnly(settings) {
  for (const name of ofListeners) {
    const { error } = await settings.alter('1', { [`ssl.${name}`]: name.endsWith('type') ? 'JKS' : 'x' })
    assert.deepEqual([name, error], [name, 'INVALID_REQUEST'])
  }
}

async function threads(settings) {
  const described = await settings.describe()
  for (const name of threadCounts) {
    const current = Number(described.get(name).value)
    const error = async count => (await settings.alter('', { [name]: String(count) })).error
    assert.deepEqual([name, await error(current * 2 + 1)], [name, 'INVALID_REQUEST'])
    assert.deepEqual([name, await error(current * 2)], [name, 'NONE'])
    await eventually(async () => assert.equal((await settings.describe()).get(name).value, String(current * 2)))
    await settings.set('', { [name]: null })
    await eventually(async () => assert.equal((await settings.describe()).get(name).value, String(current)))
    const third = Math.floor(current / 2) - 1
    if (third > 0) assert.deepEqual([name, await error(third)], [name, 'INVALID_REQUEST'])
  }
}

const produceError = async (kit, wire, topic, bytes, options) =>
  errorName((await kit.produce(wire, topic, bytes, options)).errorCode)

async function earliest(wire, topic) {
  const partitions = [{ partitionIndex: 0, timestamp: -2 }]
  const answer = await wire.send(api.listOffsets, 7, { replicaId: -1, topics: [{ name: topic.name, partitions }] })
  return Number(answer.topics[0].partitions[0].offset)
}

/** A batch of that many bytes, and some. */
const batchOfBytes = bytes => batchOf(1, {}, 'v'.repeat(bytes))

const effects = {
  async 'message.max.bytes'(settings, kit, wire) {
    const topic = await kit.topic(wire)
    await settings.during({ 'message.max.bytes': '1000' }, () =>
      eventually(async () =>
        assert.equal(await produceError(kit, wire, topic, batchOfBytes(2000)), 'MESSAGE_TOO_LARGE'),
      ),
    )
    await eventually(async () => assert.equal(await produceError(kit, wire, topic, batchOfBytes(2000)), 'NONE'))
  },

  async 'log.message.timestamp.type'(settings, kit, wire) {
    const topic = await kit.topic(wire)
    const time = async () => Number((await kit.produce(wire, topic, batchOf(1))).logAppendTimeMs)
    assert.equal(await time(), -1)
    await settings.during({ 'log.message.timestamp.type': 'LogAppendTime' }, () =>
      eventually(async () => assert.ok((await time()) > 0)),
    )
  },

  async 'compression.type'(settings, kit, wire) {
    const topic = await kit.topic(wire)
    await settings.during({ 'compression.type': 'gzip' }, () =>
      eventually(async () => {
        const { baseOffset } = await kit.produce(wire, topic, batchOf(1))
        const [batch] = [...batches((await kit.fetch(wire, topic, baseOffset)).records)]
        assert.equal(batch.readInt16BE(21) & 7, 1)
      }),
    )
  },

  async 'log.segment.bytes, and log.retention.bytes,'(settings, kit, wire) {
    const topic = await kit.topic(wire)
    await settings.during({ 'log.segment.bytes': '1048576', 'log.retention.bytes': '1048576' }, async () => {
      for (let count = 0; count < 6; count++) isError((await kit.produce(wire, topic, batchOfBytes(600_000))).errorCode, 'NONE') // biome-ignore format: one thought
      await eventually(async () => assert.ok((await earliest(wire, topic)) > 0))
    })
  },

  async 'log.retention.ms'(settings, kit, wire) {
    const topic = await kit.topic(wire)
    await kit.produce(wire, topic, batchOf(5))
    await settings.during({ 'log.retention.ms': '1000' }, () =>
      eventually(async () => assert.equal(await earliest(wire, topic), 5)),
    )
  },

  async 'max.connections.per.ip'(settings, kit, wire) {
    const second = await Wire.open(kit.broker)
    await settings.during({ 'max.connections.per.ip': '2' }, async () => {
      await eventually(async () => {
        const third = await Wire.open(kit.broker)
        const answered = third.send(api.apiVersions, 0, {}).then(() => true, () => false) // biome-ignore format: one thought
        const isServed = await answered
        third.close()
        assert.equal(isServed, false)
      })
      await wire.send(api.apiVersions, 0, {})
      await second.send(api.apiVersions, 0, {})
    })
    second.close()
  },

  async 'transaction.partition.verification.enable'(settings, kit, wire) {
    const topic = await kit.topic(wire)
    await kit.coordinator(wire, 1)
    const produced = async () => {
      const transactionalId = kit.name('id')
      const producer = await kit.initProducer(wire, transactionalId)
      const bytes = batchOf(1, { ...producer, baseSequence: 0, transactional: true })
      // A client that must have added the partition, and has not.
      return produceError(kit, wire, topic, bytes, { transactionalId, version: 11 })
    }
    assert.equal(await produced(), 'TRANSACTION_ABORTABLE')
    await settings.during({ 'transaction.partition.verification.enable': 'false' }, () =>
      eventually(async () => assert.equal(await produced(), 'NONE')),
    )
    await eventually(async () => assert.equal(await produced(), 'TRANSACTION_ABORTABLE'))
  },

  async 'producer.id.expiration.ms'(settings, kit, wire) {
    const topic = await kit.topic(wire)
    const { producerId, producerEpoch } = await wire.send(api.initProducerId, 5, { transactionalId: null, transactionTimeoutMs: 60_000 }) // biome-ignore format: one thought
    isError((await kit.produce(wire, topic, batchOf(1, { producerId, producerEpoch, baseSequence: 0 }))).errorCode, 'NONE') // biome-ignore format: one thought
    const producers = async () => {
      const topics = [{ name: topic.name, partitionIndexes: [0] }]
      return (await wire.send(api.describeProducers, 0, { topics })).topics[0].partitions[0].activeProducers.length
    }
    assert.equal(await producers(), 1)
    await settings.during({ 'producer.id.expiration.ms': '1' }, () =>
      eventually(async () => assert.equal(await producers(), 0)),
    )
  },
}
