// kafkajs behind the common checks. It brings gzip along; the other codecs are plugged in as its documentation says.
import { init as initZstd, compress as zstdCompress, decompress as zstdDecompress } from '@bokuweb/zstd-wasm'
import kafkajs from 'kafkajs'
import snappy from 'kafkajs-snappy'
import { compressFrame, decompressFrame } from 'lz4-napi'

const { CompressionCodecs, CompressionTypes, ConfigResourceTypes, Kafka, logLevel } = kafkajs
CompressionCodecs[CompressionTypes.Snappy] = snappy
CompressionCodecs[CompressionTypes.LZ4] = () => ({
  compress: encoder => compressFrame(encoder.buffer),
  decompress: buffer => decompressFrame(buffer),
})
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: async encoder => Buffer.from(zstdCompress(encoder.buffer)),
  decompress: async buffer => Buffer.from(zstdDecompress(buffer)),
})

const codecs = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
}

export async function open(bootstrap) {
  await initZstd()
  const kafka = new Kafka({
    brokers: [bootstrap],
    logLevel: logLevel.NOTHING,
    retry: { retries: 5, initialRetryTime: 100 },
  })
  const admin = kafka.admin()
  await admin.connect()
  const producers = new Map()
  return new KafkaJs(kafka, admin, producers)
}

class KafkaJs {
  codecs = Object.keys(codecs)
  idempotent = true
  errors = {
    topicExists: /TOPIC_ALREADY_EXISTS/,
    invalidTopic: /INVALID_TOPIC_EXCEPTION/,
    invalidConfig: /INVALID_CONFIG/,
    unknownTopic: /UNKNOWN_TOPIC_OR_PARTITION/,
    invalidPartitions: /INVALID_PARTITIONS/,
    tooLarge: /MESSAGE_TOO_LARGE/,
    invalidRecord: /INVALID_RECORD|code: 87/,
  }
  #groups = 0

  constructor(kafka, admin, producers) {
    Object.assign(this, { kafka, admin, producers })
  }

  errorText(cause) {
    const all = [cause, ...(cause.errors ?? [])]
    return all.map(each => `${each.type} code: ${each.code} ${each.message} ${each.cause?.type} code: ${each.cause?.code} ${each.cause?.message}`).join(' ') // biome-ignore format: one thought
  }

