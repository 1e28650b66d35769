// The log directories of a broker as it finds them at its start: created, locked, identified.
//
// A directory that cannot be used is offline from the beginning and the others go on without it, unless none is left or it is
// the one with the metadata log. One that another process uses, or that makes no sense, is a mistake: nothing starts.
// Source: Kafka 4.3.0's LogManager (createAndValidateLogDirs, lockLogDirs, loadDirectoryIds).

import { dirname } from 'node:path'
import { type Disk, DiskError } from '../../io/disk.ts'
import type { World } from '../../io/world.ts'
import { type CleanShutdown, readCleanShutdown } from './clean-shutdown-file.ts'
import { DirectoryCheckpoints } from './directory-checkpoints.ts'
import { LogDirectory } from './log-directory.ts'
import {
  type MetaProperties,
  metaPropertiesName,
  newDirectoryId,
  readMetaProperties,
  writeMetaProperties,
} from './meta-properties.ts'

export const lockName = '.lock'

/** The broker cannot start on these directories. */
export class LogDirectoryError extends Error {
  readonly code = 'LOG_DIRECTORY_UNUSABLE'

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'LogDirectoryError'
  }
}

/** One directory and what belongs to it. */
export interface ManagedDirectory {
  readonly directory: LogDirectory
  readonly checkpoints: DirectoryCheckpoints
  metaProperties: MetaProperties | undefined
  /** What the broker left that closed it in good order; undefined: nobody did. */
  readonly clean: CleanShutdown | undefined
  readonly unlock: () => Promise<void>
}

export interface OpenDirectoriesOptions {
  readonly world: World
  readonly paths: readonly string[]
  readonly metadataPath: string
  readonly minFreeBytes: number
  readonly onFailed: (directory: LogDirectory, error: DiskError) => void
}

/** Opens all directories; offline ones are among them. Throws LogDirectoryError, or a DiskError (LOCKED). */
export async function openDirectories(options: OpenDirectoriesOptions): Promise<ManagedDirectory[]> {
  const { disk, logger } = options.world
  const paths = options.paths.map(path => disk.resolve(path))
  const twice = paths.find((path, index) => paths.indexOf(path) !== index)
  if (twice) throw new LogDirectoryError(`log.dirs names ${twice} twice`)
  const opened: ManagedDirectory[] = []
  try {
    for (const path of paths) opened.push(await openDirectory(path, options))
    const metadata = opened.find(({ directory }) => directory.path === disk.resolve(options.metadataPath))
    if (!metadata) throw new LogDirectoryError(`metadata.log.dir ${options.metadataPath} is not one of log.dirs`)
    if (metadata.directory.failure) throw unusable(metadata.directory)
    if (opened.every(({ directory }) => !directory.isOnline)) throw unusable(opened[0]!.directory)
  } catch (error) {
    for (const { unlock } of opened) await unlock()
    logger.error({ directories: paths, error: (error as Error).message }, 'the log directories cannot be used')
    throw error
  }
  return opened
}

async function openDirectory(path: string, options: OpenDirectoriesOptions): Promise<ManagedDirectory> {
  const { world, minFreeBytes, onFailed } = options
  const { disk, clock, logger } = world
  const directory = new LogDirectory({ disk, clock, logger, path, minFreeBytes, onFailed })
  const checkpoints = new DirectoryCheckpoints(directory, logger)
  let unlock = async () => {}
  try {
    await makeToStay(disk, path)
    unlock = await disk.lock(`${path}/${lockName}`)
    const metaProperties = await readMetaProperties(disk, path)
    directory.directoryId = metaProperties?.directoryId
    const clean = await readCleanShutdown(disk, path)
    await directory.checkSpace()
    return { directory, checkpoints, metaProperties, clean, unlock }
  } catch (error) {
    if (!(error instanceof DiskError) || error.code === 'LOCKED') {
      await unlock()
      throw error
    }
    directory.fail(error)
    return { directory, checkpoints, metaProperties: undefined, clean: undefined, unlock }
  }
}

function unusable(directory: LogDirectory): LogDirectoryError {
  const { message } = directory.failure!
  return new LogDirectoryError(`log directory ${directory.path} cannot be used: ${message}`, {
    cause: directory.failure,
  })
}

/** Writes meta.properties where it is missing or lacks a directory id. */
export async function formatDirectories(
  directories: readonly ManagedDirectory[],
  identity: { readonly clusterId: string; readonly nodeId: number },
  world: World,
): Promise<void> {
  for (const managed of directories) {
    const { directory, metaProperties } = managed
    if (!directory.isOnline || metaProperties?.directoryId !== undefined) continue
    const formatted = { version: 1, ...identity, directoryId: newDirectoryId(world.random) }
    await directory.insist(() => writeMetaProperties(world.disk, directory.path, formatted))
    managed.metaProperties = formatted
    directory.directoryId = formatted.directoryId
  }
}

/**
 * Makes a directory that a loss of power cannot take away again, together with all that was acknowledged in it. One level at a
 * time, and the deepest that is there already once more: whoever made it may have died before the disk was told.
 */
async function makeToStay(disk: Disk, path: string): Promise<void> {
  const missing: string[] = []
  let at = disk.resolve(path)
  while (dirname(at) !== at && (await disk.stat(at)) === undefined) {
    missing.unshift(at)
    at = dirname(at)
  }
  const wasFormatted = missing.length === 0 && (await disk.stat(`${path}/${metaPropertiesName}`)) !== undefined
  if (wasFormatted) return
  await disk.syncDirectory(dirname(at)).catch(unlessForbidden)
  for (const directory of missing) {
    await disk.makeDirectory(directory)
    await disk.syncDirectory(dirname(directory))
  }
}

/** Where we may not look we have made nothing either. */
function unlessForbidden(error: DiskError): void {
  if ((error.cause as NodeJS.ErrnoException | undefined)?.code !== 'EACCES') throw error
}
