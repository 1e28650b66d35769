// Reads `_schemas` from its beginning, for ever, into the state. The only one who applies records, in the order of the topic.
// Records of transactions are read as Confluent's registry reads them: all of them (read_uncommitted).

import type { ClientWorld } from '../../client/client-world.ts'
import type { ClusterOptions } from '../../client/cluster/cluster-options.ts'
import { Consumer } from '../../client/consumer/consumer.ts'
import type { RecordCursor } from '../../client/consumer/record-cursor.ts'
import { orLate, wait } from '../../client/resilience/wait.ts'
import { SchemasLogError, type SchemasSink } from '../store/schemas-log.ts'
import { type Claim, claimOf, isNoop } from './claim.ts'
import { compareTerms } from './term.ts'

export interface SchemasReaderOptions {
  readonly cluster: ClusterOptions
  readonly world: ClientWorld
  readonly topic: string
  readonly sink: SchemasSink
  /** A claim later than all before it. */
  readonly onClaim: (claim: Claim) => void
}

interface Waiting {
  /** The position to be reached. */
  readonly offset: number
  readonly resolve: () => void
}

/** After a failure that the client does not get over by itself. */
const retryMs = 5000
/** How often the position is looked at while somebody waits: what compaction has taken from the end brings no record. */
const positionMs = 50

export class SchemasReader {
  readonly #options: SchemasReaderOptions
  readonly #consumer: Consumer
  readonly #place: { readonly topic: string; readonly partition: 0 }
  #waiting: Waiting[] = []
  #nextOffset = 0
  #claim: Claim | undefined
  #failure: Error | undefined
  #isWatching = false
  readonly #closing = new AbortController()

  constructor(options: SchemasReaderOptions) {
    this.#options = options
    this.#place = { topic: options.topic, partition: 0 }
    const settings = { resetPolicy: 'none', maxWaitMs: 500, reusesMemory: true } as const
    this.#consumer = new Consumer({ ...options.cluster, ...settings }, options.world)
  }

  /** The offset after the last record that was applied. */
  get nextOffset(): number {
    return this.#nextOffset
  }

  /** The latest claim. */
  get claim(): Claim | undefined {
    return this.#claim
  }

  /** Why nothing is read at present; it is tried again all the time. */
  get failure(): Error | undefined {
    return this.#failure
  }

  start(): void {
    this.#consumer.assign([{ ...this.#place, offset: 'earliest' }])
    void this.#run()
  }

  /** Resolves when everything that was there at the time of the call has been applied. Rejects with a SchemasLogError. */
  async readToEnd(timeoutMs: number): Promise<void> {
    const { clock } = this.#options.world
    const deadlineMs = clock.monotonicMs() + timeoutMs
    const [end] = await this.#consumer.endOffsets([this.#place], { timeoutMs })
    await this.reached(end!.offset, Math.max(1, deadlineMs - clock.monotonicMs()))
  }

  /** Resolves when everything before the offset has been applied. Rejects with a SchemasLogError. */
  reached(offset: number, timeoutMs: number): Promise<void> {
    if (this.#nextOffset >= offset) return Promise.resolve()
    const { world, topic } = this.#options
    const waiting = { offset, resolve: () => {} }
    const done = new Promise<void>(resolve => {
      waiting.resolve = resolve
    })
    this.#waiting.push(waiting)
    this.#watchPosition()
    return orLate(world.clock, done, timeoutMs, () => {
      this.#waiting = this.#waiting.filter(each => each !== waiting)
      const why = this.#failure === undefined ? '' : `: ${this.#failure.message}`
      const message = `${topic} was read up to offset ${this.#nextOffset} of ${offset} within ${timeoutMs} ms${why}`
      return new SchemasLogError(message, { isUnknown: true, cause: this.#failure })
    })
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#consumer.close({ timeoutMs: 0 })
  }

  async #run(): Promise<void> {
    const { clock, logger } = this.#options.world
    while (!this.#closing.signal.aborted) {
      try {
        for await (const batch of this.#consumer) {
          for (const cursor = batch.cursor(); cursor.next(); ) this.#apply(cursor)
          this.#failure = undefined
          this.#moveTo(batch.nextOffset)
        }
      } catch (error) {
        this.#failure = error as Error
        logger.error({ err: error }, `${this.#options.topic} cannot be read; tried again in ${retryMs / 1000} s`)
      }
      await wait(clock, retryMs, this.#closing.signal).catch(() => {})
    }
  }

  #apply(cursor: RecordCursor): void {
    const { offset } = cursor
    // A batch whose application was interrupted is handed out again.
    if (offset < this.#nextOffset) return
    const key = cursor.key?.toString() ?? ''
    const value = cursor.value?.toString() ?? null
    if (isNoop(key)) this.#noteClaim(claimOf(value))
    else if (cursor.key !== null) {
      this.#options.sink.apply({ key, value, timestampMs: Number(cursor.timestamp) }, BigInt(offset))
    }
    this.#nextOffset = offset + 1
  }

  #noteClaim(claim: Claim | undefined): void {
    if (claim === undefined) return
    if (this.#claim !== undefined && compareTerms(claim.term, this.#claim.term) <= 0) return
    this.#claim = claim
    this.#options.onClaim(claim)
  }

  #moveTo(offset: number): void {
    this.#nextOffset = Math.max(this.#nextOffset, offset)
    const reached = this.#waiting.filter(waiting => waiting.offset <= this.#nextOffset)
    if (reached.length === 0) return
    this.#waiting = this.#waiting.filter(waiting => waiting.offset > this.#nextOffset)
    for (const { resolve } of reached) resolve()
  }

  #watchPosition(): void {
    if (this.#isWatching) return
    this.#isWatching = true
    this.#options.world.clock.after(positionMs, () => {
      this.#isWatching = false
      if (this.#closing.signal.aborted || this.#waiting.length === 0) return
      this.#moveTo(this.#consumer.position(this.#place) ?? 0)
      this.#watchPosition()
    })
  }
}
