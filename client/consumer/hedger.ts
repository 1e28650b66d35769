// Hedged fetches: when a broker owes an answer for longer than nearly all answers take, another in-sync replica is asked for the same.
// The first answer with records wins; the other finds that the partition has moved, and changes nothing.
//
// Life of a hedge: an answer is owed -> it is overdue -> another replica is asked, on a connection of its own, without a session -> it
// has records: the partition is read on from there, as its stand-in, by the fetches that go there anyway, until the broker that owes has
// answered. So a broker that stands still costs a hedge for its partitions, and not one for each fetch.
// Invariant: what a hedge says other than records (errors, an empty log, another history) is dropped: that is for the leader to say, and
// followers know less. Followers serve consumers since Fetch 11 (KIP-392), up to the high watermark that they know of.

import { fetch } from '../../protocol/messages/fetch.ts'
import type { Message } from '../../protocol/wire/schema.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { BrokerNode } from '../cluster/cluster-image.ts'
import { type HedgeOptions, HedgePolicy } from '../resilience/hedge-policy.ts'
import { type AskedPartition, asAsked } from './asked-partition.ts'
import type { ConsumerEmitter } from './consumer-events.ts'
import type { FetchSettings } from './consumer-options.ts'
import type { FetchBuffer } from './fetch-buffer.ts'
import { answerBytes, fetchRequest, versionsFor, wantedPartition } from './fetch-plan.ts'
import { sessionless } from './fetch-session.ts'
import { secondReplicas } from './hedge-plan.ts'
import { endOf, type PartitionState } from './partition-state.ts'

/** What a broker owes: from the first request that it has not answered until it answers one. */
export interface OwedAnswer {
  readonly node: BrokerNode
  readonly sinceMs: number
  /** It may wait for data so long, and is late only after that. */
  readonly grantedMs: number
  /** Others are asked from then on. */
  hedgeMs: number
  /** How often they were to be asked. */
  attempts: number
  isOver: boolean
  /** Partitions that others stand in for. */
  readonly standIns: Set<PartitionState>
}

export interface HedgerOptions {
  readonly cluster: Cluster
  readonly settings: FetchSettings
  readonly buffer: FetchBuffer
  readonly events: ConsumerEmitter
  /** Whether the broker is not late itself. */
  readonly isPrompt: (node: BrokerNode) => boolean
  readonly isRead: (state: PartitionState) => boolean
  /** Takes the records of an answer, and says which partitions they moved on. */
  readonly take: (
    node: BrokerNode,
    asked: readonly AskedPartition[],
    answer: Message<typeof fetch.response>,
  ) => PartitionState[]
  readonly wake: () => void
}

/** Earlier versions are answered by leaders only. */
const followersServeSince = 11

export class Hedger {
  readonly #options: HedgerOptions
  readonly #policy: HedgePolicy
  /** Partitions that a hedge under way asks for. */
  readonly #asking = new Set<PartitionState>()

  constructor(hedge: HedgeOptions, options: HedgerOptions) {
    this.#policy = new HedgePolicy(hedge)
    this.#options = options
  }

  /** A request for these partitions goes out; `before`: what the broker owes already. */
  sent(
    node: BrokerNode,
    partitions: readonly PartitionState[],
    nowMs: number,
    before: OwedAnswer | undefined,
  ): OwedAnswer {
    this.#policy.noteRequest()
    if (before !== undefined) return before
    const grantedMs = grantedMsFor(partitions, this.#options.settings)
    const hedgeMs = nowMs + grantedMs + this.#policy.delayMs
    return { node, sinceMs: nowMs, grantedMs, hedgeMs, attempts: 0, isOver: false, standIns: new Set() }
  }

  /** The broker has answered; `isSample`: and in the usual way. */
  answered(owed: OwedAnswer, nowMs: number, isSample: boolean): void {
    owed.isOver = true
    for (const state of owed.standIns) state.standIn = -1
    const lateMs = nowMs - owed.sinceMs - owed.grantedMs
    // Before its time was over it has answered because data came, which says nothing of how quick it is.
    if (isSample && lateMs >= 0) this.#policy.noteLatency(lateMs)
  }

  /** Partitions that are wanted now wait for what is owed: others are asked for them, if it is time, and there may be one more hedge. */
  hedge(owed: OwedAnswer, partitions: readonly PartitionState[], nowMs: number): void {
    if (nowMs < owed.hedgeMs) return
    owed.attempts += 1
    owed.hedgeMs = nowMs + Math.max(1, this.#policy.delayMs) * 2 ** owed.attempts
    const { cluster, buffer, settings, isPrompt } = this.#options
    const { image } = cluster
    const waiting = partitions.filter(state => !this.#asking.has(state))
    const mayAsk = (node: BrokerNode) => isPrompt(node) && cluster.broker(node).isAvailable
    for (const { node, states } of secondReplicas(waiting, image, mayAsk)) {
      const bytes = answerBytes(states, buffer.heldBytes(node.nodeId), image.brokers.size, settings)
      if (bytes === 0) continue
      if (!this.#policy.tryHedge()) return
      this.#ask(owed, node, states, bytes)
    }
  }

  #ask(owed: OwedAnswer, node: BrokerNode, states: readonly PartitionState[], bytes: number): void {
    const { cluster, settings, isRead, take, wake } = this.#options
    for (const state of states) this.#asking.add(state)
    this.#tell(owed, node, states)
    let asked: AskedPartition[] = []
    const body = (apiVersion: number) => {
      asked = states.filter(state => isRead(state) && state.isFetchable).map(asAsked)
      const wanted = asked.map(({ state }) => wantedPartition(state, apiVersion))
      // Without a rack: a leader that is asked in place of a replica nearby is not to send us back there.
      return fetchRequest(settings, bytes, '', sessionless(wanted))
    }
    const lastVersion = versionsFor(states)?.[1] ?? fetch.versions[1]
    const timeoutMs = settings.maxWaitMs + cluster.settings.requestTimeoutMs
    const options = { lane: 'hedge', versions: [followersServeSince, lastVersion], timeoutMs } as const
    const over = () => {
      for (const state of states) this.#asking.delete(state)
    }
    cluster
      .broker(node)
      .request(fetch, body, options)
      .then(
        answer => {
          over()
          const movedOn = take(node, asked, answer)
          if (!owed.isOver) for (const state of movedOn) this.#standIn(owed, node, state)
          wake()
        },
        // The first one still owes its answer: no harm is done, and its partitions may be asked for again.
        () => {
          over()
          wake()
        },
      )
  }

  #standIn(owed: OwedAnswer, node: BrokerNode, state: PartitionState): void {
    state.standIn = node.nodeId
    owed.standIns.add(state)
  }

  #tell(owed: OwedAnswer, node: BrokerNode, states: readonly PartitionState[]): void {
    const { cluster, events } = this.#options
    const partitions = states.map(({ topic, partition }) => ({ topic, partition }))
    events.emit('hedged', { broker: cluster.broker(owed.node).name, asked: cluster.broker(node).name, partitions })
  }
}

/** How long a broker may wait for data before it answers: only where there may be too little. */
function grantedMsFor(partitions: readonly PartitionState[], settings: FetchSettings): number {
  const { minBytes, maxWaitMs, readsCommitted } = settings
  if (minBytes === 0) return 0
  const isAtEnd = ({ fetchOffset, marks }: PartitionState) => fetchOffset >= endOf(marks, readsCommitted)
  return minBytes > 1 || partitions.every(isAtEnd) ? maxWaitMs : 0
}
