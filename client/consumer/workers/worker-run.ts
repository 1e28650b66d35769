// Works on records with a handler, several at a time, each lane in order. A feeder takes batches and puts their records into lanes, as
// many as may wait; workers take them out. What is processed of a partition is everything before its first record that is not done.
//
// A record is abandoned, and its handler not called, when its partition is taken away or the run ends before its turn: nothing of
// it or behind it is committed, and whoever reads there next is given it again.

import type { Clock } from '../../../io/clock.ts'
import { ClientError } from '../../client-error.ts'
import { wait } from '../../resilience/wait.ts'
import type { ConsumerEmitter } from '../consumer-events.ts'
import type { ConsumerRecord } from '../consumer-record.ts'
import type { Delivery } from '../delivery.ts'
import type { RecordsEntry } from '../fetch-buffer.ts'
import type { PartitionState } from '../partition-state.ts'
import type { Reading } from '../reading.ts'
import { CompletionTracker } from './completion-tracker.ts'
import { callHandler, type HandlerCalls } from './handler-call.ts'
import { Lanes } from './lanes.ts'
import { dueMs, failuresBefore, onward } from './retry-topics.ts'
import type { RunSettings } from './run-options.ts'

export interface WorkerRunOptions {
  readonly delivery: Delivery
  readonly reading: Reading
  readonly events: ConsumerEmitter
  readonly clock: Clock
  readonly settings: RunSettings
  /** Who works, and who traces it. */
  readonly calls: HandlerCalls
}

/** A batch whose records are being worked on. */
interface OpenBatch {
  readonly entry: RecordsEntry
  readonly tracker: CompletionTracker
  /** Records in lanes or in handlers, and one while the batch is being fed. */
  left: number
}

interface Work {
  readonly record: ConsumerRecord
  readonly batch: OpenBatch
}

export class WorkerRun {
  readonly #options: WorkerRunOptions
  readonly #lanes = new Lanes<Work>()
  readonly #trackers = new WeakMap<PartitionState, { readonly tracker: CompletionTracker; readonly jumps: number }>()
  readonly #ending = new AbortController()
  readonly #running = new Set<Promise<void>>()
  /** Ends the waits of partitions whose next record is not due yet. */
  readonly #holds = new Set<() => void>()
  #keyless = 0
  #roomWaiter: (() => void) | undefined
  #failure: unknown

  constructor(options: WorkerRunOptions) {
    this.#options = options
  }

