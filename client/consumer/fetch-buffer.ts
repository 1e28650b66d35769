// What has been fetched and not been delivered yet: batches, and errors that the application is to be told, in the order in which they
// came. Partitions take turns because their answers do: a broker gives each at most `maxPartitionBytes` in one.
//
// Memory: a batch is a view of the answer it came in, which stays whole as long as one of its batches is here or in the
// application's hands. So answers are counted, by the broker they came from, until the last of their batches is released. When a
// broker's share is full nothing more is fetched from it (fetch-plan.ts).

import type { ClientError } from '../client-error.ts'
import type { ConsumerBatch } from './consumer-batch.ts'
import type { PartitionState } from './partition-state.ts'
import type { Lender } from './record-cursor.ts'

/** An answer of a broker, counted until all of its batches are released, and whoever takes it apart is done. */
export interface HeldAnswer extends Lender {
  readonly nodeId: number
  readonly bytes: number
  /** The memory of all of it. */
  readonly memory: ArrayBufferLike | undefined
  holders: number
  isOver: boolean
}

/** Records to show; or nothing to show up to an offset; or an error. */
export type FetchEntry =
  | (Passed & { readonly kind: 'records' } & Records)
  | (Passed & { readonly kind: 'nothing' })
  | { readonly kind: 'error'; readonly error: ClientError; readonly state: PartitionState | undefined }

interface Passed {
  readonly state: PartitionState
  readonly nextOffset: number
  readonly nextEpoch: number
}

interface Records {
  readonly batch: ConsumerBatch
  readonly answer: HeldAnswer
  /** The partition's when it was fetched. */
  readonly jumps: number
}

export type RecordsEntry = Extract<FetchEntry, { kind: 'records' }>
export type Deliverable = Exclude<FetchEntry, { kind: 'nothing' }>

export class FetchBuffer {
  #entries: FetchEntry[] = []
  readonly #heldBytes = new Map<number, number>()
  readonly #free: (memory: ArrayBufferLike) => void
  readonly #reusesMemory: boolean

  /** `free`: an answer's memory is looked at by nobody any more. `reusesMemory`: also when records of it were given away. */
  constructor(free: (memory: ArrayBufferLike) => void = () => {}, reusesMemory = false) {
    this.#free = free
    this.#reusesMemory = reusesMemory
  }

  /** Batches and errors that wait. */
  get size(): number {
    return this.#entries.length
  }

  /** Bytes of the answers of a broker, or of all, that are not released. */
  heldBytes(nodeId?: number): number {
    if (nodeId !== undefined) return this.#heldBytes.get(nodeId) ?? 0
    return [...this.#heldBytes.values()].reduce((sum, bytes) => sum + bytes, 0)
  }

  /** An answer came, and is taken apart. */
  open(nodeId: number, bytes: number, memory: ArrayBufferLike | undefined): HeldAnswer {
    this.#heldBytes.set(nodeId, this.heldBytes(nodeId) + bytes)
    return { nodeId, bytes, memory, holders: 1, isKept: false, isOver: false }
  }

  /** It was taken apart. */
  close(answer: HeldAnswer): void {
    answer.holders -= 1
    if (answer.holders > 0) return
    const left = this.heldBytes(answer.nodeId) - answer.bytes
    if (left > 0) this.#heldBytes.set(answer.nodeId, left)
    else this.#heldBytes.delete(answer.nodeId)
    answer.isOver = this.#reusesMemory || !answer.isKept
    if (answer.memory !== undefined && answer.isOver) this.#free(answer.memory)
  }

  push(entry: FetchEntry): void {
    if (entry.kind === 'nothing' && entry.state.bufferedCount === 0) {
      entry.state.notePassed(entry.nextOffset, entry.nextEpoch)
      return
    }
    if (entry.state !== undefined) entry.state.bufferedCount += 1
    if (entry.kind === 'records') this.#hold(entry)
    this.#entries.push(entry)
  }

  /** Back to the front: it was delivered and is to be so again. */
  putBack(entry: RecordsEntry): void {
    entry.state.bufferedCount += 1
    this.#entries.unshift(entry)
  }

  /** Of the oldest entries the first that may be delivered; undefined when there is none. */
  take(): Deliverable | undefined {
    for (let index = 0; index < this.#entries.length; ) {
      const entry = this.#entries[index]!
      const { state } = entry
      if (state !== undefined && !state.isDeliverable) {
        index += 1
        continue
      }
      this.#entries.splice(index, 1)
      if (state !== undefined) state.bufferedCount -= 1
      if (entry.kind !== 'nothing') {
        if (entry.kind === 'error') entry.state?.recover()
        else entry.state.noteDelivered(entry.nextOffset, entry.nextEpoch)
        return entry
      }
      entry.state.notePassed(entry.nextOffset, entry.nextEpoch)
    }
    return undefined
  }

  /** The application is done with a batch that was taken. */
  release({ state, batch, answer }: RecordsEntry): void {
    state.bufferedBytes -= batch.sizeInBytes
    this.close(answer)
  }

  /** Gives up what waits of a partition. */
  drop(state: PartitionState): void {
    const dropped = this.#entries.filter(entry => entry.state === state)
    this.#entries = this.#entries.filter(entry => entry.state !== state)
    state.bufferedCount = 0
    for (const entry of dropped) if (entry.kind === 'records') this.release(entry)
    state.recover()
  }

  #hold({ state, batch, answer }: RecordsEntry): void {
    state.bufferedBytes += batch.sizeInBytes
    answer.holders += 1
  }
}
