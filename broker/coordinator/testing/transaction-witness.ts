// What must hold of a transaction coordinator whatever happens, checked while it happens: against its log, the markers that it
// sends and what it answers. For tests.
//
// legalSteps: the records of an id follow each other as the transition table and the epochs say. decidedBeforeMarked: a marker
// stands for a committed decision. markedBeforeCompleted: a completion is written when every partition of the decision has its
// marker. answeredWhenCommitted: an answer without error stands for a committed record. fencedForEver: once a producer was
// given an epoch, an older one gets nothing done.

import { errors, type ProtocolError } from '../../../protocol/errors.ts'
import { lastOffsetOf } from '../../../protocol/records/batch-header.ts'
import { records } from '../../../protocol/records/records.ts'
import type { TopicPartition } from '../../../protocol/types.ts'
import type { Violation } from '../../sim/violation.ts'
import type { TransactionEnd } from '../runtime/coordinator-state.ts'
import type { ProducerIdAndEpoch } from '../transaction/init-producer-id.ts'
import type { Transaction } from '../transaction/transaction.ts'
import { hasPartition, listPartitions } from '../transaction/transaction-partitions.ts'
import { transactionRecordCodec } from '../transaction/transaction-record.ts'
import { isPrepared, mayFollow } from '../transaction/transaction-status.ts'
import type { MemoryLog } from './memory-log.ts'

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}-${partition}`

export class TransactionWitness {
  readonly violations: Violation[] = []
  /** What was done, for whoever looks at a violation. */
  readonly counts = { commits: 0, aborts: 0, fenced: 0, markers: 0 }
  #log: MemoryLog
  #seen = 0
  #latest: Transaction | undefined
  /** Partitions of the latest decision whose marker was written. */
  readonly #marked = new Set<string>()
  /** Every outcome that was ever committed. */
  readonly #decided = new Set<string>()
  /** The newest producer id and epoch that anybody was given; producer ids only rise. */
  #given: ProducerIdAndEpoch = { producerId: -1, producerEpoch: -1 }

  constructor(log: MemoryLog) {
    this.#log = log
  }

  /** A new process has found this much of the log. What was not committed never was. */
  follow(log: MemoryLog): void {
    this.#log = log
    this.#look()
  }

  /** The state as far as it is committed. */
  get latest(): Transaction | undefined {
    this.#look()
    return this.#latest
  }

  #violated(name: string, what: string): void {
    this.violations.push({
      name,
      what: `${what}; the log is at ${this.#latest?.status} ${this.#latest?.producerId}/${this.#latest?.producerEpoch}`,
    })
  }

  /** Takes in what was committed since. */
  #look(): void {
    const committed = this.#log.batches.filter(batch => lastOffsetOf(batch) < this.#log.highWatermark)
    const all = committed.flatMap(batch => [...records(batch)])
    for (const { key, value } of all.slice(this.#seen)) {
      const record = transactionRecordCodec.decode(key, value)
      if (typeof record === 'number' || record.transaction === null) throw new Error('a record that nobody writes here')
      this.#follows(record.transaction)
    }
    this.#seen = all.length
  }

  #follows(next: Transaction): void {
    const before = this.#latest
    this.#latest = next
    const isLegal = before === undefined ? next.status === 'Empty' : mayFollow(before.status, next.status)
    if (!isLegal) this.#violated('legalSteps', `${before?.status} was followed by ${next.status}`)
    if (before !== undefined && isOlder(next, before))
      this.#violated('legalSteps', `after ${before.producerId}/${before.producerEpoch}`)
    if (isPrepared(next.status)) {
      this.#marked.clear()
      this.#decided.add(`${next.status === 'PrepareCommit'} ${next.producerId}/${next.producerEpoch}`)
    }
    if (next.status !== 'CompleteCommit' && next.status !== 'CompleteAbort') return
    const missing = [...listPartitions(before!.partitions)].filter(each => !this.#marked.has(keyOf(each)))
    if (missing.length > 0) this.#violated('markedBeforeCompleted', `${missing.map(keyOf).join()} had no marker`)
  }

  marker(partition: TopicPartition, end: TransactionEnd): void {
    this.#look()
    this.counts.markers++
    const { status, producerId, producerEpoch, partitions } = this.#latest!
    const isDecided = status === (end.committed ? 'PrepareCommit' : 'PrepareAbort')
    const isOurs = producerId === end.producerId && producerEpoch === end.producerEpoch
    if (isDecided && isOurs && hasPartition(partitions, partition)) return
    this.#violated(
      'decidedBeforeMarked',
      `${end.committed ? 'commit' : 'abort'} of ${end.producerEpoch} for ${keyOf(partition)}`,
    )
  }

  markerWritten(partition: TopicPartition): void {
    this.#marked.add(keyOf(partition))
  }

  /** `asked`: with what the request came, and the newest that had been given when it was sent. */
  answered(what: string, asked: Asked, error: ProtocolError): void {
    if (error !== errors.NONE) {
      if (error === errors.PRODUCER_FENCED) this.counts.fenced++
      return
    }
    this.#look()
    if (isOlder(asked.producer, asked.given)) {
      const newest = `${asked.given.producerId}/${asked.given.producerEpoch}`
      this.#violated(
        'fencedForEver',
        `${what} of ${asked.producer.producerId}/${asked.producer.producerEpoch}, ${newest} was given`,
      )
    }
  }

  added(asked: Asked, partitions: readonly TopicPartition[], error: ProtocolError): void {
    this.answered('AddPartitionsToTxn', asked, error)
    if (error !== errors.NONE) return
    // The transaction may have been ended since; then its partitions are in what was decided, or it is complete.
    const { status, partitions: known } = this.#latest!
    const isUnderWay = status === 'Ongoing' || isPrepared(status)
    const missing = partitions.filter(each => isUnderWay && !hasPartition(known, each))
    if (missing.length > 0) this.#violated('answeredWhenCommitted', `${missing.map(keyOf).join()} were added`)
  }

  /** `request`: as it was sent, perhaps for the second time. */
  ended(asked: Asked, request: ProducerIdAndEpoch & { readonly committed: boolean }, error: ProtocolError): void {
    this.answered('EndTxn', asked, error)
    if (error !== errors.NONE) return
    const { producerId, producerEpoch, committed } = request
    this.counts[committed ? 'commits' : 'aborts']++
    // In its own epoch, or in the one that the end takes.
    const isDecided = [producerEpoch, producerEpoch + 1].some(epoch =>
      this.#decided.has(`${committed} ${producerId}/${epoch}`),
    )
    if (!isDecided)
      this.#violated(
        'answeredWhenCommitted',
        `EndTxn ${committed ? 'commit' : 'abort'} of ${producerId}/${producerEpoch}`,
      )
  }

  given(producer: ProducerIdAndEpoch): void {
    this.#look()
    const { producerId, producerEpoch } = this.#latest!
    if (isOlder({ producerId, producerEpoch }, producer))
      this.#violated('answeredWhenCommitted', `epoch ${producer.producerEpoch}`)
    if (isOlder(this.#given, producer)) this.#given = producer
  }

  asks(producer: ProducerIdAndEpoch): Asked {
    return { producer: { ...producer }, given: this.#given }
  }
}

export interface Asked {
  readonly producer: ProducerIdAndEpoch
  readonly given: ProducerIdAndEpoch
}

function isOlder(a: ProducerIdAndEpoch, b: ProducerIdAndEpoch): boolean {
  if (a.producerId !== b.producerId) return a.producerId < b.producerId
  return a.producerEpoch < b.producerEpoch
}
