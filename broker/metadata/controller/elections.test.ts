// Elections and unregistration on one broker. The codes are those of Kafka 4.3.0 for the same sequence of requests.

import { expect, test } from 'vitest'
import { errorName } from '../../../protocol/errors.ts'
import { MetadataBench } from '../../../testing/metadata-bench.ts'

async function benchWithTopic(): Promise<MetadataBench> {
  const bench = await MetadataBench.serving()
  const topics = [{ name: 't', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }]
  await bench.metadata.createTopics({ topics, timeoutMs: 0, validateOnly: false })
  return bench
}

async function elect(bench: MetadataBench, electionType: number, partitions = [0]) {
  const request = { electionType, topicPartitions: [{ topic: 't', partitions }], timeoutMs: 0 }
  const { replicaElectionResults = [] } = await bench.metadata.electLeaders(request)
  return replicaElectionResults.flatMap(topic => topic.partitionResult!.map(each => errorName(each.errorCode ?? 0)))
}

test('nobody needs an election where the right one leads; unknown types are refused', async () => {
  const bench = await benchWithTopic()
  for (const type of [0, 1])
    expect(await elect(bench, type, [0, 5])).toEqual(['ELECTION_NOT_NEEDED', 'UNKNOWN_TOPIC_OR_PARTITION'])
  expect(await elect(bench, 2)).toEqual(['INVALID_REQUEST'])
})

test('a broker that is forgotten leads nothing, stops cleanly, and serves again after a start', async () => {
  const bench = await benchWithTopic()
  expect((await bench.metadata.unregisterBroker({ brokerId: 9 })).errorCode).toBe(102)
  expect((await bench.metadata.unregisterBroker({ brokerId: 1 })).errorCode).toBe(0)
  expect(bench.metadata.image.brokers.size).toBe(0)
  expect(bench.metadata.image.topicByName('t')!.partitions[0]).toMatchObject({ leader: -1, isr: [] })
  expect(await elect(bench, 0)).toEqual(['PREFERRED_LEADER_NOT_AVAILABLE'])
  expect(await elect(bench, 1)).toEqual(['ELIGIBLE_LEADERS_NOT_AVAILABLE'])
  await bench.metadata.stopBroker()
  await bench.metadata.close()
  const restarted = await MetadataBench.serving({ disk: bench.disk, log: bench.log })
  expect(restarted.metadata.image.topicByName('t')!.partitions[0]).toMatchObject({ leader: 1, isr: [1] })
})
