// Hands batches to the application, one after the other, and knows which are in its hands.
//
// A batch that was taken is in somebody's hands until it is `done` (processed, which may be committed) or `undone` (it goes back to
// the front, from where it was left). A partition that is revoked is drained: nothing more of it is handed out, and who waits for
// `drained` is told when nothing of it is in anybody's hands. What comes back of a partition that is not read any more is forgotten.

import type { ClientError } from '../client-error.ts'
import { aborted } from '../resilience/wait.ts'
import type { ConsumerNews, ToldBatch } from './consumer-news.ts'
import type { RecordsEntry } from './fetch-buffer.ts'
import type { PartitionState } from './partition-state.ts'
import type { Reading } from './reading.ts'

export interface DeliveryListener {
  /** The application has been given something, or waits for it: max.poll.interval.ms counts while it works. */
  working(): void
  waiting(): void
}

interface Waiter {
  readonly resolve: (entry: RecordsEntry | undefined) => void
  readonly reject: (error: ClientError) => void
  /** It waits no more. */
  over?: () => void
}

export class Delivery {
  readonly #reading: Reading
  readonly #listener: DeliveryListener
  readonly #news: ConsumerNews
  readonly #waiters = new Set<Waiter>()
  /** With what was told of them, if anything was. */
  readonly #inHand = new Map<RecordsEntry, ToldBatch | undefined>()
  readonly #draining = new Set<() => void>()
  #isClosed = false
  #failure: ClientError | undefined

  constructor(reading: Reading, listener: DeliveryListener, news: ConsumerNews) {
    this.#reading = reading
    this.#listener = listener
    this.#news = news
  }

  /** Batches in the application's hands. */
  get inHand(): number {
    return this.#inHand.size
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Somebody waits for the next batch. */
  get isAwaited(): boolean {
    return this.#waiters.size > 0
  }

  /** The next batch; undefined when the consumer was closed. Rejects with the next error that is to be told, or ABORTED. */
  next(signal?: AbortSignal): Promise<RecordsEntry | undefined> {
    if (signal?.aborted) return Promise.reject(aborted(signal))
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { resolve, reject }
      this.#waiters.add(waiter)
      this.ready()
      if (!this.#waiters.has(waiter)) return
      if (this.#inHand.size === 0) this.#listener.waiting()
      if (signal !== undefined) this.#heed(signal, waiter)
    })
  }

  /** What is there is handed to who waits. */
  ready(): void {
    for (const waiter of this.#waiters) {
      if (!this.#serve(waiter)) return
      this.#waiters.delete(waiter)
      waiter.over?.()
    }
  }

  /** All of the batch is processed. */
  done(entry: RecordsEntry): void {
    const { state, nextOffset, nextEpoch } = entry
    if (this.mayCommit(entry)) state.noteProcessed(nextOffset, nextEpoch)
    this.drop(entry)
  }

  /** It is given up, and not handed out again unless reading goes back there. */
  drop(entry: RecordsEntry): void {
    if (!this.#takeBack(entry)) return
    this.#reading.buffer.release(entry)
    this.#reading.fetcher.wake()
    if (entry.state.isDraining) for (const check of [...this.#draining]) check()
  }

  /** Goes back to the front, without what was processed of it. Nothing, when the partition was moved or is not read any more. */
  undone(entry: RecordsEntry): void {
    const { state, nextOffset, batch } = entry
    const isHere = this.mayCommit(entry) && state.delivered === nextOffset
    if (!isHere || state.processed >= nextOffset || state.isDraining) {
      this.drop(entry)
      return
    }
    this.#takeBack(entry, 'given back')
    const from = Math.max(state.processed, batch.fromOffset)
    state.noteDelivered(from, -1)
    this.#reading.buffer.putBack({ ...entry, batch: batch.from(from) })
    this.ready()
  }

  /** Something that is in hand gets on, or nothing is any more. */
  noteProgress(): void {
    if (this.#inHand.size > 0) this.#listener.working()
    else if (this.isAwaited) this.#listener.waiting()
  }

  /** Whether the application may still be shown records of it. */
  mayShow(entry: RecordsEntry): boolean {
    const { state } = entry
    return state.isDeliverable && this.mayCommit(entry)
  }

  /** Whether what the application does with records of it still counts. */
  mayCommit(entry: RecordsEntry): boolean {
    return this.#inHand.has(entry) && this.#reading.has(entry.state) && entry.jumps === entry.state.jumps
  }

  /** Resolves when nothing of these is in anybody's hands, or the signal is raised. */
  drained(states: readonly PartitionState[], signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const check = () => {
        const isBusy = [...this.#inHand.keys()].some(({ state }) => states.includes(state))
        if (isBusy && !signal.aborted) return
        this.#draining.delete(check)
        signal.removeEventListener('abort', check)
        resolve()
      }
      this.#draining.add(check)
      signal.addEventListener('abort', check)
      check()
    })
  }

  /** Whoever waits now, or later, is told so. */
  fail(error: ClientError): void {
    this.#failure = error
    this.ready()
  }

  close(): void {
    this.#isClosed = true
    this.ready()
  }

  /** The signal is listened to for as long as the waiter waits: the same one may come with each of many calls. */
  #heed(signal: AbortSignal, waiter: Waiter): void {
    const onAbort = () => {
      if (this.#waiters.delete(waiter)) waiter.reject(aborted(signal))
    }
    signal.addEventListener('abort', onAbort, { once: true })
    waiter.over = () => signal.removeEventListener('abort', onAbort)
  }

  #serve({ resolve, reject }: Waiter): boolean {
    if (this.#failure !== undefined) {
      reject(this.#failure)
      this.#failure = undefined
      return true
    }
    if (this.#isClosed) {
      resolve(undefined)
      return true
    }
    const entry = this.#reading.buffer.take()
    if (entry === undefined) return false
    if (entry.kind === 'error') {
      // Told, it is over: the next who waits finds out whether it still is so.
      this.#reading.fetcher.wake()
      reject(entry.error)
      return true
    }
    this.#inHand.set(entry, this.#news.delivered(entry.batch))
    this.#listener.working()
    resolve(entry)
    return true
  }

  /** Answers whether it was in hand. */
  #takeBack(entry: RecordsEntry, outcome?: 'given back'): boolean {
    const told = this.#inHand.get(entry)
    if (told !== undefined) {
      const isProcessed = entry.jumps === entry.state.jumps && entry.state.processed >= entry.nextOffset
      this.#news.processed(told, outcome ?? (isProcessed ? 'processed' : 'given up'))
    }
    return this.#inHand.delete(entry)
  }
}