  async #producer(idempotent, create) {
    const name = `${idempotent}/${create}`
    if (!this.producers.has(name)) {
      const producer = this.kafka.producer({
        idempotent,
        allowAutoTopicCreation: create,
        createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      })
      await producer.connect()
      this.producers.set(name, producer)
    }
    return this.producers.get(name)
  }

  async produce(topic, records, { codec = 'none', idempotent = false, create = false }) {
    const messages = records.map(({ headers, timestamp, ...record }) => ({
      ...record,
      timestamp: String(timestamp),
      headers: grouped(headers),
    }))
    const producer = await this.#producer(idempotent, create)
    await producer.send({ topic, messages, compression: codecs[codec], acks: -1 })
  }

  /** One transaction with the records, and the offset for the group where one is given. */
  async transact(transactionalId, topic, records, { commit, group, offset }) {
    const producer = this.kafka.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1 })
    await producer.connect()
    try {
      const transaction = await producer.transaction()
      const messages = records.map(({ headers, timestamp, ...record }) => ({ ...record, timestamp: String(timestamp) }))
      await transaction.send({ topic, messages, acks: -1 })
      if (group !== undefined) {
        const topics = [{ topic, partitions: [{ partition: 0, offset: String(offset) }] }]
        await transaction.sendOffsets({ consumerGroupId: group, topics })
      }
      await (commit ? transaction.commit() : transaction.abort())
    } finally {
      await producer.disconnect()
    }
  }

  async groupOffset(groupId, topic) {
    const [{ partitions }] = await this.admin.fetchOffsets({ groupId, topics: [topic] })
    return Number(partitions.find(({ partition }) => partition === 0).offset)
  }

  async read(topic, partition, from, count) {
    const consumer = this.kafka.consumer({
      groupId: `${topic}-reader-${++this.#groups}-${process.pid}`,
      maxWaitTimeInMs: 100,
    })
    const got = []
    await consumer.connect()
    try {
      await consumer.subscribe({ topic, fromBeginning: true })
      await new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`${topic}: ${got.length} of ${count} records came`)), 20_000)
        const crashed = consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
        consumer.run({
          autoCommit: false,
          eachMessage: async ({ partition: at, message }) => {
            if (at !== partition || Number(message.offset) < from || got.length >= count) return
            got.push({ ...message, headers: pairs(message.headers) })
            if (got.length < count) return
            clearTimeout(timer)
            crashed()
            resolve()
          },
        })
        consumer.seek({ topic, partition, offset: String(from) })
      })
    } finally {
      await consumer.disconnect()
    }
    return got
  }

  async member(groupId, topic) {
    const consumer = this.kafka.consumer({
      groupId,
      sessionTimeout: 6000,
      heartbeatInterval: 200,
      maxWaitTimeInMs: 100,
      metadataMaxAge: 2000,
    })
    const member = { got: [], shares: new Set(), last: new Map() }
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      member.shares = new Set((payload.memberAssignment[topic] ?? []).map(partition => `${topic}-${partition}`))
    })
    consumer.on(consumer.events.REBALANCING, () => {
      member.shares = new Set()
    })
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({
      autoCommitInterval: 50,
      eachMessage: async ({ partition, message }) => {
        member.got.push(message.value.toString())
        member.last.set(partition, message.offset)
      },
    })
    return {
      got: member.got,
      owned: () => member.shares,
      commit: () => consumer.commitOffsets([...member.last].map(([partition, offset]) => ({ topic, partition, offset: String(Number(offset) + 1) }))), // biome-ignore format: one thought
      close: () => consumer.disconnect(),
    }
  }

  async createTopic(topic, numPartitions, configs) {
    const configEntries = Object.entries(configs).map(([name, value]) => ({ name, value }))
    const created = await this.admin.createTopics({
      waitForLeaders: false,
      topics: [{ topic, numPartitions, replicationFactor: 1, configEntries }],
    })
    if (!created) throw new Error('TOPIC_ALREADY_EXISTS') // kafkajs answers false for this error alone
  }
  deleteTopic(topic) {
    return this.admin.deleteTopics({ topics: [topic] })
  }
  listTopics() {
    return this.admin.listTopics()
  }
  async partitionCount(topic) {
    return (await this.admin.fetchTopicMetadata({ topics: [topic] })).topics[0].partitions.length
  }
  grow(topic, count) {
    return this.admin.createPartitions({ topicPartitions: [{ topic, count }] })
  }
  async topicConfig(topic) {
    const { resources } = await this.admin.describeConfigs({
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }],
      includeSynonyms: false,
    })
    return new Map(resources[0].configEntries.map(({ configName, configValue }) => [configName, configValue]))
  }
  setTopicConfig(topic, name, value) {
    return this.admin.alterConfigs({
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries: [{ name, value }] }],
    })
  }
  async offsets(topic, partition) {
    const found = (await this.admin.fetchTopicOffsets(topic)).find(each => each.partition === partition)
    return { low: Number(found.low), high: Number(found.high) }
  }
  async offsetAt(topic, partition, timestamp) {
    const found = await this.admin.fetchTopicOffsetsByTimestamp(topic, timestamp)
    return Number(found.find(each => each.partition === partition).offset)
  }
  async describeGroup(group) {
    const { groups } = await this.admin.describeGroups([group])
    return { state: groups[0].state, members: groups[0].members.length }
  }
  async listGroups() {
    return (await this.admin.listGroups()).groups.map(each => each.groupId)
  }
  deleteGroup(group) {
    return this.admin.deleteGroups([group])
  }

  async close() {
    for (const producer of this.producers.values()) await producer.disconnect()
    await this.admin.disconnect()
  }
}

const pairs = headers => Object.entries(headers ?? {}).flatMap(([name, value]) => [value].flat().map(each => [name, each])) // biome-ignore format: one thought

/** kafkajs takes several values of one header as an array. */
function grouped(headers) {
  const all = {}
  for (const [name, value] of headers) all[name] = name in all ? [all[name], value].flat() : value
  return all
}
