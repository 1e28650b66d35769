import { expect, test } from 'vitest'
import type { BrokerImage, PartitionImage, TopicImage } from '../../../metadata/metadata-image.ts'
import { GroupTopics, type TopicsImage } from './group-topics.ts'
import { groupHash, topicHash } from './topic-hash.ts'

const id = 'y5asSyDaRgy74n8yJSG_2g'
const topic = (...replicas: number[][]): TopicImage => ({
  name: 't',
  id,
  isInternal: false,
  partitions: replicas.map((ids, index) => ({ index, replicas: ids }) as unknown as PartitionImage),
})

function image(one: TopicImage, racks: Record<number, string | null>): TopicsImage {
  const brokers = Object.entries(racks).map(([number, rack]) => [Number(number), { rack } as BrokerImage] as const)
  const topicByName = (name: string) => (name === one.name ? one : undefined)
  const topicById = (asked: string) => (asked === one.id ? one : undefined)
  return { offset: 7, topicByName, topicById, topics: () => [one], brokers: new Map(brokers) }
}

test('the hash of topics tells of racks, and of topics that exist only', () => {
  const now = { image: image(topic([1, 2], [3]), { 1: 'east', 2: null, 3: 'west' }) }
  const topics = new GroupTopics(() => now.image)
  const expected = groupHash(new Map([['t', topicHash({ name: 't', id, racks: [['east'], ['west']] })]]))
  expect(topics.hashOf(['t', 'missing'])).toBe(expected)
  expect(topics.hashOf(['missing'])).toBe(0n)
  // A replica has moved.
  now.image = image(topic([1, 2], [1]), { 1: 'east', 2: null, 3: 'west' })
  expect(topics.hashOf(['t'])).not.toBe(expected)
  expect([topics.version, topics.idOf('t'), topics.nameOf(id), topics.partitionCount(id)]).toEqual([7, id, 't', 2])
  expect(topics.names()).toEqual(['t'])
})
