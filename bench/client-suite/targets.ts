// What the client's suite runs against: our broker, three of Kafka 4.3.0, and kfake, the fake cluster of franz-go.

import type { TargetName, TargetNode } from '../../client/compat/check.ts'
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

type Start = (options?: { readonly settings?: Readonly<Record<string, string | number>> }) => Promise<Handle>

/** Groups form at once, and their sessions may be short; an unknown topic stays unknown. */
const settings = {
  'auto.create.topics.enable': 'false',
  'group.initial.rebalance.delay.ms': 0,
  'group.min.session.timeout.ms': 1000,
  'group.consumer.min.session.timeout.ms': 1000,
  'group.consumer.min.heartbeat.interval.ms': 100,
  'group.consumer.heartbeat.interval.ms': 300,
  'offsets.topic.num.partitions': 6,
  'transaction.state.log.num.partitions': 6,
}

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
  const handle = await module[start]!({ settings })
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
