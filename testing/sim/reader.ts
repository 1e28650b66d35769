// A consumer without a group and without a fetch session: one partition at a time, from the start or from the end.
// Everything it is shown is held against the partition's history, and what was there when it asked must be answered.

import type { PartitionHistory } from '../../broker/sim/partition-history.ts'
import { storedBatches } from '../../broker/sim/stored-batch.ts'
import { errorName, errors } from '../../protocol/errors.ts'
import { fetch } from '../../protocol/messages/fetch.ts'
import { listOffsets } from '../../protocol/messages/list-offsets.ts'
import type { Actor, SimContext } from './context.ts'
import type { Produced } from './idempotent-producer.ts'
import { isLost, SimClient } from './sim-client.ts'

export const earliestTimestamp = -2
export const latestTimestamp = -1

export const passingReadErrors: readonly number[] = [
  errors.KAFKA_STORAGE_ERROR.code,
  errors.NOT_LEADER_OR_FOLLOWER.code,
  errors.UNKNOWN_TOPIC_OR_PARTITION.code,
  errors.UNKNOWN_TOPIC_ID.code,
  errors.LEADER_NOT_AVAILABLE.code,
  errors.FENCED_LEADER_EPOCH.code,
  errors.UNKNOWN_LEADER_EPOCH.code,
]

export class Reader implements Actor {
  readonly name: string
  readonly #context: SimContext
  readonly #client: SimClient
  readonly #targets: readonly Produced[]
  readonly #version: number
  #target: Produced
  /** Undefined: to be looked up. */
  #offset: number | undefined
  #from: typeof earliestTimestamp | typeof latestTimestamp = earliestTimestamp

  constructor(context: SimContext, name: string, targets: readonly Produced[]) {
    this.name = name
    this.#context = context
    this.#targets = targets
    this.#target = targets[0]!
    this.#client = new SimClient(context, name)
    this.#version = this.#client.versionOf(fetch)
  }

  status(): string {
    return `${this.#history.place} at ${this.#offset}, high watermark ${this.#history.known.highWatermark}`
  }

  get #history(): PartitionHistory {
    return this.#context.witness.history(this.#target.topic, this.#target.index)
  }

  async run(): Promise<void> {
    while (!this.#context.isEnding || (this.#offset ?? 0) < this.#history.known.highWatermark) {
      if (this.#client.random.chance(0.02)) this.#choose()
      try {
        if (this.#offset === undefined) await this.#lookUp()
        else await this.#fetch(this.#offset)
      } catch (error) {
        if (!isLost(error)) throw error
      }
      await this.#client.think(10)
    }
  }

  #choose(): void {
    if (this.#context.isEnding) return
    this.#target = this.#client.random.pick(this.#targets)
    this.#from = this.#client.random.pick([earliestTimestamp, earliestTimestamp, latestTimestamp])
    this.#offset = undefined
  }

  async #lookUp(): Promise<void> {
    const { witness } = this.#context
    const { topic, index } = this.#target
    const history = this.#history
    const connection = await this.#client.connect()
    const [moment, known] = [witness.moment(), history.known]
    const partitions = [{ partitionIndex: index, timestamp: this.#from }]
    const body = { replicaId: -1, topics: [{ name: topic.name, partitions }] }
    const answer = await this.#client.request(connection, listOffsets, this.#client.versionOf(listOffsets, 1, 10), body)
    const { errorCode, offset } = answer.topics[0]!.partitions[0]!
    if (errorCode !== errors.NONE.code) return this.#pause(errorCode)
    this.#offset = Number(offset)
    if (!witness.isSameLife(moment)) return
    const mark = this.#from === earliestTimestamp ? 'logStartOffset' : 'highWatermark'
    witness.report(history.see({ [mark]: this.#offset }, known))
  }

  async #fetch(fetchOffset: number): Promise<void> {
    const { witness } = this.#context
    const { topic, index } = this.#target
    const { random } = this.#client
    const history = this.#history
    const connection = await this.#client.connect()
    const [moment, known] = [witness.moment(), history.known]
    const partitionMaxBytes = random.pick([1, 200, 5000, 1 << 20])
    const partitions = [{ partition: index, fetchOffset, partitionMaxBytes }]
    const maxWaitMs = random.pick([0, 50, 300])
    const isolationLevel = random.int(2)
    const body = {
      maxWaitMs,
      minBytes: random.pick([0, 1, 1, 2000]),
      maxBytes: random.pick([1, 1000, 1 << 20]),
      isolationLevel,
      topics: [{ topic: topic.name, topicId: topic.id, partitions }],
    }
    const answer = await this.#client.request(connection, fetch, this.#version, body)
    if (answer.errorCode !== errors.NONE.code) return this.#pause(answer.errorCode)
    const result = answer.responses[0]?.partitions[0]
    if (!result) throw new Error(`the answer says nothing about ${history.place}`)
    const isCertain = witness.isSameLife(moment) && !history.isUncertain
    if (result.errorCode === errors.OFFSET_OUT_OF_RANGE.code) {
      this.#offset = undefined
      this.#from = earliestTimestamp
      const wasThere = fetchOffset >= history.known.logStartOffset && fetchOffset <= known.highWatermark
      if (isCertain && wasThere) this.#report('readRefused', `${history.place} at ${fetchOffset}`)
      return
    }
    if (result.errorCode !== errors.NONE.code) return this.#pause(result.errorCode)
    const found = storedBatches(result.records ?? Buffer.alloc(0), history.place, { stamped: topic.stamped })
    if (found.violation) witness.report([found.violation])
    if (!witness.isBinding(moment, history)) {
      this.#offset = undefined
      return
    }
    const highWatermark = Number(result.highWatermark)
    witness.report(history.read(found.batches, fetchOffset, highWatermark))
    const last = found.batches.at(-1)
    if (last) this.#offset = last.lastOffset + 1
    if (!isCertain) return
    const logStartOffset = Number(result.logStartOffset)
    const marks = logStartOffset === -1 ? { highWatermark } : { logStartOffset, highWatermark }
    witness.report(history.see(marks, known))
    // Behind the beginning of an open transaction there is nothing for readers of committed records.
    const isHeldBack = topic.transactional && isolationLevel === 1
    const isMissing = !last && !isHeldBack && fetchOffset < known.highWatermark
    if (isMissing) this.#report('readEmpty', `${history.place} at ${fetchOffset}, high watermark ${highWatermark}`)
  }

  async #pause(errorCode: number): Promise<void> {
    if (!passingReadErrors.includes(errorCode)) {
      this.#report('unexpectedAnswer', `${this.#history.place}: ${errorName(errorCode) ?? errorCode}`)
    }
    await this.#client.sleep(30)
  }

  #report(name: string, what: string): void {
    this.#context.witness.report([{ name, what: `${this.name}: ${what}` }])
  }
}
