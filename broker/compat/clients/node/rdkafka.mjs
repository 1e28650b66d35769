// node-rdkafka (librdkafka) behind the common checks.
import rdkafka from 'node-rdkafka'

const { AdminClient, KafkaConsumer, Producer } = rdkafka
export const codecs = ['none', 'gzip', 'snappy', 'lz4', ...(rdkafka.features.includes('zstd') ? ['zstd'] : [])]

export async function open(bootstrap) {
  return new RdKafka(bootstrap)
}

const called = body => new Promise((resolve, reject) => body((cause, value) => (cause ? reject(cause) : resolve(value)))) // biome-ignore format: one thought

class RdKafka {
  codecs = codecs
  idempotent = true
  staticMembers = true
  cooperative = true
  newGroups = true
  /** Its binding takes the value of a header for a text that ends at the first NUL. */
  binaryHeaders = false
  errors = {
    topicExists: /code: 36 /,
    invalidTopic: /code: 17 /,
    invalidConfig: /code: 40 /,
    unknownTopic: /code: 3 /,
    invalidPartitions: /code: 37 /,
    tooLarge: /message size too large/,
    invalidRecord: /failed to validate record/,
  }
  #producers = new Map()

  constructor(bootstrap) {
    this.common = { 'bootstrap.servers': bootstrap, 'topic.metadata.refresh.interval.ms': 2000 }
    this.admin = AdminClient.create(this.common)
  }

  errorText(cause) {
    return `code: ${cause.code} ${cause.message}`
  }

  async #producer(codec, idempotent) {
    const name = `${codec}/${idempotent}`
    if (!this.#producers.has(name)) {
      const producer = new Producer(
        {
          ...this.common,
          dr_cb: true,
          'compression.codec': codec,
          'enable.idempotence': idempotent,
          'linger.ms': 50,
          'message.timeout.ms': 20_000,
        },
        { acks: -1 },
      )
      await called(done => producer.connect({}, done))
      producer.setPollInterval(20)
      this.#producers.set(name, producer)
    }
    return this.#producers.get(name)
  }

  async produce(topic, records, { codec = 'none', idempotent = false }) {
    const producer = await this.#producer(codec, idempotent)
    let left = records.length
    let failure
    await new Promise(resolve => {
      const report = cause => {
        failure ??= cause
        if (--left > 0) return
        producer.off('delivery-report', report)
        resolve()
      }
      producer.on('delivery-report', report)
      for (const { partition, key, value, timestamp, headers } of records) {
        producer.produce(
          topic,
          partition,
          value,
          key,
          timestamp,
          null,
          headers.map(([name, each]) => ({ [name]: each })),
        )
      }
    })
    if (failure) throw failure
  }

  async #consumer(group, more) {
    const consumer = new KafkaConsumer(
      { ...this.common, 'group.id': group, 'enable.auto.commit': false, 'fetch.wait.max.ms': 100, ...more },
      { 'auto.offset.reset': 'earliest' },
    )
    await called(done => consumer.connect({}, done))
    consumer.setDefaultConsumeTimeout(100)
    return consumer
  }

  async read(topic, partition, from, count) {
    const consumer = await this.#consumer(`${topic}-reader`, {})
    const got = []
    try {
      consumer.assign([{ topic, partition, offset: from }])
      const until = Date.now() + 20_000
      while (got.length < count) {
        if (Date.now() > until) throw new Error(`${topic}: ${got.length} of ${count} records came`)
        for (const message of await called(done => consumer.consume(count - got.length, done))) {
          got.push({ ...message, headers: (message.headers ?? []).flatMap(each => Object.entries(each)) })
        }
      }
    } finally {
      await called(done => consumer.disconnect(done))
    }
    return got
  }

  async member(group, topic, { instanceId, cooperative, isNew }) {
    const classic = { 'session.timeout.ms': 6000, 'heartbeat.interval.ms': 200 }
    const more = { ...(isNew ? { 'group.protocol': 'consumer' } : classic), rebalance_cb: true }
    if (instanceId) more['group.instance.id'] = instanceId
    if (cooperative) more['partition.assignment.strategy'] = 'cooperative-sticky'
    const consumer = await this.#consumer(group, more)
    const got = []
    let stopped = false
    consumer.subscribe([topic])
    const poll = async () => {
      while (!stopped)
        for (const message of await called(done => consumer.consume(100, done))) got.push(message.value.toString())
    }
    const polling = poll()
    return {
      got,
      owned: () => new Set(stopped ? [] : consumer.assignments().map(each => `${each.topic}-${each.partition}`)),
      commit: async () => consumer.commitSync(null),
      close: async () => {
        if (stopped) return
        try {
          consumer.commitSync(null)
        } catch {} // nothing to commit
        stopped = true
        await polling
        await called(done => consumer.disconnect(done))
      },
    }
  }

  createTopic(topic, num_partitions, config) {
    return called(done => this.admin.createTopic({ topic, num_partitions, replication_factor: 1, config }, done))
  }
  deleteTopic(topic) {
    return called(done => this.admin.deleteTopic(topic, done))
  }
  grow(topic, count) {
    return called(done => this.admin.createPartitions(topic, count, done))
  }
  async #metadata(topic) {
    const producer = await this.#producer('none', false)
    return called(done => producer.getMetadata({ topic, timeout: 10_000 }, done))
  }
  async listTopics() {
    return (await this.#metadata()).topics.map(each => each.name)
  }
  async partitionCount(topic) {
    return (await this.#metadata(topic)).topics.find(each => each.name === topic).partitions.length
  }
  async offsets(topic, partition) {
    const producer = await this.#producer('none', false)
    const { lowOffset, highOffset } = await called(done =>
      producer.queryWatermarkOffsets(topic, partition, 10_000, done),
    )
    return { low: lowOffset, high: highOffset }
  }
  async offsetAt(topic, partition, timestamp) {
    const consumer = await this.#consumer(`${topic}-times`, {})
    try {
      const [found] = await called(done =>
        consumer.offsetsForTimes([{ topic, partition, offset: timestamp }], 10_000, done),
      )
      return found.offset
    } finally {
      await called(done => consumer.disconnect(done))
    }
  }

  async close() {
    for (const producer of this.#producers.values()) await called(done => producer.disconnect(done))
    this.admin.disconnect()
  }
}
