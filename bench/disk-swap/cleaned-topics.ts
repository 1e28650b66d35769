// Compacted topics that each broker cleans in its turn: what the other one has cleaned before, tombstones with their delete horizon,
// and the records of aborted transactions. The last value for each key is known here and must be what the broker holds.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { records } from '../../protocol/records/records.ts'
import { readPartition } from '../kafka-directories/read-partition.ts'
import type { Facts } from './facts.ts'
import { batchOf } from './made-records.ts'
import type { Requests, Topic } from './requests.ts'
import { TransactionalProducer, type TransactionVersion } from './transactional-producer.ts'
import type { Place, SwapWork } from './work.ts'

const compacted = {
  'cleanup.policy': 'compact',
  'min.cleanable.dirty.ratio': '0.001',
  'internal.segment.bytes': '4096',
  'index.interval.bytes': '500',
}
const forever = { ...compacted, 'delete.retention.ms': '86400000' }
/** Tombstones and markers go with the cleaning after the one that has seen them first. */
const atOnce = { ...compacted, 'delete.retention.ms': '1' }
const plainTopics = ['cleaned', 'cleaned-at-once', 'cleaned-recompressed'] as const
const transactionalTopics = ['cleaned-transactional', 'cleaned-transactional-at-once'] as const
const settingsOf: Readonly<Record<string, Record<string, string>>> = {
  cleaned: forever,
  'cleaned-at-once': atOnce,
  'cleaned-recompressed': { ...forever, 'compression.type': 'zstd' },
  'cleaned-transactional': forever,
  'cleaned-transactional-at-once': atOnce,
}
export const cleanedTopics: readonly string[] = [...plainTopics, ...transactionalTopics]
const codecs = ['none', 'lz4', 'zstd'] as const
/** Enough for some segments. */
const batchCount = 24
/** Of the records written; the active segment's are all kept. */
const keptShareMax = 0.7
const cleanMsMax = 60_000
const betweenLooksMs = 50
const readCommitted = 1

export class CleanedTopics implements SwapWork {
  readonly #producer: TransactionalProducer
  /** By topic and key; null where the last one is a tombstone. */
  readonly #values = new Map<string, Map<string, string | null>>()
  readonly #writtenCounts = new Map<string, number>()
  #round = 0

  constructor(version: TransactionVersion) {
    this.#producer = new TransactionalProducer('cleaning', version)
  }

  async start(requests: Requests): Promise<void> {
    for (const [name, settings] of Object.entries(settingsOf)) await requests.createTopic(name, 1, settings)
  }

  async resume(): Promise<void> {}

  async write(requests: Requests, { logDirs }: Place): Promise<void> {
    this.#round++
    for (let index = 0; index < batchCount; index++) {
      const made = { round: this.#round, index, compression: codecs[index % codecs.length]!, keyed: true }
      for (const topic of plainTopics) {
        const { bytes } = batchOf(made)
        await requests.produce(topic, 0, Buffer.from(bytes))
        this.#note(topic, bytes)
      }
    }
    await this.#writeTransactions(requests)
    for (const topic of cleanedTopics) await untilCleaned(logDirs, topic)
  }

  /** Every third one is aborted. */
  async #writeTransactions(requests: Requests): Promise<void> {
    if (this.#producer.isNew) await this.#producer.init(requests)
    const firstTimestamp = Date.now() - 12 * 3_600_000
    for (let index = 0; index < batchCount; index += 2) {
      const written: [string, Buffer][] = []
      for (const topic of transactionalTopics) {
        for (const each of [index, index + 1]) {
          const made = { round: this.#round, index: each, compression: 'none' as const, keyed: true, firstTimestamp }
          written.push([topic, await this.#producer.produce(requests, topic, 0, made)])
        }
      }
      const committed = index % 3 !== 0
      await this.#producer.end(requests, committed)
      if (committed) for (const [topic, bytes] of written) this.#note(topic, bytes)
    }
  }

  #note(topic: string, batch: Buffer): void {
    const values = this.#values.get(topic) ?? new Map<string, string | null>()
    this.#values.set(topic, values)
    for (const { key, value } of records(batch)) {
      values.set(String(key), value?.toString('base64') ?? null)
      this.#writtenCounts.set(topic, (this.#writtenCounts.get(topic) ?? 0) + 1)
    }
  }

  async read(requests: Requests, facts: Facts): Promise<void> {
    for (const topic of await requests.topics()) {
      if (cleanedTopics.includes(topic.name)) await this.#readTopic(requests, topic, facts)
    }
  }

  async #readTopic(requests: Requests, topic: Topic, facts: Facts): Promise<void> {
    const read = { topic, partition: 0, from: 0, isolationLevel: readCommitted } as const
    const content = await readPartition(requests, read)
    const found = content.records.filter(({ control }) => !control)
    const last = new Map(found.map(({ record }) => [String(record.key), record.value?.toString('base64') ?? null]))
    for (const [key, value] of this.#values.get(topic.name) ?? []) {
      if ((last.get(key) ?? null) !== value) {
        throw new Error(`${topic.name}-0: the last value for ${key} is ${last.get(key)}, written was ${value}`)
      }
      facts.set(`${topic.name}-0 last value for ${key}`, String(value))
    }
    const written = this.#writtenCounts.get(topic.name) ?? 0
    if (found.length > written * keptShareMax) {
      throw new Error(`${topic.name}-0 holds ${found.length} of the ${written} records written: it was not cleaned`)
    }
  }
}

/** Waits until all but the active segment is clean, as the checkpoint says that every broker's cleaner writes after its work. */
async function untilCleaned(logDirs: readonly string[], topic: string): Promise<void> {
  const logDir = logDirs.find(each => readdirSync(each).includes(`${topic}-0`))
  const untilMs = Date.now() + cleanMsMax
  while (!logDir || cleanedTo(logDir, topic) < activeSegment(logDir, `${topic}-0`)) {
    if (Date.now() > untilMs) throw new Error(`${topic}-0 was not cleaned within ${cleanMsMax} ms`)
    await new Promise(resolve => setTimeout(resolve, betweenLooksMs))
  }
}

/** Its base offset. */
export function activeSegment(logDir: string, partition: string): number {
  const names = readdirSync(join(logDir, partition)).filter(name => /^\d{20}\.log$/.test(name))
  return Math.max(...names.map(name => Number.parseInt(name, 10)))
}

/** The offset up to which the cleaner says that it has cleaned; -1 when it says nothing. */
export function cleanedTo(logDir: string, topic: string, partition = 0): number {
  let text = ''
  try {
    text = readFileSync(join(logDir, 'cleaner-offset-checkpoint'), 'utf8')
  } catch {
    // not there before the first cleaning
  }
  return Number(new RegExp(`^${topic} ${partition} (\\d+)$`, 'm').exec(text)?.[1] ?? -1)
}
