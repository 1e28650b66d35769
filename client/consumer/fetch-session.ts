// What a broker remembers of our fetches, so that a request names only what has changed (KIP-227). One session per broker.
//
// Invariant: what the broker has in its session is what `build` was given last, as long as answers come back good; after anything
// else the next request is a full one, which closes what the broker may still have.
// A broker before version 7, or without room for a session, answers session 0: then every request is a full one.
// Source: org.apache.kafka.clients.FetchSessionHandler and FetchMetadata, Kafka 4.3.0.

import { errors } from '../../protocol/errors.ts'
import type { fetch } from '../../protocol/messages/fetch.ts'
import type { Message, MessageInput } from '../../protocol/wire/schema.ts'
import { type Uuid, zeroUuid } from '../../protocol/wire/uuid.ts'

export interface WantedPartition {
  readonly topic: string
  readonly topicId: Uuid
  readonly partition: number
  readonly fetchOffset: number
  readonly currentLeaderEpoch: number
  /** Of the record before `fetchOffset`, -1 when not known: a leader that has another history says so (KIP-595). */
  readonly lastFetchedEpoch: number
  readonly maxBytes: number
}

type Request = MessageInput<typeof fetch.request>
type Answer = Message<typeof fetch.response>
/** The fields of a request that the session decides about. */
export type SessionRequest = Pick<Request, 'sessionId' | 'sessionEpoch' | 'topics' | 'forgottenTopicsData'>

const noSession = 0
const initialEpoch = 0
/** Ends the session; without one, none is begun. */
const finalEpoch = -1
/** Topic ids in place of names. */
const idsSince = 13

export class FetchSession {
  #sessionId = noSession
  #epoch = initialEpoch
  #usesIds = false
  readonly #partitions = new Map<string, WantedPartition>()

  /** Partitions that the broker has in mind. */
  get size(): number {
    return this.#partitions.size
  }

  /** The next request, for exactly these partitions; in a full one they stand in this order. */
  build(wanted: readonly WantedPartition[], apiVersion: number): SessionRequest {
    const usesIds = apiVersion >= idsSince
    if (usesIds !== this.#usesIds) this.failed()
    this.#usesIds = usesIds
    return this.#epoch === initialEpoch ? this.#full(wanted) : this.#incremental(wanted)
  }

  /** An answer came. Its partitions may be used unless it has an error of its own, which it answers then. */
  answered(answer: Answer): number {
    if (answer.errorCode !== errors.NONE.code) {
      if (answer.errorCode === errors.FETCH_SESSION_ID_NOT_FOUND.code) this.#sessionId = noSession
      this.failed()
    } else if (answer.sessionId === noSession) {
      this.#sessionId = noSession
      this.failed()
    } else {
      this.#sessionId = answer.sessionId
      this.#epoch = this.#epoch === 0x7fff_ffff ? 1 : this.#epoch + 1
    }
    return answer.errorCode
  }

  /** No answer came, or not the right one: what the broker knows is not known. The next request is full. */
  failed(): void {
    this.#epoch = initialEpoch
    this.#partitions.clear()
  }

  /** The request that ends the session; undefined when there is none. */
  end(): SessionRequest | undefined {
    if (this.#sessionId === noSession) return undefined
    const sessionId = this.#sessionId
    this.#sessionId = noSession
    this.failed()
    return { sessionId, sessionEpoch: finalEpoch, topics: [], forgottenTopicsData: [] }
  }

  #full(wanted: readonly WantedPartition[]): SessionRequest {
    this.#partitions.clear()
    for (const partition of wanted) this.#partitions.set(keyOf(partition), partition)
    const header = { sessionId: this.#sessionId, sessionEpoch: initialEpoch }
    return { ...header, topics: byTopic(wanted), forgottenTopicsData: [] }
  }

  #incremental(wanted: readonly WantedPartition[]): SessionRequest {
    const keys = new Map(wanted.map(partition => [keyOf(partition), partition]))
    const forgotten = [...this.#partitions].filter(([key, known]) => isForgotten(known, keys.get(key)))
    for (const [key] of forgotten) this.#partitions.delete(key)
    const changed: WantedPartition[] = []
    for (const [key, partition] of keys) {
      const known = this.#partitions.get(key)
      if (known !== undefined && isSame(known, partition)) continue
      this.#partitions.set(key, partition)
      changed.push(partition)
    }
    const header = { sessionId: this.#sessionId, sessionEpoch: this.#epoch }
    return {
      ...header,
      topics: byTopic(changed),
      forgottenTopicsData: forgottenTopics(forgotten.map(([, partition]) => partition)),
    }
  }
}

/** Not wanted any more, or wanted of another topic of that name, which the broker must be told as something new. */
function isForgotten(known: WantedPartition, wanted: WantedPartition | undefined): boolean {
  return wanted === undefined || (known.topicId !== wanted.topicId && known.topicId !== zeroUuid)
}

function isSame(a: WantedPartition, b: WantedPartition): boolean {
  return (
    a.fetchOffset === b.fetchOffset &&
    a.currentLeaderEpoch === b.currentLeaderEpoch &&
    a.lastFetchedEpoch === b.lastFetchedEpoch &&
    a.maxBytes === b.maxBytes &&
    a.topicId === b.topicId
  )
}

/** A request that neither uses a session nor begins one: beside the session's own. */
export function sessionless(wanted: readonly WantedPartition[]): SessionRequest {
  return { sessionId: noSession, sessionEpoch: finalEpoch, topics: byTopic(wanted), forgottenTopicsData: [] }
}

function keyOf({ topic, partition }: WantedPartition): string {
  return `${topic}-${partition}`
}

function grouped(partitions: readonly WantedPartition[]): WantedPartition[][] {
  const groups = new Map<string, WantedPartition[]>()
  for (const partition of partitions) {
    const key = `${partition.topicId} ${partition.topic}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [partition])
    else group.push(partition)
  }
  return [...groups.values()]
}

function byTopic(partitions: readonly WantedPartition[]) {
  return grouped(partitions).map(group => ({
    topic: group[0]!.topic,
    topicId: group[0]!.topicId,
    partitions: group.map(({ partition, currentLeaderEpoch, fetchOffset, lastFetchedEpoch, maxBytes }) => ({
      partition,
      currentLeaderEpoch,
      fetchOffset,
      lastFetchedEpoch,
      logStartOffset: -1,
      partitionMaxBytes: maxBytes,
    })),
  }))
}

function forgottenTopics(partitions: readonly WantedPartition[]) {
  return grouped(partitions).map(group => ({
    topic: group[0]!.topic,
    topicId: group[0]!.topicId,
    partitions: group.map(({ partition }) => partition),
  }))
}
