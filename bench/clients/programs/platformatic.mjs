// @platformatic/kafka: `send` with an array for a batch, the stream's events to read.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { inWindow, recordsOf } from './in-window.mjs'

let groups = 0

export async function open({ packages, bootstrap, topic, batchBytes }) {
  const main = join(packages, '@platformatic/kafka/dist/index.js')
  const { Consumer, MessagesStreamModes, Producer } = await import(pathToFileURL(main).href)
  const base = { clientId: 'bench', bootstrapBrokers: [bootstrap] }
  return {
    producer() {
      const producer = new Producer({ ...base, acks: 1 })
      return {
        produce: (value, count) =>
          inWindow(count, recordsOf(batchBytes, value.length), size =>
            producer.send({ messages: Array.from({ length: size }, () => ({ topic, partition: 0, value })) }),
          ),
        send: value => producer.send({ messages: [{ topic, partition: 0, value }] }),
        close: () => producer.close(),
      }
    },
    async consume(reading, { stays = false } = {}) {
      const consumer = new Consumer({ ...base, groupId: `platformatic-${process.pid}-${groups++}` })
      const mode = MessagesStreamModes.EARLIEST
      const stream = await consumer.consume({ topics: [topic], mode, autocommit: false })
      stream.on('error', reading.fail)
      stream.on('data', ({ value }) => reading.add(1, value.length))
      await reading.done
      if (!stays) await consumer.close(true)
    },
  }
}
