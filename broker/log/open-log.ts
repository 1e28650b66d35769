// Opening and creating the log of a partition.

import type { DiskError } from '../../io/disk.ts'
import type { World } from '../../io/world.ts'
import type { Offset } from '../../protocol/types.ts'
import type { Uuid } from '../../protocol/wire/uuid.ts'
import type { LogConfig } from '../config/log-config.ts'
import { EpochCheckpoint } from './epoch-checkpoint.ts'
import type { IndexCache } from './index-cache.ts'
import type { LogDirectory } from './log-directory.ts'
import { type LoadedLog, loadLog } from './log-loader.ts'
import { type LogSummary, restoreLog } from './log-summary.ts'
import type { OpenFiles } from './open-files.ts'
import { PartitionLog } from './partition-log.ts'
import { PartitionMetadataError, readTopicId, writeTopicId } from './partition-metadata-file.ts'
import { ProducerSnapshots } from './producer-snapshots.ts'
import type { Recompressor } from './recompressor.ts'
import { rollJitterMs } from './roll.ts'
import type { SegmentHome } from './segment-home.ts'

export interface OpenLogOptions {
  readonly world: Pick<World, 'clock' | 'random' | 'logger'>
  readonly directory: LogDirectory
  /** The partition's directory. */
  readonly path: string
  readonly topic: string
  readonly partition: number
  /** Undefined: whatever the directory says. Another one than the directory says is a PartitionMetadataError. */
  readonly topicId?: Uuid
  readonly config: LogConfig
  readonly openFiles: OpenFiles
  readonly indexCache: IndexCache
  /** The log directory was closed in good order. */
  readonly wasClean: boolean
  /** From the checkpoints; 0 where they say nothing. */
  readonly logStartOffset?: Offset
  readonly recoveryPoint?: Offset
  readonly producerExpirationMs: number
  /** How the log was when it was closed, if that may be believed. */
  readonly summary?: LogSummary | undefined
  readonly ignoresMinFreeBytes?: boolean
  readonly recompressor?: Recompressor | undefined
  /** A file of the log ended before what was written to it. */
  readonly onTooShort?: ((error: DiskError) => void) | undefined
  /** Told of the bytes of each segment that recovery is done with. */
  readonly onRecovered?: (bytes: number) => void
}

/** Opens a log, recovering it where it must; creates it when the directory is empty or missing. */
export async function openPartitionLog(options: OpenLogOptions): Promise<PartitionLog> {
  const { directory, path, world, config, summary } = options
  const restored = summary && (await restore(options, summary))
  if (restored) return restored
  await directory.disk.makeDirectory(path)
  const topicId = await topicIdOf(options)
  const epochs = await EpochCheckpoint.open(directory, path)
  const home = homeOf(options)
  const loaded = await loadLog({
    home,
    config,
    logger: world.logger,
    epochs: epochs.epochs,
    wasClean: options.wasClean,
    logStartOffset: options.logStartOffset ?? 0,
    recoveryPoint: options.recoveryPoint ?? 0,
    nowMs: world.clock.now(),
    chance: () => world.random.next(),
    producerExpirationMs: options.producerExpirationMs,
    ...(options.onRecovered ? { onRecovered: options.onRecovered } : {}),
  })
  const log = assemble(options, home, topicId, epochs, loaded)
  // A process that was killed between a write and its flush leaves records in the page cache only. A consumer would be shown
  // them, or the producer that sends them again told that they are stored, and then the power fails.
  if (log.logEndOffset - log.recoveryPoint >= config.flushMessages) await log.flush()
  return log
}

async function restore(options: OpenLogOptions, summary: LogSummary): Promise<PartitionLog | undefined> {
  const { directory, path, world, config, producerExpirationMs } = options
  const { disk } = directory
  const nowMs = world.clock.now()
  const home = homeOf(options)
  const loaded = await restoreLog({
    home,
    summary,
    snapshots: new ProducerSnapshots({ disk, logger: world.logger, directory: path, offsets: summary.snapshotOffsets }),
    segmentOptions: { createdMs: nowMs, indexIntervalBytes: config.indexIntervalBytes },
    rollJitterMs: () => rollJitterMs(config, world.random.next()),
    nowMs,
    producerExpirationMs,
  })
  const epochs = new EpochCheckpoint(directory, path, summary.epochs)
  return loaded && assemble(options, home, summary.topicId ?? undefined, epochs, loaded)
}

function homeOf({ directory, path, openFiles, indexCache }: OpenLogOptions): SegmentHome {
  return { disk: directory.disk, directory: path, openFiles, indexCache }
}

function assemble(
  options: OpenLogOptions,
  home: SegmentHome,
  topicId: Uuid | undefined,
  epochs: EpochCheckpoint,
  loaded: LoadedLog,
): PartitionLog {
  const { world, directory, topic, partition, config, producerExpirationMs, ignoresMinFreeBytes = false } = options
  return new PartitionLog({
    world,
    directory,
    home,
    topic,
    partition,
    topicId,
    config,
    loaded,
    epochs,
    producerExpirationMs,
    ignoresMinFreeBytes,
    recompressor: options.recompressor,
    onTooShort: options.onTooShort,
  })
}

async function topicIdOf({ directory, path, topicId }: OpenLogOptions): Promise<Uuid | undefined> {
  const stored = await readTopicId(directory.disk, path)
  if (stored === undefined && topicId !== undefined) await writeTopicId(directory.disk, path, topicId)
  if (stored !== undefined && topicId !== undefined && stored !== topicId) {
    throw new PartitionMetadataError(
      `${path} belongs to topic id ${stored}, not ${topicId}: an older topic of this name`,
    )
  }
  return stored ?? topicId
}
