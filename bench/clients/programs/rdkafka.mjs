// node-rdkafka: the "standard API", which its documentation calls the more performant one, and its callback for many messages.
import { createRequire } from 'node:module'
import { join } from 'node:path'

const queueFull = -184
const fetchBytes = 1_048_576
const messagesAtOnce = 1000
const flushMsMax = 120_000
let groups = 0

const called = run =>
  new Promise((resolve, reject) => run((error, result) => (error ? reject(error) : resolve(result))))

export function open({ packages, bootstrap, topic, batchBytes }) {
  const rdkafka = createRequire(join(packages, 'load.js'))('node-rdkafka')
  return {
    async producer({ lingerMs, forOne }) {
      const settings = { 'bootstrap.servers': bootstrap, 'batch.size': batchBytes, 'linger.ms': lingerMs }
      const Producer = forOne ? rdkafka.HighLevelProducer : rdkafka.Producer
      const producer = new Producer(settings, { acks: 1 })
      await called(done => producer.connect({}, done))
      return {
        /** Its queue is the window: when that is full, wait a little. */
        async produce(value, count) {
          for (let sent = 0; sent < count; ) {
            try {
              producer.produce(topic, 0, value)
              sent++
            } catch (error) {
              if (error.code !== queueFull) throw error
              producer.poll()
              await new Promise(resolve => setTimeout(resolve, 1))
            }
          }
          await called(done => producer.flush(flushMsMax, done))
        },
        send: value => called(done => producer.produce(topic, 0, value, null, null, done)),
        close: () => called(done => producer.disconnect(done)),
      }
    },
    async consume(reading, { stays = false } = {}) {
      const group = `rdkafka-${process.pid}-${groups++}`
      const settings = { 'bootstrap.servers': bootstrap, 'group.id': group, 'enable.auto.commit': false, 'fetch.message.max.bytes': fetchBytes } // biome-ignore format: one thought
      const consumer = new rdkafka.KafkaConsumer(settings, { 'auto.offset.reset': 'earliest' })
      await called(done => consumer.connect({}, done))
      consumer.subscribe([topic])
      for (let isDone = false; !isDone || stays; ) {
        const messages = await called(done => consumer.consume(messagesAtOnce, done))
        let bytes = 0
        for (const { value } of messages) bytes += value.length
        isDone = reading.add(messages.length, bytes)
      }
      await called(done => consumer.disconnect(done))
    },
  }
}
