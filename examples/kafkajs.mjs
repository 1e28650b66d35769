// node examples/kafkajs.mjs [host:port]
//
// A group of three consumers on a topic of 12 partitions, and 100,000 records with keys and headers, in each compression
// codec: the group must read each of them exactly once. Needs a broker: `npm start` in another terminal.
import kafkajs from 'kafkajs'
import { compress, decompress } from 'millrace/compression'

const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = kafkajs
const recordCount = 100_000
const batchRecords = 500
const partitionCount = 12
const topic = `example-${process.pid}`

// kafkajs brings gzip; each other codec is a pair of functions.
const codec = name => () => ({
  compress: async encoder => compress(name, encoder.buffer),
  decompress: async buffer => decompress(name, buffer, 64 << 20),
})
CompressionCodecs[CompressionTypes.Snappy] = codec('snappy')
CompressionCodecs[CompressionTypes.LZ4] = codec('lz4')
CompressionCodecs[CompressionTypes.ZSTD] = codec('zstd')
const { None, GZIP, Snappy, LZ4, ZSTD } = CompressionTypes
const codecs = [None, GZIP, Snappy, LZ4, ZSTD]

const kafka = new Kafka({ brokers: [process.argv[2] ?? '127.0.0.1:9092'], logLevel: logLevel.ERROR })
const admin = kafka.admin()
await admin.connect()
await admin.createTopics({ topics: [{ topic, numPartitions: partitionCount }] })

const seen = new Uint8Array(recordCount)
const readBy = [0, 0, 0]
let wrong = 0
const record = number => ({ key: `key-${number}`, value: `value-${number}`, headers: { number: String(number) } })

function count(reader, { key, value, headers }) {
  const expected = record(Number(headers.number))
  if (key.toString() !== expected.key || value.toString() !== expected.value) wrong += 1
  seen[Number(headers.number)] += 1
  readBy[reader] += 1
}

async function startReader(reader) {
  const consumer = kafka.consumer({ groupId: `${topic}-readers` })
  const owns = { consumer, partitions: 0 }
  consumer.on('consumer.group_join', ({ payload }) => {
    owns.partitions = payload.memberAssignment[topic]?.length ?? 0
  })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({ eachMessage: async ({ message }) => count(reader, message) })
  return owns
}

const until = async condition => {
  while (!condition()) await new Promise(resolve => setTimeout(resolve, 10))
}
const readers = await Promise.all(readBy.map((_, reader) => startReader(reader)))
await until(() => readers.every(reader => reader.partitions === partitionCount / readers.length))
console.log(`three consumers share ${partitionCount} partitions`)

const startedMs = performance.now()
const producer = kafka.producer()
await producer.connect()
for (let first = 0; first < recordCount; first += batchRecords) {
  const messages = Array.from({ length: batchRecords }, (_, i) => record(first + i))
  await producer.send({ topic, messages, compression: codecs[(first / batchRecords) % codecs.length] })
}
await producer.disconnect()
await until(() => readBy[0] + readBy[1] + readBy[2] >= recordCount)
const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)

await Promise.all(readers.map(({ consumer }) => consumer.disconnect()))
await admin.deleteTopics({ topics: [topic] })
await admin.disconnect()
const exactlyOnce = wrong === 0 && seen.every(times => times === 1)
console.log(
  `produced and read ${recordCount} records in ${seconds} s: ${readBy.join(' + ')}, ${exactlyOnce ? 'each exactly once' : 'NOT each exactly once'}`,
)
process.exitCode = exactlyOnce ? 0 : 1
