// One partition of an internal topic under this broker's leadership: decides events, writes their records, answers when the
// records are committed.
//
// One event: decide (the state is as of all events before it), apply the records at the offsets they are going to get, put
// them into the open batch, park the response. At the end of the turn the batch is appended: the events of a turn share one
// write. Two ways back: the append is refused (the state returns to what it was before the batch, its responses become the
// error), or the leadership ends (state and shard are thrown away).
//
// Invariant: the state is the replay of the log plus the open batch. A response leaves only when every record that its
// decision could see is committed: nobody is told of something that a crash takes back.
// Limit: `parkedEventsMax` responses wait; who comes then is answered COORDINATOR_NOT_AVAILABLE and asks again. Timers are
// not refused: there are as many as there are members.
// Source: Kafka 4.3.0's CoordinatorRuntime. Kafka lingers up to 10 ms to fill a batch; here a batch is what one turn brings.

import type { Cancel, Clock } from '../../../io/clock.ts'
import type { Logger } from '../../../io/logger.ts'
import { errors, type ProtocolError } from '../../../protocol/errors.ts'
import { noProducerEpoch, noProducerId } from '../../../protocol/records/batch-header.ts'
import type { LeaderEpoch, Offset } from '../../../protocol/types.ts'
import { buildTransactionMarker } from '../../log/transaction-marker.ts'
import { batchOverheadBytes, recordBytesMax } from './coordinator-batch.ts'
import type { CoordinatorCounters } from './coordinator-counters.ts'
import type { CoordinatorLog } from './coordinator-log.ts'
import type {
  CoordinatorEvent,
  CoordinatorState,
  Decision,
  Outcome,
  RecordCodec,
  StateContext,
  TransactionEnd,
  TransactionOfRecords,
} from './coordinator-state.ts'
import { CoordinatorTimers } from './coordinator-timers.ts'
import { LoadError, type LoadSummary, loadState } from './load-state.ts'
import { OpenBatch } from './open-batch.ts'
import { type ParkedEvent, ParkedEvents } from './parked-events.ts'
import { Timeline } from './timeline.ts'

/** Loading: replays its log. Active: decides. Failed: the log could not be read or written. Closed: led elsewhere. */
export type ShardStatus = 'loading' | 'active' | 'failed' | 'closed'

export interface ShardOptions<State extends CoordinatorState<Record>, Record> {
  readonly topic: string
  readonly partition: number
  readonly leaderEpoch: LeaderEpoch
  readonly log: CoordinatorLog
  readonly codec: RecordCodec<Record>
  readonly createState: (context: StateContext<Record>) => State
  readonly clock: Clock
  readonly logger: Logger
  readonly counters: CoordinatorCounters
  /** A response that has waited this long becomes REQUEST_TIMED_OUT; its records may still be committed. */
  readonly writeTimeoutMs: number
  readonly parkedEventsMax: number
}

type Done = (outcome: Outcome<unknown>) => void

interface Settling<Record> {
  readonly event: ParkedEvent<Record>
  readonly error: ProtocolError
}

export class CoordinatorShard<State extends CoordinatorState<Record>, Record> {
  readonly partition: number
  /** Resolves when loading has ended, well or not. */
  readonly loaded: Promise<void>
  leaderEpoch: LeaderEpoch
  readonly #options: ShardOptions<State, Record>
  readonly #timeline = new Timeline()
  readonly #timers: CoordinatorTimers<CoordinatorEvent<Record>>
  readonly #state: State
  readonly #parked = new ParkedEvents<Record>()
  /** Have been answered that it took too long; what follows from their records waits for these. Their offsets come first. */
  readonly #late = new ParkedEvents<Record>()
  #status: ShardStatus = 'loading'
  #batch: OpenBatch | undefined
  #cancelFlush: Cancel | undefined
  #cancelTimeout: Cancel | undefined
  /** Events that are decided right now. What settles meanwhile waits until they are done: decisions do not nest. */
  #deciding = 0
  readonly #settling: Settling<Record>[] = []
  #isSettling = false

