// Records to and from a topic with kafkajs.

import kafkajs from 'kafkajs'

const { Kafka, Partitioners, logLevel } = kafkajs

const kafkaOf = bootstrap => new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING })

export async function send(bootstrap, topic, messages) {
  const producer = kafkaOf(bootstrap).producer({ createPartitioner: Partitioners.DefaultPartitioner })
  await producer.connect()
  await producer.send({ topic, messages })
  await producer.disconnect()
}

/** Hands over the first `count` records of the topic, one after the other. */
export async function receive(bootstrap, topic, count, handle) {
  const consumer = kafkaOf(bootstrap).consumer({ groupId: `${topic}-${process.pid}` })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  let seen = 0
  await new Promise((resolve, reject) => {
    const eachMessage = async ({ message }) => {
      if (seen >= count) return
      seen += 1
      try {
        await handle(message)
      } catch (cause) {
        reject(cause)
      }
      if (seen === count) resolve()
    }
    consumer.run({ eachMessage }).catch(reject)
  })
  await consumer.disconnect()
}
