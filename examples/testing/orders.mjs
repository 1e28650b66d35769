// The program under test: counts orders by customer, from a topic into a map, and survives what brokers do to it.
import kafkajs from 'kafkajs'

const { Kafka, logLevel } = kafkajs

const kafkaAt = bootstrap =>
  new Kafka({
    brokers: [bootstrap],
    clientId: 'orders',
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 20, retries: 8 },
  })

/** Sends one order; resolves when the broker has it. */
export async function placeOrder(bootstrap, customer) {
  const producer = kafkaAt(bootstrap).producer()
  await producer.connect()
  try {
    await producer.send({ topic: 'orders', messages: [{ key: customer, value: '{}' }] })
  } finally {
    await producer.disconnect()
  }
}

/** Counts until `stop()`; `counts` is by customer, `onCounted` is called after each. */
export async function countOrders(bootstrap, onCounted) {
  const consumer = kafkaAt(bootstrap).consumer({ groupId: 'order-counter', maxWaitTimeInMs: 50 })
  const counts = new Map()
  await consumer.connect()
  await consumer.subscribe({ topic: 'orders', fromBeginning: true })
  await consumer.run({
    eachMessage: async ({ message }) => {
      const customer = String(message.key)
      counts.set(customer, (counts.get(customer) ?? 0) + 1)
      onCounted(counts)
    },
  })
  return { counts, stop: () => consumer.disconnect() }
}
