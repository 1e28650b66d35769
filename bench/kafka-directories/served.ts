// A directory that Kafka 4.3.0 wrote, opened by our broker as a user starts it, and everything in it read through the
// protocol: every record of Kafka's own dump, and what Kafka's own clients saw of partitions and groups.

import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { offsetFetch } from '../../protocol/messages/offset-fetch.ts'
import type { RecordView } from '../../protocol/records/record.ts'
import {
  type GoldenStoredBatch,
  kafkaBatches,
  kafkaDirectory,
  kafkaObserved,
  type ObservedGroup,
  type ObservedPartition,
} from '../../testing/golden/kafka-log-directories.ts'
import { check, Requests, type Topic, untilPassed } from '../disk-swap/requests.ts'
import { startTarget } from '../disk-swap/target.ts'
import { ageless, groupStatements, producerStatements, transactionStatements } from './observed-state.ts'
import { type PartitionContent, readPartition } from './read-partition.ts'

export type DirectoryName = 'clean' | 'unclean' | 'damaged'

export interface ServedResult {
  /** What was compared and is the same. */
  readonly partitions: number
  readonly records: number
  readonly lookups: number
  readonly commits: number
  /** Descriptions of groups, transactions and producers. */
  readonly descriptions: number
  readonly wrong: readonly string[]
}

/** As the brokers were set that wrote the directories. What lies in the past now stays. */
const settings = {
  'offsets.topic.num.partitions': 3,
  'transaction.state.log.num.partitions': 3,
  'share.coordinator.state.topic.num.partitions': 2,
  'log.index.size.max.bytes': 4096,
  'log.index.interval.bytes': 512,
  'log.retention.ms': -1,
  'offsets.retention.minutes': 10_000_000,
  ...ageless,
}
const wrongShownMax = 10
const largestTimestamp = -3
const readUncommitted = 0
const readCommitted = 1

/** What Kafka's consumers read, besides what every partition has. */
interface ObservedReads {
  readonly readUncommitted?: { readonly records: number; readonly sha256: string }
  readonly readCommitted?: { readonly records: number; readonly sha256: string }
  readonly offsetsForTimes?: readonly {
    timestamp: number
    offset: number
    foundTimestamp: number
    leaderEpoch: number
  }[]
}

/** Several, one after the other; the sums. */
export async function serveDirectories(names: readonly DirectoryName[]): Promise<ServedResult> {
  const counts = { partitions: 0, records: 0, lookups: 0, commits: 0, descriptions: 0 }
  const wrong: string[] = []
  for (const name of names) {
    const result = await serveDirectory(name)
    for (const key of Object.keys(counts) as (keyof typeof counts)[]) counts[key] += result[key]
    wrong.push(...result.wrong.map(line => `Kafka's ${name} directory: ${line}`))
  }
  return { ...counts, wrong }
}

