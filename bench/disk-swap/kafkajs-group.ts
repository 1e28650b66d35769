// A consumer group of a client that nobody here wrote: kafkajs reads what the group has not read yet and commits with metadata.

import kafkajs, { type Kafka as KafkaClient } from 'kafkajs'
import { compress, decompress } from '../../protocol/records/compression.ts'
import type { CompressionType } from '../../protocol/records/compression-type.ts'

const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = kafkajs

const plugIn = (type: CompressionType) => () => ({
  compress: ({ buffer }: { buffer: Buffer }) => Promise.resolve(compress(type, buffer)),
  decompress: (bytes: Buffer) => Promise.resolve(decompress(type, bytes, 1 << 28)),
})
CompressionCodecs[CompressionTypes.Snappy] = plugIn('snappy')
CompressionCodecs[CompressionTypes.LZ4] = plugIn('lz4')
CompressionCodecs[CompressionTypes.ZSTD] = plugIn('zstd')

const waitMsMax = 60_000
/** How long to listen on after the last expected message: one too many would come in this time. */
const lingerMs = 300

export interface GroupRead {
  readonly port: number
  readonly groupId: string
  readonly topics: readonly string[]
  /** Messages that the group has not read yet. */
  readonly count: number
  /** What is committed beside the offsets. */
  readonly metadata: string
}

/** Reads until so many messages have come, commits and leaves. Rejects when it reads fewer in time, or more, or one twice. */
export async function readAsGroup({ port, groupId, topics, count, metadata }: GroupRead): Promise<void> {
  const kafka = new Kafka({ brokers: [`127.0.0.1:${port}`], clientId: 'kafkajs', logLevel: logLevel.NOTHING })
  const consumer = kafka.consumer({ groupId, sessionTimeout: 10_000, maxWaitTimeInMs: 100 })
  const read = new Map<string, number>()
  await consumer.connect()
  try {
    await consumer.subscribe({ topics: [...topics], fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ topic, partition, message }) => {
        const place = `${topic}/${partition}/${message.offset}`
        read.set(place, (read.get(place) ?? 0) + 1)
      },
    })
    await untilRead(
      () => read.size >= count,
      `${groupId} read`,
      () => `${read.size} of ${count} messages`,
    )
    await new Promise(resolve => setTimeout(resolve, lingerMs))
    await commit(consumer, [...read.keys()], metadata)
  } finally {
    await consumer.disconnect()
  }
  const twice = [...read].filter(([, times]) => times > 1).map(([place]) => place)
  if (read.size !== count || twice.length > 0) {
    throw new Error(`kafkajs read ${read.size} messages instead of ${count}; twice: ${twice.slice(0, 3).join(', ')}`)
  }
}

async function untilRead(condition: () => boolean, what: string, state: () => string): Promise<void> {
  const untilMs = Date.now() + waitMsMax
  while (!condition()) {
    if (Date.now() > untilMs) throw new Error(`${what} only ${state()} within ${waitMsMax} ms`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

type Consumer = ReturnType<KafkaClient['consumer']>

async function commit(consumer: Consumer, places: readonly string[], metadata: string): Promise<void> {
  const next = new Map<string, number>()
  for (const place of places) {
    const [topic, partition, offset] = place.split('/')
    const key = `${topic}/${partition}`
    next.set(key, Math.max(next.get(key) ?? 0, Number(offset) + 1))
  }
  const offsets = [...next].map(([key, offset]) => {
    const [topic, partition] = key.split('/')
    return { topic: topic!, partition: Number(partition), offset: String(offset), metadata }
  })
  await consumer.commitOffsets(offsets)
}
