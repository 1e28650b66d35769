// What `kafka-storage format --standalone` leaves in a fresh directory besides meta.properties: bootstrap.checkpoint, with the
// records a new cluster begins with, and the first snapshot of the metadata log, which says who votes.
//
// The quorum is formatted as a dynamic one (kraft.version 1) whatever the settings say: such a directory is accepted by a Kafka
// with controller.quorum.voters as well as by one with controller.quorum.bootstrap.servers; a static one only by the former.
// Source: org.apache.kafka.metadata.storage.Formatter, BootstrapDirectory, Kafka 4.3.0.

import type { Clock } from '../../../io/clock.ts'
import type { Disk } from '../../../io/disk.ts'
import { formattedFeatures } from '../feature-levels.ts'
import { decodeRecord, encodeRecord, type RecordInput, recordInput } from '../metadata-record.ts'
import { decodeSnapshot, encodeSnapshot, type QuorumFacts, SnapshotError } from './snapshot.ts'
import { writeSnapshot } from './snapshot-files.ts'

export const bootstrapName = 'bootstrap.checkpoint'

/** The records of a cluster that is formatted by this version. */
export function bootstrapRecords(): RecordInput[] {
  return formattedFeatures().map(([name, featureLevel]) => recordInput('featureLevel', 0, { name, featureLevel }))
}

/** The content of bootstrap.checkpoint. */
export function encodeBootstrap(records: readonly RecordInput[], clock: Clock): Buffer {
  const batches = encodeSnapshot(
    {
      id: { offset: 0, epoch: 0 },
      lastContainedLogTimestamp: 0,
      quorum: { kraftVersion: 0, voters: undefined },
      frames: records.map(encodeRecord),
    },
    () => clock.now(),
  )
  return Buffer.concat([...batches])
}

/** Reads bootstrap.checkpoint; undefined when it is missing. Throws SnapshotError, naming the file. */
export async function readBootstrap(disk: Disk, directory: string): Promise<readonly RecordInput[] | undefined> {
  const path = `${directory}/${bootstrapName}`
  if (!(await disk.stat(path))) return undefined
  try {
    return decodeSnapshot(await disk.readFile(path)).frames.map(frame => {
      const record = decodeRecord(frame)
      if (record.type === 'unknown') throw new SnapshotError(`a record of unknown type ${record.recordType}`)
      return record as RecordInput
    })
  } catch (cause) {
    throw new SnapshotError(`cannot read ${path}: ${(cause as Error).message}`, { cause })
  }
}

/** Writes bootstrap.checkpoint. */
export async function writeBootstrap(disk: Disk, directory: string, content: Buffer): Promise<void> {
  await disk.replaceFile(`${directory}/${bootstrapName}`, content)
}

/** Writes the first snapshot of a metadata log that is still empty. */
export async function writeFirstSnapshot(
  disk: Disk,
  directory: string,
  quorum: QuorumFacts,
  clock: Clock,
): Promise<void> {
  const id = { offset: 0, epoch: 0 }
  const content = { id, lastContainedLogTimestamp: clock.now(), quorum, frames: [] }
  const batches = encodeSnapshot(content, () => clock.now())
  await writeSnapshot(disk, directory, id, batches)
}
