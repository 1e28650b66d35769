// Reading back what a broker holds, with requests of our own making, so that nothing is retried or hidden.

import { BrokerConnection } from '../../client/connection.ts'
import { realNet } from '../../io/real-net.ts'
import { errorName, errors } from '../../protocol/errors.ts'
import { createTopics } from '../../protocol/messages/create-topics.ts'
import { fetch } from '../../protocol/messages/fetch.ts'
import { findCoordinator } from '../../protocol/messages/find-coordinator.ts'
import { listOffsets } from '../../protocol/messages/list-offsets.ts'
import { offsetCommit } from '../../protocol/messages/offset-commit.ts'
import { offsetFetch } from '../../protocol/messages/offset-fetch.ts'
import { batches } from '../../protocol/records/batches.ts'
import { records } from '../../protocol/records/records.ts'
import type { StoredRecord } from './history.ts'

const latestTimestamp = -1
const loadingCodes: readonly number[] = [
  errors.COORDINATOR_LOAD_IN_PROGRESS.code,
  errors.COORDINATOR_NOT_AVAILABLE.code,
  errors.NOT_COORDINATOR.code,
]

function check(what: string, errorCode: number): void {
  if (errorCode !== errors.NONE.code) throw new Error(`${what}: ${errorName(errorCode)}`)
}

export class Reader {
  readonly #connection: BrokerConnection
  readonly #topic: string

  private constructor(connection: BrokerConnection, topic: string) {
    this.#connection = connection
    this.#topic = topic
  }

  static async open(port: number, topic: string): Promise<Reader> {
    return new Reader(await BrokerConnection.open(realNet(), { host: '127.0.0.1', port, clientId: 'checker' }), topic)
  }

  close(): void {
    this.#connection.close()
  }

  async createTopic(numPartitions: number, settings: Record<string, string>): Promise<void> {
    const configs = Object.entries(settings).map(([name, value]) => ({ name, value }))
    const topics = [{ name: this.#topic, numPartitions, replicationFactor: 1, configs }]
    const answer = await this.#connection.request(createTopics, 5, { topics, timeoutMs: 30_000 })
    check('CreateTopics', answer.topics[0]!.errorCode)
  }

  async endOffset(partition: number): Promise<number> {
    const partitions = [{ partitionIndex: partition, timestamp: latestTimestamp }]
    const answer = await this.#connection.request(listOffsets, 7, { topics: [{ name: this.#topic, partitions }] })
    const [result] = answer.topics[0]!.partitions
    check('ListOffsets', result!.errorCode)
    return Number(result!.offset)
  }

  /** The records from an offset to the high watermark, of one fetch; batches are cut to what was asked for. */
  async fetch(partition: number, fetchOffset: number, maxWaitMs = 0): Promise<StoredRecord[]> {
    const partitions = [{ partition, fetchOffset, partitionMaxBytes: 4 << 20 }]
    const topics = [{ topic: this.#topic, partitions }]
    const answer = await this.#connection.request(fetch, 12, { maxWaitMs, minBytes: 1, topics, replicaId: -1 })
    const [result] = answer.responses[0]!.partitions
    check(`Fetch at ${fetchOffset}`, result!.errorCode)
    const read: StoredRecord[] = []
    for (const batch of batches(result!.records ?? Buffer.alloc(0))) {
      for (const { offset, value } of records(batch)) read.push({ offset, value: value?.toString() ?? '' })
    }
    return read.filter(record => record.offset >= fetchOffset)
  }

  /** Everything that the partition holds. */
  async readAll(partition: number): Promise<StoredRecord[]> {
    const all: StoredRecord[] = []
    const end = await this.endOffset(partition)
    while ((all.at(-1)?.offset ?? -1) + 1 < end) {
      const read = await this.fetch(partition, (all.at(-1)?.offset ?? -1) + 1)
      if (read.length === 0) throw new Error(`nothing is read below the end offset ${end} of partition ${partition}`)
      all.push(...read)
    }
    return all
  }

  /** Commits an offset of partition 0 for the group, as a consumer without membership. */
  async commit(groupId: string, committedOffset: number): Promise<void> {
    await this.#findCoordinator(groupId)
    const topics = [{ name: this.#topic, partitions: [{ partitionIndex: 0, committedOffset, committedMetadata: '' }] }]
    const answer = await this.#connection.request(offsetCommit, 8, { groupId, topics })
    check('OffsetCommit', answer.topics[0]!.partitions[0]!.errorCode)
  }

  /** The committed offset of partition 0, waiting while the coordinator loads. */
  async committed(groupId: string): Promise<number> {
    for (;;) {
      const topics = [{ name: this.#topic, partitionIndexes: [0] }]
      const answer = await this.#connection.request(offsetFetch, 7, { groupId, topics })
      if (answer.errorCode === errors.NONE.code) return Number(answer.topics[0]!.partitions[0]!.committedOffset)
      if (!loadingCodes.includes(answer.errorCode)) check('OffsetFetch', answer.errorCode)
      await this.#findCoordinator(groupId)
    }
  }

  async #findCoordinator(key: string): Promise<void> {
    for (;;) {
      const { errorCode } = await this.#connection.request(findCoordinator, 3, { key, keyType: 0 })
      if (errorCode === errors.NONE.code) return
      if (!loadingCodes.includes(errorCode)) check('FindCoordinator', errorCode)
    }
  }
}
