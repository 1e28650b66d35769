// Deletes the oldest records of a topic now and then.

import { errorName, errors } from '../../protocol/errors.ts'
import { deleteRecords } from '../../protocol/messages/delete-records.ts'
import type { Actor, SimContext } from './context.ts'
import type { Produced } from './idempotent-producer.ts'
import { passingReadErrors } from './reader.ts'
import { isLost, SimClient } from './sim-client.ts'

export class Trimmer implements Actor {
  readonly name: string
  readonly #context: SimContext
  readonly #client: SimClient
  readonly #targets: readonly Produced[]

  constructor(context: SimContext, name: string, targets: readonly Produced[]) {
    this.name = name
    this.#context = context
    this.#targets = targets
    this.#client = new SimClient(context, name)
  }

  status(): string {
    return 'deletes records'
  }

  async run(): Promise<void> {
    while (!this.#context.isEnding) {
      await this.#client.think(200)
      try {
        await this.#trim(this.#client.random.pick(this.#targets))
      } catch (error) {
        if (!isLost(error)) throw error
      }
    }
  }

  async #trim({ topic, index }: Produced): Promise<void> {
    const { witness } = this.#context
    const history = witness.history(topic, index)
    const { logStartOffset, highWatermark } = history.known
    const offset = logStartOffset + this.#client.random.int(highWatermark - logStartOffset + 1)
    const connection = await this.#client.connect()
    const moment = witness.moment()
    const topics = [{ name: topic.name, partitions: [{ partitionIndex: index, offset }] }]
    history.deleteBefore(offset)
    const version = this.#client.versionOf(deleteRecords)
    const answer = await this.#client.request(connection, deleteRecords, version, { topics, timeoutMs: 1000 })
    const { errorCode, lowWatermark } = answer.topics[0]!.partitions[0]!
    if (errorCode === errors.NONE.code) {
      const asked = { logStartOffset: offset, highWatermark: 0, logEndOffset: 0 }
      if (witness.isSameLife(moment)) witness.report(history.see({ logStartOffset: Number(lowWatermark) }, asked))
    } else if (!passingReadErrors.includes(errorCode)) {
      const what = `${this.name}, ${history.place} before ${offset}: ${errorName(errorCode) ?? errorCode}`
      witness.report([{ name: 'unexpectedAnswer', what }])
    }
  }
}
