// A consumer with a fetch session (KIP-227): it names only the partitions whose offset has moved, and is told only about
// those that have news. At the end it must have come to the high watermark of each: a session that forgets one is found.

import type { PartitionHistory } from '../../broker/sim/partition-history.ts'
import { storedBatches } from '../../broker/sim/stored-batch.ts'
import { errorName, errors } from '../../protocol/errors.ts'
import { fetch } from '../../protocol/messages/fetch.ts'
import { listOffsets } from '../../protocol/messages/list-offsets.ts'
import type { DecodedFields } from '../../protocol/wire/field.ts'
import type { Actor, SimContext } from './context.ts'
import type { Produced } from './idempotent-producer.ts'
import { earliestTimestamp, passingReadErrors } from './reader.ts'
import { isLost, SimClient } from './sim-client.ts'
import type { Moment } from './witness.ts'

interface Followed extends Produced {
  readonly history: PartitionHistory
  offset: number
  /** What the session on the broker's side knows; undefined: it does not know the partition. */
  told: number | undefined
  isLookedUp: boolean
}

type Answered = DecodedFields<typeof fetch.response.fields>['responses'][number]['partitions'][number]

const sessionErrors: readonly number[] = [
  errors.FETCH_SESSION_ID_NOT_FOUND.code,
  errors.INVALID_FETCH_SESSION_EPOCH.code,
  errors.FETCH_SESSION_TOPIC_ID_ERROR.code,
]
const partitionMaxBytes = 20_000

export class SessionReader implements Actor {
  readonly name: string
  readonly #context: SimContext
  readonly #client: SimClient
  readonly #followed: readonly Followed[]
  readonly #version: number
  #sessionId = 0
  #sessionEpoch = 0

  constructor(context: SimContext, name: string, targets: readonly Produced[]) {
    this.name = name
    this.#context = context
    this.#client = new SimClient(context, name)
    this.#version = this.#client.versionOf(fetch, 7)
    this.#followed = targets.map(target => {
      const history = context.witness.history(target.topic, target.index)
      return { ...target, history, offset: 0, told: undefined, isLookedUp: false }
    })
  }

  status(): string {
    const behind = this.#followed.map(
      ({ history, offset }) => `${history.place} ${offset}/${history.known.highWatermark}`,
    )
    return `session ${this.#sessionId} epoch ${this.#sessionEpoch}: ${behind.join(', ')}`
  }

  get #isBehind(): boolean {
    return this.#followed.some(({ offset, history, isLookedUp }) => {
      return !isLookedUp || offset < history.known.highWatermark
    })
  }

  async run(): Promise<void> {
    while (!this.#context.isEnding || this.#isBehind) {
      try {
        const unknown = this.#followed.find(({ isLookedUp }) => !isLookedUp)
        if (unknown) await this.#lookUp(unknown)
        else await this.#fetch()
      } catch (error) {
        if (!isLost(error)) throw error
        this.#endSession()
      }
      await this.#client.think(10)
    }
  }

  #endSession(): void {
    this.#sessionId = 0
    this.#sessionEpoch = 0
    for (const followed of this.#followed) followed.told = undefined
  }

  async #lookUp(followed: Followed): Promise<void> {
    const partitions = [{ partitionIndex: followed.index, timestamp: earliestTimestamp }]
    const body = { replicaId: -1, topics: [{ name: followed.topic.name, partitions }] }
    const connection = await this.#client.connect()
    const answer = await this.#client.request(connection, listOffsets, 7, body)
    const { errorCode, offset } = answer.topics[0]!.partitions[0]!
    if (errorCode !== errors.NONE.code) return this.#client.sleep(30)
    followed.offset = Number(offset)
    followed.isLookedUp = true
  }

  async #fetch(): Promise<void> {
    const { witness } = this.#context
    const connection = await this.#client.connect()
    const moment = witness.moment()
    const moved = this.#followed.filter(({ offset, told }) => offset !== told)
    const known = new Map(this.#followed.map(({ history }) => [history, history.known]))
    const topics = moved.map(({ topic, index, offset }) => ({
      topic: topic.name,
      topicId: topic.id,
      partitions: [{ partition: index, fetchOffset: offset, partitionMaxBytes }],
    }))
    const { sessionId, sessionEpoch } = { sessionId: this.#sessionId, sessionEpoch: this.#sessionEpoch }
    const body = { maxWaitMs: 100, minBytes: 1, sessionId, sessionEpoch, topics, isolationLevel: 0 }
    const answer = await this.#client.request(connection, fetch, this.#version, body)
    if (sessionErrors.includes(answer.errorCode)) return this.#endSession()
    if (answer.errorCode !== errors.NONE.code) {
      this.#endSession()
      if (!passingReadErrors.includes(answer.errorCode)) this.#report('unexpectedAnswer', `${answer.errorCode}`)
      return this.#client.sleep(30)
    }
    this.#sessionId = answer.sessionId
    this.#sessionEpoch = answer.sessionId === 0 ? 0 : sessionEpoch + 1
    for (const followed of moved) followed.told = answer.sessionId === 0 ? undefined : followed.offset
    for (const { topic, topicId, partitions } of answer.responses) {
      for (const partition of partitions) {
        const followed = this.#followed.find(
          ({ topic: { name, id }, index }) => (name === topic || id === topicId) && index === partition.partitionIndex,
        )
        if (!followed) throw new Error(`the answer tells of ${topic || topicId}-${partition.partitionIndex}`)
        this.#take(followed, partition, moment, known.get(followed.history)!)
      }
    }
  }

  #take(followed: Followed, answered: Answered, moment: Moment, known: PartitionHistory['known']): void {
    const { witness } = this.#context
    const { history, topic } = followed
    const { errorCode } = answered
    if (errorCode === errors.OFFSET_OUT_OF_RANGE.code) {
      followed.isLookedUp = false
      return
    }
    if (errorCode !== errors.NONE.code) {
      if (!passingReadErrors.includes(errorCode)) {
        this.#report('unexpectedAnswer', `${history.place}: ${errorName(errorCode) ?? errorCode}`)
      }
      return
    }
    const found = storedBatches(answered.records ?? Buffer.alloc(0), history.place, { stamped: topic.stamped })
    if (found.violation) witness.report([found.violation])
    if (!witness.isBinding(moment, history)) {
      followed.isLookedUp = false
      return
    }
    const highWatermark = Number(answered.highWatermark)
    witness.report(history.read(found.batches, followed.offset, highWatermark))
    if (witness.isSameLife(moment)) witness.report(history.see({ highWatermark }, known))
    const last = found.batches.at(-1)
    if (last) followed.offset = last.lastOffset + 1
  }

  #report(name: string, what: string): void {
    this.#context.witness.report([{ name, what: `${this.name}: ${what}` }])
  }
}
