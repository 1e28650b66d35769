// Topics that come and go: created, written to, deleted, by name or by id. A name is used again only when every answer
// about it came, since a deletion whose connection broke may hit the next topic of that name.

import { errorName, errors } from '../../protocol/errors.ts'
import { createTopics } from '../../protocol/messages/create-topics.ts'
import { deleteTopics } from '../../protocol/messages/delete-topics.ts'
import { metadata } from '../../protocol/messages/metadata.ts'
import { produce } from '../../protocol/messages/produce.ts'
import type { Actor, SimContext } from './context.ts'
import { isLost, SimClient } from './sim-client.ts'
import { testBatch } from './test-batch.ts'
import type { SimTopic } from './witness.ts'

const plan = {
  durability: 'flushed',
  trimmed: false,
  retention: false,
  stamped: false,
  transactional: false,
  compacted: false,
} as const
const passing: readonly number[] = [
  errors.KAFKA_STORAGE_ERROR.code,
  errors.REQUEST_TIMED_OUT.code,
  errors.NOT_CONTROLLER.code,
  errors.UNKNOWN_SERVER_ERROR.code,
]

export class TopicChurn implements Actor {
  readonly name: string
  readonly #context: SimContext
  readonly #client: SimClient
  #names = 0
  #made = 0
  #state = 'begins'

  constructor(context: SimContext, name: string) {
    this.name = name
    this.#context = context
    this.#client = new SimClient(context, name)
  }

  status(): string {
    return this.#state
  }

  async run(): Promise<void> {
    while (!this.#context.isEnding) {
      await this.#client.think(200)
      const name = `${this.name}-${this.#names}`
      const partitions = 1 + this.#client.random.int(3)
      const configs = { 'flush.messages': '1' }
      const created = await this.#create(name, partitions, configs)
      if (!created) continue
      const topic: SimTopic = { ...plan, name, partitions, configs, id: created.id }
      for (let count = this.#client.random.int(4); count > 0; count--) await this.#write(topic)
      await this.#client.think(50)
      const isSure = await this.#delete(topic)
      if (!isSure || !created.isSure || this.#client.random.chance(0.5)) this.#names += 1
    }
  }

  async #create(name: string, partitions: number, configs: Record<string, string>) {
    this.#state = `creates ${name}`
    const { witness } = this.#context
    const entries = Object.entries(configs).map(([key, value]) => ({ name: key, value }))
    const topics = [{ name, numPartitions: partitions, replicationFactor: 1, configs: entries }]
    for (let isSure = true; !this.#context.isEnding; ) {
      try {
        const connection = await this.#client.connect()
        const answer = await this.#client.request(connection, createTopics, 7, { topics, timeoutMs: 1000 })
        const { errorCode, topicId: id } = answer.topics[0]!
        if (errorCode === errors.NONE.code) {
          witness.topics.created({ name, id, partitions })
          return { id, isSure }
        }
        if (errorCode === errors.TOPIC_ALREADY_EXISTS.code && !isSure) return await this.#find(name)
        this.#expect('CreateTopics', errorCode, passing)
      } catch (error) {
        if (!isLost(error)) throw error
      }
      isSure = false
      await this.#client.sleep(50)
    }
    this.#names += 1
    return undefined
  }

  /** A topic that one of our own earlier requests created without our being told. */
  async #find(name: string): Promise<{ id: string; isSure: boolean } | undefined> {
    const answer = await this.#client.ask(metadata, 12, { topics: [{ name }], allowAutoTopicCreation: false })
    const [topic] = answer.topics
    if (topic?.errorCode === errors.NONE.code) return { id: topic.topicId, isSure: false }
    this.#expect('Metadata', topic!.errorCode, [...passing, errors.LEADER_NOT_AVAILABLE.code])
    return undefined
  }

  async #write(topic: SimTopic): Promise<void> {
    this.#state = `writes to ${topic.name}`
    const { random } = this.#client
    const index = random.int(topic.partitions)
    const label = `${this.name}/${this.#made++}`
    const { bytes, content, count } = testBatch({ label, random, timestamp: this.#client.now(), stamped: false })
    const history = this.#context.witness.history(topic, index)
    const partitionData = [{ index, records: bytes }]
    const body = { acks: -1, timeoutMs: 1000, topicData: [{ topicId: topic.id, partitionData }] }
    try {
      const connection = await this.#client.connect()
      history.send(content)
      const answer = await this.#client.request(connection, produce, 13, body)
      const { errorCode, baseOffset } = answer.responses[0]!.partitionResponses[0]!
      const firstOffset = Number(baseOffset)
      if (errorCode !== errors.NONE.code) {
        return this.#expect('Produce', errorCode, [
          ...passing,
          errors.NOT_LEADER_OR_FOLLOWER.code,
          errors.UNKNOWN_TOPIC_ID.code,
        ])
      }
      this.#context.witness.report(history.acknowledge({ firstOffset, lastOffset: firstOffset + count - 1, content }))
    } catch (error) {
      if (!isLost(error)) throw error
    }
  }

  /** Answers whether nothing about the name is open. */
  async #delete(topic: SimTopic): Promise<boolean> {
    this.#state = `deletes ${topic.name}`
    const { witness } = this.#context
    const { name, id } = topic
    const byId = this.#client.random.chance(0.5)
    const version = byId ? 6 : this.#client.versionOf(deleteTopics)
    const named = version < 6 ? { topicNames: [name] } : { topics: [{ name }] }
    const body = byId ? { topics: [{ topicId: id }] } : named
    const gone: readonly number[] = [errors.UNKNOWN_TOPIC_OR_PARTITION.code, errors.UNKNOWN_TOPIC_ID.code]
    witness.topics.deleting(id)
    for (let isSure = true; ; isSure = false) {
      try {
        const connection = await this.#client.connect()
        const answer = await this.#client.request(connection, deleteTopics, version, { ...body, timeoutMs: 1000 })
        const { errorCode } = answer.responses[0]!
        if (errorCode === errors.NONE.code || (gone.includes(errorCode) && !isSure)) {
          witness.topics.deleted(id)
          return isSure
        }
        this.#expect('DeleteTopics', errorCode, passing)
      } catch (error) {
        if (!isLost(error)) throw error
      }
      await this.#client.sleep(50)
    }
  }

  #expect(what: string, errorCode: number, allowed: readonly number[]): void {
    if (allowed.includes(errorCode)) return
    const text = `${this.name}, ${what} (${this.#state}): ${errorName(errorCode) ?? errorCode}`
    this.#context.witness.report([{ name: 'unexpectedAnswer', what: text }])
  }
}
