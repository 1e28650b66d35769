// Partitions with replicas on three brokers of a test's making, for readers of them: each broker has the log up to an offset of its own,
// and takes as long, and says what, the test wants. Sessions of fetches are kept as Kafka keeps them (KIP-227): a request that does not
// fit into its session is refused.

import { SimWorld } from '../io/sim/world.ts'
import { errors } from '../protocol/errors.ts'
import { fetch } from '../protocol/messages/fetch.ts'
import { buildBatch } from '../protocol/records/batch-builder.ts'
import type { Message, MessageInput, VersionRange } from '../protocol/wire/schema.ts'
import { ScriptedLeaders } from './scripted-leaders.ts'

type FetchRequest = Message<typeof fetch.request>

export const replicatedTopic = 'orders'
const topicId = 'AAAAAAAAAAAAAAAAAAAAKQ'
const sessionId = 9
const nodes = 3

/** One partition that is asked for. */
export interface Read {
  readonly nodeId: number
  readonly partition: number
  readonly offset: number
  readonly isHedge: boolean
}

export interface ReplicaScript {
  /** How long the broker takes; Infinity: for ever. Of several partitions in a request the longest counts. */
  delayMs(read: Read): number
  /** The log of the replica ends here: "v0", "v1" ... are in it. */
  endOffset(read: Read): number
  /** In place of records. */
  errorCode?(read: Read): number
}

interface Session {
  epoch: number
  readonly offsets: Map<number, number>
}

export class ScriptedReplicas {
  readonly world: SimWorld
  readonly broker: ScriptedLeaders
  readonly script: ReplicaScript
  /** What was asked, in order. */
  readonly reads: Read[] = []
  /** Requests for records. */
  requests = 0
  /** Those that did not fit into their session: a client that keeps its sessions right makes none. */
  refused = 0
  readonly #sessions = new Map<number, Session>()

  private constructor(world: SimWorld, broker: ScriptedLeaders, script: ReplicaScript) {
    this.world = world
    this.broker = broker
    this.script = script
  }

  /** `leaders`: a partition for each of these, all with replicas in sync everywhere. */
  static async start(
    script: ReplicaScript,
    { seed = 1, leaders = [1], lastFetch = fetch.versions[1] }: { seed?: number; leaders?: readonly number[]; lastFetch?: number } = {}, // biome-ignore format: one thought
  ): Promise<ScriptedReplicas> {
    const world = new SimWorld({ seed })
    const versions = new Map<number, VersionRange>([[fetch.key, [4, lastFetch]]])
    const broker = new ScriptedLeaders(world, { nodes, versions })
    const partitions = leaders.map(leaderId => ({ leaderId, leaderEpoch: 1, isrNodes: [1, 2, 3] }))
    broker.topics.push({ name: replicatedTopic, topicId, leaders: partitions })
    await broker.start()
    const replicas = new ScriptedReplicas(world, broker, script)
    broker.on(fetch, (request, apiVersion, nodeId) => replicas.#answer(request, apiVersion, nodeId))
    return replicas
  }

  readsAt(nodeId: number): Read[] {
    return this.reads.filter(read => read.nodeId === nodeId)
  }

  async #answer(
    request: FetchRequest,
    apiVersion: number,
    nodeId: number,
  ): Promise<MessageInput<typeof fetch.response> | undefined> {
    this.requests += 1
    const isHedge = request.sessionEpoch === -1
    const session = this.#sessionFor(nodeId, request)
    if (session === undefined) this.refused += 1
    if (session === undefined) return { errorCode: errors.INVALID_FETCH_SESSION_EPOCH.code }
    const reads = [...session.offsets].map(([partition, offset]) => ({ nodeId, partition, offset, isHedge }))
    this.reads.push(...reads)
    const delayMs = Math.max(0, ...reads.map(read => this.script.delayMs(read)))
    if (delayMs === Number.POSITIVE_INFINITY) return new Promise(() => {})
    await this.#pause(delayMs)
    const hasNews = (read: Read) => this.#errorCode(read) !== 0 || read.offset < this.script.endOffset(read)
    if (!reads.some(hasNews)) await this.#pause(request.maxWaitMs)
    const topic = apiVersion >= 13 ? { topicId } : { topic: replicatedTopic }
    const partitions = reads.map(read => this.#partition(read))
    return { sessionId: isHedge || apiVersion < 7 ? 0 : sessionId, responses: [{ ...topic, partitions }] }
  }

  /** Undefined: the request does not fit. */
  #sessionFor(nodeId: number, { sessionEpoch, topics, forgottenTopicsData }: FetchRequest): Session | undefined {
    const asked = topics.flatMap(({ partitions }) => partitions)
    if (sessionEpoch <= 0) {
      const offsets = new Map(asked.map(({ partition, fetchOffset }) => [partition, Number(fetchOffset)]))
      const session = { epoch: 1, offsets }
      if (sessionEpoch === 0) this.#sessions.set(nodeId, session)
      return session
    }
    const session = this.#sessions.get(nodeId)
    if (session?.epoch !== sessionEpoch) return undefined
    session.epoch += 1
    for (const { partitions } of forgottenTopicsData) for (const each of partitions) session.offsets.delete(each)
    for (const { partition, fetchOffset } of asked) session.offsets.set(partition, Number(fetchOffset))
    return session
  }

  #errorCode(read: Read): number {
    return this.script.errorCode?.(read) ?? 0
  }

  /** One record at a time. */
  #partition(read: Read) {
    const { partition, offset } = read
    const errorCode = this.#errorCode(read)
    const highWatermark = this.script.endOffset(read)
    const value = { value: Buffer.from(`v${offset}`), timestamp: 1 }
    const hasRecord = errorCode === 0 && offset < highWatermark
    const records = hasRecord ? buildBatch([value], { baseOffset: offset, partitionLeaderEpoch: 1 }) : null
    return { partitionIndex: partition, errorCode, highWatermark, lastStableOffset: highWatermark, records }
  }

  #pause(ms: number): Promise<void> {
    return new Promise(resolve => this.world.scheduler.schedule(ms, resolve))
  }
}
