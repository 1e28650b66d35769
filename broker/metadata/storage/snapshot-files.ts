// Snapshots as files beside the log's segments: `<offset, 20 digits>-<epoch, 10 digits>.checkpoint`.
//
// Invariant: a file under a snapshot's name is whole. It is written under another name, synced, and renamed.
// Source: org.apache.kafka.snapshot.Snapshots, FileRawSnapshotWriter, Kafka 4.3.0.

import type { Disk } from '../../../io/disk.ts'
import { type DecodedSnapshot, decodeSnapshot, SnapshotError, type SnapshotId } from './snapshot.ts'

const namePattern = /^(\d{20})-(\d{10})\.checkpoint$/
/** Being written; or renamed by Kafka to be removed a minute later. */
const leftOverPattern = /\.checkpoint\d*\.(part|deleted)$/
const partSuffix = '.part'

export function snapshotName({ offset, epoch }: SnapshotId): string {
  return `${String(offset).padStart(20, '0')}-${String(epoch).padStart(10, '0')}.checkpoint`
}

export interface SnapshotFile extends SnapshotId {
  readonly sizeBytes: number
}

/** The snapshots in a directory, oldest first. Left-overs of interrupted writes and removals are removed. */
export async function listSnapshots(disk: Disk, directory: string): Promise<SnapshotFile[]> {
  const found: SnapshotFile[] = []
  for (const { name, isDirectory } of await disk.list(directory)) {
    if (isDirectory) continue
    if (leftOverPattern.test(name)) {
      await disk.remove(`${directory}/${name}`)
      continue
    }
    const match = namePattern.exec(name)
    if (!match) continue
    const stat = await disk.stat(`${directory}/${name}`)
    found.push({ offset: Number(match[1]), epoch: Number(match[2]), sizeBytes: stat?.sizeBytes ?? 0 })
  }
  return found.sort((a, b) => a.offset - b.offset || a.epoch - b.epoch)
}

/** Throws SnapshotError, naming the file, when it is not a whole snapshot. */
export async function readSnapshot(disk: Disk, directory: string, id: SnapshotId): Promise<DecodedSnapshot> {
  const path = `${directory}/${snapshotName(id)}`
  try {
    return decodeSnapshot(await disk.readFile(path))
  } catch (cause) {
    throw new SnapshotError(`cannot read the metadata snapshot ${path}: ${(cause as Error).message}`, { cause })
  }
}

/** Writes a snapshot's batches; answers its size. `between` is awaited after each batch, for others to have their turn. */
export async function writeSnapshot(
  disk: Disk,
  directory: string,
  id: SnapshotId,
  batches: Iterable<Buffer>,
  between?: () => Promise<void>,
): Promise<number> {
  const path = `${directory}/${snapshotName(id)}`
  const partPath = path + partSuffix
  await disk.remove(partPath)
  const file = await disk.open(partPath, 'create')
  let position = 0
  try {
    for (const batch of batches) {
      await file.write([batch], position)
      position += batch.length
      await between?.()
    }
    await file.datasync()
  } finally {
    await file.close()
  }
  await disk.rename(partPath, path)
  await disk.syncDirectory(directory)
  return position
}

export async function removeSnapshot(disk: Disk, directory: string, id: SnapshotId): Promise<void> {
  await disk.remove(`${directory}/${snapshotName(id)}`)
}
