import { describe, expect, test } from 'vitest'
import type { metadata } from '../../protocol/messages/metadata.ts'
import type { Message } from '../../protocol/wire/schema.ts'
import { zeroUuid } from '../../protocol/wire/uuid.ts'
import {
  type ClusterImage,
  emptyImage,
  leaderIn,
  partitionOf,
  saysTheSame,
  withLeader,
  withMetadata,
  withoutTopics,
} from './cluster-image.ts'

type Answer = Message<typeof metadata.response>
type Led = readonly [partition: number, leaderId: number, leaderEpoch: number]

const idOf = (letter: string) => `AAAAAAAAAAAAAAAAAAAA${letter}A`

function answer(
  topics: Record<string, readonly Led[]>,
  more: Partial<Answer> = {},
  ids: Record<string, string> = {},
): Answer {
  return {
    throttleTimeMs: 0,
    brokers: [1, 2, 3].map(nodeId => ({ nodeId, host: `b${nodeId}`, port: 9092, rack: null })),
    clusterId: 'c',
    controllerId: 1,
    topics: Object.entries(topics).map(([name, partitions]) => ({
      ...{ errorCode: 0, name, topicId: ids[name] ?? idOf(name), isInternal: false, topicAuthorizedOperations: 0 },
      partitions: partitions.map(([partitionIndex, leaderId, leaderEpoch]) => ({
        ...{ errorCode: 0, partitionIndex, leaderId, leaderEpoch },
        ...{ replicaNodes: [1, 2, 3], isrNodes: [1, 2, 3], offlineReplicas: [] },
      })),
    })),
    clusterAuthorizedOperations: 0,
    errorCode: 0,
    ...more,
  }
}

const some = { allTopics: false, apiVersion: 13, nowMs: 7 }
const imageAfter = (image: ClusterImage, ...answers: Answer[]) =>
  answers.reduce((known, each) => withMetadata(known, each, some), image)
const leaders = (image: ClusterImage, topic: string) =>
  image.topics.get(topic)?.partitions.map(({ partition, leaderId, leaderEpoch }) => [partition, leaderId, leaderEpoch])

describe('an image after an answer', () => {
  test('has what the answer has, partitions in order', () => {
    const image = imageAfter(
      emptyImage,
      answer({
        a: [
          [1, 2, 0],
          [0, 1, 0],
        ],
      }),
    )
    expect(leaders(image, 'a')).toEqual([
      [0, 1, 0],
      [1, 2, 0],
    ])
    expect(leaderIn(image, 'a', 1)).toEqual({ nodeId: 2, host: 'b2', port: 9092, rack: null })
    expect([image.clusterId, image.controllerId, image.updatedMs, image.version]).toEqual(['c', 1, 7, 1])
    expect([...image.topicNames]).toEqual([[idOf('a'), 'a']])
  })

  test('keeps topics that were not asked for; of all topics, it has those that were told', () => {
    const image = imageAfter(emptyImage, answer({ a: [[0, 1, 0]] }), answer({ b: [[0, 1, 0]] }))
    expect([...image.topics.keys()]).toEqual(['a', 'b'])
    expect([...withMetadata(image, answer({ b: [] }), { ...some, allTopics: true }).topics.keys()]).toEqual(['b'])
  })

  test('a leader epoch does not go back, partition by partition', () => {
    const image = imageAfter(
      emptyImage,
      answer({
        a: [
          [0, 1, 5],
          [1, 1, 5],
        ],
      }),
      answer({
        a: [
          [0, 2, 4],
          [1, 2, 6],
        ],
      }),
    )
    expect(leaders(image, 'a')).toEqual([
      [0, 1, 5],
      [1, 2, 6],
    ])
    // The same epoch with another leader: a broker that is down has left (leader -1), the epoch is kept.
    expect(
      leaders(
        imageAfter(
          image,
          answer({
            a: [
              [0, -1, 5],
              [1, 2, 6],
            ],
          }),
        ),
        'a',
      ),
    ).toEqual([
      [0, -1, 5],
      [1, 2, 6],
    ])
  })

  test('unless the topic was made anew', () => {
    const anew = answer({ a: [[0, 2, 0]] }, {}, { a: idOf('z') })
    const image = imageAfter(emptyImage, answer({ a: [[0, 1, 5]] }), anew)
    expect(leaders(image, 'a')).toEqual([[0, 2, 0]])
    expect([...image.topicNames]).toEqual([[idOf('z'), 'a']])
  })

  test('from versions before 9 it has no epochs, and believes the last answer', () => {
    const old = { ...some, apiVersion: 8 }
    const ids = { a: zeroUuid }
    const first = withMetadata(emptyImage, answer({ a: [[0, 1, 5]] }, {}, ids), old)
    const second = withMetadata(first, answer({ a: [[0, 2, 4]] }, {}, ids), old)
    expect([leaders(first, 'a'), leaders(second, 'a')]).toEqual([[[0, 1, -1]], [[0, 2, -1]]])
    expect(second.topicNames.size).toBe(0)
  })

  test('a topic asked for by an id that nobody has has no name to be kept under', () => {
    const { topics } = answer({ a: [] })
    const image = imageAfter(emptyImage, answer({}, { topics: [{ ...topics[0]!, name: null, errorCode: 100 }] }))
    expect(image.topics.size).toBe(0)
  })

  test('keeps the cluster’s id when an answer does not say it', () => {
    expect(imageAfter(emptyImage, answer({}), answer({}, { clusterId: null })).clusterId).toBe('c')
  })
})

