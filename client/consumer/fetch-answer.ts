// What one partition's part of a fetch answer means: records to buffer, somewhere else to ask, another offset, an error to tell.
// Source: FetchCollector.initialize, Kafka 4.3.0; KIP-320, KIP-392, KIP-951.

import { errorName, errors } from '../../protocol/errors.ts'
import type { fetch } from '../../protocol/messages/fetch.ts'
import { type Int64, safeNumber } from '../../protocol/wire/int64.ts'
import type { Message } from '../../protocol/wire/schema.ts'
import { brokerError, ClientError } from '../client-error.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { leaderIn } from '../cluster/cluster-image.ts'
import { ConsumerBatch, type PartitionMarks } from './consumer-batch.ts'
import type { ConsumerEmitter } from './consumer-events.ts'
import type { FetchSettings } from './consumer-options.ts'
import type { FetchBuffer, HeldAnswer } from './fetch-buffer.ts'
import { endOf, type PartitionState } from './partition-state.ts'
import type { PositionKeeper } from './position-keeper.ts'
import { type CorruptBatch, type ScannedBatches, scanBatches } from './stored-batches.ts'

type Answer = Message<typeof fetch.response>
export type PartitionAnswer = Answer['responses'][number]['partitions'][number]

export interface FetchAnswerOptions {
  readonly cluster: Cluster
  readonly settings: FetchSettings
  readonly buffer: FetchBuffer
  readonly keeper: PositionKeeper
  readonly events: ConsumerEmitter
}

/** Larger answers are not read (connection.ts). */
const batchBytesMax = 200 * 1024 * 1024

/** The leader has moved, or is about to: the image is asked for, and the partition again after a moment. */
const movedErrors: ReadonlySet<number> = new Set(
  [
    errors.NOT_LEADER_OR_FOLLOWER,
    errors.REPLICA_NOT_AVAILABLE,
    errors.FENCED_LEADER_EPOCH,
    errors.KAFKA_STORAGE_ERROR,
    errors.OFFSET_NOT_AVAILABLE,
    errors.UNKNOWN_TOPIC_OR_PARTITION,
    errors.UNKNOWN_TOPIC_ID,
    errors.INCONSISTENT_TOPIC_ID,
    errors.LEADER_NOT_AVAILABLE,
  ].map(({ code }) => code),
)

/** These pass by themselves. The text of UNKNOWN_SERVER_ERROR says that it does not, but Java's consumer goes on, and so do we. */
const passingErrors: ReadonlySet<number> = new Set([
  errors.UNKNOWN_LEADER_EPOCH.code,
  errors.UNKNOWN_SERVER_ERROR.code,
  errors.CORRUPT_MESSAGE.code,
])

export class FetchAnswers {
  readonly #options: FetchAnswerOptions

  constructor(options: FetchAnswerOptions) {
    this.#options = options
  }

  /** Applies it to the partition, which is still where it was when it was asked for. */
  take(state: PartitionState, answer: PartitionAnswer, held: HeldAnswer): void {
    const { keeper } = this.#options
    const { errorCode, divergingEpoch, preferredReadReplica } = answer
    if (errorCode !== errors.NONE.code) this.#failed(state, errorCode, held.nodeId)
    else if (divergingEpoch.epoch >= 0) {
      keeper.judge(state, { epoch: divergingEpoch.epoch, endOffset: safeNumber(divergingEpoch.endOffset) ?? -1 })
    } else if (preferredReadReplica >= 0 && preferredReadReplica !== held.nodeId)
      this.#prefer(state, preferredReadReplica)
    else this.#records(state, answer, held)
  }

  /**
   * Of an answer that came beside the one that is waited for: its records, if there are any that can be read. What else it says is
   * for the other one to say. Answers whether the partition has moved on.
   */
  takeRecords(state: PartitionState, answer: PartitionAnswer, held: HeldAnswer): boolean {
    if (answer.errorCode !== errors.NONE.code || answer.divergingEpoch.epoch >= 0) return false
    const { fetchOffset } = state
    const scanned = this.#scan(state, answer)
    if (scanned.nextOffset === fetchOffset) return false
    state.fetched(scanned.nextOffset, scanned.nextEpoch, marksOf(answer))
    this.#push(state, answer.records ?? noBytes, fetchOffset, scanned, held)
    return true
  }

