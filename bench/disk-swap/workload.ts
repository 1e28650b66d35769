// What is written in each turn, whichever broker has it: topics of every kind, records of every shape, settings, groups. It
// remembers what the next broker must know without being told: producers' sequences, members of groups, how much is unread.

import { deleteRecords } from '../../protocol/messages/delete-records.ts'
import { offsetCommit } from '../../protocol/messages/offset-commit.ts'
import { type CompressionType, compressionTypes } from '../../protocol/records/compression-type.ts'
import { GroupMembers } from './group-members.ts'
import { readAsGroup } from './kafkajs-group.ts'
import { batchOf } from './made-records.ts'
import { check, type Requests, untilPassed } from './requests.ts'
import { SequencedProducer } from './sequenced-producer.ts'
import { changeSettings, deleteGroup, growTopic, recreateTopic } from './topic-changes.ts'
import type { Place, SwapWork } from './work.ts'

export interface WorkloadOptions {
  /** Batches per partition and turn. */
  readonly batchCount: number
  /** Whether brokers are killed: a log start that DeleteRecords moved is on disk only some time later, in Kafka too. */
  readonly end: 'stop' | 'kill'
}

/** Records lie in the past here and there, so retention by time is off. */
const kept = { 'retention.ms': '-1' }
const plainTopics = compressionTypes.map(codecTopic)
const topics: readonly [name: string, partitions: number, settings: Record<string, string>][] = [
  ...plainTopics.map(name => [name, 2, kept] as [string, number, Record<string, string>]),
  ['large', 1, { ...kept, 'segment.bytes': String(1 << 20), 'index.interval.bytes': '1000' }],
  ['rolling', 1, { ...kept, 'internal.segment.bytes': '16384', 'index.interval.bytes': '500' }],
  ['stamped', 1, { ...kept, 'message.timestamp.type': 'LogAppendTime' }],
  ['recompressed', 1, { ...kept, 'compression.type': 'zstd' }],
  ['compacted', 1, { 'cleanup.policy': 'compact', 'min.compaction.lag.ms': '86400000' }],
  ['trimmed', 1, kept],
  ['idempotent', 2, kept],
  ['growing', 1, kept],
  ['empty', 1, { 'max.message.bytes': '2000000', 'retention.bytes': '1000000000' }],
]
/** Bytes in the values of the batches of `large`, so that segments roll in every turn. */
const largeValueBytes = 150_000
/** Batches of `rolling` for each batch of the others. */
const rollingBatches = 10

function codecTopic(codec: CompressionType): string {
  return `codec-${codec}`
}

export class Workload implements SwapWork {
  readonly #options: WorkloadOptions
  readonly #members = new GroupMembers('members')
  readonly #producers: SequencedProducer[] = []
  #round = 0
  #unread = 0

  constructor(options: WorkloadOptions) {
    this.#options = options
  }

  /** Creates the topics on the first broker. */
  async start(requests: Requests): Promise<void> {
    for (const [name, partitions, settings] of topics) await requests.createTopic(name, partitions, settings)
    for (const [partition, compression] of [
      [0, 'none'],
      [1, 'gzip'],
      [1, 'snappy'],
    ] as const) {
      this.#producers.push(new SequencedProducer({ topic: 'idempotent', partition, compression }))
    }
  }

  /** Goes on where another broker was left: throws when this one does not know something. Writes nothing. */
  async resume(requests: Requests): Promise<void> {
    for (const producer of this.#producers) await producer.resume(requests)
    await this.#members.resume(requests)
  }

  /** Writes one turn's worth of everything. */
  async write(requests: Requests, { port }: Pick<Place, 'port'>): Promise<void> {
    this.#round++
    await this.#writeRecords(requests)
    for (const producer of this.#producers) {
      for (let i = 0; i < this.#options.batchCount; i++) await producer.send(requests)
    }
    if (this.#options.end === 'stop') await this.#trim(requests)
    await growTopic(requests, 'growing', this.#round + 1)
    await recreateTopic(requests, 'recreated', this.#round)
    await changeSettings(requests, this.#round)
    await this.#useGroups(requests, port)
  }

  async #writeRecords(requests: Requests): Promise<void> {
    for (let i = 0; i < this.#options.batchCount; i++) {
      for (const codec of compressionTypes) {
        for (const partition of [0, 1]) {
          const { bytes, count } = batchOf({ round: this.#round, index: i, compression: codec })
          await requests.produce(codecTopic(codec), partition, bytes)
          this.#unread += count
        }
      }
      for (const topic of ['stamped', 'recompressed', 'trimmed']) {
        await requests.produce(topic, 0, batchOf({ round: this.#round, index: i, compression: 'gzip' }).bytes)
      }
      for (let j = 0; j < rollingBatches; j++) {
        const compression = compressionTypes[j % compressionTypes.length]!
        const rolling = batchOf({ round: this.#round, index: i * rollingBatches + j, compression, valueBytes: 700 })
        await requests.produce('rolling', 0, rolling.bytes)
      }
      const large = batchOf({ round: this.#round, index: i, compression: 'none', valueBytes: largeValueBytes })
      await requests.produce('large', 0, large.bytes)
      await requests.produce(
        'compacted',
        0,
        batchOf({ round: this.#round, index: i, compression: 'lz4', keyed: true }).bytes,
      )
    }
  }

  /** Moves the log start into the middle of a batch of `trimmed`. */
  async #trim(requests: Requests): Promise<void> {
    const { offset: end } = await requests.listOffset('trimmed', 0, -1)
    const partitions = [{ partitionIndex: 0, offset: Math.floor(end * 0.7) }]
    const answer = await requests.send(deleteRecords, 2, {
      topics: [{ name: 'trimmed', partitions }],
      timeoutMs: 10_000,
    })
    check('DeleteRecords', answer.topics[0]!.partitions[0]!.errorCode)
  }

  async #useGroups(requests: Requests, port: number): Promise<void> {
    const metadata = `round ${this.#round} — ünïcode`
    await readAsGroup({ port, groupId: 'readers', topics: plainTopics, count: this.#unread, metadata })
    this.#unread = 0
    await this.#members.rebalance(port, this.#round)
    await this.#commitAlone(requests, metadata)
    if (this.#round > 1) await deleteGroup(requests, `standalone-${this.#round - 1}`)
  }

  /** Commits without being a member, as tools do, in a group that stays and in one of this turn. */
  async #commitAlone(requests: Requests, committedMetadata: string): Promise<void> {
    for (const groupId of ['standalone', `standalone-${this.#round}`]) {
      await requests.coordinate(groupId)
      const committedOffset = this.#round * 10
      const partitions = [
        { partitionIndex: 0, committedOffset, committedLeaderEpoch: 0, committedMetadata },
        { partitionIndex: 1, committedOffset: committedOffset + 1, committedMetadata: null },
      ]
      await untilPassed(async () => {
        const answer = await requests.send(offsetCommit, 9, {
          groupId,
          topics: [{ name: codecTopic('gzip'), partitions }],
        })
        for (const { errorCode } of answer.topics[0]!.partitions) check('OffsetCommit', errorCode)
      })
    }
  }
}
