// Reads everything that the broker holds, while nobody writes, and holds it against everything that is known.

import { type StoredBatch, storedBatches } from '../../broker/sim/stored-batch.ts'
import { errorName, errors } from '../../protocol/errors.ts'
import { fetch } from '../../protocol/messages/fetch.ts'
import { listOffsets } from '../../protocol/messages/list-offsets.ts'
import { metadata } from '../../protocol/messages/metadata.ts'
import type { SimContext } from './context.ts'
import { earliestTimestamp, latestTimestamp, passingReadErrors } from './reader.ts'
import { SimClient } from './sim-client.ts'
import type { SimTopic } from './witness.ts'

export class Auditor {
  readonly #context: SimContext
  readonly #client: SimClient
  batchesRead = 0

  constructor(context: SimContext) {
    this.#context = context
    this.#client = new SimClient(context, 'auditor')
  }

  async audit(topics: readonly SimTopic[]): Promise<void> {
    await this.#checkTopics()
    for (const topic of topics) {
      for (let index = 0; index < topic.partitions; index++) await this.#checkPartition(topic, index)
    }
  }

  async #checkTopics(): Promise<void> {
    const { topics } = await this.#client.ask(metadata, 12, { topics: null, allowAutoTopicCreation: false })
    const byName = new Map(topics.map(topic => [topic.name, topic]))
    this.#context.witness.report(
      this.#context.witness.topics.check(name => {
        const topic = byName.get(name)
        return topic && { name, id: topic.topicId, partitions: topic.partitions.length }
      }),
    )
  }

  async #checkPartition(topic: SimTopic, index: number): Promise<void> {
    const { witness } = this.#context
    const history = witness.history(topic, index)
    for (;;) {
      const known = history.known
      const startOffset = await this.#offset(topic, index, earliestTimestamp)
      const endOffset = await this.#offset(topic, index, latestTimestamp)
      witness.report(history.see({ logStartOffset: startOffset, highWatermark: endOffset }, known))
      const batches = await this.#read(topic, index, startOffset, endOffset)
      // Retention deleted under our hands what was to be read: once more.
      if (!batches) continue
      this.batchesRead += batches.length
      witness.report(history.checkLog({ startOffset, endOffset, batches }))
      return
    }
  }

  async #offset(topic: SimTopic, index: number, timestamp: number): Promise<number> {
    for (;;) {
      const partitions = [{ partitionIndex: index, timestamp }]
      const answer = await this.#client.ask(listOffsets, 7, {
        replicaId: -1,
        topics: [{ name: topic.name, partitions }],
      })
      const { errorCode, offset } = answer.topics[0]!.partitions[0]!
      if (errorCode === errors.NONE.code) return Number(offset)
      await this.#pause('ListOffsets', errorCode)
    }
  }

  async #read(topic: SimTopic, index: number, from: number, to: number): Promise<StoredBatch[] | undefined> {
    const { witness } = this.#context
    const { place } = witness.history(topic, index)
    const all: StoredBatch[] = []
    for (let offset = from; offset < to; ) {
      const partitions = [{ partition: index, fetchOffset: offset, partitionMaxBytes: 100_000 }]
      const topics = [{ topicId: topic.id, partitions }]
      const answer = await this.#client.ask(fetch, 16, { maxWaitMs: 0, minBytes: 0, topics })
      const result = answer.responses[0]!.partitions[0]!
      if (result.errorCode === errors.OFFSET_OUT_OF_RANGE.code && topic.retention) return undefined
      if (result.errorCode !== errors.NONE.code) {
        await this.#pause(`Fetch at ${offset} of ${place}`, result.errorCode)
        continue
      }
      const found = storedBatches(result.records ?? Buffer.alloc(0), place, { stamped: topic.stamped })
      if (found.violation) witness.report([found.violation])
      const last = found.batches.at(-1)
      if (!last) {
        const what = `${place} at ${offset}, the log ends at ${to}`
        witness.report([{ name: 'readEmpty', what: `auditor: ${what}` }])
        return undefined
      }
      all.push(...found.batches)
      offset = last.lastOffset + 1
    }
    return all
  }

  async #pause(what: string, errorCode: number): Promise<void> {
    if (!passingReadErrors.includes(errorCode)) {
      const text = `auditor, ${what}: ${errorName(errorCode) ?? errorCode}`
      this.#context.witness.report([{ name: 'unexpectedAnswer', what: text }])
    }
    await this.#client.sleep(30)
  }
}