  #prefer(state: PartitionState, nodeId: number): void {
    const { clock } = this.#options.cluster.world
    state.preferredReplica = nodeId
    state.preferredUntilMs = clock.monotonicMs() + this.#options.cluster.settings.metadataMaxAgeMs
  }

  #records(state: PartitionState, answer: PartitionAnswer, held: HeldAnswer): void {
    const bytes = answer.records ?? noBytes
    const { fetchOffset } = state
    const scanned = this.#scan(state, answer)
    state.fetched(scanned.nextOffset, scanned.nextEpoch, marksOf(answer))
    if (scanned.nextOffset > fetchOffset) this.#push(state, bytes, fetchOffset, scanned, held)
    if (scanned.corrupt !== undefined) this.#corrupt(state, scanned.corrupt)
    else if (scanned.cutBytes !== undefined) this.#cut(state, scanned.cutBytes)
    else if (bytes.length > 0 && scanned.nextOffset === fetchOffset) this.#wait(state, 'the broker sends old records')
  }

  #scan({ fetchOffset, fetchEpoch }: PartitionState, answer: PartitionAnswer): ScannedBatches {
    const { readsCommitted, checksChecksums } = this.#options.settings
    const aborted = readsCommitted ? answer.abortedTransactions : null
    return scanBatches(answer.records ?? noBytes, { fetchOffset, fetchEpoch, checksChecksums, aborted })
  }

  #push(
    state: PartitionState,
    bytes: Buffer,
    fromOffset: number,
    { positions, nextOffset, nextEpoch }: ScannedBatches,
    answer: HeldAnswer,
  ): void {
    const { settings, buffer, events } = this.#options
    if (positions.length === 0) {
      buffer.push({ kind: 'nothing', state, nextOffset, nextEpoch })
      return
    }
    const { topic, partition, marks, ownership } = state
    const { decompressedBytesMax, readsCommitted, onCorrupt } = settings
    const batch = new ConsumerBatch({
      topic,
      partition,
      ownership,
      marks,
      bytes,
      positions,
      fromOffset,
      nextOffset,
      leaderEpoch: nextEpoch,
      endOffset: endOf(marks, readsCommitted),
      decompressedBytesMax,
      lender: answer,
      onUnreadable: (error, offset, behind) => {
        if (onCorrupt === 'fail') return false
        events.emit('skipped', { topic, partition, fromOffset: offset, toOffset: behind, error })
        return true
      },
    })
    buffer.push({ kind: 'records', state, nextOffset, nextEpoch, batch, answer, jumps: state.jumps })
  }

  /** Once may be the way the bytes came; a second time it is how they are stored. */
  #corrupt(state: PartitionState, { cause, resumeOffset }: CorruptBatch): void {
    const { fetchOffset, fetchEpoch, marks, topic, partition } = state
    if (state.suspectOffset !== fetchOffset) {
      state.suspectOffset = fetchOffset
      state.preferredReplica = -1
      return
    }
    const message = `the batch at offset ${fetchOffset} is damaged (${cause.message})`
    const help = `seek beyond it (to ${resumeOffset ?? fetchOffset + 1}), or set onCorrupt: 'skip'`
    const error = new ClientError('CORRUPT_MESSAGE', message, { topic, partition, retriable: false, cause, help })
    if (this.#options.settings.onCorrupt === 'fail') {
      this.#fail(state, error)
      return
    }
    const toOffset = resumeOffset ?? fetchOffset + 1
    this.#options.events.emit('skipped', { topic, partition, fromOffset: fetchOffset, toOffset, error })
    state.fetched(toOffset, fetchEpoch, marks)
    this.#options.buffer.push({ kind: 'nothing', state, nextOffset: toOffset, nextEpoch: fetchEpoch })
  }

  /** The broker cut the first batch off, which those of today do not (KIP-74): asked for again with room for it. */
  #cut(state: PartitionState, cutBytes: number): void {
    const { topic, partition, fetchOffset } = state
    const bytes = Math.max(cutBytes, state.maxBytes * 2)
    if (bytes <= batchBytesMax) {
      state.maxBytes = bytes
      return
    }
    const message = `the batch at offset ${fetchOffset} takes ${bytes} bytes; at most ${batchBytesMax} are read`
    this.#fail(state, new ClientError('RECORD_TOO_LARGE', message, { topic, partition, help: 'seek beyond it' }))
  }

  #failed(state: PartitionState, errorCode: number, nodeId: number): void {
    const { cluster, keeper } = this.#options
    const isLeader = this.#isLeader(state, nodeId)
    state.preferredReplica = -1
    state.standIn = -1
    if (errorCode === errors.OFFSET_OUT_OF_RANGE.code) {
      // A follower may lag behind; and what is buffered is delivered before reading jumps.
      if (!isLeader) this.#wait(state, 'the follower does not have the offset')
      else if (state.bufferedCount > 0) this.#wait(state, 'the next offset does not exist')
      else keeper.outOfRange(state)
      return
    }
    const { topic, partition } = state
    const error = brokerError(errorCode, { topic, partition })
    if (movedErrors.has(errorCode)) cluster.imageIsWrong()
    else if (!passingErrors.has(errorCode) && !error.retriable) {
      this.#fail(state, error)
      return
    }
    this.#wait(state, errorName(errorCode) ?? `error ${errorCode}`)
  }

  /** A follower's answer may come when nobody is asked in the leader's place any more. */
  #isLeader({ topic, partition, preferredReplica, standIn }: PartitionState, nodeId: number): boolean {
    const leader = leaderIn(this.#options.cluster.image, topic, partition)
    return preferredReplica !== nodeId && standIn !== nodeId && (leader === undefined || leader.nodeId === nodeId)
  }

  /** Not asked for again before a moment has passed. */
  #wait(state: PartitionState, trouble: string): void {
    const { retrying, world } = this.#options.cluster
    state.failures += 1
    state.waitsUntilMs = world.clock.monotonicMs() + retrying.backoff.delayMs(state.failures)
    state.trouble = trouble
  }

  #fail(state: PartitionState, error: ClientError): void {
    state.fail()
    this.#options.buffer.push({ kind: 'error', state, error })
  }
}

const noBytes = Buffer.alloc(0)

function marksOf(answer: PartitionAnswer): PartitionMarks {
  const mark = (value: Int64) => safeNumber(value) ?? -1
  return {
    highWatermark: mark(answer.highWatermark),
    lastStableOffset: mark(answer.lastStableOffset),
    logStartOffset: mark(answer.logStartOffset),
  }
}
