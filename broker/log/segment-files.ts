// Names of the files of a partition directory: twenty digits of an offset, then what is in the file.
// Source: Kafka 4.3.0's LogFileUtils.

import type { Offset, TopicPartition } from '../../protocol/types.ts'

export const logSuffix = '.log'
export const offsetIndexSuffix = '.index'
export const timeIndexSuffix = '.timeindex'
export const transactionIndexSuffix = '.txnindex'
export const producerSnapshotSuffix = '.snapshot'
/** Of a file that is going to be removed. */
export const deletedSuffix = '.deleted'
/** Of a file that the cleaner is writing. */
export const cleanedSuffix = '.cleaned'
/** Of a file that is complete and is about to take another one's place. */
export const swapSuffix = '.swap'

/** The files that make up one segment; a producer snapshot belongs to an offset, not to a segment. */
export const segmentSuffixes = [logSuffix, offsetIndexSuffix, timeIndexSuffix, transactionIndexSuffix] as const

/** `00000000000000000042.log` */
export function offsetFileName(offset: Offset, suffix: string): string {
  return String(offset).padStart(20, '0') + suffix
}

/** The offset a file name starts with; undefined for files that are not named after one. */
export function offsetOfFileName(name: string): Offset | undefined {
  const digits = /^(\d+)\./.exec(name)?.[1]
  if (digits === undefined) return undefined
  const offset = Number(digits)
  return Number.isSafeInteger(offset) ? offset : undefined
}

/** `topic-3` */
export function partitionDirectoryName(topic: string, partition: number): string {
  return `${topic}-${partition}`
}

/** What a directory below a log directory is, by its name. */
export interface PartitionDirectory extends TopicPartition {
  readonly kind: 'current' | 'delete' | 'future' | 'stray'
}

/** Undefined when the name is none that Kafka gives to a partition's directory. */
export function parsePartitionDirectory(name: string): PartitionDirectory | undefined {
  const marked = /^(.+)\.[0-9a-f]+-(delete|future|stray)$/.exec(name)
  const match = /^(.+)-(\d+)$/.exec(marked ? marked[1]! : name)
  if (!match) return undefined
  const kind = (marked?.[2] ?? 'current') as PartitionDirectory['kind']
  return { topic: match[1]!, partition: Number(match[2]), kind }
}

const directoryNameLengthMax = 255

/** `topic-3.<32 hex digits>-future`; undefined when the topic's name is too long for that (KAFKA-4893). */
export function futureDirectoryName(topic: string, partition: number, uniqueId: Buffer): string | undefined {
  const name = `${topic}-${partition}.${uniqueId.toString('hex')}-future`
  return name.length <= directoryNameLengthMax ? name : undefined
}

/** `topic-3.<32 hex digits>-delete`; a long topic name is cut so that the file system takes it. */
export function markedDirectoryName(
  topic: string,
  partition: number,
  uniqueId: Buffer,
  kind: 'delete' | 'stray',
): string {
  const suffix = `-${partition}.${uniqueId.toString('hex')}-${kind}`
  return topic.slice(0, directoryNameLengthMax - suffix.length) + suffix
}
