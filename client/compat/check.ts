// A check of the client against whatever speaks the Kafka protocol. It knows a bootstrap address and cleans up nothing: the target
// is thrown away. It rejects when what it promises does not hold, with a message that says what was expected (node:assert).

import type { ClientWorld } from '../client-world.ts'

export type TargetName = 'millrace' | 'kafka' | 'kfake'

/** A process of the target's that can be harmed. */
export interface TargetNode {
  readonly nodeId: number
  start(): Promise<void>
  /** Asked to stop, it gives its partitions to others first. */
  stop(): Promise<void>
  /** SIGKILL. */
  kill(): Promise<void>
  /** SIGSTOP, and SIGCONT. */
  freeze(): void
  thaw(): void
}

/** The rack of a broker, where there are several. */
export function rackOf(nodeId: number): string {
  return `rack-${nodeId}`
}

export interface CheckContext {
  readonly target: TargetName
  readonly bootstrap: string
  readonly brokerCount: number
  readonly world: ClientWorld
  /** Replicas that a topic of a check should have. */
  readonly replicationFactor: number
  /** A name for a topic, group or transactional id that no other check has. */
  newName(what: string): string
  /** Empty where nothing can be harmed. */
  readonly nodes: readonly TargetNode[]
}

export interface ClientCheck {
  /** `cluster/every broker answers`: area and what holds. */
  readonly name: string
  /** Brokers that the target must have; 1 when left out. */
  readonly brokersMin?: number
  /** Harms nodes: runs alone, after the others, where there are nodes to harm, and leaves them all running. */
  readonly harms?: boolean
  /** Ten seconds and more, for what it waits for: the reduced form leaves it out. */
  readonly takesLong?: boolean
  run(context: CheckContext): Promise<void>
}
