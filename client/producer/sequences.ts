// The sequence numbers of one partition: which batch has which, what may be sent now, and what an answer means for the next.
// Synchronous, without a clock and without a network.
//
// Invariants: a batch that was sent once keeps its numbers until the broker has refused it for good, or all of the partition
// begins anew under another epoch; that happens only while nothing of the partition is under way, so that no request which may
// still be carried out carries the old numbers next to the new. Of an identity that a partition has not seen, the first batch
// goes alone: a broker takes any number to begin with, and a second one that overtook it would make the first a duplicate.
// Source: org.apache.kafka.clients.producer.internals.TransactionManager and TxnPartitionEntry, Kafka 4.3.0; KIP-360. There
// numbers are written anew while requests are under way; here they wait for their answers.

import { incrementSequence, noSequence } from '../../protocol/records/batch-header.ts'
import { isSameIdentity, noIdentity, type ProducerIdentity } from './producer-identity.ts'

/** What is known here of a batch. */
export interface Sequenced {
  readonly count: number
  identity: ProducerIdentity
  /** -1: it has none yet. */
  baseSequence: number
}

export class PartitionSequences<Batch extends Sequenced> {
  #identity = noIdentity
  #next = 0
  /** In order of their numbers: under way, or waiting to be sent again. */
  readonly #numbered: Batch[] = []
  #lastAckedSequence = noSequence
  /** The number behind a batch that was given up without an answer. */
  #unresolved: number | undefined
  #mustRestart = false

  /** Under which the next batch is counted. */
  get identity(): ProducerIdentity {
    return this.#identity
  }

  /** Batches with numbers that are not answered for good. */
  get numbered(): number {
    return this.#numbered.length
  }

  /** The partition must begin anew under another epoch, as soon as nothing of it is under way. */
  get mustRestart(): boolean {
    return this.#mustRestart
  }

  /** Whether a batch was given up whose fate is not known: no new numbers until it is. */
  get isUnresolved(): boolean {
    return this.#unresolved !== undefined
  }

  /** Whether a batch may be sent now. `identity` is the producer's. */
  maySend(batch: Batch, identity: ProducerIdentity): boolean {
    if (this.#mustRestart) return false
    // Sent before: in order, one after the other.
    if (batch.baseSequence !== noSequence) return batch === this.#numbered[0]
    if (this.isUnresolved) return false
    const isKnown = isSameIdentity(identity, this.#identity) && this.#lastAckedSequence !== noSequence
    return isKnown || this.#numbered.length === 0
  }

  /** Gives a batch its numbers, unless it has them. */
  assign(batch: Batch, identity: ProducerIdentity): void {
    if (batch.baseSequence !== noSequence) return
    if (!isSameIdentity(identity, this.#identity)) this.#begin(identity)
    this.#number(batch)
    this.#numbered.push(batch)
  }

  /** The broker has it. */
  onAcknowledged(batch: Batch): void {
    this.#remove(batch)
    // Of one that was given up the answer may still come, too.
    if (!isSameIdentity(batch.identity, this.#identity)) return
    const last = incrementSequence(batch.baseSequence, batch.count - 1)
    if (isBehind(last, this.#lastAckedSequence)) this.#lastAckedSequence = last
  }

  /** It was given up, and the broker does not have it: those behind it would leave a gap. */
  onRefused(batch: Batch): void {
    if (this.#remove(batch)) this.#mustRestart = true
  }

  /** It was given up, and whether the broker has it is not known. */
  onExpired(batch: Batch): void {
    if (!this.#remove(batch)) return
    const next = incrementSequence(batch.baseSequence, batch.count)
    if (this.#unresolved === undefined || isBehind(next, this.#unresolved)) this.#unresolved = next
  }

  /** The broker's answer cannot be repaired under this epoch. */
  requestRestart(): void {
    this.#mustRestart = true
  }

  /**
   * Nothing is under way: if a later batch was acknowledged, the one that was given up had been written, too, and all is well;
   * otherwise the partition must begin anew.
   */
  resolve(): void {
    if (this.#unresolved === undefined || this.#numbered.length > 0) return
    const isClosed = this.isNext(this.#next)
    this.#unresolved = undefined
    if (!isClosed) this.#mustRestart = true
  }

  /** Whether the number follows the last one acknowledged. */
  isNext(sequence: number): boolean {
    const expected = this.#lastAckedSequence === noSequence ? 0 : incrementSequence(this.#lastAckedSequence, 1)
    return sequence === expected
  }

  /** Whether the number follows a batch whose fate is not known. */
  isBehindUnresolved(sequence: number): boolean {
    return this.#unresolved === sequence
  }

  /** Begins at 0 under this identity; batches that are to be sent again get new numbers. Only while nothing is under way. */
  restart(identity: ProducerIdentity): void {
    this.#begin(identity)
    for (const batch of this.#numbered) this.#number(batch)
  }

  /** Two batches in the place of one that was too large, with its numbers. */
  split(batch: Batch, parts: readonly Batch[]): void {
    const at = this.#numbered.indexOf(batch)
    if (at < 0) return
    let sequence = batch.baseSequence
    for (const part of parts) {
      part.identity = batch.identity
      part.baseSequence = sequence
      sequence = incrementSequence(sequence, part.count)
    }
    this.#numbered.splice(at, 1, ...parts)
  }

  #begin(identity: ProducerIdentity): void {
    this.#identity = identity
    this.#next = 0
    this.#lastAckedSequence = noSequence
    this.#unresolved = undefined
    this.#mustRestart = false
  }

  #number(batch: Batch): void {
    batch.identity = this.#identity
    batch.baseSequence = this.#next
    this.#next = incrementSequence(this.#next, batch.count)
  }

  #remove(batch: Batch): boolean {
    const at = this.#numbered.indexOf(batch)
    if (at >= 0) this.#numbered.splice(at, 1)
    return at >= 0
  }
}

/** Whether `sequence` comes later than `other`. They go round from the largest int32 to 0. */
function isBehind(sequence: number, other: number): boolean {
  if (other === noSequence) return true
  const distance = (sequence - other) & 0x7fff_ffff
  return distance > 0 && distance < 0x4000_0000
}
