// Ours, imported as a user does: `sendBatch` with an encoder, and batches of views by cursor; the job may ask for a promise for each
// record instead, for a Buffer for each value, or for memory that is received into again.
import { Consumer, Producer } from 'millrace/client'
import { inWindow, recordsOf } from './in-window.mjs'

const batchesAtOnce = 8
/** `send` without awaiting it: how often the loop asks whether there is room. */
const sendsBetweenLooks = 1000
let groups = 0

export function open(job) {
  const { bootstrap, topic, batchBytes, eachAwaited = false, makesBuffers = false, reusesMemory = false } = job
  return {
    producer({ lingerMs }) {
      const producer = new Producer({ bootstrap, acks: 1, batchBytes, lingerMs })
      const many = (value, count) =>
        inWindow(count, batchesAtOnce * recordsOf(batchBytes, value.length), size => {
          const fill = record => {
            record.value = value
            record.partition = 0
          }
          return producer.sendBatch(topic, { count: size, fill })
        })
      const oneByOne = async (value, count) => {
        let acknowledged = 0
        let failure
        const onAcknowledged = () => {
          acknowledged++
        }
        const onFailed = error => {
          failure ??= error
        }
        for (let sent = 1; sent <= count; sent++) {
          producer.send(topic, { value, partition: 0 }).then(onAcknowledged, onFailed)
          if (sent % sendsBetweenLooks === 0) await producer.room()
        }
        await producer.flush()
        await null // the last promises
        if (failure) throw failure
        if (acknowledged !== count) throw new Error(`${acknowledged} of ${count} records were acknowledged`)
      }
      return {
        produce: eachAwaited ? oneByOne : many,
        send: value => producer.send(topic, { value, partition: 0 }),
        close: () => producer.close(),
      }
    },
    async consume(reading, { stays = false } = {}) {
      const group = `millrace-${process.pid}-${groups++}`
      const consumer = new Consumer({ bootstrap, group, topics: [topic], resetPolicy: 'earliest', autoCommit: false, reusesMemory }) // biome-ignore format: one thought
      for await (const batch of consumer) {
        const cursor = batch.cursor()
        let records = 0
        let bytes = 0
        while (cursor.next()) {
          records++
          bytes += makesBuffers ? cursor.value.length : cursor.valueEnd - cursor.valueStart
        }
        if (reading.add(records, bytes) && !stays) break
      }
      await consumer.close()
    },
  }
}
