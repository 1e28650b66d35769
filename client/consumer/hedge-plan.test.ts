import { expect, test } from 'vitest'
import { type BrokerNode, type ClusterImage, emptyImage } from '../cluster/cluster-image.ts'
import { secondReplicas } from './hedge-plan.ts'
import { PartitionState } from './partition-state.ts'

const topicId = 'AAAAAAAAAAAAAAAAAAAAKQ'

/** A cluster of four, and a topic whose partitions have these replicas in sync. */
function imageWith(...isr: readonly number[][]): ClusterImage {
  const brokers = new Map([1, 2, 3, 4].map(nodeId => [nodeId, { nodeId, host: `b${nodeId}`, port: 9092, rack: null }]))
  const partitions = isr.map((isrNodes, partition) => {
    return {
      partition,
      leaderId: 1,
      leaderEpoch: 1,
      replicaNodes: isrNodes,
      isrNodes,
      offlineReplicas: [],
      errorCode: 0,
    }
  })
  const topic = { name: 'orders', topicId, isInternal: false, errorCode: 0, partitions }
  return { ...emptyImage, brokers, topics: new Map([['orders', topic]]) }
}

const states = [0, 1, 2].map(partition => new PartitionState({ topic: 'orders', partition, topicId, maxBytes: 1 }))
const notFirst = ({ nodeId }: BrokerNode) => nodeId !== 1

function planned(image: ClusterImage, mayAsk = notFirst): string[] {
  return secondReplicas(states, image, mayAsk).map(
    chosen => `${chosen.node.nodeId}: ${chosen.states.map(({ partition }) => partition)}`,
  )
}

test('as few brokers as will do, each partition once', () => {
  expect(planned(imageWith([1, 2, 3], [1, 3, 4], [3, 1]))).toEqual(['3: 0,1,2'])
  expect(planned(imageWith([1, 2], [1, 3], [4, 2, 1]))).toEqual(['2: 0,2', '3: 1'])
})

test('only replicas in sync, of brokers that may be asked', () => {
  expect(planned(imageWith([1], [1, 2], [1]))).toEqual(['2: 1'])
  expect(planned(imageWith([1, 2], [1, 2], [1, 2]), () => false)).toEqual([])
  expect(planned(imageWith([1, 7], [1], []))).toEqual([])
  expect(planned(emptyImage)).toEqual([])
})
