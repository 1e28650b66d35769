// The producers of a log: what keeps idempotent batches in order and once, and transactions apart.
//
// Two steps, so that a refused batch leaves no trace: `check…` decides, `add…` changes. Between the two nothing else happens.
// Invariant: `endOffset` is the offset up to which the log is reflected here; a snapshot is named after it.
// Source: Kafka 4.3.0's ProducerStateManager and ProducerAppendInfo.

import type { ProtocolError } from '../../protocol/errors.ts'
import { errors } from '../../protocol/errors.ts'
import { noProducerEpoch, noSequence } from '../../protocol/records/batch-header.ts'
import { subtractInt64 } from '../../protocol/records/int64-at.ts'
import type { Offset } from '../../protocol/types.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'
import type { ActiveProducer } from './log-read.ts'
import { noTransaction, type ProducedBatch, ProducerEntry } from './producer-entry.ts'
import { TransactionVerifications, type VerificationGuard } from './transaction-verifications.ts'

/** What the rules need to know of a batch of data. */
export interface ProducerBatch {
  readonly producerId: Int64
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly lastSequence: number
  readonly isTransactional: boolean
}

/** What the rules need to know of a transaction marker. */
export interface ProducerMarker {
  readonly producerId: Int64
  readonly producerEpoch: number
  readonly coordinatorEpoch: number
  readonly isAbort: boolean
}

export interface ProducerRefusal {
  readonly error: ProtocolError
  readonly message: string
}

/** A transaction whose marker has just been added. */
export interface CompletedTransaction {
  readonly producerId: Int64
  readonly firstOffset: Offset
  /** Of the marker. */
  readonly lastOffset: Offset
  readonly isAborted: boolean
}

/** A transactional batch that may begin a transaction in the log. */
export interface VerifiedBatch {
  readonly producerId: Int64
  readonly producerEpoch: number
  /** -1: not numbered, as a coordinator's. */
  readonly baseSequence: number
  /** The client's transactions are of version 2. */
  readonly bumpsEpoch: boolean
}

interface OpenTransaction {
  readonly producerId: Int64
  readonly firstOffset: Offset
  /** Of the marker; -1 while the outcome is open. */
  lastOffset: Offset
}

const sequenceMax = 0x7fff_ffff
const epochMax = 0x7fff

export class ProducerState {
  readonly #producers = new Map<Int64, ProducerEntry>()
  readonly verifications = new TransactionVerifications()
  /** By first offset, which rises. */
  #ongoing: OpenTransaction[] = []
  /** Decided, but the marker is not below the high watermark yet. By first offset. */
  #unreplicated: OpenTransaction[] = []
  endOffset: Offset = 0

  get size(): number {
    return this.#producers.size
  }

  get isEmpty(): boolean {
    return this.#producers.size === 0 && this.#unreplicated.length === 0
  }

  entries(): Iterable<ProducerEntry> {
    return this.#producers.values()
  }

  /** For DescribeProducers. */
  *active(): Generator<ActiveProducer> {
    for (const entry of this.#producers.values()) {
      yield {
        producerId: entry.producerId,
        producerEpoch: entry.epoch,
        lastSequence: entry.lastSequence,
        lastTimestamp: entry.lastTimestamp,
        coordinatorEpoch: entry.coordinatorEpoch,
        currentTransactionStartOffset: entry.currentTransactionFirstOffset,
      }
    }
  }

  get(producerId: Int64): ProducerEntry | undefined {
    return this.#producers.get(producerId)
  }

  /** The batch that this one repeats, if it is one of the last five. */
  findDuplicate(batch: ProducerBatch): ProducedBatch | undefined {
    return this.#producers.get(batch.producerId)?.findBatch(batch.producerEpoch, batch.baseSequence, batch.lastSequence)
  }

  /** Whether the producer has a transaction under way here, in this epoch. */
  hasOngoingTransaction(producerId: Int64, producerEpoch: number): boolean {
    const entry = this.#producers.get(producerId)
    return entry !== undefined && entry.epoch === producerEpoch && entry.currentTransactionFirstOffset !== noTransaction
  }

  /** The guard under which the transaction's coordinator is to be asked; undefined: the transaction is under way here already. */
  startVerification(batch: VerifiedBatch, nowMs: number): VerificationGuard | ProducerRefusal | undefined {
    const { producerId, producerEpoch, baseSequence: sequence, bumpsEpoch } = batch
    const entry = this.#producers.get(producerId)
    if (entry !== undefined && producerEpoch < entry.epoch) return staleEpoch(producerId, producerEpoch, entry.epoch)
    if (this.hasOngoingTransaction(producerId, producerEpoch)) return undefined
    return this.verifications.start(producerId, { epoch: producerEpoch, sequence, bumpsEpoch }, nowMs)
  }