async function serveDirectory(name: DirectoryName): Promise<ServedResult> {
  const work = mkdtempSync(join(tmpdir(), `millrace-kafka-${name}-`))
  const dataDir = join(work, 'data')
  writeDirectory(dataDir, name)
  const broker = await startTarget('millrace', { logDirs: [dataDir], settings })
  try {
    const requests = await Requests.open(broker.port)
    const result = await new Comparison(name, requests).run()
    requests.close()
    await broker.stop()
    return result
  } catch (error) {
    await broker.kill()
    throw error
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** The damaged set holds the partitions that were damaged; everything else of the directory is the unclean one. */
function writeDirectory(dataDir: string, name: DirectoryName): void {
  const damaged = name === 'damaged' ? kafkaDirectory(name) : new Map<string, Buffer>()
  const replaced = new Set([...damaged.keys()].map(path => dirname(path)))
  const rest = [...kafkaDirectory(name === 'clean' ? 'clean' : 'unclean')]
  const files = [...rest.filter(([path]) => !replaced.has(dirname(path))), ...damaged]
  for (const [path, content] of files) {
    mkdirSync(join(dataDir, dirname(path)), { recursive: true })
    writeFileSync(join(dataDir, path), content)
  }
}

class Comparison {
  readonly #name: DirectoryName
  readonly #requests: Requests
  readonly #wrong: string[] = []
  readonly #counts = { partitions: 0, records: 0, lookups: 0, commits: 0, descriptions: 0 }

  constructor(name: DirectoryName, requests: Requests) {
    this.#name = name
    this.#requests = requests
  }

  async run(): Promise<ServedResult> {
    const topics = new Map((await this.#requests.topics()).map(topic => [topic.name, topic]))
    const dump = kafkaBatches(this.#name)
    const { partitions, groups, transactions, activeProducers } = kafkaObserved(this.#name)
    for (const seen of partitions) {
      const topic = topics.get(seen.topic)
      if (topic) await this.#partition(topic, seen, dump.get(`${seen.topic}-${seen.partition}`))
      else this.#differs(seen.topic, 'topic', 'there', 'not there')
    }
    for (const group of groups) await this.#group(group)
    const statements = [
      ...(await groupStatements(this.#requests, groups)),
      ...(await transactionStatements(this.#requests, transactions)),
      ...(await producerStatements(this.#requests, activeProducers, Date.now())),
    ]
    for (const { where, what, expected, found } of statements) this.#differs(where, what, expected, found)
    this.#counts.descriptions += statements.length
    return { ...this.#counts, wrong: this.#wrong }
  }

  /** A group's committed offsets are the same while our broker holds its partition of __consumer_offsets. */
  async #group({ groupId, offsets }: ObservedGroup): Promise<void> {
    await this.#requests.coordinate(groupId)
    const answer = await untilPassed(async () => {
      const { groups } = await this.#requests.send(offsetFetch, 9, { groups: [{ groupId, topics: null }] })
      check(`OffsetFetch of ${groupId}`, groups[0]!.errorCode)
      return groups[0]!
    })
    const committed = answer.topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, committedOffset, metadata, committedLeaderEpoch }) =>
        [name, partitionIndex, committedOffset, metadata, committedLeaderEpoch].join(' '),
      ),
    )
    const expected = offsets.map(each =>
      [each.topic, each.partition, each.offset, each.metadata, each.leaderEpoch ?? -1].join(' '),
    )
    this.#differs(`group ${groupId}`, 'committed offsets', expected.sort().join('\n'), committed.sort().join('\n'))
    this.#counts.commits += expected.length
  }

  async #partition(
    topic: Topic,
    seen: ObservedPartition & ObservedReads,
    dump: readonly GoldenStoredBatch[] | undefined,
  ) {
    const name = `${seen.topic}-${seen.partition}`
    this.#differs(name, 'topic id', seen.topicId, topic.id)
    const { offset: from } = await untilPassed(() => this.#requests.listOffset(seen.topic, seen.partition, -2))
    this.#differs(name, 'earliest offset', seen.earliest, from)
    const read = { topic, partition: seen.partition, from }
    const all = await readPartition(this.#requests, { ...read, isolationLevel: readUncommitted })
    this.#differs(name, 'high watermark', seen.highWatermark, all.highWatermark)
    this.#differs(name, 'last stable offset', seen.lastStableOffset, all.lastStableOffset)
    // What recovery made of the internal topics was not dumped.
    if (dump) this.#records(name, all, dump, from)
    await this.#lookups(name, seen)
    this.#digest(name, seen.readUncommitted, all)
    if (seen.readCommitted) {
      this.#digest(
        name,
        seen.readCommitted,
        await readPartition(this.#requests, { ...read, isolationLevel: readCommitted }),
      )
    }
    this.#counts.partitions++
  }

  #records(name: string, { records }: PartitionContent, dump: readonly GoldenStoredBatch[], from: number): void {
    const expected = dump
      .filter(({ valid }) => valid)
      .flatMap(batch => batch.records)
      .filter(({ offset }) => offset >= from)
      .map(({ offset, timestamp, key, value, headers = [] }) =>
        JSON.stringify([offset, timestamp, key, value, headers]),
      )
    const found = records.map(({ record }) => dumped(record))
    this.#differs(name, 'number of records', expected.length, found.length)
    for (const [i, record] of expected.entries()) this.#differs(name, `record ${i}`, record, found[i])
    this.#counts.records += expected.length
  }

  async #lookups(name: string, seen: ObservedPartition & ObservedReads): Promise<void> {
    const { topic, partition } = seen
    const largest = await this.#requests.listOffset(topic, partition, largestTimestamp)
    const { maxTimestamp, maxTimestampOffset } = seen
    this.#differs(
      name,
      'largest timestamp',
      `${maxTimestamp} at ${maxTimestampOffset}`,
      `${largest.timestamp} at ${largest.offset}`,
    )
    for (const { timestamp, offset, foundTimestamp, leaderEpoch } of seen.offsetsForTimes ?? []) {
      const found = await this.#requests.listOffset(topic, partition, timestamp)
      const expected = [offset, foundTimestamp, leaderEpoch].join()
      this.#differs(
        name,
        `offset for ${timestamp}`,
        expected,
        [found.offset, found.timestamp, found.leaderEpoch].join(),
      )
      this.#counts.lookups++
    }
  }

  #digest(name: string, expected: ObservedReads['readCommitted'], { records }: PartitionContent): void {
    if (!expected) return
    const data = records.filter(({ control }) => !control).map(({ record }) => record)
    this.#differs(
      name,
      'digest of what a consumer reads',
      `${expected.records} ${expected.sha256}`,
      `${data.length} ${digest(data)}`,
    )
  }

  #differs(where: string, what: string, expected: unknown, found: unknown): void {
    if (expected === found) return
    if (this.#wrong.length < wrongShownMax) this.#wrong.push(`${where}: ${what} is ${found}, in Kafka ${expected}`)
  }
}

/** A record as the dump has it. */
function dumped({ offset, timestamp, key, value, headers }: RecordView): string {
  const text = (bytes: Buffer | null) => bytes?.toString('base64') ?? null
  const shown = headers.map(header => ({ key: header.key, value: text(header.value) }))
  return JSON.stringify([offset, Number(timestamp), text(key), text(value), shown])
}

/** Per record: int64 offset and timestamp, key and value each with an int32 length that is -1 for null. */
function digest(records: readonly RecordView[]): string {
  const hash = createHash('sha256')
  for (const { offset, timestamp, key, value } of records) {
    const numbers = Buffer.alloc(16)
    numbers.writeBigInt64BE(BigInt(offset), 0)
    numbers.writeBigInt64BE(BigInt(timestamp), 8)
    hash.update(numbers)
    for (const bytes of [key, value]) {
      const length = Buffer.alloc(4)
      length.writeInt32BE(bytes?.length ?? -1)
      hash.update(length).update(bytes ?? '')
    }
  }
  return hash.digest('hex')
}
