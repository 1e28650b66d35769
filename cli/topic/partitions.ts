// Partitions as they are named on the command line: "orders" for all of a topic, "orders:0,2-4" for some.

import type { Admin } from '../../client/admin/admin.ts'
import type { PartitionDescription } from '../../client/admin/topic-descriptions.ts'
import { partitionKey } from '../../client/admin/topic-partition.ts'
import type { TopicPartition } from '../../protocol/types.ts'
import { parseNumbers } from '../arguments/settings.ts'
import { usage } from '../terminal/failure.ts'
import { findTopics } from './find.ts'

export type FoundPartition = TopicPartition & PartitionDescription

/**
 * Each once, in the order of the command line. Throws a Failure that says which topic is not there, or which partition it does not
 * have; `option` is what they were given as.
 */
export async function findPartitions(
  admin: Admin,
  texts: readonly string[],
  option: string,
  signal: AbortSignal,
): Promise<FoundPartition[]> {
  const wanted = texts.map(text => {
    const at = text.lastIndexOf(':')
    return at < 0 ? { name: text } : { name: text.slice(0, at), numbers: parseNumbers(text.slice(at + 1), option) }
  })
  const names = wanted.map(({ name }) => name)
  const topics = await findTopics(admin, names, signal)
  const all = wanted.flatMap(({ name, numbers }) => {
    const there = topics.find(topic => topic.name === name)!.partitions
    const missing = numbers?.find(number => !there.some(({ partition }) => partition === number))
    if (missing !== undefined) throw usage(`${option}: ${name} has no partition ${missing}, it has ${there.length}`)
    const chosen = there.filter(({ partition }) => numbers === undefined || numbers.includes(partition))
    return chosen.map(each => ({ ...each, topic: name }))
  })
  return [...new Map(all.map(each => [partitionKey(each), each])).values()]
}
