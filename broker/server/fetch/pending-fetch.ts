// One fetch on its way: reads its partitions, and when there is too little, waits for more until the time is up.
//
// Invariant: while it waits it watches every partition that it could read. A partition that moves costs the fetches that
// wait for it a look at that partition alone. What is answered is read when it is answered; ranges that were read before
// and are not sent are let go. Source: fetchMessages of Kafka 4.3.0's ReplicaManager, and DelayedFetch.

import type { Clock } from '../../../io/clock.ts'
import { errors } from '../../../protocol/errors.ts'
import type { Offset } from '../../../protocol/types.ts'
import type { Partition, PartitionWatcher } from '../../partition/partition.ts'
import type { Partitions } from '../../partition/partitions.ts'
import type { PartitionFetch } from './fetch-session.ts'
import {
  findPartition,
  type PartitionRead,
  type Reader,
  readPartition,
  refusedRead,
  visibleEnd,
} from './partition-read.ts'

export interface FetchParameters extends Reader {
  readonly minBytes: number
  readonly maxBytes: number
  readonly maxWaitMs: number
}

export interface FetchWorld {
  readonly clock: Clock
  readonly partitions: Partitions
  /** Those that wait, so that they can be answered when the broker stops. */
  readonly waiting: Set<PendingFetch>
  /** The broker stops: nothing waits any more. */
  isStopping: boolean
}

/** One partition of it. */
class Entry implements PartitionWatcher {
  readonly #owner: PendingFetch
  readonly fetch: PartitionFetch
  partition: Partition | undefined
  read: PartitionRead = refusedRead(errors.NONE)
  /** How far could be read when it was. */
  end: Offset = -1
  /** Moved since it was read. */
  isStale = true

  constructor(owner: PendingFetch, fetch: PartitionFetch) {
    this.#owner = owner
    this.fetch = fetch
  }

  partitionMoved(): void {
    this.#owner.moved(this)
  }

  release(): void {
    this.read.release?.()
    this.read = refusedRead(errors.NONE)
  }
}

export class PendingFetch {
  readonly #world: FetchWorld
  readonly #parameters: FetchParameters
  readonly #entries: Entry[]
  #cancelTimer: (() => void) | undefined
  #isWaiting = false
  #isReading = false
  /** The time was up while it was reading. */
  #mustComplete = false
  #resolve: ((reads: PartitionRead[]) => void) | undefined

  constructor(world: FetchWorld, parameters: FetchParameters, fetches: Iterable<PartitionFetch>) {
    this.#world = world
    this.#parameters = parameters
    this.#entries = Array.from(fetches, fetch => new Entry(this, fetch))
  }