describe('a leader that an answer named', () => {
  const image = imageAfter(emptyImage, answer({ a: [[0, 1, 5]] }))
  const place = { topic: 'a', partition: 0 }
  const b9 = { nodeId: 9, host: 'b9', port: 9092, rack: null }

  test('counts when it is newer and its address is known', () => {
    const known = withLeader(image, place, { leaderId: 2, leaderEpoch: 6 }, [])
    expect([leaderIn(known, 'a', 0)?.host, known.version]).toEqual(['b2', 2])
    const told = withLeader(image, place, { leaderId: 9, leaderEpoch: 6 }, [b9])
    expect(leaderIn(told, 'a', 0)).toEqual(b9)
    // A value: what was known before is as it was.
    expect([leaderIn(image, 'a', 0)?.host, image.brokers.has(9)]).toEqual(['b1', false])
  })

  test.each([
    ['of the same epoch', place, { leaderId: 2, leaderEpoch: 5 }],
    ['of an older one', place, { leaderId: 2, leaderEpoch: 4 }],
    ['nobody knows where', place, { leaderId: 8, leaderEpoch: 6 }],
    ['none', place, { leaderId: -1, leaderEpoch: -1 }],
    ['of a partition that is not there', { topic: 'a', partition: 1 }, { leaderId: 2, leaderEpoch: 6 }],
    ['of a topic that is not there', { topic: 'b', partition: 0 }, { leaderId: 2, leaderEpoch: 6 }],
  ])('%s: the image is the same', (_, where, leader) => {
    expect(withLeader(image, where, leader, [b9])).toBe(image)
  })
})

describe('what is asked of an image', () => {
  test('partitions by their numbers, also where some are missing', () => {
    const image = imageAfter(
      emptyImage,
      answer({
        a: [
          [1, 2, 0],
          [5, 3, 0],
        ],
      }),
    )
    expect([0, 1, 5].map(partition => leaderIn(image, 'a', partition)?.nodeId)).toEqual([undefined, 2, 3])
    expect(partitionOf(image.topics.get('a')!, 5)?.leaderId).toBe(3)
    expect(leaderIn(image, 'b', 0)).toBeUndefined()
  })

  test('topics that nobody wants any more can be dropped', () => {
    const image = withoutTopics(imageAfter(emptyImage, answer({ a: [], b: [] })), name => name === 'b')
    expect([[...image.topics.keys()], [...image.topicNames.values()]]).toEqual([['b'], ['b']])
  })

  test('whether it says the same: brokers, leaders and epochs, in any order', () => {
    const image = imageAfter(emptyImage, answer({ a: [[0, 1, 5]], b: [[0, 1, 0]] }))
    const again = imageAfter(emptyImage, answer({ b: [[0, 1, 0]], a: [[0, 1, 5]] }, { throttleTimeMs: 9 }))
    expect(saysTheSame(image, again)).toBe(true)
    const others = [
      answer({ a: [[0, 2, 6]] }),
      answer({ a: [[0, 1, 6]] }),
      answer({ a: [] }, {}, { a: idOf('z') }),
      answer({}, { brokers: [] }),
      answer({}, { brokers: [{ nodeId: 1, host: 'b1', port: 9093, rack: null }] }),
    ]
    for (const other of others) expect(saysTheSame(image, imageAfter(image, other))).toBe(false)
  })
})
