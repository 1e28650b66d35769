// Load by librdkafka through node-rdkafka, the C client that most languages build on.
// node rdkafka-load.mjs FOLDER produce|consume BOOTSTRAP TOPIC RECORDS RECORD_BYTES
// FOLDER is where the compatibility run has compiled node-rdkafka. Prints one line: records, seconds from the first to the last.
import { randomFillSync } from 'node:crypto'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const [folder, direction, bootstrap, topic, ...numbers] = process.argv.slice(2)
const [records, recordBytes] = numbers.map(Number)
const { KafkaConsumer, Producer } = createRequire(join(folder, 'load.js'))('node-rdkafka')
const batchBytes = 131_072
const queueFull = -184
const connected = client =>
  new Promise((resolve, reject) => client.connect({}, error => (error ? reject(error) : resolve())))

/** As fast as librdkafka takes them. */
async function produce() {
  const producer = new Producer(
    { 'bootstrap.servers': bootstrap, 'batch.size': batchBytes, 'linger.ms': 5 },
    { acks: 1 },
  )
  await connected(producer)
  const value = randomFillSync(Buffer.alloc(recordBytes))
  const startedMs = performance.now()
  for (let sent = 0; sent < records; ) {
    try {
      producer.produce(topic, 0, value)
      sent++
    } catch (error) {
      if (error.code !== queueFull) throw error
      producer.poll()
      await new Promise(resolve => setTimeout(resolve, 1))
    }
  }
  await new Promise((resolve, reject) => producer.flush(120_000, error => (error ? reject(error) : resolve())))
  return (performance.now() - startedMs) / 1000
}

async function consume() {
  const settings = { 'bootstrap.servers': bootstrap, 'group.id': `load-${process.pid}`, 'enable.auto.commit': false, 'fetch.message.max.bytes': 1048576 } // biome-ignore format: one thought
  const consumer = new KafkaConsumer(settings, { 'auto.offset.reset': 'earliest' })
  await connected(consumer)
  consumer.assign([{ topic, partition: 0, offset: 0 }])
  let startedMs
  for (let read = 0; read < records; ) {
    const batch = await new Promise((resolve, reject) => consumer.consume(1000, (error, found) => (error ? reject(error) : resolve(found)))) // biome-ignore format: one thought
    startedMs ??= batch.length > 0 ? performance.now() : undefined
    read += batch.length
  }
  return (performance.now() - startedMs) / 1000
}

const seconds = await (direction === 'produce' ? produce() : consume())
console.log(`${records} ${seconds}`)
process.exit(0)
