// Requests of our own making to either broker: the same bytes go to both, so that a difference in the answers is theirs.
// What passes by itself while a broker starts (no leader yet, coordinator loading) is asked again, up to a limit; every
// other error is thrown under its Kafka name.

import { BrokerConnection } from '../../client/connection.ts'
import { realNet } from '../../io/real-net.ts'
import { type ErrorName, errorName } from '../../protocol/errors.ts'
import { createTopics } from '../../protocol/messages/create-topics.ts'
import { findCoordinator } from '../../protocol/messages/find-coordinator.ts'
import { initProducerId } from '../../protocol/messages/init-producer-id.ts'
import { listOffsets } from '../../protocol/messages/list-offsets.ts'
import { metadata } from '../../protocol/messages/metadata.ts'
import { produce } from '../../protocol/messages/produce.ts'
import type { DecodedFields, Fields, InputFields } from '../../protocol/wire/field.ts'
import type { Api } from '../../protocol/wire/schema.ts'

const passing: readonly (ErrorName | undefined)[] = [
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_OR_FOLLOWER',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'UNKNOWN_TOPIC_ID',
  'COORDINATOR_NOT_AVAILABLE',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'NOT_COORDINATOR',
  'CONCURRENT_TRANSACTIONS',
]
const triesMax = 600
const betweenTriesMs = 50

/** A broker answered with an error. */
export class AnswerError extends Error {
  readonly code: string

  constructor(what: string, errorCode: number, message?: string | null) {
    super(`${what}: ${errorName(errorCode)}${message ? ` (${message})` : ''}`)
    this.code = errorName(errorCode) ?? String(errorCode)
  }
}

export function check(what: string, errorCode: number, message?: string | null): void {
  if (errorCode !== 0) throw new AnswerError(what, errorCode, message)
}

/** Does something again while it fails with what passes by itself. */
export async function untilPassed<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      if (tries >= triesMax || !passing.includes((error as { code?: ErrorName }).code)) throw error
      await new Promise(resolve => setTimeout(resolve, betweenTriesMs))
    }
  }
}

export interface Topic {
  readonly name: string
  readonly id: string
  readonly isInternal: boolean
  readonly partitionCount: number
}

export interface Produced {
  readonly baseOffset: number
  readonly logAppendTimeMs: number
}

export class Requests {
  readonly #connection: BrokerConnection

  private constructor(connection: BrokerConnection) {
    this.#connection = connection
  }

  static async open(port: number, clientId = 'swap'): Promise<Requests> {
    return new Requests(await BrokerConnection.open(realNet(), { host: '127.0.0.1', port, clientId }))
  }

  close(): void {
    this.#connection.close()
  }

  send<Request extends Fields, Response extends Fields>(
    api: Api<Request, Response>,
    version: number,
    body: InputFields<Request>,
  ): Promise<DecodedFields<Response>> {
    return this.#connection.request(api, version, body)
  }

  /** Creates a topic and waits until all its partitions have a leader that answers. */
  async createTopic(
    name: string,
    numPartitions: number,
    settings: Readonly<Record<string, string>> = {},
    timeoutMs = 30_000,
  ): Promise<void> {
    const configs = Object.entries(settings).map(([key, value]) => ({ name: key, value }))
    const topics = [{ name, numPartitions, replicationFactor: 1, configs }]
    const [answer] = (await this.send(createTopics, 7, { topics, timeoutMs })).topics
    check(`CreateTopics ${name}`, answer!.errorCode, answer!.errorMessage)
    await untilPassed(async () => {
      for (let partition = 0; partition < numPartitions; partition++) await this.listOffset(name, partition, -1)
    })
  }

  /** All topics, by name. Waits until every partition has a leader. */
  topics(): Promise<Topic[]> {
    return untilPassed(async () => {
      const answer = await this.send(metadata, 12, { topics: null, allowAutoTopicCreation: false })
      for (const { name, errorCode, partitions } of answer.topics) {
        check(`Metadata of ${name}`, errorCode)
        for (const partition of partitions) check(`Metadata of ${name}`, partition.errorCode)
      }
      const topics = answer.topics.map(topic => ({
        name: topic.name!,
        id: topic.topicId,
        isInternal: topic.isInternal,
        partitionCount: topic.partitions.length,
      }))
      return topics.sort((a, b) => (a.name < b.name ? -1 : 1))
    })
  }

  async listOffset(
    topic: string,
    partitionIndex: number,
    timestamp: number,
    isolationLevel = 0,
  ): Promise<{ offset: number; timestamp: number; leaderEpoch: number }> {
    const topics = [{ name: topic, partitions: [{ partitionIndex, timestamp }] }]
    const answer = await this.send(listOffsets, 8, { replicaId: -1, isolationLevel, topics })
    const [found] = answer.topics[0]!.partitions
    check(`ListOffsets of ${topic}-${partitionIndex} at ${timestamp}`, found!.errorCode)
    return { offset: Number(found!.offset), timestamp: Number(found!.timestamp), leaderEpoch: found!.leaderEpoch }
  }

  /** Produces the bytes of a batch with acks=all. */
  produce(
    topic: string,
    index: number,
    records: Buffer,
    transactionalId: string | null = null,
    version = 11,
  ): Promise<Produced> {
    return untilPassed(async () => {
      const topicData = [{ name: topic, partitionData: [{ index, records }] }]
      const answer = await this.send(produce, version, { transactionalId, acks: -1, timeoutMs: 30_000, topicData })
      const [partition] = answer.responses[0]!.partitionResponses
      check(`Produce to ${topic}-${index}`, partition!.errorCode, partition!.errorMessage)
      return { baseOffset: Number(partition!.baseOffset), logAppendTimeMs: Number(partition!.logAppendTimeMs) }
    })
  }

  newProducer(
    transactionalId: string | null = null,
    transactionTimeoutMs = 60_000,
  ): Promise<{ producerId: number; producerEpoch: number }> {
    return untilPassed(async () => {
      const answer = await this.send(initProducerId, 4, { transactionalId, transactionTimeoutMs })
      check('InitProducerId', answer.errorCode)
      return { producerId: Number(answer.producerId), producerEpoch: answer.producerEpoch }
    })
  }

  /** Waits until this broker coordinates the group (0) or transactional id (1). */
  coordinate(key: string, keyType = 0): Promise<void> {
    return untilPassed(async () => {
      const answer = await this.send(findCoordinator, 4, { keyType, coordinatorKeys: [key] })
      check(`FindCoordinator of ${key}`, answer.coordinators[0]!.errorCode)
    })
  }
}
