// Decides when a snapshot is due, writes it, and lets old snapshots and the log before them go.
//
// Invariants: one snapshot is written at a time; it stands for committed records only, and for whole batches and transactions;
// the latest one is never removed; the log is cut only where a snapshot stands for what goes.
// Source: org.apache.kafka.image.publisher.SnapshotGenerator, KafkaRaftLog.maybeClean, Kafka 4.3.0.

import type { Clock } from '../../../io/clock.ts'
import type { Disk } from '../../../io/disk.ts'
import type { Logger } from '../../../io/logger.ts'
import { imageFrames } from '../image/image-records.ts'
import type { ReplayedImage } from '../image/replayed-image.ts'
import type { MetadataLog } from './metadata-log.ts'
import { encodeSnapshot, type QuorumFacts } from './snapshot.ts'
import { readSnapshot, removeSnapshot, type SnapshotFile, snapshotName, writeSnapshot } from './snapshot-files.ts'

/**
 * Log that the next start may have to replay after a clean stop. A start and a stop of a broker with 10,000 partitions leave 1.2 MB, half
 * a second of replay after some ten of them, where the snapshot of it all is read in a tenth.
 */
export const replayedBytesMax = 256 * 1024

export interface SnapshotLimits {
  /** metadata.log.max.record.bytes.between.snapshots */
  readonly bytesBetween: number
  /** metadata.log.max.snapshot.interval.ms; 0: never by time. */
  readonly intervalMs: number
  /** metadata.max.retention.bytes, of log and snapshots together; below 0: no limit. */
  readonly retentionBytes: number
  /** metadata.max.retention.ms; below 0: no limit. */
  readonly retentionMs: number
}

export interface SnapshotKeeperOptions {
  readonly disk: Disk
  readonly clock: Clock
  readonly logger: Logger
  readonly directory: string
  readonly log: MetadataLog
  readonly limits: SnapshotLimits
  /** What the quorum says of itself now. */
  readonly quorum: () => QuorumFacts
  readonly snapshots: readonly SnapshotFile[]
  /** Of log behind the latest snapshot. */
  readonly bytesSinceSnapshot: number
}

export class SnapshotKeeper {
  readonly #options: SnapshotKeeperOptions
  #snapshots: SnapshotFile[]
  #bytes: number
  #lastMs: number
  #writing: Promise<void> | undefined

  constructor(options: SnapshotKeeperOptions) {
    this.#options = options
    this.#snapshots = [...options.snapshots]
    this.#bytes = options.bytesSinceSnapshot
    this.#lastMs = options.clock.monotonicMs()
  }

  /** Oldest first. */
  get snapshots(): readonly SnapshotFile[] {
    return this.#snapshots
  }

  /** Called when a batch of the log is in the image. Begins a snapshot of the image as it is when one is due. */
  published(image: ReplayedImage, sizeBytes: number): void {
    this.#bytes += sizeBytes
    const { limits, clock } = this.#options
    const isLate = limits.intervalMs > 0 && clock.monotonicMs() - this.#lastMs >= limits.intervalMs
    if (this.#writing || (this.#bytes < limits.bytesBetween && !isLate)) return
    const reason = isLate ? `${limits.intervalMs} ms have passed` : `${this.#bytes} bytes have been logged`
    this.#writing = this.#write(image, reason).finally(() => {
      this.#writing = undefined
    })
  }

  /**
   * Nothing more is going to be logged: a snapshot now spares the next start what has gathered since the last one. Kafka takes
   * none here. Resolves when no snapshot is being written.
   */
  async finish(image: ReplayedImage): Promise<void> {
    await this.#writing
    if (this.#bytes < replayedBytesMax) return
    await this.#write(image, `the broker stops, ${this.#bytes} bytes have been logged`)
  }

  /** Resolves when no snapshot is being written. */
  async idle(): Promise<void> {
    await this.#writing
  }

  async #write(image: ReplayedImage, reason: string): Promise<void> {
    const { disk, clock, logger, directory } = this.#options
    const { offset, epoch, timestampMs } = image.provenance
    const id = { offset: offset + 1, epoch }
    this.#bytes = 0
    this.#lastMs = clock.monotonicMs()
    if (this.#snapshots.some(snapshot => snapshot.offset === id.offset && snapshot.epoch === id.epoch)) return
    // Everything is taken from the image here, before the first await.
    const content = {
      id,
      lastContainedLogTimestamp: timestampMs,
      quorum: this.#options.quorum(),
      frames: imageFrames(image),
    }
    try {
      const batches = encodeSnapshot(content, () => clock.now())
      const sizeBytes = await writeSnapshot(disk, directory, id, batches, () => new Promise(done => clock.soon(done)))
      this.#snapshots.push({ ...id, sizeBytes })
      logger.info({ snapshot: snapshotName(id), sizeBytes, reason }, 'metadata snapshot written')
      await this.#clean()
    } catch (error) {
      // The log still holds everything: the next batch that is due tries again.
      logger.error(
        { err: error, snapshot: snapshotName(id) },
        'metadata snapshot could not be written; the log is kept',
      )
    }
  }

  /** Removes the oldest snapshot and the log before the next one for as long as there is too much, or it is too old. */
  async #clean(): Promise<void> {
    const { disk, directory, log, logger } = this.#options
    while (this.#snapshots.length > 1) {
      const [oldest, next] = this.#snapshots as [SnapshotFile, SnapshotFile]
      if (!(this.#isTooMuch() || (await this.#isTooOld(oldest)))) return
      if (log.startOffset < next.offset) await log.deleteBefore(next.offset)
      this.#snapshots.shift()
      await removeSnapshot(disk, directory, oldest)
      logger.info({ snapshot: snapshotName(oldest), logStartOffset: log.startOffset }, 'old metadata snapshot removed')
    }
  }

  #isTooMuch(): boolean {
    const { log, limits } = this.#options
    const sizeBytes = this.#snapshots.reduce((sum, snapshot) => sum + snapshot.sizeBytes, log.sizeBytes)
    return limits.retentionBytes >= 0 && sizeBytes > limits.retentionBytes
  }

  async #isTooOld(snapshot: SnapshotFile): Promise<boolean> {
    const { disk, directory, clock, limits } = this.#options
    if (limits.retentionMs < 0) return false
    const { lastContainedLogTimestamp } = await readSnapshot(disk, directory, snapshot)
    return clock.now() - lastContainedLogTimestamp > limits.retentionMs
  }
}