  /** Why a batch of data may not be appended. `inOrder`: its sequence must follow the last one (batches of clients). */
  checkData(batch: ProducerBatch, inOrder: boolean): ProducerRefusal | undefined {
    const entry = this.#producers.get(batch.producerId)
    const { producerId, producerEpoch, baseSequence } = batch
    if (entry && producerEpoch < entry.epoch) return staleEpoch(producerId, producerEpoch, entry.epoch)
    const overtaking = inOrder ? this.#checkVerifying(entry, batch) : undefined
    if (overtaking || !entry) return overtaking
    if (inOrder && !isInOrder(entry, producerEpoch, baseSequence)) {
      const expected =
        producerEpoch === entry.epoch ? `the last one was ${entry.lastSequence}` : 'a new epoch begins at 0'
      const message = `sequence ${baseSequence} of producer ${producerId} epoch ${producerEpoch} is out of order: ${expected}`
      return { error: errors.OUT_OF_ORDER_SEQUENCE_NUMBER, message }
    }
    if (entry.currentTransactionFirstOffset !== noTransaction && !batch.isTransactional) {
      const message = `producer ${producerId} has a transaction under way and sent a batch outside of it`
      return { error: errors.INVALID_TXN_STATE, message }
    }
    return undefined
  }

  /** Of batches that waited for the coordinator together, the first one must come first. */
  #checkVerifying(entry: ProducerEntry | undefined, batch: ProducerBatch): ProducerRefusal | undefined {
    const { producerId, baseSequence } = batch
    const verifying = this.verifications.get(producerId)
    if (verifying === undefined) return undefined
    const isEmpty = entry === undefined || entry.batches.length === 0
    const isNotFirst = verifying.bumpsEpoch && isEmpty && baseSequence !== 0
    if (!isNotFirst && baseSequence <= verifying.lowestSequence) return undefined
    const expected = isNotFirst ? 0 : verifying.lowestSequence
    const message = `sequence ${baseSequence} of producer ${producerId} is out of order: ${expected} comes first`
    return { error: errors.OUT_OF_ORDER_SEQUENCE_NUMBER, message }
  }

  /** Adds a batch of data that was checked. */
  addData(batch: ProducerBatch, baseOffset: Offset, lastOffset: Offset, timestamp: Int64): void {
    const entry = this.#entryOf(batch.producerId)
    const { lastSequence } = batch
    entry.addBatch(batch.producerEpoch, { lastSequence, lastOffset, offsetDelta: lastOffset - baseOffset, timestamp })
    if (batch.isTransactional && entry.currentTransactionFirstOffset === noTransaction) {
      entry.currentTransactionFirstOffset = baseOffset
      this.#ongoing.push({ producerId: batch.producerId, firstOffset: baseOffset, lastOffset: -1 })
    }
  }

  /** Why a transaction marker may not be appended. From version 2 on, each transaction ends in an epoch of its own. */
  checkMarker(marker: ProducerMarker, transactionVersion: number): ProducerRefusal | undefined {
    const entry = this.#producers.get(marker.producerId)
    const { producerId, producerEpoch } = marker
    const current = entry?.epoch ?? noProducerEpoch
    const isStale = transactionVersion >= 2 ? producerEpoch <= current : producerEpoch < current
    if (isStale && !(transactionVersion >= 2 && entry && isRetriedMarker(entry, producerEpoch))) {
      return staleEpoch(producerId, producerEpoch, current)
    }
    if (entry && entry.coordinatorEpoch > marker.coordinatorEpoch) {
      const message = `marker of coordinator epoch ${marker.coordinatorEpoch}, the last one was of ${entry.coordinatorEpoch}`
      return { error: errors.TRANSACTION_COORDINATOR_FENCED, message }
    }
    return undefined
  }

  /** Adds a marker. The transaction it ends, if there was one, stays open until `complete`. */
  addMarker(marker: ProducerMarker, offset: Offset, timestamp: Int64): CompletedTransaction | undefined {
    const entry = this.#entryOf(marker.producerId)
    const firstOffset = entry.currentTransactionFirstOffset
    entry.endTransaction(marker.producerEpoch, marker.coordinatorEpoch, timestamp)
    if (firstOffset === noTransaction) return undefined
    return { producerId: marker.producerId, firstOffset, lastOffset: offset, isAborted: marker.isAbort }
  }

  /** Up to where everything will be decided once this transaction is complete. */
  lastStableOffsetAfter(completed: CompletedTransaction): Offset {
    const next = this.#ongoing.find(transaction => transaction.producerId !== completed.producerId)
    return next ? next.firstOffset : completed.lastOffset + 1
  }

  /** The transaction is decided; it holds the last stable offset back until its marker is below the high watermark. */
  complete(completed: CompletedTransaction): void {
    const index = this.#ongoing.findIndex(transaction => transaction.firstOffset === completed.firstOffset)
    if (index < 0) throw new Error(`transaction at ${completed.firstOffset} was completed but never begun`)
    const [transaction] = this.#ongoing.splice(index, 1)
    transaction!.lastOffset = completed.lastOffset
    this.#unreplicated.push(transaction!)
    this.#unreplicated.sort((a, b) => a.firstOffset - b.firstOffset)
  }

  onHighWatermark(highWatermark: Offset): void {
    if (this.#unreplicated.length === 0) return
    this.#unreplicated = this.#unreplicated.filter(transaction => transaction.lastOffset >= highWatermark)
  }

  onLogStart(logStartOffset: Offset): void {
    this.onHighWatermark(logStartOffset)
    this.endOffset = Math.max(this.endOffset, logStartOffset)
  }

  /** Where the first transaction begins whose outcome is open, or not yet below the high watermark. */
  get firstUnstableOffset(): Offset | undefined {
    const undecided = this.#ongoing[0]?.firstOffset
    const unreplicated = this.#unreplicated[0]?.firstOffset
    if (undecided === undefined || unreplicated === undefined) return undecided ?? unreplicated
    return Math.min(undecided, unreplicated)
  }

  /** Takes what a snapshot held. Producers that have been silent for too long stay away. */
  load(entries: Iterable<ProducerEntry>, endOffset: Offset, nowMs: number, expirationMs: number): void {
    for (const entry of entries) {
      if (isExpired(entry, nowMs, expirationMs)) continue
      this.#producers.set(entry.producerId, entry)
      const firstOffset = entry.currentTransactionFirstOffset
      if (firstOffset === noTransaction) continue
      this.#ongoing.push({ producerId: entry.producerId, firstOffset, lastOffset: -1 })
    }
    this.#ongoing.sort((a, b) => a.firstOffset - b.firstOffset)
    this.endOffset = endOffset
  }

  removeExpired(nowMs: number, expirationMs: number): void {
    for (const entry of this.#producers.values()) {
      if (isExpired(entry, nowMs, expirationMs)) this.#producers.delete(entry.producerId)
    }
    this.verifications.removeExpired(nowMs, expirationMs)
  }

  clear(endOffset: Offset): void {
    this.#producers.clear()
    this.verifications.clear()
    this.#ongoing = []
    this.#unreplicated = []
    this.endOffset = endOffset
  }

  #entryOf(producerId: Int64): ProducerEntry {
    let entry = this.#producers.get(producerId)
    if (!entry) this.#producers.set(producerId, (entry = new ProducerEntry(producerId)))
    return entry
  }
}

