// One partition on its way to another log directory: a copy of its log (a future replica) catches up and takes its place.
//
// The copy is of whole batches as they lie in the log, a chunk at a time, beside produce and fetch. When it is nearly there it is
// forced to disk and the controller told where the replica is going to be; then writing to the log is held for as long as the last
// chunk takes (appends are decided all the same, and written afterwards), and the copy is the log from there on.
// Invariant: until the swap the log is the truth and the copy a beginning of it; the swap happens only when the copy has all that is
// written and begins no earlier.
// Source: Kafka 4.3.0's ReplicaAlterLogDirsThread (KIP-113, KIP-858).

import { DiskError } from '../../../io/disk.ts'
import type { World } from '../../../io/world.ts'
import { baseOffsetOf } from '../../../protocol/records/batch-header.ts'
import type { Offset } from '../../../protocol/types.ts'
import { spacePollMs } from '../log-directory.ts'
import { OffsetOutOfRangeError, type PartitionLog } from '../partition-log.ts'
import { commonEnd } from './common-end.ts'
import type { MovePace } from './move-pace.ts'

/** What is read and appended at once. */
export const chunkBytesMax = 1024 * 1024
/** How long writing is held at most. A disk that takes longer for the last chunk is tried again later. */
export const holdMsMax = 1000

/** How long a log that is being cut is left alone before the next look at it. */
const busyPollMs = 10

export type MoveState = 'waiting' | 'copying' | 'swapped' | 'cancelled' | 'suspended' | 'failed'

export interface LogMoveOptions {
  readonly current: PartitionLog
  readonly future: PartitionLog
  readonly world: Pick<World, 'clock' | 'logger'>
  /** As it holds now. */
  readonly pace: () => MovePace
  /** Tells the controller where the replica is going to be. False: it knows nothing of the replica any more. */
  readonly assign: (log: PartitionLog) => Promise<boolean>
  /** Puts the copy in the place of the log, in one synchronous moment. */
  readonly swap: (move: LogMove) => void
  readonly onCopied: (bytes: number) => void
}

export class LogMove {
  readonly current: PartitionLog
  readonly future: PartitionLog
  readonly #options: LogMoveOptions
  #state: MoveState = 'waiting'
  /** Whether the controller has been told, or is being told. */
  #isAssigned = false
  #assigning: Promise<boolean> = Promise.resolve(true)
  /** The last chunk reached the end that the log had when it was read. */
  #isNear = false
  /** How often the log had been cut when the copy was last compared with it. */
  #cuts = -1
  #letGo: (() => void) | undefined
  readonly #wakes = new Set<() => void>()

  constructor(options: LogMoveOptions) {
    this.#options = options
    this.current = options.current
    this.future = options.future
    this.current.compaction.pause()
  }

  get state(): MoveState {
    return this.#state
  }
  get isOver(): boolean {
    return this.#state !== 'waiting' && this.#state !== 'copying'
  }
  get name(): string {
    return `${this.current.topic}-${this.current.partition}`
  }
  /** Offsets that the copy lies behind. */
  get lag(): number {
    return Math.max(0, this.current.logEndOffset - this.future.logEndOffset)
  }

