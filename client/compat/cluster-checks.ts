// The foundation: the image, the way to each broker, coordinators, and what happens when a broker goes.

import assert from 'node:assert/strict'
import { errors } from '../../protocol/errors.ts'
import { createTopics } from '../../protocol/messages/create-topics.ts'
import { describeCluster } from '../../protocol/messages/describe-cluster.ts'
import { fetch } from '../../protocol/messages/fetch.ts'
import { metadata } from '../../protocol/messages/metadata.ts'
import type { Api } from '../../protocol/wire/schema.ts'
import type { ClientError } from '../client-error.ts'
import { Cluster } from '../cluster/cluster.ts'
import { type ClusterImage, leaderIn, partitionOf } from '../cluster/cluster-image.ts'
import type { ClusterOptions } from '../cluster/cluster-options.ts'
import { wait } from '../resilience/wait.ts'
import type { CheckContext, ClientCheck } from './check.ts'

const waitMsMax = 60_000
const partitionCount = 6

async function withCluster<T>(
  { bootstrap, world }: CheckContext,
  options: Partial<ClusterOptions>,
  run: (cluster: Cluster) => Promise<T>,
): Promise<T> {
  const cluster = new Cluster({ bootstrap, ...options }, world)
  try {
    return await run(cluster)
  } finally {
    cluster.close()
  }
}

/** Creates a topic and resolves when each of its partitions has a leader. */
async function createTopic(cluster: Cluster, context: CheckContext): Promise<string> {
  const name = context.newName('topic')
  const controller = await cluster.controller({ what: 'find the controller', timeoutMs: waitMsMax })
  const { replicationFactor } = context
  const topics = [{ name, numPartitions: partitionCount, replicationFactor, assignments: [], configs: [] }]
  const answer = await controller.request(createTopics, { topics, timeoutMs: 30_000, validateOnly: false })
  assert.equal(answer.topics[0]?.errorCode, errors.NONE.code, `${name} is created: ${answer.topics[0]?.errorMessage}`)
  cluster.topics.add(name)
  await cluster.until(image => (leadersOf(image, name).length === partitionCount ? true : undefined), {
    what: `find the leaders of ${name}`,
    timeoutMs: waitMsMax,
  })
  return name
}

function leadersOf(image: ClusterImage, topic: string): number[] {
  const numbers = Array.from({ length: partitionCount }, (_, partition) => partition)
  return numbers.flatMap(partition => leaderIn(image, topic, partition)?.nodeId ?? [])
}

const imageIsWhole: ClientCheck = {
  name: 'cluster/the image has every broker, the cluster’s id and its controller',
  run: context =>
    withCluster(context, {}, async cluster => {
      const image = await cluster.refresh()
      assert.equal(image.brokers.size, context.brokerCount)
      assert.ok(image.clusterId)
      assert.ok(image.brokers.has(image.controllerId), `controller ${image.controllerId} is a broker`)
    }),
}

const everyBrokerAnswers: ClientCheck = {
  name: 'cluster/every broker answers, and all say the same',
  run: context =>
    withCluster(context, {}, async cluster => {
      const { brokers, clusterId } = await cluster.refresh()
      const answers = [...brokers.values()].map(node => cluster.broker(node).request(metadata, { topics: [] }))
      for (const answer of await Promise.all(answers)) {
        assert.equal(answer.clusterId, clusterId)
        assert.equal(answer.brokers.length, context.brokerCount)
      }
    }),
}

const topicIsFound: ClientCheck = {
  name: 'cluster/a new topic is found with all its leaders and an epoch of each',
  run: context =>
    withCluster(context, {}, async cluster => {
      const name = await createTopic(cluster, context)
      const topic = cluster.image.topics.get(name)!
      assert.equal(cluster.image.topicNames.get(topic.topicId), name)
      for (const { leaderEpoch, isrNodes } of topic.partitions) {
        assert.ok(leaderEpoch >= 0)
        assert.ok(isrNodes.length >= 1)
      }
    }),
}

const leadersAreSpread: ClientCheck = {
  name: 'cluster/leaders are spread over the brokers',
  brokersMin: 3,
  run: context =>
    withCluster(context, {}, async cluster => {
      const name = await createTopic(cluster, context)
      assert.equal(new Set(leadersOf(cluster.image, name)).size, 3)
    }),
}

const unknownTopicIsTold: ClientCheck = {
  name: 'cluster/a topic that is not there is told, and is not created by asking',
  run: context =>
    withCluster(context, {}, async cluster => {
      const name = context.newName('nowhere')
      cluster.topics.add(name)
      for (let time = 0; time < 2; time++) {
        const { topics } = await cluster.refresh()
        assert.equal(topics.get(name)?.errorCode, errors.UNKNOWN_TOPIC_OR_PARTITION.code)
      }
    }),
}

const coordinatorsAreFound: ClientCheck = {
  name: 'cluster/coordinators of groups and of transactional ids are found',
  run: context =>
    withCluster(context, {}, async cluster => {
      for (const kind of ['group', 'transaction'] as const) {
        const key = context.newName(kind)
        const coordinator = await cluster.coordinator(kind, key, { timeoutMs: waitMsMax })
        const names = [...cluster.image.brokers.values()].map(node => cluster.broker(node).name)
        if (names.length > 0) assert.ok(names.includes(coordinator.name), `${coordinator.name} is one of ${names}`)
        assert.equal(await cluster.coordinator(kind, key, { timeoutMs: waitMsMax }), coordinator)
      }
    }),
}

