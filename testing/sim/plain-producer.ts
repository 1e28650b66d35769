// A producer without an id: what is not answered is not sent again, since nobody could tell whether it is there. Any acks.
// Now and then it sends a damaged batch, which must be refused and never be read.

import { errorName, errors } from '../../protocol/errors.ts'
import { produce } from '../../protocol/messages/produce.ts'
import type { Actor, SimContext } from './context.ts'
import type { Produced } from './idempotent-producer.ts'
import { isLost, SimClient } from './sim-client.ts'
import { type TestBatch, testBatch } from './test-batch.ts'

const damagedChance = 0.03
/** Behind the checksum and the attributes. */
const damagedFrom = 23

const refusals: readonly number[] = [
  errors.KAFKA_STORAGE_ERROR.code,
  errors.NOT_LEADER_OR_FOLLOWER.code,
  errors.UNKNOWN_TOPIC_OR_PARTITION.code,
  errors.UNKNOWN_TOPIC_ID.code,
  errors.REQUEST_TIMED_OUT.code,
  errors.LEADER_NOT_AVAILABLE.code,
]

export class PlainProducer implements Actor {
  readonly name: string
  readonly #context: SimContext
  readonly #client: SimClient
  readonly #targets: readonly Produced[]
  readonly #version: number
  #made = 0

  constructor(context: SimContext, name: string, targets: readonly Produced[]) {
    this.name = name
    this.#context = context
    this.#targets = targets
    this.#client = new SimClient(context, name)
    this.#version = this.#client.versionOf(produce, 7)
  }

  status(): string {
    return `${this.#made} batches made`
  }

  async run(): Promise<void> {
    while (!this.#context.isEnding) {
      try {
        await this.#produce(this.#client.random.pick(this.#targets))
      } catch (error) {
        if (!isLost(error)) throw error
      }
      await this.#client.think(30)
    }
  }

  async #produce(target: Produced): Promise<void> {
    const { random } = this.#client
    const label = `${this.name}/${this.#made++}`
    const batch = testBatch({ label, random, timestamp: this.#client.now(), stamped: target.topic.stamped })
    if (random.chance(damagedChance)) await this.#produceDamaged(target, batch)
    else await this.#produceBatch(target, batch)
  }

  async #produceBatch({ topic, index }: Produced, { bytes, content, count }: TestBatch): Promise<void> {
    const { witness } = this.#context
    const history = witness.history(topic, index)
    const acks = this.#client.random.pick([-1, -1, 1, 0])
    const connection = await this.#client.connect()
    const moment = witness.moment()
    history.send(content)
    const body = requestOf({ topic, index }, bytes, acks)
    if (acks === 0) return this.#client.sendWithoutAnswer(connection, produce, this.#version, body)
    const answer = await this.#client.request(connection, produce, this.#version, body)
    const { errorCode, baseOffset } = answer.responses[0]!.partitionResponses[0]!
    if (errorCode === errors.NONE.code) {
      if (!witness.isBinding(moment, history)) return
      const firstOffset = Number(baseOffset)
      witness.report(history.acknowledge({ firstOffset, lastOffset: firstOffset + count - 1, content }))
    } else if (!refusals.includes(errorCode)) this.#unexpected(history.place, errorCode)
  }

  async #produceDamaged(target: Produced, { bytes }: TestBatch): Promise<void> {
    const damaged = Buffer.from(bytes)
    damaged[damagedFrom + this.#client.random.int(damaged.length - damagedFrom)]! ^= 1
    const connection = await this.#client.connect()
    const answer = await this.#client.request(connection, produce, this.#version, requestOf(target, damaged, -1))
    const { errorCode } = answer.responses[0]!.partitionResponses[0]!
    const expected = [...refusals, errors.CORRUPT_MESSAGE.code]
    if (!expected.includes(errorCode)) this.#unexpected(`a damaged batch for ${target.topic.name}`, errorCode)
  }

  #unexpected(place: string, errorCode: number): void {
    const what = `${this.name}, ${place}: ${errorName(errorCode) ?? errorCode}`
    this.#context.witness.report([{ name: 'unexpectedAnswer', what }])
  }
}

function requestOf({ topic, index }: Produced, records: Buffer, acks: number) {
  const partitionData = [{ index, records }]
  return { acks, timeoutMs: 1000, topicData: [{ name: topic.name, topicId: topic.id, partitionData }] }
}
