// Fetches of this broker: their sessions, and those that wait. Source: FetchManager and FetchContext of Kafka 4.3.0.

import type { World } from '../../../io/world.ts'
import { errors, type ProtocolError } from '../../../protocol/errors.ts'
import type { Partitions } from '../../partition/partitions.ts'
import { type CachedPartition, type FetchSession, nextEpoch, type PartitionFetch } from './fetch-session.ts'
import { FetchSessionCache } from './fetch-session-cache.ts'
import type { PartitionRead } from './partition-read.ts'
import { type FetchParameters, type FetchWorld, PendingFetch } from './pending-fetch.ts'

export interface FetchRequest {
  readonly parameters: FetchParameters
  readonly usesTopicIds: boolean
  readonly sessionId: number
  /** 0: opens a session, -1: closes it or does without, otherwise the session's next. */
  readonly sessionEpoch: number
  readonly fetches: readonly PartitionFetch[]
  readonly forgotten: readonly PartitionFetch[]
}

/** A partition as it is answered. */
export interface Fetched {
  readonly fetch: PartitionFetch
  readonly read: PartitionRead
}

export interface FetchAnswer {
  readonly error: ProtocolError
  readonly sessionId: number
  readonly partitions: readonly Fetched[]
}

/** Why a partition cannot even be looked for; undefined: it can. */
export type Unknown = (fetch: PartitionFetch) => PartitionRead | undefined

const opensSession = 0
const noSession = -1

export class FetchService {
  readonly #world: FetchWorld
  readonly #clock: World['clock']
  readonly #sessions: FetchSessionCache

  constructor(world: Pick<World, 'clock' | 'random'>, partitions: Partitions, sessionsMax: number) {
    this.#world = { clock: world.clock, partitions, waiting: new Set(), isStopping: false }
    this.#clock = world.clock
    this.#sessions = new FetchSessionCache(sessionsMax, world.random)
  }

  get sessionCount(): number {
    return this.#sessions.size
  }
  get sessionPartitionCount(): number {
    return this.#sessions.partitionCount
  }
  get waitingCount(): number {
    return this.#world.waiting.size
  }

  /** What the session fetches as it is now; nothing where there is no such session. */
  sessionPartitions(sessionId: number): readonly PartitionFetch[] {
    return [...(this.#sessions.get(sessionId)?.partitions() ?? [])]
  }

  /** The broker stops: those that wait are answered with what there is, and no others wait. */
  stop(): void {
    this.#world.isStopping = true
    for (const fetch of [...this.#world.waiting]) fetch.complete()
  }

  /** `nameOf` gives the topic of an id; `unknown` says which partitions the metadata does not have. */
  fetch(
    request: FetchRequest,
    nameOf: (topicId: string) => string | undefined,
    unknown: Unknown,
  ): FetchAnswer | Promise<FetchAnswer> {
    const session = this.#sessionOf(request)
    if (session !== undefined && 'code' in session) return { error: session, sessionId: 0, partitions: [] }
    const wanted = session === undefined ? request.fetches : [...session.partitions()]
    if (session !== undefined) resolveNames(wanted as readonly CachedPartition[], nameOf)
    const refused: Fetched[] = []
    const readable: PartitionFetch[] = []
    for (const fetch of wanted) {
      const read = unknown(fetch)
      if (read === undefined) readable.push(fetch)
      else refused.push({ fetch, read })
    }
    // The session may change while this request waits; what it asked for stays as it was.
    const asked = session === undefined ? readable : readable.map(fetch => ({ ...fetch }))
    const answer = (reads: PartitionRead[]) => {
      const fetched = reads.map((read, i) => ({ fetch: readable[i]!, read }))
      return this.#answer(request, session, [...fetched, ...refused])
    }
    const reads = new PendingFetch(this.#world, request.parameters, asked).run()
    return reads instanceof Promise ? reads.then(answer) : answer(reads)
  }

  /** The session that the request goes on with; undefined: it names everything itself. */
  #sessionOf(request: FetchRequest): FetchSession | ProtocolError | undefined {
    const { sessionId, sessionEpoch, usesTopicIds, fetches, forgotten } = request
    if (sessionEpoch === opensSession || sessionEpoch === noSession) {
      if (sessionId !== 0) this.#sessions.remove(sessionId)
      return undefined
    }
    const session = this.#sessions.get(sessionId)
    if (session === undefined) return errors.FETCH_SESSION_ID_NOT_FOUND
    if (session.epoch !== sessionEpoch) return errors.INVALID_FETCH_SESSION_EPOCH
    if (session.usesTopicIds !== usesTopicIds) return errors.FETCH_SESSION_TOPIC_ID_ERROR
    const sizeBefore = session.size
    for (const fetch of fetches) session.put(fetch)
    for (const fetch of forgotten) session.forget(fetch)
    if (session.size > sizeBefore && !this.#sessions.keepGrown(session)) return errors.FETCH_SESSION_ID_NOT_FOUND
    if (session.size === 0) {
      this.#sessions.remove(sessionId)
      return undefined
    }
    this.#sessions.touch(session, this.#clock.monotonicMs())
    session.advanceEpoch()
    return session
  }

  #answer(request: FetchRequest, session: FetchSession | undefined, partitions: Fetched[]): FetchAnswer {
    if (session === undefined) {
      const sessionId = request.sessionEpoch === opensSession ? this.#openSession(request, partitions) : 0
      return { error: errors.NONE, sessionId, partitions }
    }
    if (session.epoch !== nextEpoch(request.sessionEpoch)) {
      for (const { read } of partitions) read.release?.()
      return { error: errors.INVALID_FETCH_SESSION_EPOCH, sessionId: session.id, partitions: [] }
    }
    return { error: errors.NONE, sessionId: session.id, partitions: partitions.filter(each => isNews(session, each)) }
  }

  /** 0 when there is no room. */
  #openSession({ parameters, usesTopicIds }: FetchRequest, partitions: readonly Fetched[]): number {
    if (partitions.length === 0) return 0
    const session = this.#sessions.create({
      isPrivileged: parameters.replicaId >= 0,
      usesTopicIds,
      partitionCount: partitions.length,
      nowMs: this.#clock.monotonicMs(),
    })
    if (session === undefined) return 0
    for (const { fetch, read } of partitions) session.put(fetch).tell(asTold(read))
    return session.id
  }
}

/** Whether the client is told of it; its range is let go otherwise. What is fetched with a session is part of it. */
function isNews(session: FetchSession, { fetch, read }: Fetched): boolean {
  const cached = fetch as CachedPartition
  if (!session.has(cached) || !cached.tell(asTold(read))) {
    read.release?.()
    return false
  }
  if (read.bytes > 0) session.moveToEnd(cached)
  return true
}

const asTold = ({ bytes, error, highWatermark, logStartOffset, divergingEpoch }: PartitionRead) => ({
  bytes,
  errorCode: error.code,
  highWatermark,
  logStartOffset,
  divergingEpoch,
})

function resolveNames(partitions: readonly CachedPartition[], nameOf: (topicId: string) => string | undefined): void {
  for (const partition of partitions) partition.topic ??= nameOf(partition.topicId)
}
