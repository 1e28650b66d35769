// What the client's suite runs against: our broker, three of Kafka 4.3.0, and kfake, the fake cluster of franz-go.

import { rackOf, type TargetName, type TargetNode } from '../../client/compat/check.ts'
import { compatModule } from '../disk-swap/target.ts'
import { MillraceNode } from './millrace-node.ts'

export interface RunningTarget {
  readonly name: TargetName
  readonly bootstrap: string
  readonly brokerCount: number
  readonly replicationFactor: number
  readonly nodes: readonly TargetNode[]
  output(): string
  stop(): Promise<void>
}

interface Handle {
  readonly bootstrap: string
  readonly nodes?: readonly TargetNode[]
  output(): string
  stop(): Promise<void>
}

type Settings = Readonly<Record<string, string | number>>
type Start = (options?: { readonly settings?: Settings; settingsOf?(nodeId: number): Settings }) => Promise<Handle>

/**
 * Groups form at once, and their sessions may be short; an unknown topic stays unknown; the cleaner and the coordinator of transactions
 * look about them more often.
 */
const settings: Settings = {
  'auto.create.topics.enable': 'false',
  'group.initial.rebalance.delay.ms': 0,
  'group.min.session.timeout.ms': 1000,
  'group.consumer.min.session.timeout.ms': 1000,
  'group.consumer.min.heartbeat.interval.ms': 100,
  'group.consumer.heartbeat.interval.ms': 300,
  'offsets.topic.num.partitions': 6,
  'transaction.state.log.num.partitions': 6,
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': 500,
  'log.cleaner.backoff.ms': 300,
}

/** Each broker stands in a rack of its own, and consumers of that rack read from it (KIP-392). */
const settingsOf = (nodeId: number): Settings => ({
  'broker.rack': rackOf(nodeId),
  'replica.selector.class': 'org.apache.kafka.common.replica.RackAwareReplicaSelector',
})

const modules: Readonly<Record<Exclude<TargetName, 'millrace'>, { file: string; start: string; brokerCount: number }>> =
  {
    kafka: { file: 'kafka-cluster.mjs', start: 'startKafkaCluster', brokerCount: 3 },
    kfake: { file: 'kfake-target.mjs', start: 'startKfake', brokerCount: 3 },
  }

/** Rejects with a sentence when the machine lacks what it takes. */
export async function startSuiteTarget(name: TargetName): Promise<RunningTarget> {
  if (name === 'millrace') return startOurs()
  const { file, start, brokerCount } = modules[name]
  const module = (await compatModule(file)) as Record<string, Start>
  const handle = await module[start]!({ settings, settingsOf })
  return {
    name,
    bootstrap: handle.bootstrap,
    brokerCount,
    replicationFactor: brokerCount,
    nodes: handle.nodes ?? [],
    output: () => handle.output(),
    stop: () => handle.stop(),
  }
}

async function startOurs(): Promise<RunningTarget> {
  const node = await MillraceNode.open(settings)
  const { bootstrap } = node
  const counts = { brokerCount: 1, replicationFactor: 1 }
  return {
    name: 'millrace',
    bootstrap,
    ...counts,
    nodes: [node],
    output: () => node.output(),
    stop: () => node.close(),
  }
}
