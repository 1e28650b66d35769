// Produces 100,000 records and reads them back as a group, with our own client: `node examples/client.mjs [bootstrap]`.

import { Admin, Consumer, Producer } from 'millrace/client'

const bootstrap = process.argv[2] ?? '127.0.0.1:9092'
const [topic, count] = [`example-${process.pid}`, 100_000]

const admin = new Admin({ bootstrap })
await admin.topics.create({ name: topic, partitions: 3 })

const producer = new Producer({ bootstrap })
let startedMs = performance.now()
await producer.sendBatch(
  topic,
  Array.from({ length: count }, (_, number) => ({ key: String(number), value: `order ${number}` })),
)
await producer.close()
console.log(`${count} records produced in ${seconds()} s`)

const consumer = new Consumer({ bootstrap, group: topic, topics: [topic], resetPolicy: 'earliest' })
const seen = new Set()
startedMs = performance.now()
for await (const batch of consumer) {
  for (const record of batch) seen.add(record.key.toString())
  if (seen.size === count) break
}
await consumer.close()
console.log(`${seen.size} different ones read in ${seconds()} s`)

await admin.topics.delete(topic)
await admin.close()

function seconds() {
  return ((performance.now() - startedMs) / 1000).toFixed(2)
}