  /** One read per fetch, in their order. Each one's `release` is the caller's to call. */
  run(): PartitionRead[] | Promise<PartitionRead[]> {
    const reading = this.#readAll(0, this.#parameters.maxBytes, true)
    if (reading !== undefined) return reading.then(() => this.#answerOrWait())
    return this.#answerOrWait()
  }

  /** One of its partitions has new records, or another leader, or is gone. */
  moved(entry: Entry): void {
    entry.isStale = true
    if (!this.#isWaiting || this.#isReading) return
    const { minBytes } = this.#parameters
    const { partition, fetch } = entry
    // What is readable counts in bytes; for a single byte it is enough to know that there is a record.
    const canBeRead = partition?.isLeader && visibleEnd(partition, this.#parameters) > fetch.fetchOffset
    if (minBytes <= 1 && canBeRead) this.complete()
    else this.#lookAgain()
  }

  /** Answers with what there is. */
  complete(): void {
    if (!this.#isWaiting) return
    // Two reads of one entry at a time would lose the range of the one that ends first.
    this.#mustComplete = true
    if (this.#isReading) return
    this.#stopWaiting()
    for (const entry of this.#entries) {
      if (entry.read.bytes > 0) entry.isStale = true
      // Retention may have moved it without anybody being told.
      else if (!entry.isStale && entry.partition !== undefined)
        entry.read.logStartOffset = entry.partition.logStartOffset
    }
    const reading = this.#readAll(0, this.#parameters.maxBytes, true)
    if (reading === undefined) this.#answer()
    else void reading.then(() => this.#answer())
  }

  #answer(): void {
    this.#resolve!(this.#entries.map(entry => entry.read))
  }

  /** Reads what is stale from an entry on; undefined when that is done, otherwise when it will be. */
  #readAll(from: number, limitBytes: number, atLeastOneBatch: boolean): Promise<void> | undefined {
    let limit = limitBytes
    let needsOne = atLeastOneBatch
    for (let i = from; i < this.#entries.length; i++) {
      const entry = this.#entries[i]!
      const reading = entry.isStale ? this.#read(entry, limit, needsOne) : undefined
      if (reading !== undefined) {
        return reading.then(() => {
          const { bytes } = entry.read
          return this.#readAll(i + 1, Math.max(0, limit - bytes), needsOne && bytes === 0)
        })
      }
      const { bytes } = entry.read
      if (bytes > 0) needsOne = false
      limit = Math.max(0, limit - bytes)
    }
    return undefined
  }

  #read(entry: Entry, limitBytes: number, atLeastOneBatch: boolean): Promise<void> | undefined {
    entry.isStale = false
    entry.release()
    const found = findPartition(this.#world.partitions, entry.fetch, this.#parameters)
    if ('code' in found) {
      entry.read = refusedRead(found)
      return undefined
    }
    entry.partition = found
    entry.end = visibleEnd(found, this.#parameters)
    const read = readPartition(found, entry.fetch, this.#parameters, limitBytes, atLeastOneBatch)
    if (!(read instanceof Promise)) {
      entry.read = read
      return undefined
    }
    return read.then(
      done => {
        entry.read = done
      },
      () => {
        // The disk failed, which the log has said, or the log was closed under us.
        entry.read = refusedRead(errors.KAFKA_STORAGE_ERROR)
      },
    )
  }

  #answerOrWait(): PartitionRead[] | Promise<PartitionRead[]> {
    if (this.#parameters.maxWaitMs <= 0 || this.#world.isStopping || this.#entries.length === 0 || this.#isEnough()) {
      return this.#entries.map(entry => entry.read)
    }
    return new Promise(resolve => {
      this.#resolve = resolve
      this.#wait()
    })
  }

  /** Enough bytes, or something that the client must hear of at once. */
  #isEnough(): boolean {
    let bytes = 0
    for (const { read } of this.#entries) {
      if (read.error !== errors.NONE || read.divergingEpoch !== undefined) return true
      bytes += read.bytes
    }
    return bytes >= this.#parameters.minBytes
  }

  #wait(): void {
    this.#isWaiting = true
    this.#world.waiting.add(this)
    this.#cancelTimer = this.#world.clock.after(this.#parameters.maxWaitMs, () => this.complete())
    for (const entry of this.#entries) entry.partition?.watch(entry)
    // Reading may have waited for an index, and the partition moved meanwhile.
    const moved = this.#entries.filter(entry => entry.partition !== undefined && this.#hasMoved(entry))
    for (const entry of moved) this.moved(entry)
  }

  #hasMoved({ partition, end }: Entry): boolean {
    return !partition!.isLeader || visibleEnd(partition!, this.#parameters) !== end
  }

  #stopWaiting(): void {
    this.#isWaiting = false
    this.#world.waiting.delete(this)
    this.#cancelTimer?.()
    for (const entry of this.#entries) entry.partition?.unwatch(entry)
  }

  /** Reads what moved, to learn whether it is enough now. */
  #lookAgain(): void {
    this.#isReading = true
    const reading = this.#readAll(0, this.#parameters.maxBytes, true)
    if (reading === undefined) this.#looked()
    else void reading.then(() => this.#looked())
  }

  #looked(): void {
    this.#isReading = false
    if (this.#mustComplete || this.#isEnough()) this.complete()
    else if (this.#entries.some(entry => entry.isStale)) this.#lookAgain()
  }
}