  constructor(options: ShardOptions<State, Record>) {
    this.#options = options
    this.partition = options.partition
    this.leaderEpoch = options.leaderEpoch
    this.#timers = new CoordinatorTimers(options.clock, event => this.#decide(event, () => {}))
    this.#state = options.createState({
      partition: options.partition,
      timeline: this.#timeline,
      timers: this.#timers,
    })
    this.loaded = this.#load()
  }

  get status(): ShardStatus {
    return this.#status
  }

  /** Responses that wait for their records to be committed. */
  get parkedCount(): number {
    return this.#parked.count
  }

  /** NONE, or what is answered as long as nothing can be asked. */
  get availability(): ProtocolError {
    if (this.#status === 'active') return errors.NONE
    return this.#status === 'loading' ? errors.COORDINATOR_LOAD_IN_PROGRESS : errors.NOT_COORDINATOR
  }

  /**
   * Decides an event now and calls `done` once, when its records are committed or will not be.
   * Errors: COORDINATOR_LOAD_IN_PROGRESS, NOT_COORDINATOR, COORDINATOR_NOT_AVAILABLE (too many wait), REQUEST_TIMED_OUT,
   * UNKNOWN_SERVER_ERROR (the decision threw), and those of the log's append.
   */
  write<Response>(
    decide: (state: State, nowMs: number) => Decision<Response, Record>,
    done: (outcome: Outcome<Response>) => void,
  ): void {
    const isFull = this.#parked.count >= this.#options.parkedEventsMax
    const error = isFull ? errors.COORDINATOR_NOT_AVAILABLE : this.availability
    if (error !== errors.NONE) done({ ok: false, error })
    else this.#decide(nowMs => decide(this.#state, nowMs), done as Done)
  }

  /**
   * Ends a producer's transaction here: the marker goes to the log, what the producer wrote counts from then on, or never.
   * `done` as in `write`; the errors of the log are those of a marker that comes too late (INVALID_PRODUCER_EPOCH,
   * TRANSACTION_COORDINATOR_FENCED) as well.
   */
  endTransaction(end: TransactionEnd, done: (outcome: Outcome<undefined>) => void): void {
    const error = this.availability
    if (error !== errors.NONE) {
      done({ ok: false, error })
      return
    }
    this.#deciding++
    try {
      // What was decided before stands before the marker; if the log refuses it, that is not the marker's affair.
      this.#flush()
      this.#writeMarker(end, done as Done)
    } finally {
      this.#deciding--
      this.#settle()
    }
  }

  #writeMarker(end: TransactionEnd, done: Done): void {
    const { log, clock } = this.#options
    if (this.#status !== 'active') {
      done({ ok: false, error: errors.NOT_COORDINATOR })
      return
    }
    const offset = this.#nextOffset
    this.#timeline.offset = offset
    this.#state.endTransaction(end.producerId, end.committed)
    const { transactionVersion } = end
    const appended = log.append(buildTransactionMarker(end, clock.now()), { transactionVersion })
    if (!appended.ok) {
      this.#timeline.revertTo(offset)
      done({ ok: false, error: appended.error })
    } else if (appended.baseOffset !== offset) {
      this.#failMisplaced(appended.baseOffset, offset)
      done({ ok: false, error: errors.NOT_COORDINATOR })
    } else {
      this.#park(appended.lastOffset, { response: undefined }, done)
      this.#awaitCommit(appended.lastOffset)
    }
  }

  /** Asks without changing anything. The question must look at committed state only. */
  read<Response>(question: (state: State) => Response): Outcome<Response> {
    const error = this.availability
    return error === errors.NONE ? { ok: true, response: question(this.#state) } : { ok: false, error }
  }

  /** The leadership is over, or the broker stops: whoever waits is answered NOT_COORDINATOR, nothing more is decided. */
  close(): void {
    if (this.#status !== 'closed') this.#end('closed')
  }

  async #load(): Promise<void> {
    try {
      const isWanted = () => this.#status === 'loading'
      const summary = await loadState({ ...this.#options, state: this.#state, timeline: this.#timeline, isWanted })
      if (isWanted()) this.#activate(summary)
    } catch (cause) {
      if (this.#status === 'loading') this.#fail('could not load', cause)
    }
  }

  #activate(summary: LoadSummary): void {
    const { topic, partition, log, clock, logger, counters } = this.#options
    counters.loads.observe(summary.milliseconds)
    const end = log.nextOffset
    // Records above the high watermark are in the log and in the state, but readers must not see them yet.
    this.#timeline.commit(Math.min(end, log.highWatermark))
    this.#timeline.offset = end
    this.#status = 'active'
    if (end > log.highWatermark) this.#awaitCommit(end - 1)
    this.#state.onLoaded(clock.now())
    logger.info({ topic, partition, leaderEpoch: this.leaderEpoch, ...summary }, 'coordinator loaded its partition')
  }

  #decide(event: CoordinatorEvent<Record>, done: Done): void {
    if (this.#status !== 'active') {
      done({ ok: false, error: errors.NOT_COORDINATOR })
      return
    }
    this.#deciding++
    const startMs = this.#options.clock.monotonicMs()
    try {
      const decision = this.#ask(event)
      if (decision?.records?.length) this.#write(decision, decision.records, done)
      else this.#park(this.#nextOffset - 1, decision, done)
    } catch (cause) {
      this.#report('a decision threw; the request is answered UNKNOWN_SERVER_ERROR', cause)
      done({ ok: false, error: errors.UNKNOWN_SERVER_ERROR })
    } finally {
      this.#deciding--
      this.#options.counters.decisions.observe(this.#options.clock.monotonicMs() - startMs)
      this.#settle()
    }
  }

  /** The decision on an event. If nothing of it goes to the log, nothing may stay changed that a replay would have to bring back. */
  #ask(event: CoordinatorEvent<Record>): Decision<unknown, Record> | undefined {
    const offset = this.#nextOffset
    this.#timeline.offset = offset
    let decision: Decision<unknown, Record> | undefined
    try {
      decision = event(this.#options.clock.now())
    } finally {
      if (!decision?.records?.length) this.#timeline.revertTo(offset)
    }
    return decision
  }

  #write(decision: Decision<unknown, Record>, records: readonly Record[], done: Done): void {
    const parts = decision.divisible ? records.map(record => [record]) : [records]
    let error: ProtocolError = errors.NONE
    for (const part of parts) if (error === errors.NONE) error = this.#add(part, decision)
    this.#park(this.#nextOffset - 1, decision, done, error)
    if (decision.transaction !== undefined) this.#flush()
    if (this.#batch !== undefined) this.#cancelFlush ??= this.#options.clock.soon(() => this.#flushInTurn())
  }

  /** Applies records that belong together and puts them into the open batch, or into a new one when they do not fit. */
  #add(records: readonly Record[], decision: Decision<unknown, Record>): ProtocolError {
    const { alreadyApplied = false, transaction } = decision
    const { log, codec, clock } = this.#options
    const encoded = records.map(record => codec.encode(record))
    const bytes = encoded.reduce((sum, record) => sum + recordBytesMax(record), 0)
    const isFull = this.#batch !== undefined && this.#batch.sizeInBytes + bytes > log.batchBytesMax
    if (isFull || transaction !== undefined) {
      // Refused: what this decision changed has gone with the batch, so it fails, too.
      const error = this.#flush()
      if (error !== errors.NONE) return error
    }
    const firstOffset = this.#nextOffset
    if (batchOverheadBytes + bytes > log.batchBytesMax) {
      this.#timeline.revertTo(firstOffset)
      return errors.RECORD_LIST_TOO_LARGE
    }
    if (!alreadyApplied) this.#apply(records, firstOffset, transaction)
    const batch = (this.#batch ??= new OpenBatch(firstOffset, transaction))
    for (const record of encoded) batch.add(record, clock.now())
    return errors.NONE
  }

  #apply(records: readonly Record[], firstOffset: Offset, transaction: TransactionOfRecords | undefined): void {
    const { producerId, producerEpoch } = transaction ?? { producerId: noProducerId, producerEpoch: noProducerEpoch }
    try {
      for (const [index, record] of records.entries()) {
        const offset = firstOffset + index
        this.#timeline.offset = offset
        this.#state.apply(record, { offset, producerId, producerEpoch })
      }
    } catch (cause) {
      this.#timeline.revertTo(firstOffset)
      throw cause
    }
  }

  get #nextOffset(): Offset {
    return this.#batch?.nextOffset ?? this.#options.log.nextOffset
  }

  /** Answers when everything up to `offset` is committed: now, if it is, or if `error` says that it will not be. */
  #park(
    offset: Offset,
    decision: Decision<unknown, Record> | undefined,
    done: Done,
    error: ProtocolError = errors.NONE,
  ) {
    const answer = (error: ProtocolError) =>
      done(error === errors.NONE ? { ok: true, response: decision?.response } : { ok: false, error })
    const deadlineMs = this.#options.clock.monotonicMs() + this.#options.writeTimeoutMs
    const event = { offset, deadlineMs, answer, settled: decision?.settled, settlesLate: decision?.settlesLate }
    const isOver = error !== errors.NONE || offset < this.#timeline.committedOffset
    if (isOver) this.#settling.push({ event, error })
    else {
      this.#parked.add(event)
      this.#armTimeout()
    }
  }

  #flushInTurn(): void {
    this.#flush()
    this.#settle()
  }

  #flush(): ProtocolError {
    this.#cancelFlush?.()
    this.#cancelFlush = undefined
    const batch = this.#batch
    if (batch === undefined) return errors.NONE
    this.#batch = undefined
    const verification = batch.transaction?.verification
    this.#options.counters.batches++
    const appended = this.#options.log.append(batch.build(), verification && { verification })
    if (!appended.ok) {
      this.#timeline.revertTo(batch.baseOffset)
      this.#settleLater(this.#parked.takeFrom(batch.baseOffset), appended.error)
      return appended.error
    }
    if (appended.baseOffset !== batch.baseOffset) {
      this.#failMisplaced(appended.baseOffset, batch.baseOffset)
      return errors.NOT_COORDINATOR
    }
    this.#awaitCommit(appended.lastOffset)
    return errors.NONE
  }

  /** Somebody else appended to a log that only this shard may write: what was applied stands at wrong offsets. */
  #failMisplaced(offset: Offset, expected: Offset): void {
    this.#fail(`gave a batch offset ${offset} instead of ${expected}`, undefined)
  }

  #awaitCommit(lastOffset: Offset): void {
    this.#options.log.whenCommitted(lastOffset, error => {
      if (this.#status !== 'active') return
      if (error !== errors.NONE) return this.#fail('could not commit what it wrote', undefined, error)
      this.#timeline.commit(lastOffset + 1)
      this.#settleLater(this.#late.takeThrough(lastOffset), error)
      this.#settleCommitted(this.#parked.takeThrough(lastOffset))
      this.#settle()
    })
  }

  #settleCommitted(events: readonly ParkedEvent<Record>[]): void {
    const { clock, counters, writeTimeoutMs } = this.#options
    const parkedSinceMs = clock.monotonicMs() + writeTimeoutMs
    for (const { deadlineMs } of events) counters.commits.observe(parkedSinceMs - deadlineMs)
    this.#settleLater(events, errors.NONE)
  }

  #armTimeout(): void {
    const deadlineMs = this.#parked.nextDeadlineMs
    if (this.#cancelTimeout !== undefined || deadlineMs === undefined) return
    this.#cancelTimeout = this.#options.clock.after(deadlineMs - this.#options.clock.monotonicMs(), () => {
      this.#cancelTimeout = undefined
      this.#expire(this.#parked.takeExpired(this.#options.clock.monotonicMs()))
      this.#settle()
      this.#armTimeout()
    })
  }

  #expire(events: readonly ParkedEvent<Record>[]): void {
    for (const event of events) {
      if (!event.settlesLate) this.#settling.push({ event, error: errors.REQUEST_TIMED_OUT })
      else {
        this.#settling.push({ event: { ...event, settled: undefined }, error: errors.REQUEST_TIMED_OUT })
        this.#late.add({ ...event, answer: () => {} })
      }
    }
  }

  #settleLater(events: readonly ParkedEvent<Record>[], error: ProtocolError): void {
    for (const event of events) this.#settling.push({ event, error })
  }

  /** Answers, and decides what follows, one after the other: what settles meanwhile takes its place at the end. */
  #settle(): void {
    if (this.#deciding > 0 || this.#isSettling) return
    this.#isSettling = true
    while (this.#settling.length > 0) for (const next of this.#settling.splice(0)) this.#settleOne(next)
    this.#isSettling = false
  }

  #settleOne({ event, error }: Settling<Record>): void {
    event.answer(error)
    const { settled } = event
    if (settled !== undefined && this.#status === 'active')
      this.#decide(
        nowMs => settled(error, nowMs),
        () => {},
      )
  }

  #fail(what: string, cause: unknown, error?: ProtocolError): void {
    const { topic, partition, logger } = this.#options
    const why = cause instanceof Error ? `: ${cause.message}` : ''
    const text = `coordinator of ${topic}-${partition} ${what}${why}. Its keys are answered NOT_COORDINATOR ${whatNext(cause)}`
    logger.error({ topic, partition, leaderEpoch: this.leaderEpoch, cause: describe(cause), error }, text)
    this.#end('failed')
  }

  #end(status: 'failed' | 'closed'): void {
    this.#status = status
    this.#batch = undefined
    this.#timers.cancelAll()
    this.#cancelFlush?.()
    this.#cancelTimeout?.()
    const parked = this.#parked.takeThrough(Number.POSITIVE_INFINITY)
    this.#settleLater(parked, errors.NOT_COORDINATOR)
    this.#settle()
    this.#state.onUnloaded()
  }

  #report(text: string, cause: unknown): void {
    const { topic, partition, logger } = this.#options
    logger.error({ topic, partition, cause: describe(cause) }, `coordinator of ${topic}-${partition}: ${text}`)
  }
}

/** What the log holds is the same after a restart: a load that failed at it would fail again. */
function whatNext(cause: unknown): string {
  if (!(cause instanceof LoadError)) return 'until this broker is elected for the partition again or restarted'
  return "until its log can be read: stop the broker and put a sound copy of the partition's directory in its place, or remove the directory to go on without all that it held"
}

function describe(cause: unknown): string | undefined {
  return cause instanceof Error ? (cause.stack ?? cause.message) : undefined
}