const manyShareConnections: ClientCheck = {
  name: 'cluster/two thousand requests at once are answered, each with its own',
  run: context =>
    withCluster(context, {}, async cluster => {
      const { brokers } = await cluster.refresh()
      const nodes = [...brokers.values()]
      const asked = Array.from({ length: 2000 }, async (_, index) => {
        const name = `not-there-${index}`
        const broker = cluster.broker(nodes[index % nodes.length]!)
        const answer = await broker.request(metadata, { topics: [{ name }], allowAutoTopicCreation: false })
        assert.deepEqual(
          answer.topics.map(topic => topic.name),
          [name],
        )
      })
      // A connection has a thousand in flight at most.
      const outcomes = await Promise.allSettled(asked)
      const refused = outcomes.filter(each => each.status === 'rejected').map(each => each.reason as ClientError)
      for (const error of refused) assert.equal(error.code, 'TOO_MANY_REQUESTS_IN_FLIGHT', error.message)
      assert.ok(outcomes.length - refused.length >= 1000)
    }),
}

const timeoutIsSurvived: ClientCheck = {
  name: 'cluster/a request that takes too long costs its connection and nothing else',
  run: context =>
    withCluster(context, { requestTimeoutMs: 300 }, async cluster => {
      const name = await withCluster(context, {}, patient => createTopic(patient, context))
      cluster.topics.add(name)
      const image = await cluster.refresh()
      const topic = image.topics.get(name)!
      const broker = cluster.broker(leaderIn(image, name, 0)!)
      const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }]
      const topics = [{ topic: name, topicId: topic.topicId, partitions }]
      const late = broker.request(fetch, { maxWaitMs: 5000, minBytes: 1, maxBytes: 1000, topics, replicaId: -1 })
      await assert.rejects(late, { code: 'REQUEST_TIMED_OUT_LOCALLY' })
      assert.equal((await broker.request(metadata, { topics: [] }, { lane: 'fetch' })).clusterId, image.clusterId)
    }),
}

const versionsAreAgreed: ClientCheck = {
  name: 'cluster/a version is agreed on, or it is told that there is none',
  run: context =>
    withCluster(context, {}, async cluster => {
      const { brokers } = await cluster.refresh()
      const broker = cluster.broker([...brokers.values()][0]!)
      assert.ok((await broker.versionOf(metadata as unknown as Api))! >= 9)
      await broker.request(metadata, { topics: [] }, { versions: [5, 7] })
      const tooOld = broker.request(describeCluster, {}, { versions: [90, 91] })
      await assert.rejects(tooOld, { code: 'UNSUPPORTED_BY_BROKER' })
    }),
}

/** Until each partition of the topic has all its replicas again. */
async function untilWell(cluster: Cluster, topic: string, replicas: number): Promise<void> {
  await cluster.until(
    image => {
      const { partitions = [] } = image.topics.get(topic) ?? {}
      return partitions.every(({ isrNodes }) => isrNodes.length === replicas) || undefined
    },
    { what: `see ${topic} well again`, timeoutMs: waitMsMax },
  )
}

const killedLeaderIsFollowed: ClientCheck = {
  name: 'cluster/a leader that is killed is followed by another',
  brokersMin: 3,
  harms: true,
  run: context =>
    withCluster(context, {}, async cluster => {
      const topic = await createTopic(cluster, context)
      const before = partitionOf(cluster.image.topics.get(topic)!, 0)!
      const node = context.nodes.find(({ nodeId }) => nodeId === before.leaderId)!
      await node.kill()
      try {
        const find = (image: ClusterImage) => {
          const now = partitionOf(image.topics.get(topic)!, 0)!
          return now.leaderId >= 0 && now.leaderId !== before.leaderId ? now : undefined
        }
        const after = await cluster.until(find, { what: 'see another leader', timeoutMs: waitMsMax })
        assert.ok(after.leaderEpoch > before.leaderEpoch)
      } finally {
        await node.start()
      }
      await untilWell(cluster, topic, context.replicationFactor)
    }),
}

const frozenBrokerHoldsNobodyUp: ClientCheck = {
  name: 'cluster/a broker that is frozen holds nobody up',
  brokersMin: 3,
  harms: true,
  run: context =>
    withCluster(context, { requestTimeoutMs: 2000, connectTimeoutMs: 2000 }, async cluster => {
      const topic = await createTopic(cluster, context)
      const { clock } = context.world
      for (const node of context.nodes) {
        node.freeze()
        try {
          const startedMs = clock.monotonicMs()
          await cluster.until(image => (image.version > 0 ? true : undefined), { what: 'ask', timeoutMs: 10_000 })
          await cluster.refresh()
          assert.ok(clock.monotonicMs() - startedMs < 10_000)
        } finally {
          node.thaw()
        }
        await wait(clock, 500)
        await untilWell(cluster, topic, context.replicationFactor)
      }
    }),
}

export const clusterChecks: readonly ClientCheck[] = [
  imageIsWhole,
  everyBrokerAnswers,
  topicIsFound,
  leadersAreSpread,
  unknownTopicIsTold,
  coordinatorsAreFound,
  manyShareConnections,
  timeoutIsSurvived,
  versionsAreAgreed,
  killedLeaderIsFollowed,
  frozenBrokerHoldsNobodyUp,
]
