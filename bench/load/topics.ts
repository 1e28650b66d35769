// Topics of a bench: made on either broker by the same requests, counted by their end offsets, and deleted after use.

import { createPartitions } from '../../protocol/messages/create-partitions.ts'
import { deleteTopics } from '../../protocol/messages/delete-topics.ts'
import { listOffsets } from '../../protocol/messages/list-offsets.ts'
import type { Side } from '../comparison/side.ts'
import { check, Requests, untilPassed } from '../disk-swap/requests.ts'

/** The minute that a deleted topic's files are kept by default would fill the disk with those of the rounds before. */
const settings = { 'file.delete.delay.ms': '500' }
const createMsMax = 120_000
const latest = -1

async function withRequests<T>(side: Side, use: (requests: Requests) => Promise<T>): Promise<T> {
  const requests = await Requests.open((await side.running()).port, 'bench')
  try {
    return await use(requests)
  } finally {
    requests.close()
  }
}

/**
 * One request may lead to 10,000 metadata records, in Kafka as in ours. Steps are much smaller, so that what waits for the
 * leaders of a step never waits for long: on a busy disk Kafka makes some fifty partitions a second.
 */
const partitionsAtOnce = 500

export function createTopic(side: Side, name: string, partitions: number): Promise<void> {
  return withRequests(side, async requests => {
    await requests.createTopic(name, Math.min(partitions, partitionsAtOnce), settings, createMsMax)
    for (let count = partitionsAtOnce; count < partitions; ) {
      count = Math.min(partitions, count + partitionsAtOnce)
      const topics = [{ name, count, assignments: null }]
      const answer = await requests.send(createPartitions, 3, { topics, timeoutMs: createMsMax, validateOnly: false })
      check(`CreatePartitions ${name}`, answer.results[0]!.errorCode, answer.results[0]!.errorMessage)
      await countRecords(side, name, count)
    }
  })
}

export function deleteTopic(side: Side, name: string): Promise<void> {
  return withRequests(side, async requests => {
    const answer = await requests.send(deleteTopics, 5, { topicNames: [name], timeoutMs: createMsMax })
    check(`DeleteTopics ${name}`, answer.responses[0]!.errorCode)
  })
}

/** How many records a topic holds that nothing was deleted from: what was really written, whatever a load program says. */
export function countRecords(side: Side, topic: string, partitionCount: number): Promise<number> {
  return withRequests(side, requests =>
    untilPassed(async () => {
      const partitions = Array.from({ length: partitionCount }, (_, partitionIndex) => ({ partitionIndex, timestamp: latest })) // biome-ignore format: one thought
      const topics = [{ name: topic, partitions }]
      const answer = await requests.send(listOffsets, 8, { replicaId: -1, isolationLevel: 0, topics })
      let count = 0
      for (const { errorCode, offset } of answer.topics[0]!.partitions) {
        check(`ListOffsets of ${topic}`, errorCode)
        count += Number(offset)
      }
      return count
    }),
  )
}

/** A topic for one use. */
export async function withTopic<T>(side: Side, partitions: number, use: (topic: string) => Promise<T>): Promise<T> {
  const topic = side.newTopicName()
  await createTopic(side, topic, partitions)
  const result = await use(topic)
  await deleteTopic(side, topic)
  return result
}
