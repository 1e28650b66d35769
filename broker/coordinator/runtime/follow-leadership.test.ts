import { expect, test } from 'vitest'
import type { PartitionChange } from '../../metadata/metadata-delta.ts'
import type { PartitionImage, TopicImage } from '../../metadata/metadata-image.ts'
import { followLeadership } from './follow-leadership.ts'

function change(name: string, index: number, leader: number, leaderEpoch: number, before?: Partial<PartitionImage>) {
  const topic = { name } as TopicImage
  return { topic, partition: { index, leader, leaderEpoch } as PartitionImage, before } as PartitionChange
}

function follow(changedPartitions: PartitionChange[], deletedTopics: TopicImage[] = []): string[] {
  const calls: string[] = []
  const groups = {
    onLeadership: async (index: number, epoch: number) => void calls.push(`lead ${index} epoch ${epoch}`),
    onResignation: (index: number) => void calls.push(`resign ${index}`),
  }
  followLeadership(groups, '__consumer_offsets', 1, { changedPartitions, deletedTopics })
  return calls
}

test('what this broker begins to lead is loaded, in its epoch', () => {
  expect(
    follow([
      change('__consumer_offsets', 3, 1, 0),
      change('__consumer_offsets', 4, 1, 7, { leader: 1, leaderEpoch: 6 }),
    ]),
  ).toEqual(['lead 3 epoch 0', 'lead 4 epoch 7'])
})

test('what it leads no more is let go; what is not its own, or has not changed hands, is left alone', () => {
  expect(follow([change('__consumer_offsets', 3, 2, 8, { leader: 1, leaderEpoch: 7 })])).toEqual(['resign 3'])
  expect(follow([change('__consumer_offsets', 3, 2, 8, { leader: 2, leaderEpoch: 7 })])).toEqual([])
  expect(follow([change('__consumer_offsets', 3, 1, 7, { leader: 1, leaderEpoch: 7 })])).toEqual([])
  expect(follow([change('orders', 0, 1, 0)])).toEqual([])
})

test('a deleted topic takes its groups with it', () => {
  const topic = { name: '__consumer_offsets', partitions: [{ index: 0 }, { index: 1 }] } as unknown as TopicImage
  expect(follow([], [topic])).toEqual(['resign 0', 'resign 1'])
})
