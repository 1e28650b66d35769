// Fetches: at each broker one request at a time, and the next as soon as its answer is there, while the application still reads what
// came. What to ask is fetch-plan.ts's rule, what an answer means fetch-answer.ts's; this is the shell around them.
//
// Invariant: an answer changes a partition only when it is for the offset at which the partition still is; a seek, a reset, or an answer
// of another broker in between makes it worthless.

import type { Cancel } from '../../io/clock.ts'
import { errors } from '../../protocol/errors.ts'
import { fetch } from '../../protocol/messages/fetch.ts'
import type { Message } from '../../protocol/wire/schema.ts'
import { brokerError, ClientError, isRetriable, rootOf } from '../client-error.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { type BrokerNode, partitionOf } from '../cluster/cluster-image.ts'
import { type AskedPartition, asAsked, askedByKey, isStillThere, keyOf } from './asked-partition.ts'
import type { ConsumerEmitter } from './consumer-events.ts'
import type { FetchSettings } from './consumer-options.ts'
import { FetchAnswers, type PartitionAnswer } from './fetch-answer.ts'
import type { FetchBuffer, HeldAnswer } from './fetch-buffer.ts'
import { answerBytes, fetchRequest, versionsFor, wantedByNode, wantedPartition } from './fetch-plan.ts'
import { FetchSession } from './fetch-session.ts'
import { Hedger, type OwedAnswer } from './hedger.ts'
import type { PartitionState } from './partition-state.ts'
import type { PositionKeeper } from './position-keeper.ts'

export interface FetcherOptions {
  readonly cluster: Cluster
  readonly settings: FetchSettings
  readonly buffer: FetchBuffer
  readonly keeper: PositionKeeper
  readonly events: ConsumerEmitter
  /** All that is assigned. Those that brought something are moved to the end. */
  readonly states: Map<string, PartitionState>
  /** Something is there to deliver, perhaps. */
  readonly ready: () => void
}

/** What goes on at one broker. */
interface NodeFetch {
  readonly session: FetchSession
  /** The request under way. */
  asked: readonly AskedPartition[] | undefined
  askedMs: number
  /** Where fetches are hedged: since the first request that was not answered. */
  owed: OwedAnswer | undefined
  /** An answer is overdue, and that has been told; until one comes. */
  isStalled: boolean
  failures: number
  waitsUntilMs: number
  trouble: string | undefined
}

type Answer = Message<typeof fetch.response>

/** Errors of a session: it is begun anew at once. */
const sessionErrors: ReadonlySet<number> = new Set([
  errors.FETCH_SESSION_ID_NOT_FOUND.code,
  errors.INVALID_FETCH_SESSION_EPOCH.code,
  errors.FETCH_SESSION_TOPIC_ID_ERROR.code,
])
const endTimeoutMs = 1000
/** Longer than it was asked to wait at most, without anybody being told that something is wrong. */
const unsuspiciousMs = 1000

export class Fetcher {
  readonly #options: FetcherOptions
  readonly #answers: FetchAnswers
  readonly #hedger: Hedger | undefined
  readonly #nodes = new Map<number, NodeFetch>()
  readonly #stopListening: () => void
  #isClosed = false
  #isWaking = false
  #cancelTimer: Cancel | undefined
  #timerMs = Number.POSITIVE_INFINITY

  constructor(options: FetcherOptions) {
    this.#options = options
    this.#answers = new FetchAnswers(options)
    this.#hedger = this.#openHedger(options)
    this.#stopListening = options.cluster.onImage(() => this.wake())
  }

