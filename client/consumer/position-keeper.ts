// Finds out where reading begins, and goes on, for partitions that cannot be fetched yet: asks the group for committed offsets
// (starting), the leaders for the beginning, the end or a time (resetting), and for where an epoch ended (validating).
//
// Invariant: of a partition at most one question is under way; an answer to a question that a seek, or another leader, has overtaken is
// dropped. What fails passes, or becomes an error that the application is told; until then it is asked again.

import type { TopicPartition } from '../../protocol/types.ts'
import { ClientError, isRetriable, rootOf } from '../client-error.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { isFenced } from '../group/fenced.ts'
import type { ConsumerEmitter } from './consumer-events.ts'
import type { FetchSettings } from './consumer-options.ts'
import { type EpochEnd, lookUpEpochs } from './epoch-lookup.ts'
import type { FetchBuffer } from './fetch-buffer.ts'
import { type FoundOffset, lookUpOffsets } from './offset-lookup.ts'
import type { PartitionState, ReadingState } from './partition-state.ts'
import { latestTimestamp, type ResetPolicy, timestampOf } from './reset-policy.ts'
import { applyVerdict, truncationError, verdictOf } from './truncation.ts'

/** As the group's: partitions without a committed offset are missing. */
export type FetchCommitted = (
  partitions: readonly (TopicPartition & { readonly ownership?: number })[],
  options: { readonly timeoutMs: number; readonly signal: AbortSignal },
) => Promise<readonly (TopicPartition & { readonly offset: number | bigint; readonly leaderEpoch: number })[]>

export interface PositionKeeperOptions {
  readonly cluster: Cluster
  readonly settings: FetchSettings
  readonly buffer: FetchBuffer
  readonly events: ConsumerEmitter
  /** Undefined without a group: partitions begin by the reset policy. */
  readonly fetchCommitted: FetchCommitted | undefined
  /** Whether the partition is still read. */
  readonly isRead: (state: PartitionState) => boolean
  /** Something can go on, or is to be delivered. */
  readonly changed: () => void
}

/** One partition, as it was when it was asked about. */
interface Asked extends TopicPartition {
  readonly state: PartitionState
  readonly generation: number
  readonly leaderEpoch: number
  readonly reading: ReadingState
}

export class PositionKeeper {
  readonly #options: PositionKeeperOptions
  readonly #closing = new AbortController()

  constructor(options: PositionKeeperOptions) {
    this.#options = options
  }

  /** Asks what must be asked now. */
  pump(states: Iterable<PartitionState>, nowMs: number): void {
    const waiting = [...states].filter(state => !state.isAsked && !state.isDraining && state.waitsUntilMs <= nowMs)
    this.#start(waiting.filter(({ state }) => state === 'starting'))
    this.#reset(waiting.filter(({ state, bufferedCount }) => state === 'resetting' && bufferedCount === 0))
    this.#validate(waiting.filter(({ state }) => state === 'validating'))
  }

  close(): void {
    this.#closing.abort()
  }

