// @platformatic/kafka behind the common checks. It speaks zstd only where Node does (22.15 and newer), and reads snappy
// only as it writes it: without the framing of snappy-java.
import * as platformatic from '@platformatic/kafka'

const { Admin, Consumer, ListOffsetTimestamps, MessagesStreamFallbackModes, MessagesStreamModes, Producer } =
  platformatic
const canZstd = platformatic.compressionsAlgorithms.zstd.available

export async function open(bootstrap) {
  return new Platformatic({
    clientId: 'compat',
    bootstrapBrokers: [bootstrap],
    retries: 3,
    retryDelay: 100,
    timeout: 10_000,
  })
}

class Platformatic {
  codecs = ['none', 'gzip', 'snappy', 'lz4', ...(canZstd ? ['zstd'] : [])]
  idempotent = true
  errors = {
    topicExists: /TOPIC_ALREADY_EXISTS/,
    invalidTopic: /INVALID_TOPIC_EXCEPTION/,
    invalidConfig: /INVALID_CONFIG/,
    unknownTopic: /UNKNOWN_TOPIC_OR_PARTITION/,
    invalidPartitions: /INVALID_PARTITIONS/,
    tooLarge: /MESSAGE_TOO_LARGE/,
    invalidRecord: /INVALID_RECORD/,
  }
  #groups = 0
  #producers = new Map()

  constructor(base) {
    this.base = base
    this.admin = new Admin(base)
  }

  errorText(cause) {
    const all = [cause, ...(cause.errors ?? [])].flatMap(each => [each, ...(each.errors ?? [])])
    return all.map(each => `${each.apiId} ${each.apiCode} ${each.message} ${each.cause ? this.errorText(each.cause) : ''}`).join(' ') // biome-ignore format: one thought
  }

  async produce(topic, records, { codec = 'none', idempotent = false, create = false }) {
    if (!this.#producers.has(idempotent))
      this.#producers.set(idempotent, new Producer({ ...this.base, idempotent, acks: -1 }))
    const messages = records.map(({ headers, timestamp, key, value, partition }) => ({
      topic,
      partition,
      timestamp: BigInt(timestamp),
      key: key ?? undefined,
      value: value ?? undefined,
      headers: new Map(headers.map(([name, each]) => [Buffer.from(name), each])),
    }))
    await this.#producers.get(idempotent).send({ messages, compression: codec, autocreateTopics: create })
  }

  async read(topic, partition, from, count) {
    const consumer = new Consumer({
      ...this.base,
      groupId: `${topic}-reader-${++this.#groups}-${process.pid}`,
      maxWaitTime: 100,
    })
    const got = []
    try {
      const offsets = [{ topic, partition, offset: BigInt(from) }]
      const stream = await consumer.consume({
        topics: [topic],
        mode: MessagesStreamModes.MANUAL,
        offsets,
        autocommit: false,
      })
      const timer = setTimeout(
        () => stream.destroy(new Error(`${topic}: ${got.length} of ${count} records came`)),
        20_000,
      )
      for await (const message of stream) {
        got.push({ ...message, headers: [...message.headers].map(([name, value]) => [name.toString(), value]) })
        if (got.length >= count) break
      }
      clearTimeout(timer)
    } finally {
      await consumer.close(true)
    }
    return got.map(({ key, value, ...rest }) => ({ ...rest, key: key ?? null, value: value ?? null }))
  }

  async member(groupId, topic, { instanceId }) {
    const named = instanceId ? { groupInstanceId: instanceId } : {}
    const consumer = new Consumer({
      ...this.base,
      groupId,
      sessionTimeout: 6000,
      rebalanceTimeout: 6000,
      heartbeatInterval: 200,
      maxWaitTime: 100,
      metadataMaxAge: 500,
      ...named,
    })
    const got = []
    const last = new Map()
    const modes = { mode: MessagesStreamModes.COMMITTED, fallbackMode: MessagesStreamFallbackModes.EARLIEST }
    const stream = await consumer.consume({ topics: [topic], autocommit: 100, ...modes })
    stream.on('data', message => {
      got.push(message.value.toString())
      last.set(message.partition, message.offset)
    })
    stream.on('error', cause => {
      if (!closed) console.error(cause)
    })
    let closed = false
    return {
      got,
      owned: () =>
        new Set(
          closed
            ? []
            : (consumer.assignments ?? []).flatMap(each =>
                each.partitions.map(partition => `${each.topic}-${partition}`),
              ),
        ),
      commit: () => consumer.commit({ offsets: [...last].map(([partition, offset]) => ({ topic, partition, offset: offset + 1n, leaderEpoch: 0 })) }), // biome-ignore format: one thought
      close: async () => {
        if (closed) return
        closed = true
        await stream.close()
        await consumer.close(true)
      },
    }
  }

  async createTopic(topic, partitions, configs) {
    const entries = Object.entries(configs).map(([name, value]) => ({ name, value }))
    await this.admin.createTopics({ topics: [topic], partitions, replicas: 1, configs: entries })
  }
  deleteTopic(topic) {
    return this.admin.deleteTopics({ topics: [topic] })
  }
  listTopics() {
    return this.admin.listTopics()
  }
  async partitionCount(topic) {
    return (await this.admin.metadata({ topics: [topic], forceUpdate: true })).topics.get(topic).partitionsCount
  }
  grow(topic, count) {
    return this.admin.createPartitions({ topics: [{ name: topic, count }] })
  }
  async topicConfig(topic) {
    const [{ configs }] = await this.admin.describeConfigs({ resources: [{ resourceType: 2, resourceName: topic }] })
    return new Map(configs.map(({ name, value }) => [name, value]))
  }
  setTopicConfig(topic, name, value) {
    return this.admin.incrementalAlterConfigs({
      resources: [{ resourceType: 2, resourceName: topic, configs: [{ name, value, configOperation: 0 }] }],
    })
  }
  async #ask(topic, partition, timestamp) {
    const [found] = await this.admin.listOffsets({
      topics: [{ name: topic, partitions: [{ partitionIndex: partition, timestamp }] }],
    })
    return Number(found.partitions[0].offset)
  }
  async offsets(topic, partition) {
    return {
      low: await this.#ask(topic, partition, ListOffsetTimestamps.EARLIEST),
      high: await this.#ask(topic, partition, ListOffsetTimestamps.LATEST),
    }
  }
  offsetAt(topic, partition, timestamp) {
    return this.#ask(topic, partition, BigInt(timestamp))
  }
  async describeGroup(group) {
    const found = (await this.admin.describeGroups({ groups: [group] })).get(group)
    return { state: found.state, members: found.members.size }
  }
  async listGroups() {
    return [...(await this.admin.listGroups()).keys()]
  }
  deleteGroup(group) {
    return this.admin.deleteGroups({ groups: [group] })
  }

  async close() {
    for (const producer of this.#producers.values()) await producer.close()
    await this.admin.close()
  }
}