  /** Something has changed; looked at in this turn, once for all changes. */
  wake(): void {
    if (this.#isWaking || this.#isClosed) return
    this.#isWaking = true
    queueMicrotask(() => {
      this.#isWaking = false
      this.pump()
    })
  }

  /** Asks whatever is to be asked now. */
  pump(): void {
    if (this.#isClosed) return
    const { cluster, keeper, states } = this.#options
    const nowMs = cluster.world.clock.monotonicMs()
    this.#noteImage()
    keeper.pump(states.values(), nowMs)
    const wanted = wantedByNode(states.values(), cluster.image, nowMs)
    if (wanted.has(-1)) this.#askForLeaders(wanted.get(-1)!)
    for (const [nodeId, partitions] of wanted) {
      const node = cluster.image.brokers.get(nodeId)
      if (node !== undefined) this.#fetch(node, partitions, nowMs)
    }
    this.#setTimer(nowMs)
    this.#options.ready()
  }

  /** Ends the sessions; requests under way are dropped. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#cancelTimer?.()
    this.#stopListening()
    await Promise.allSettled([...this.#nodes].map(([nodeId, { session, asked }]) => this.#end(nodeId, session, asked)))
  }

  /** What keeps a broker from answering, in words. */
  troubleOf(nodeId: number): string | undefined {
    const fetching = this.#nodes.get(nodeId)
    if (fetching === undefined) return undefined
    const { cluster, settings } = this.#options
    const waitedMs = fetching.asked === undefined ? 0 : cluster.world.clock.monotonicMs() - fetching.askedMs
    if (fetching.trouble !== undefined || waitedMs < settings.maxWaitMs + unsuspiciousMs) return fetching.trouble
    return `has not answered for ${(waitedMs / 1000).toFixed(1)} s; what is known is older`
  }

  /** The leader epochs of the image, and topics that were made anew. */
  #noteImage(): void {
    const { cluster, states } = this.#options
    for (const state of states.values()) {
      const topic = cluster.image.topics.get(state.topic)
      const known = topic && partitionOf(topic, state.partition)
      if (known === undefined) continue
      state.topicId = topic!.topicId
      state.noteLeaderEpoch(known.leaderEpoch)
    }
  }

  #askForLeaders(states: readonly PartitionState[]): void {
    for (const state of states) state.trouble = 'no leader is known'
    this.#options.cluster.imageIsWrong()
  }

  #fetch(node: BrokerNode, partitions: PartitionState[], nowMs: number): void {
    const { cluster, buffer, settings } = this.#options
    const fetching = this.#nodeFetch(node.nodeId)
    if (fetching.asked !== undefined || fetching.waitsUntilMs > nowMs) {
      if (fetching.owed !== undefined) this.#hedger!.hedge(fetching.owed, partitions, nowMs)
      return
    }
    const bytes = answerBytes(partitions, buffer.heldBytes(node.nodeId), cluster.image.brokers.size, settings)
    if (bytes === 0) return
    fetching.asked = partitions.map(asAsked)
    fetching.askedMs = nowMs
    fetching.owed = this.#hedger?.sent(node, partitions, nowMs, fetching.owed)
    const broker = cluster.broker(node)
    // A leader that stands in for a replica nearby is not to send us back there.
    const isStandIn = partitions.some(({ standIn }) => standIn === node.nodeId)
    const rackId = isStandIn ? '' : (cluster.settings.rack ?? '')
    const body = (apiVersion: number) => {
      // Decided when it leaves: a connection may have had to be opened first.
      fetching.asked = partitions.filter(state => this.#isMine(state) && state.isFetchable).map(asAsked)
      const wanted = fetching.asked.map(({ state }) => wantedPartition(state, apiVersion))
      return fetchRequest(settings, bytes, rackId, fetching.session.build(wanted, apiVersion))
    }
    const versions = versionsFor(partitions)
    const timeoutMs = settings.maxWaitMs + cluster.settings.requestTimeoutMs
    broker.request(fetch, body, { timeoutMs, ...(versions && { versions }) }).then(
      answer => this.#answered(node, fetching, answer),
      error => this.#failed(node, fetching, error),
    )
  }

  #answered(node: BrokerNode, fetching: NodeFetch, answer: Answer): void {
    const asked = fetching.asked ?? []
    fetching.asked = undefined
    fetching.isStalled = false
    if (this.#isClosed) return
    const nowMs = this.#options.cluster.world.clock.monotonicMs()
    if (fetching.owed !== undefined) this.#hedger!.answered(fetching.owed, nowMs, fetching.failures === 0)
    fetching.owed = undefined
    fetching.waitsUntilMs = nowMs + answer.throttleTimeMs
    fetching.trouble =
      answer.throttleTimeMs > 0 ? `the broker asks for a pause of ${answer.throttleTimeMs} ms` : undefined
    const errorCode = fetching.session.answered(answer)
    if (errorCode === errors.NONE.code) {
      fetching.failures = 0
      this.#takeAll(node, asked, answer)
    } else if (!sessionErrors.has(errorCode)) {
      this.#noteFailure(fetching, brokerError(errorCode, { broker: `${node.host}:${node.port}` }))
    }
    this.pump()
  }

