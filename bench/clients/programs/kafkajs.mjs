// kafkajs: `send` with an array for a batch, `eachBatch` to read. Both are what its documentation calls fast.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { inWindow, recordsOf } from './in-window.mjs'

let groups = 0

export function open({ packages, bootstrap, topic, batchBytes }) {
  const { Kafka, Partitioners, logLevel } = createRequire(join(packages, 'load.js'))('kafkajs')
  const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.ERROR })
  return {
    async producer() {
      const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
      await producer.connect()
      const sendAll = messages => producer.send({ topic, acks: 1, messages })
      return {
        produce: (value, count) =>
          inWindow(count, recordsOf(batchBytes, value.length), size =>
            sendAll(Array.from({ length: size }, () => ({ value, partition: 0 }))),
          ),
        send: value => sendAll([{ value, partition: 0 }]),
        close: () => producer.disconnect(),
      }
    },
    async consume(reading, { stays = false } = {}) {
      const consumer = kafka.consumer({ groupId: `kafkajs-${process.pid}-${groups++}` })
      await consumer.connect()
      await consumer.subscribe({ topic, fromBeginning: true })
      const eachBatch = async ({ batch: { messages } }) => {
        let bytes = 0
        for (const { value } of messages) bytes += value.length
        reading.add(messages.length, bytes)
      }
      await consumer.run({ autoCommit: false, eachBatch })
      await reading.done
      if (!stays) await consumer.disconnect()
    },
  }
}