  /** Resolves when the copy has taken the log's place, or never will. */
  async run(): Promise<void> {
    if (this.isOver) return
    this.#state = 'copying'
    const stopListening = [this.current, this.future].map(log => log.onFailed(() => this.#end('failed')))
    try {
      if (this.current.failure || this.future.failure) this.#end('failed')
      while (!this.isOver) await this.#step()
    } catch (error) {
      this.#failed(error)
    } finally {
      for (const stop of stopListening) stop()
    }
  }

  /** It is not wanted any more. What becomes of the copy is the caller's to say. Nothing when it is over already. */
  cancel(): void {
    this.#end('cancelled')
  }

  /** The broker stops: the next start goes on with it. */
  suspend(): void {
    this.#end('suspended')
  }

  async #step(): Promise<void> {
    const { current, future } = this
    if (!current.handover.isUsable) return this.#wait(busyPollMs)
    if (this.#cuts !== current.compaction.cuts) return this.#align()
    if (current.logStartOffset > future.nextOffset) return future.truncateFullyAndStartAt(current.logStartOffset)
    this.#follow()
    if (future.logEndOffset < current.logEndOffset && !(this.#isNear && !this.#isAssigned)) return this.#copy()
    if (!this.#isAssigned) return this.#assign()
    // What comes after the swap would wait for space, and it can be written where it is.
    if (future.logDirectory.isFull) return this.#waitForSpace()
    this.#swap()
  }

  /** Cuts the copy where it is none any more. */
  async #align(): Promise<void> {
    const { current, future } = this
    const cutAt = current.compaction.takeCutOfCopy()
    this.#cuts = current.compaction.cuts
    if (cutAt !== undefined && cutAt < future.nextOffset) await future.truncateTo(cutAt)
    while (!this.isOver) {
      const end = commonEnd(current, future)
      if (end >= future.nextOffset) return
      await future.truncateTo(end)
    }
  }

  #follow(): void {
    const { current, future } = this
    future.setHighWatermark(current.highWatermark)
    future.handover.followLogStart(current.logStartOffset)
  }

  async #copy(): Promise<void> {
    const { current, future } = this
    const end = current.logEndOffset
    const maxBytes = Math.min(chunkBytesMax, current.config.segmentBytes, this.#options.pace().bytesPerSecond)
    const bytes = await current.readBytes(future.nextOffset, { maxBytes, upTo: end }).catch(unlessOutOfRange)
    // The log begins above the copy by now, or was cut: the next step sees to that.
    if (this.isOver || bytes === undefined || this.#cuts !== current.compaction.cuts) return
    if (bytes.length === 0) throw new Error(`there is no batch from offset ${future.nextOffset} on, below ${end}`)
    // A log may begin inside of a batch.
    const base = baseOffsetOf(bytes)
    if (base < future.nextOffset && future.nextOffset === future.logStartOffset)
      await future.truncateFullyAndStartAt(base)
    if (this.isOver || !(await this.#append(bytes))) return
    this.#options.onCopied(bytes.length)
    this.#isNear = future.logEndOffset >= end
    if (this.#isNear && this.#isAssigned) this.#hold()
    else if (this.#letGo === undefined) await this.#unlessOver(this.#options.pace().noteBytes(bytes.length))
  }

  /** Whether the bytes are written. A full disk has to be waited for. */
  async #append(bytes: Buffer): Promise<boolean> {
    const { future } = this
    const outcome = future.append(bytes, { leaderEpoch: future.latestEpoch ?? 0, origin: 'replication' })
    if (outcome.ok) return this.#written(outcome.lastOffset)
    if (this.isOver) return false
    if (!future.logDirectory.isFull) throw new Error(outcome.message ?? outcome.error.text)
    await this.#waitForSpace()
    return false
  }

  #waitForSpace(): Promise<void> {
    this.#release()
    return this.#wait(spacePollMs)
  }

  #written(lastOffset: Offset): Promise<boolean> {
    const { future } = this
    return new Promise(resolve => {
      const check = () => {
        const isWritten = future.logEndOffset > lastOffset
        if (!isWritten && !this.isOver) return
        stop()
        this.#wakes.delete(check)
        resolve(isWritten && !this.isOver)
      }
      const stop = future.onWritten(check)
      this.#wakes.add(check)
      check()
    })
  }

  /** Waits, but no longer than the move lasts. */
  #unlessOver(waiting: Promise<void>): Promise<void> {
    return new Promise(resolve => {
      const go = () => {
        this.#wakes.delete(go)
        resolve()
      }
      this.#wakes.add(go)
      waiting.then(go, go)
    })
  }

  #wait(ms: number): Promise<void> {
    return new Promise(resolve => {
      const go = () => {
        cancel()
        this.#wakes.delete(go)
        resolve()
      }
      const cancel = this.#options.world.clock.after(ms, go)
      this.#wakes.add(go)
    })
  }

  /** Before the copy takes the log's place. Otherwise: the broker dies in between, and whoever reads the metadata finds no replica. */
  async #assign(): Promise<void> {
    await this.future.flush()
    if (this.isOver) return
    this.#isAssigned = true
    this.#isNear = false
    this.#assigning = this.#options.assign(this.future)
    if (!(await this.#assigning)) this.#end('cancelled')
  }

  #hold(): void {
    if (this.#letGo !== undefined) return
    const letGo = this.current.handover.holdWrites()
    const cancel = this.#options.world.clock.after(holdMsMax, () => this.#release())
    this.#letGo = () => {
      cancel()
      letGo()
    }
  }

  #release(): void {
    this.#letGo?.()
    this.#letGo = undefined
  }

  #swap(): void {
    this.#options.swap(this)
    this.#end('swapped')
  }

  #failed(error: unknown): void {
    if (this.isOver) return
    const { current, future } = this
    // Whose disk failed has said so.
    if (!(error instanceof DiskError)) {
      const reason = error instanceof Error ? error.message : String(error)
      this.#options.world.logger.error(
        { topic: current.topic, partition: current.partition, directory: future.directory, error: reason },
        `${this.name} cannot be moved to ${future.logDirectory.path}: ${reason}. It is served from ${current.logDirectory.path} as before. Ask for the move again to try once more, or for ${current.logDirectory.path} to give it up.`,
      )
    }
    this.#end('failed')
  }

  #end(state: MoveState): void {
    if (this.isOver) return
    this.#state = state
    this.#release()
    for (const wake of [...this.#wakes]) wake()
    if (state === 'swapped' || state === 'suspended') return
    this.current.compaction.resume()
    // As in Kafka ("Reverting reassignment for canceled future replica").
    if (this.#isAssigned) void this.#assigning.then(wasAssigned => wasAssigned && this.#options.assign(this.current))
  }
}

function unlessOutOfRange(error: unknown): undefined {
  if (error instanceof OffsetOutOfRangeError) return undefined
  throw error
}