// Where all of a producer's records are gone, any sequence may come next: the epoch alone is known, or not even that.
function isInOrder(entry: ProducerEntry, epoch: number, baseSequence: number): boolean {
  if (entry.epoch === noProducerEpoch) return true
  if (epoch !== entry.epoch) return baseSequence === 0
  const last = entry.lastSequence
  return last === noSequence ? baseSequence === 0 : baseSequence === (last === sequenceMax ? 0 : last + 1)
}

// A marker that was written and whose answer was lost comes again in the same epoch, when the transaction is over. The
// largest epoch cannot be followed by a larger one.
function isRetriedMarker(entry: ProducerEntry, epoch: number): boolean {
  return epoch === entry.epoch && (entry.currentTransactionFirstOffset === noTransaction || epoch === epochMax)
}

function staleEpoch(producerId: Int64, epoch: number, current: number): ProducerRefusal {
  const message = `epoch ${epoch} of producer ${producerId} is stale, the last one seen is ${current}`
  return { error: errors.INVALID_PRODUCER_EPOCH, message }
}

function isExpired(entry: ProducerEntry, nowMs: number, expirationMs: number): boolean {
  if (entry.currentTransactionFirstOffset !== noTransaction) return false
  return subtractInt64(nowMs, entry.lastTimestamp) >= expirationMs
}
