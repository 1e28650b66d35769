// The fetch sessions of a broker, at most `max.incremental.fetch.session.cache.slots`. When it is full a new session takes
// the place of one that has not been used for two minutes, or of one that is worth less and not new: fewer partitions, or
// a consumer's where the new one is a follower's. Otherwise the client goes without one. So it does when the partitions of all
// sessions would be more than `sessionPartitionsMax`, which Kafka does not bound. Source: FetchSessionCacheShard of
// Kafka 4.3.0, which has several of these side by side; one event loop needs one.

import type { Random } from '../../../io/random.ts'
import { FetchSession } from './fetch-session.ts'

/** How long a session is left alone after its last use, and after its creation. */
const evictionMs = 120_000
/** Partitions of one fetch, and of one session. A request of the largest size could name millions. */
export const fetchPartitionsMax = 100_000
/** Partitions of all sessions together, of some 200 bytes each. */
export const sessionPartitionsMax = 500_000
const sessionIdMax = 0x7fff_ffff

export class FetchSessionCache {
  readonly #sessionsMax: number
  readonly #random: Random
  readonly #partitionsMax: number
  /** By id; the one that was used least recently first. */
  readonly #sessions = new Map<number, FetchSession>()

  constructor(sessionsMax: number, random: Random, partitionsMax = sessionPartitionsMax) {
    this.#sessionsMax = sessionsMax
    this.#partitionsMax = partitionsMax
    this.#random = random
  }

  get size(): number {
    return this.#sessions.size
  }

  /** A walk over all sessions: for when one is made or grows. */
  get partitionCount(): number {
    let count = 0
    for (const session of this.#sessions.values()) count += session.size
    return count
  }

  /** Whether it may have as many partitions as it has; otherwise it is gone, and its client begins anew without one. */
  keepGrown(session: FetchSession): boolean {
    if (session.size <= fetchPartitionsMax && this.partitionCount <= this.#partitionsMax) return true
    this.remove(session.id)
    return false
  }

  get(id: number): FetchSession | undefined {
    return this.#sessions.get(id)
  }

  remove(id: number): void {
    this.#sessions.delete(id)
  }

  touch(session: FetchSession, nowMs: number): void {
    session.lastUsedMs = nowMs
    this.#sessions.delete(session.id)
    this.#sessions.set(session.id, session)
  }

  /** A session for a client that fetches `partitionCount` partitions; undefined when there is no room for it. */
  create(wanted: {
    isPrivileged: boolean
    usesTopicIds: boolean
    partitionCount: number
    nowMs: number
  }): FetchSession | undefined {
    if (this.partitionCount + wanted.partitionCount > this.#partitionsMax) return undefined
    if (this.#sessions.size >= this.#sessionsMax && !this.#evict(wanted)) return undefined
    const { isPrivileged, usesTopicIds, nowMs } = wanted
    const session = new FetchSession({ id: this.#newId(), isPrivileged, usesTopicIds, nowMs })
    this.#sessions.set(session.id, session)
    return session
  }

  #evict({
    isPrivileged,
    partitionCount,
    nowMs,
  }: {
    isPrivileged: boolean
    partitionCount: number
    nowMs: number
  }): boolean {
    const [oldest] = this.#sessions.values()
    if (oldest === undefined) return false
    if (nowMs - oldest.lastUsedMs > evictionMs) {
      this.remove(oldest.id)
      return true
    }
    const least = this.#leastWorth(isPrivileged)
    if (least === undefined) return false
    const isWorthMore = isPrivileged === least.isPrivileged ? partitionCount > least.size : isPrivileged
    if (isWorthMore) this.remove(least.id)
    return isWorthMore
  }

  /** Of those that may be evicted at all: consumers' before followers', small before large. */
  #leastWorth(byPrivileged: boolean): FetchSession | undefined {
    let least: FetchSession | undefined
    for (const session of this.#sessions.values()) {
      const isSettled = session.lastUsedMs - session.createdMs > evictionMs
      const isEvictable = isSettled || (byPrivileged && !session.isPrivileged)
      if (isEvictable && (least === undefined || isWorthLess(session, least))) least = session
    }
    return least
  }

  #newId(): number {
    let id: number
    do id = 1 + this.#random.int(sessionIdMax)
    while (this.#sessions.has(id))
    return id
  }
}

function isWorthLess(a: FetchSession, b: FetchSession): boolean {
  if (a.isPrivileged !== b.isPrivileged) return b.isPrivileged
  return a.size !== b.size ? a.size < b.size : a.id < b.id
}