  #start(states: PartitionState[]): void {
    const { fetchCommitted } = this.#options
    if (fetchCommitted === undefined) {
      for (const state of states) this.#begin(state)
      this.#reset(states)
      return
    }
    this.#ask(states, 'its committed offset', async (asked, timeoutMs) => {
      const owned = asked.map(({ topic, partition, state: { ownership } }) => {
        return { topic, partition, ...(ownership !== undefined && { ownership }) }
      })
      const committed = await fetchCommitted(owned, { timeoutMs, signal: this.#closing.signal })
      const byKey = new Map(committed.map(offset => [`${offset.topic}-${offset.partition}`, offset]))
      for (const each of asked) {
        if (!isCurrent(each)) continue
        const found = byKey.get(`${each.topic}-${each.partition}`)
        if (found === undefined) this.#begin(each.state)
        else each.state.seek(Number(found.offset), found.leaderEpoch)
      }
    })
  }

  /** Nothing was committed. */
  #begin(state: PartitionState): void {
    const { resetPolicy } = this.#options.settings
    if (resetPolicy !== 'none') {
      state.reset()
      return
    }
    const { topic, partition } = state
    const help = "commit an offset, seek, or set resetPolicy to 'earliest' or 'latest'"
    this.#fail(
      state,
      new ClientError('NO_OFFSET_FOR_PARTITION', 'there is no committed offset', { topic, partition, help }),
    )
  }

  #reset(states: PartitionState[]): void {
    const { cluster, settings, events } = this.#options
    const { readsCommitted } = settings
    const { signal } = this.#closing
    this.#ask(states, 'the offset to begin at', async (asked, timeoutMs) => {
      const queries = asked.map(each => ({ ...each, timestamp: this.#timestampFor(each.state) }))
      const late: typeof queries = []
      const move = (query: (typeof queries)[number], { offset, leaderEpoch }: FoundOffset) => {
        if (!isCurrent(query)) return
        // No record is as young as that: the end.
        if (offset < 0) return void late.push({ ...query, timestamp: latestTimestamp })
        const { state, topic, partition } = query
        const from = state.fetchOffset < 0 ? undefined : state.fetchOffset
        const to = state.resetTo ?? settings.resetPolicy
        state.seek(offset, leaderEpoch)
        state.validated()
        events.emit('reset', { topic, partition, from, to, offset })
      }
      await lookUpOffsets(cluster, queries, { readsCommitted, timeoutMs, signal }, move)
      if (late.length > 0) await lookUpOffsets(cluster, late, { readsCommitted, timeoutMs, signal }, move)
    })
  }

  #timestampFor(state: PartitionState): number {
    const { settings, cluster } = this.#options
    const policy: ResetPolicy = state.resetTo ?? settings.resetPolicy
    return timestampOf(policy, cluster.world.clock.now()) ?? latestTimestamp
  }

  #validate(states: PartitionState[]): void {
    // Nothing to compare with.
    for (const state of states) if (state.leaderEpoch < 0 || state.fetchEpoch < 0) state.validated()
    const compared = states.filter(({ state }) => state === 'validating')
    const { cluster } = this.#options
    const { signal } = this.#closing
    this.#ask(compared, 'whether the new leader has all that was read', async (asked, timeoutMs) => {
      const queries = asked.map(each => ({ ...each, epoch: each.state.fetchEpoch }))
      await lookUpEpochs(cluster, queries, { timeoutMs, signal }, (query, end) => {
        if (isCurrent(query) && query.state.leaderEpoch === query.leaderEpoch) this.judge(query.state, end)
      })
    })
  }

  /** A leader has said where the epoch of the last record read ended, or where histories part. */
  judge(state: PartitionState, end: EpochEnd): void {
    const { settings, buffer, events } = this.#options
    const verdict = verdictOf(state, end, settings.resetPolicy)
    if (verdict !== 'intact') buffer.drop(state)
    const { topic, partition, delivered } = state
    if (verdict === 'lost') this.#fail(state, truncationError(state, end))
    if (verdict === 'moved' || verdict === 'reset') {
      events.emit('truncated', { topic, partition, delivered, endOffset: end.endOffset })
    }
    if (verdict !== 'lost') applyVerdict(state, verdict, end)
  }

  /** The offset does not exist any more, or not yet. */
  outOfRange(state: PartitionState): void {
    if (this.#options.settings.resetPolicy !== 'none') {
      state.reset()
      return
    }
    const { topic, partition, fetchOffset } = state
    const help =
      "seek to an offset that exists (beginningOffsets, endOffsets), or set resetPolicy to 'earliest' or 'latest'"
    const message = `offset ${fetchOffset} does not exist, or not any more (retention)`
    this.#fail(state, new ClientError('OFFSET_OUT_OF_RANGE', message, { topic, partition, help }))
  }

  #fail(state: PartitionState, error: ClientError): void {
    state.fail()
    this.#options.buffer.push({ kind: 'error', state, error })
    this.#options.changed()
  }

  #ask(
    states: readonly PartitionState[],
    what: string,
    question: (asked: readonly Asked[], timeoutMs: number) => Promise<void>,
  ): void {
    if (states.length === 0) return
    const { cluster, changed } = this.#options
    const asked = states.map(state => {
      const { topic, partition, generation, leaderEpoch, state: reading } = state
      state.isAsked = true
      state.trouble = `waits for ${what}`
      return { topic, partition, state, generation, leaderEpoch, reading }
    })
    question(asked, cluster.settings.requestTimeoutMs)
      .catch(error => this.#failed(asked, error))
      .finally(() => {
        for (const { state } of asked) state.isAsked = false
        changed()
      })
  }

  /** Those that have their answer are not concerned. */
  #failed(asked: readonly Asked[], error: unknown): void {
    if (this.#closing.signal.aborted) return
    const { cluster, isRead } = this.#options
    const nowMs = cluster.world.clock.monotonicMs()
    for (const each of asked) {
      const { state } = each
      if (!isCurrent(each) || !isRead(state)) continue
      // Fenced: the group is about to say that the partition is lost, or to give it anew.
      if (isRetriable(error) || isFenced(error)) {
        state.failures += 1
        const delayMs = cluster.retrying.backoff.delayMs(state.failures)
        cluster.noteRetry(`find the position of ${state.topic}-${state.partition}`, state.failures, delayMs, error as Error) // biome-ignore format: one thought
        state.waitsUntilMs = nowMs + delayMs
        state.trouble = rootOf(error as Error).message
      } else if (isAbout(error, state)) {
        this.#fail(state, asClientError(error))
      }
    }
  }
}

function isCurrent({ state, generation, reading }: Asked): boolean {
  return state.generation === generation && state.state === reading
}

/** An error that names another partition says nothing of this one. */
function isAbout(error: unknown, { topic, partition }: PartitionState): boolean {
  if (!(error instanceof ClientError) || error.topic === undefined) return true
  return error.topic === topic && (error.partition === undefined || error.partition === partition)
}

function asClientError(error: unknown): ClientError {
  if (error instanceof ClientError) return error
  return new ClientError('UNKNOWN_SERVER_ERROR', (error as Error).message, { cause: error })
}
