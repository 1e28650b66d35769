// The files of a partition directory when it is opened, and the leftovers of interrupted work that are put right first.
//
// `.deleted` files were about to go, `.cleaned` files were not finished. `.swap` files are complete and replace the segments
// they were made from, unless they belong to a split that was not finished (its `.cleaned` files are still there).
// Source: Kafka 4.3.0's LogLoader (removeTempFilesAndCollectSwapFiles and the passes after it).

import type { Disk } from '../../io/disk.ts'
import type { Logger } from '../../io/logger.ts'
import type { Offset } from '../../protocol/types.ts'
import { BatchScanner } from './batch-scanner.ts'
import {
  cleanedSuffix,
  deletedSuffix,
  logSuffix,
  offsetFileName,
  offsetOfFileName,
  producerSnapshotSuffix,
  segmentSuffixes,
  swapSuffix,
} from './segment-files.ts'

export interface DirectoryListing {
  /** Of the segments, rising. */
  readonly baseOffsets: readonly Offset[]
  /** Of the producer snapshots, rising. */
  readonly snapshotOffsets: readonly Offset[]
  /** All files by name. */
  readonly names: ReadonlySet<string>
}

/** Deletes what was left over, finishes what was complete, and lists what is there. */
export async function listPartitionDirectory(disk: Disk, directory: string, logger: Logger): Promise<DirectoryListing> {
  const names = new Set((await disk.list(directory)).filter(entry => !entry.isDirectory).map(entry => entry.name))
  const remove = async (gone: readonly string[]) => {
    for (const name of gone) {
      await disk.remove(`${directory}/${name}`)
      names.delete(name)
    }
  }
  await removeTemporary(names, remove)
  await finishSwaps(disk, directory, logger, names, remove)
  const baseOffsets = offsetsWith(names, logSuffix)
  await remove(orphanIndexes(names, baseOffsets, directory, logger))
  return { baseOffsets, snapshotOffsets: offsetsWith(names, producerSnapshotSuffix), names }
}

type Remove = (names: readonly string[]) => Promise<void>

// Snapshots of the metadata log that are marked for deletion are that log's own business.
async function removeTemporary(names: ReadonlySet<string>, remove: Remove): Promise<void> {
  const all = [...names]
  const cleaned = all.filter(name => name.endsWith(cleanedSuffix))
  const firstCleaned = Math.min(Number.POSITIVE_INFINITY, ...cleaned.map(name => offsetOfFileName(name) ?? 0))
  const unfinished = all.filter(name => name.endsWith(swapSuffix) && (offsetOfFileName(name) ?? 0) >= firstCleaned)
  const deleted = all.filter(name => name.endsWith(deletedSuffix) && !name.endsWith(`.checkpoint${deletedSuffix}`))
  await remove([...deleted, ...unfinished, ...cleaned])
}

async function finishSwaps(
  disk: Disk,
  directory: string,
  logger: Logger,
  names: Set<string>,
  remove: Remove,
): Promise<void> {
  const swaps = [...names].filter(name => name.endsWith(swapSuffix))
  if (swaps.length === 0) return
  const ranges = swaps
    .filter(name => name.endsWith(logSuffix + swapSuffix))
    .map(name => swapRange(disk, directory, name))
  const [first, end] = (await Promise.all(ranges)).reduce(
    ([low, high], [from, to]) => [Math.min(low, from), Math.max(high, to)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  )
  const replaced = [...names].filter(name => {
    const offset = offsetOfFileName(name)
    return !name.endsWith(swapSuffix) && offset !== undefined && offset >= first && offset < end
  })
  await remove(replaced)
  // Otherwise: the new file gets its name, the power goes off, what it replaces is back, and records are there twice.
  if (replaced.length > 0) await disk.syncDirectory(directory)
  for (const name of swaps) {
    const final = name.slice(0, -swapSuffix.length)
    logger.info({ directory, name }, `${directory}: finishing the replacement of ${final} that was interrupted`)
    await disk.rename(`${directory}/${name}`, `${directory}/${final}`)
    names.delete(name)
    names.add(final)
  }
}

async function swapRange(disk: Disk, directory: string, name: string): Promise<[Offset, Offset]> {
  const baseOffset = offsetOfFileName(name) ?? 0
  const file = await disk.open(`${directory}/${name}`, 'read')
  try {
    const scanner = new BatchScanner(file, 0, await file.size())
    let end = baseOffset
    while (await scanner.next()) end = scanner.lastOffset + 1
    return [baseOffset, end]
  } finally {
    await file.close()
  }
}

function orphanIndexes(
  names: ReadonlySet<string>,
  baseOffsets: readonly Offset[],
  directory: string,
  logger: Logger,
): string[] {
  const bases = new Set(baseOffsets)
  const orphans = segmentSuffixes
    .filter(suffix => suffix !== logSuffix)
    .flatMap(suffix => offsetsWith(names, suffix).map(offset => ({ offset, name: offsetFileName(offset, suffix) })))
    .filter(({ offset }) => !bases.has(offset))
  for (const { name } of orphans) {
    logger.warn({ directory, name }, `${directory}/${name} is an index without a log file and is removed`)
  }
  return orphans.map(({ name }) => name)
}

function offsetsWith(names: ReadonlySet<string>, suffix: string): Offset[] {
  const offsets: Offset[] = []
  for (const name of names) {
    const offset = name.endsWith(suffix) ? offsetOfFileName(name) : undefined
    if (offset !== undefined && name === offsetFileName(offset, suffix)) offsets.push(offset)
  }
  return offsets.sort((a, b) => a - b)
}