  #takeAll(node: BrokerNode, asked: readonly AskedPartition[], answer: Answer): void {
    this.#takeEach(node, asked, answer, (state, part, held) => this.#answers.take(state, part, held))
  }

  /** Of a hedge's answer the records; answers the partitions that moved on. */
  #takeHedge(node: BrokerNode, asked: readonly AskedPartition[], answer: Answer): PartitionState[] {
    if (this.#isClosed || answer.errorCode !== errors.NONE.code) return []
    const movedOn: PartitionState[] = []
    this.#takeEach(node, asked, answer, (state, part, held) => {
      if (this.#answers.takeRecords(state, part, held)) movedOn.push(state)
    })
    return movedOn
  }

  #takeEach(
    node: BrokerNode,
    asked: readonly AskedPartition[],
    answer: Answer,
    take: (state: PartitionState, part: PartitionAnswer, held: HeldAnswer) => void,
  ): void {
    const byKey = askedByKey(asked)
    const bytes = answer.responses.reduce((sum, { partitions }) => sum + sizeOf(partitions), 0)
    const held = this.#options.buffer.open(node.nodeId, bytes, memoryOf(answer))
    for (const { topic, topicId, partitions } of answer.responses) {
      for (const partition of partitions) {
        const each = byKey.get(`${topic === '' ? topicId : topic}-${partition.partitionIndex}`)
        if (each === undefined) continue
        this.#noteLeader(each.state, partition, answer.nodeEndpoints)
        if (!this.#isCurrent(each)) continue
        take(each.state, partition, held)
        if ((partition.records?.length ?? 0) > 0) this.#moveToEnd(each)
      }
    }
    this.#options.buffer.close(held)
  }

  /** A newer leader that the answer names (KIP-951). */
  #noteLeader({ topic, partition }: PartitionState, answer: PartitionAnswer, endpoints: Answer['nodeEndpoints']): void {
    const { currentLeader } = answer
    if (currentLeader.leaderId < 0 || currentLeader.leaderEpoch < 0) return
    this.#options.cluster.noteLeader({ topic, partition }, currentLeader, endpoints)
  }

  #failed(node: BrokerNode, fetching: NodeFetch, error: unknown): void {
    fetching.asked = undefined
    if (this.#isClosed) return
    fetching.session.failed()
    this.#noteFailure(fetching, error)
    for (const state of this.#options.states.values()) {
      if (state.preferredReplica === node.nodeId) state.preferredReplica = -1
      if (state.standIn === node.nodeId) state.standIn = -1
    }
    this.pump()
  }

  #noteFailure(fetching: NodeFetch, error: unknown): void {
    const { cluster, buffer } = this.#options
    fetching.failures += 1
    const delayMs = cluster.retrying.backoff.delayMs(fetching.failures)
    fetching.waitsUntilMs = cluster.world.clock.monotonicMs() + delayMs
    fetching.trouble = rootOf(error as Error).message
    cluster.imageIsWrong()
    if (isRetriable(error)) {
      cluster.noteRetry('fetch', fetching.failures, delayMs, error as Error)
      return
    }
    const told = error instanceof ClientError ? error : new ClientError('UNKNOWN_SERVER_ERROR', String(error), { cause: error }) // biome-ignore format: one thought
    buffer.push({ kind: 'error', state: undefined, error: told })
  }

  #nodeFetch(nodeId: number): NodeFetch {
    let fetching = this.#nodes.get(nodeId)
    if (fetching === undefined) {
      const session = new FetchSession()
      fetching = { session, asked: undefined, askedMs: 0, owed: undefined, isStalled: false, failures: 0, waitsUntilMs: 0, trouble: undefined } // biome-ignore format: one thought
      this.#nodes.set(nodeId, fetching)
    }
    return fetching
  }

  #isMine(state: PartitionState): boolean {
    return this.#options.states.get(keyOf(state)) === state
  }

  #isCurrent(asked: AskedPartition): boolean {
    return this.#isMine(asked.state) && isStillThere(asked)
  }

  #openHedger({ cluster, settings, buffer, events }: FetcherOptions): Hedger | undefined {
    if (settings.hedge === undefined) return undefined
    return new Hedger(settings.hedge, {
      cluster,
      settings,
      buffer,
      events,
      isPrompt: ({ nodeId }) => this.#isPrompt(nodeId),
      isRead: state => this.#isMine(state),
      take: (node, asked, answer) => this.#takeHedge(node, asked, answer),
      wake: () => this.wake(),
    })
  }

  /** It owes nothing now, or still has time. */
  #isPrompt(nodeId: number): boolean {
    const fetching = this.#nodes.get(nodeId)
    if (fetching?.owed === undefined) return true
    const { asked, waitsUntilMs, failures, owed } = fetching
    const nowMs = this.#options.cluster.world.clock.monotonicMs()
    if (asked === undefined) return waitsUntilMs <= nowMs
    return failures === 0 && owed.attempts === 0 && nowMs < owed.hedgeMs
  }

  /** So that in a request that is cut off by its bytes, others come first. */
  #moveToEnd({ key, state }: AskedPartition): void {
    const { states } = this.#options
    states.delete(key)
    states.set(key, state)
  }

  #setTimer(nowMs: number): void {
    const { cluster, states, settings } = this.#options
    let dueMs = Number.POSITIVE_INFINITY
    for (const { waitsUntilMs } of states.values()) if (waitsUntilMs > nowMs) dueMs = Math.min(dueMs, waitsUntilMs)
    for (const [nodeId, fetching] of this.#nodes) {
      if (fetching.waitsUntilMs > nowMs) dueMs = Math.min(dueMs, fetching.waitsUntilMs)
      if (fetching.owed !== undefined && fetching.owed.hedgeMs > nowMs) dueMs = Math.min(dueMs, fetching.owed.hedgeMs)
      if (fetching.asked === undefined || fetching.isStalled) continue
      const stallMs = fetching.askedMs + settings.maxWaitMs + settings.stallAfterMs
      if (stallMs <= nowMs) this.#stalled(nodeId, fetching, nowMs)
      else dueMs = Math.min(dueMs, stallMs)
    }
    if (dueMs === this.#timerMs) return
    this.#cancelTimer?.()
    this.#timerMs = dueMs
    if (dueMs === Number.POSITIVE_INFINITY) return
    this.#cancelTimer = cluster.world.clock.after(dueMs - nowMs, () => {
      this.#timerMs = Number.POSITIVE_INFINITY
      this.pump()
    })
  }

  #stalled(nodeId: number, fetching: NodeFetch, nowMs: number): void {
    const { cluster, events } = this.#options
    fetching.isStalled = true
    cluster.imageIsWrong()
    const node = cluster.image.brokers.get(nodeId)
    const broker = node === undefined ? `node ${nodeId}` : `${node.host}:${node.port}`
    const partitions = (fetching.asked ?? []).map(({ state: { topic, partition } }) => ({ topic, partition }))
    events.emit('stall', { broker, sinceMs: nowMs - fetching.askedMs, partitions })
  }

  async #end(nodeId: number, session: FetchSession, asked: readonly AskedPartition[] | undefined): Promise<void> {
    const { cluster } = this.#options
    const node = cluster.image.brokers.get(nodeId)
    // Behind a request that waits for data the goodbye would wait, too; the broker forgets the session with the connection.
    const body = asked === undefined ? session.end() : undefined
    if (node === undefined || body === undefined) return
    const request = { replicaId: -1, maxWaitMs: 0, minBytes: 0, maxBytes: 0, ...body }
    await cluster.broker(node).request(fetch, request, { timeoutMs: endTimeoutMs })
  }
}

/** All records of an answer lie in the memory that its frame was received into. */
function memoryOf({ responses }: Answer): ArrayBufferLike | undefined {
  for (const { partitions } of responses) {
    for (const { records } of partitions) if (records !== null && records.length > 0) return records.buffer
  }
  return undefined
}

function sizeOf(partitions: readonly PartitionAnswer[]): number {
  return partitions.reduce((sum, { records }) => sum + (records?.length ?? 0), 0)
}