  /** Resolves when the consumer is closed, or the signal raised; rejects with what ended it. Handlers under way have ended then. */
  async run(): Promise<void> {
    const { signal } = this.#options.settings
    const end = () => this.#ending.abort()
    if (signal?.aborted) return
    signal?.addEventListener('abort', end, { once: true })
    try {
      await this.#feed()
    } catch (error) {
      if (!this.#ending.signal.aborted) this.#fail(error)
    } finally {
      signal?.removeEventListener('abort', end)
      this.#ending.abort()
    }
    while (this.#running.size > 0) await Promise.all(this.#running)
    this.#abandonWaiting()
    // Delays of hours must not keep the process alive, nor the partition from whoever reads it next.
    for (const release of this.#holds) release()
    this.#goBack()
    if (this.#failure !== undefined) throw this.#failure
  }

  async #feed(): Promise<void> {
    const { delivery } = this.#options
    const { signal } = this.#ending
    for (let entry = await delivery.next(signal); entry !== undefined; entry = await delivery.next(signal)) {
      const batch = { entry, left: 1, tracker: this.#trackerOf(entry.state) }
      try {
        if (await this.#feedBatch(batch)) this.#note(batch, batch.tracker.reach(entry.nextOffset))
      } finally {
        this.#leave(batch)
      }
    }
  }

  /** Whether all of it was begun. */
  async #feedBatch(batch: OpenBatch): Promise<boolean> {
    const { settings, clock } = this.#options
    for (const record of batch.entry.batch) {
      if (!this.#isWanted(batch)) return false
      const waitMs = settings.retry === undefined ? 0 : dueMs(record, settings.retry) - clock.now()
      if (waitMs > 0) {
        this.#hold(batch.entry.state, record.offset, waitMs)
        return false
      }
      this.#begin(record, batch)
      if (this.#pending >= settings.recordsMax) await this.#room()
    }
    return true
  }

  /** Nothing of the partition is handed out, or fetched, until its next record is due. */
  #hold(state: PartitionState, offset: number, waitMs: number): void {
    const { reading, delivery, clock } = this.#options
    state.isHeld = true
    state.noteDelivered(offset, -1)
    reading.drop(state)
    const release = () => {
      cancel()
      this.#holds.delete(release)
      state.isHeld = false
      reading.fetcher.wake()
      delivery.ready()
    }
    const cancel = clock.after(waitMs, release)
    this.#holds.add(release)
  }

  get #pending(): number {
    return this.#lanes.size + this.#running.size
  }

  #begin(record: ConsumerRecord, batch: OpenBatch): void {
    batch.left += 1
    batch.tracker.begin(record.offset)
    this.#lanes.offer(this.#laneOf(record), { record, batch })
    this.#work()
  }

  #laneOf(record: ConsumerRecord): string {
    const { topic, partition, key } = record
    if (this.#options.settings.per === 'partition') return `${topic}-${partition}`
    // Without a key there is no order to keep.
    return key === null ? `#${this.#keyless++}` : `${topic}-${partition} ${key.toString('latin1')}`
  }

  #room(): Promise<void> {
    return new Promise(resolve => {
      this.#roomWaiter = resolve
    })
  }

  /** As many handlers as there may be. */
  #work(): void {
    while (this.#running.size < this.#options.settings.concurrency) {
      const next = this.#lanes.take()
      if (next === undefined) return
      const running = this.#process(next.item).finally(() => {
        this.#running.delete(running)
        this.#lanes.finish(next.lane)
        this.#options.delivery.noteProgress()
        this.#work()
        this.#roomWaiter?.()
      })
      this.#running.add(running)
    }
  }

  /** Never rejects. */
  async #process({ record, batch }: Work): Promise<void> {
    try {
      if (await this.#isDone(record, batch)) this.#note(batch, batch.tracker.done(record.offset))
    } catch (error) {
      this.#fail(error)
    }
    this.#leave(batch)
  }

  /** Whether the record is processed, or goes on elsewhere, or is left out. False: abandoned. */
  async #isDone(record: ConsumerRecord, batch: OpenBatch): Promise<boolean> {
    const { calls, settings } = this.#options
    const { handler, attempts, attemptDelayMs } = settings
    const before = failuresBefore(record)
    for (let attempt = 1; this.#isWanted(batch); attempt += 1) {
      try {
        await callHandler(handler, record, { attempt: before + attempt, signal: this.#ending.signal }, calls)
        return true
      } catch (error) {
        if (attempt === attempts) return this.#failed(record, batch, error)
        if (!(await this.#waited(attemptDelayMs * 2 ** (attempt - 1)))) return false
      }
    }
    return false
  }

  async #waited(ms: number): Promise<boolean> {
    return wait(this.#options.clock, ms, this.#ending.signal).then(
      () => true,
      () => false,
    )
  }

  async #failed(record: ConsumerRecord, batch: OpenBatch, cause: unknown): Promise<boolean> {
    const { settings, clock, events } = this.#options
    const { retry, attempts, onPoison } = settings
    const onwards = retry && onward(record, { attempts, error: cause, nowMs: clock.now() }, retry)
    if (onwards !== undefined) {
      await retry!.producer.send(onwards.topic, onwards.outgoing)
      return true
    }
    const error = handlerError(record, cause)
    if (onPoison === 'fail') throw error
    const { topic, partition, offset } = record
    events.emit('poison', { topic, partition, offset, error, policy: onPoison })
    if (onPoison === 'skip') return true
    this.#park(batch.entry.state)
    return false
  }

  /** Reading stops before the first record that is not done; who resumes the partition is given it again. */
  #park(state: PartitionState): void {
    const { reading } = this.#options
    if (!reading.has(state)) return
    reading.buffer.drop(state)
    state.seek(state.processed, state.processedEpoch)
    state.isPaused = true
    reading.fetcher.wake()
  }

  /** How far its partition is processed now. */
  #note({ entry }: OpenBatch, bound: number | undefined): void {
    if (bound === undefined || !this.#options.delivery.mayCommit(entry)) return
    entry.state.noteProcessed(bound, entry.batch.leaderEpoch)
  }

  /** One record less; with the last, the batch's memory is released. */
  #leave(batch: OpenBatch): void {
    batch.left -= 1
    if (batch.left === 0) this.#options.delivery.drop(batch.entry)
  }

  #isWanted({ entry }: OpenBatch): boolean {
    const { delivery } = this.#options
    const isOver = this.#ending.signal.aborted || delivery.isClosed
    return !isOver && !entry.state.isDraining && delivery.mayCommit(entry)
  }

  /** A jump begins another: what was begun before it holds nothing up. */
  #trackerOf(state: PartitionState): CompletionTracker {
    const known = this.#trackers.get(state)
    if (known !== undefined && known.jumps === state.jumps) return known.tracker
    const tracker = new CompletionTracker()
    this.#trackers.set(state, { tracker, jumps: state.jumps })
    return tracker
  }

  #fail(error: unknown): void {
    this.#failure ??= error
    this.#ending.abort()
    this.#roomWaiter?.()
  }

  #abandonWaiting(): void {
    for (let next = this.#lanes.take(); next !== undefined; next = this.#lanes.take()) {
      this.#leave(next.item.batch)
      this.#lanes.finish(next.lane)
    }
  }

  /** What was taken and not processed is to be handed out again. */
  #goBack(): void {
    const { reading } = this.#options
    for (const state of reading.states) {
      if (state.processed >= state.delivered || state.isDraining) continue
      reading.buffer.drop(state)
      state.seek(state.processed, state.processedEpoch)
    }
    reading.fetcher.wake()
  }
}

function handlerError({ topic, partition, offset }: ConsumerRecord, cause: unknown): ClientError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new ClientError('HANDLER_FAILED', `the handler failed for offset ${offset}: ${why}`, {
    topic,
    partition,
    cause,
    help: "set attempts, retry, or onPoison: 'skip' or 'park'",
  })
}
