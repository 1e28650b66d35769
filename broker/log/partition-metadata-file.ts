// partition.metadata: the topic id of a partition directory. It is there before the first record is, so that a directory
// can be told from one of an older topic of the same name. Source: Kafka 4.3.0's PartitionMetadataFile.

import type { Disk } from '../../io/disk.ts'
import { DiskError } from '../../io/disk.ts'
import { isUuid, type Uuid, zeroUuid } from '../../protocol/wire/uuid.ts'

export const partitionMetadataName = 'partition.metadata'

/** The directory belongs to another topic, or its file makes no sense. */
export class PartitionMetadataError extends Error {
  readonly code = 'PARTITION_METADATA_INVALID'
}

/** Undefined when there is no file. Throws PartitionMetadataError. */
export async function readTopicId(disk: Disk, directory: string): Promise<Uuid | undefined> {
  const path = `${directory}/${partitionMetadataName}`
  try {
    return parseTopicId(path, (await disk.readFile(path)).toString('utf8'))
  } catch (error) {
    if (error instanceof DiskError && error.code === 'NOT_FOUND') return undefined
    throw error
  }
}

/** Creates the file so that it survives a loss of power. */
export async function writeTopicId(disk: Disk, directory: string, topicId: Uuid): Promise<void> {
  await disk.replaceFile(`${directory}/${partitionMetadataName}`, Buffer.from(`version: 0\ntopic_id: ${topicId}`))
}

function parseTopicId(path: string, text: string): Uuid {
  const [version, topicId] = text.split('\n').map(line => line.split(/:\s+/))
  if (version?.[0] !== 'version' || version[1]?.trim() !== '0') {
    throw new PartitionMetadataError(`${path}: "version: 0" expected, found "${text.split('\n')[0]}"`)
  }
  const id = topicId?.[0] === 'topic_id' ? topicId[1]?.trim() : undefined
  if (!id || !isUuid(id) || id === zeroUuid) {
    throw new PartitionMetadataError(`${path}: "topic_id:" and an id expected, found "${text.split('\n')[1] ?? ''}"`)
  }
  return id
}
