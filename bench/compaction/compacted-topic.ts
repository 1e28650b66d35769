// A topic with a log that is compacted when it is told to be: filled first, while nothing is due, then the ratio from which a log
// is due becomes 0. The end is in the checkpoint that both brokers write.

import { createHash, type Hash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { incrementalAlterConfigs } from '../../protocol/messages/incremental-alter-configs.ts'
import type { CompressionType } from '../../protocol/records/compression-type.ts'
import { residentMegabytes } from '../comparison/proc-stat.ts'
import type { Side } from '../comparison/side.ts'
import { check, Requests } from '../disk-swap/requests.ts'
import { readPartition } from '../kafka-directories/read-partition.ts'
import { deleteTopic } from '../load/topics.ts'
import type { KeyedRecords } from './keyed-records.ts'

const [set, topicResource, brokerResource] = [0, 2, 4]
/** Produce requests under way at once. */
const inFlightMax = 16
const pollMs = 20
const cleanMsMax = 600_000
/** How long a cleaner rests that has found nothing to do: 15 s by default, which would be most of a pass. */
const backoffMs = 200

export interface CompactedTopicOptions {
  readonly compression: CompressionType
  readonly segmentBytes: number
}

/** What was seen of a cleaning. */
export interface Cleaned {
  readonly seconds: number
  /** Resident memory of the broker before and the most of it while it ran, in MB. */
  readonly residentMb: number
  readonly residentMbMax: number
}

async function alter(requests: Requests, resourceType: number, resourceName: string, settings: Record<string, string>) {
  const configs = Object.entries(settings).map(([name, value]) => ({ name, value, configOperation: set }))
  const resources = [{ resourceType, resourceName, configs }]
  const answer = await requests.send(incrementalAlterConfigs, 1, { resources, validateOnly: false })
  check(`IncrementalAlterConfigs ${resourceName}`, answer.responses[0]!.errorCode, answer.responses[0]!.errorMessage)
}

export class CompactedTopic {
  readonly name: string
  readonly #side: Side
  readonly #records: KeyedRecords
  readonly #requests: Requests

  private constructor(side: Side, records: KeyedRecords, requests: Requests) {
    this.name = side.newTopicName()
    this.#side = side
    this.#records = records
    this.#requests = requests
  }

  /** Creates the topic and produces all of the records to it, in their order. */
  static async fill(side: Side, records: KeyedRecords, options: CompactedTopicOptions): Promise<CompactedTopic> {
    const requests = await Requests.open((await side.running()).port, 'bench')
    await alter(requests, brokerResource, '', { 'log.cleaner.backoff.ms': String(backoffMs) })
    const topic = new CompactedTopic(side, records, requests)
    await requests.createTopic(topic.name, 1, {
      'cleanup.policy': 'compact',
      'segment.bytes': String(options.segmentBytes),
      'min.cleanable.dirty.ratio': '1',
    })
    await topic.#produce(options.compression)
    if (topic.activeBaseOffset === 0) throw new Error(`${topic.name} is one segment: nothing of it would be cleaned`)
    return topic
  }

  async #produce(compression: CompressionType): Promise<void> {
    const inFlight: Promise<unknown>[] = []
    for (let index = 0; index < this.#records.batchCount; index++) {
      const sent = this.#requests.produce(this.name, 0, this.#records.batch(index, compression))
      sent.catch(() => {})
      inFlight.push(sent)
      if (inFlight.length >= inFlightMax) await inFlight.shift()
    }
    await Promise.all(inFlight)
  }

  get #directory(): string {
    return join(this.#side.dataDir, `${this.name}-0`)
  }

  #logFiles(): string[] {
    return readdirSync(this.#directory).filter(name => name.endsWith('.log')).sort() // biome-ignore format: one thought
  }

  /** The base offset of the active segment: up to there it is cleaned. */
  get activeBaseOffset(): number {
    return Number(this.#logFiles().at(-1)!.slice(0, -'.log'.length))
  }

  /** Bytes of all segments but the active one. */
  get inactiveBytes(): number {
    const inactive = this.#logFiles().slice(0, -1)
    return inactive.reduce((sum, name) => sum + statSync(join(this.#directory, name)).size, 0)
  }

  /** Cleaning may begin. */
  start(): Promise<void> {
    return alter(this.#requests, topicResource, this.name, { 'min.cleanable.dirty.ratio': '0' })
  }

  /** Resolves when everything below the offset is clean. */
  async cleaned(upTo: number): Promise<Cleaned> {
    const { pid } = await this.#side.running()
    const residentMb = residentMegabytes(pid)
    let residentMbMax = residentMb
    const startedMs = performance.now()
    for (;;) {
      const passedMs = performance.now() - startedMs
      residentMbMax = Math.max(residentMbMax, residentMegabytes(pid))
      if (this.#checkpoint() >= upTo) return { seconds: passedMs / 1000, residentMb, residentMbMax }
      if (passedMs > cleanMsMax) {
        throw new Error(`${this.#side.name} has not cleaned ${this.name} up to ${upTo}, but to ${this.#checkpoint()}`)
      }
      await new Promise(resolve => setTimeout(resolve, pollMs))
    }
  }

  #checkpoint(): number {
    const path = join(this.#side.dataDir, 'cleaner-offset-checkpoint')
    if (!existsSync(path)) return -1
    const entry = readFileSync(path, 'utf8')
      .split('\n')
      .find(line => line.startsWith(`${this.name} 0 `))
    return Number(entry?.split(' ')[2] ?? -1)
  }

  /**
   * Reads the topic as a consumer does. Throws when it does not hold the records that must be left, those and no others; answers how many
   * they are and a digest of their offsets, keys and values.
   */
  async verify(cleanedUpTo: number): Promise<{ count: number; digest: string }> {
    const topic = (await this.#requests.topics()).find(({ name }) => name === this.name)!
    const hash = createHash('sha256')
    const expected = this.#records.remaining(cleanedUpTo)
    let count = 0
    const { records } = await readPartition(this.#requests, { topic, partition: 0, from: 0, isolationLevel: 0 })
    for (const { record } of records) {
      const { value: offset } = expected.next()
      const key = record.key?.toString('latin1')
      if (record.offset !== offset || key !== this.#records.key(record.offset)) {
        throw new Error(`${this.#side.name}: offset ${record.offset} (${key}) is there, where ${offset} should be`)
      }
      addTo(hash, record)
      count++
    }
    const { value: missing } = expected.next()
    if (missing !== undefined) throw new Error(`${this.#side.name}: the record at ${missing} is gone`)
    return { count, digest: hash.digest('hex') }
  }

  /** Deletes the topic, its files soon. */
  async remove(): Promise<void> {
    await alter(this.#requests, topicResource, this.name, { 'file.delete.delay.ms': '500' })
    this.#requests.close()
    await deleteTopic(this.#side, this.name)
  }
}

function addTo(hash: Hash, { offset, key, value }: { offset: number; key: Buffer | null; value: Buffer | null }): void {
  hash.update(`${offset} ${key?.length ?? -1} ${value?.length ?? -1} `)
  for (const bytes of [key, value]) if (bytes) hash.update(bytes)
}
