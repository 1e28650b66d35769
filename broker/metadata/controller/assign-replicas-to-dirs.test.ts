// AssignReplicasToDirs on one broker. The codes are those of Kafka 4.3.0's ReplicationControlManager.handleAssignReplicasToDirs.

import { expect, test } from 'vitest'
import { errorName } from '../../../protocol/errors.ts'
import type { Uuid } from '../../../protocol/wire/uuid.ts'
import { MetadataBench } from '../../../testing/metadata-bench.ts'
import { replicaDirectory } from '../replica-directory.ts'

const unknownTopic = 'osfdB9rFShmMs2j6BzdIbw'

async function benchWithTopic() {
  const bench = await MetadataBench.serving({ settings: { 'log.dirs': '/data,/other', 'metadata.log.dir': '/data' } })
  const topics = [{ name: 't', numPartitions: 2, replicationFactor: 1, assignments: [], configs: [] }]
  await bench.metadata.createTopics({ topics, timeoutMs: 0, validateOnly: false })
  const { image } = bench.metadata
  return { bench, image, directories: image.brokers.get(1)!.directories, topicId: image.topicByName('t')!.id }
}

async function assign(bench: MetadataBench, id: Uuid, topicId: Uuid, partitions: number[], brokerEpoch?: number) {
  const broker = bench.metadata.image.brokers.get(1)!
  const topics = [{ topicId, partitions: partitions.map(partitionIndex => ({ partitionIndex })) }]
  const request = { brokerId: 1, brokerEpoch: brokerEpoch ?? broker.epoch, directories: [{ id, topics }] }
  const { errorCode = 0, directories = [] } = await bench.metadata.assignReplicasToDirs(request)
  if (errorCode !== 0) return [errorName(errorCode)]
  return directories.flatMap(each => each.topics!.flatMap(topic => topic.partitions!.map(p => errorName(p.errorCode!))))
}

test('a replica is where its broker says, without a new leadership', async () => {
  const { bench, image, directories, topicId } = await benchWithTopic()
  const before = image.topicByName('t')!.partitions[0]!
  const target = directories.find(id => id !== before.directories[0])!
  expect(await assign(bench, target, topicId, [0])).toEqual(['NONE'])
  const after = image.topicByName('t')!.partitions[0]!
  expect(after).toEqual({ ...before, directories: [target], partitionEpoch: before.partitionEpoch + 1 })
  expect(replicaDirectory(image, 't', 0, 1)).toBe(target)
  expect(await assign(bench, target, topicId, [0]), 'said again it changes nothing').toEqual(['NONE'])
  expect(image.topicByName('t')!.partitions[0]!.partitionEpoch).toBe(before.partitionEpoch + 1)
})

test('what it knows nothing of is refused one by one', async () => {
  const { bench, directories, topicId } = await benchWithTopic()
  const [id] = directories
  expect(await assign(bench, id!, topicId, [0, 7])).toEqual(['NONE', 'UNKNOWN_TOPIC_OR_PARTITION'])
  expect(await assign(bench, id!, unknownTopic, [0])).toEqual(['UNKNOWN_TOPIC_ID'])
  expect(await assign(bench, id!, topicId, [0], 0)).toEqual(['STALE_BROKER_EPOCH'])
  await bench.metadata.unregisterBroker({ brokerId: 1 })
  const request = { brokerId: 1, brokerEpoch: 1, directories: [] }
  expect((await bench.metadata.assignReplicasToDirs(request)).errorCode).toBe(102)
})
