// Opening and creating the log of a partition.

import type { World } from '../../io/world.ts'
import type { Offset } from '../../protocol/types.ts'
import type { Uuid } from '../../protocol/wire/uuid.ts'
import type { LogConfig } from '../config/log-config.ts'
import { EpochCheckpoint } from './epoch-checkpoint.ts'
import type { IndexCache } from './index-cache.ts'
import type { LogDirectory } from './log-directory.ts'
import { loadLog } from './log-loader.ts'
import type { OpenFiles } from './open-files.ts'
import { PartitionLog } from './partition-log.ts'
import { PartitionMetadataError, readTopicId, writeTopicId } from './partition-metadata-file.ts'

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
  readonly ignoresMinFreeBytes?: boolean
  /** Told of the bytes of each segment that recovery is done with. */
  readonly onRecovered?: (bytes: number) => void
}

/** Opens a log, recovering it where it must; creates it when the directory is empty or missing. */
export async function openPartitionLog(options: OpenLogOptions): Promise<PartitionLog> {
  const { directory, path, world, config, openFiles, indexCache, producerExpirationMs, onRecovered } = options
  const { disk } = directory
  await disk.makeDirectory(path)
  const topicId = await topicIdOf(options)
  const epochs = await EpochCheckpoint.open(directory, path)
  const home = { disk, directory: path, openFiles, indexCache }
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
    producerExpirationMs,
    ...(onRecovered ? { onRecovered } : {}),
  })
  return new PartitionLog({
    world,
    directory,
    home,
    topic: options.topic,
    partition: options.partition,
    topicId,
    config,
    loaded,
    epochs,
    producerExpirationMs,
    ignoresMinFreeBytes: options.ignoresMinFreeBytes ?? false,
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
