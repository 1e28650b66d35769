// A consumer that reads committed records only: what it is shown belongs to transactions that were committed, lies below the
// last stable offset, and comes in the order of offsets. Of a compacted partition it also reads all, from start to end, which must
// hold the last value of each key.

import type { KeyedRecord } from '../../broker/sim/last-values-survive.ts'
import { errorName, errors } from '../../protocol/errors.ts'
import { type CommittedFetch, fetchCommitted } from './committed-fetch.ts'
import type { Actor, SimContext } from './context.ts'
import type { Produced } from './idempotent-producer.ts'
import { passingReadErrors } from './reader.ts'
import { isLost, SimClient } from './sim-client.ts'
import { partitionPlace } from './transaction-client.ts'
import { itemOf, shortValue } from './transactional-record.ts'

/** A scan that does not come to the end of what is being written is given up. */
const scanFetchesMax = 200

export class CommittedReader implements Actor {
  readonly name: string
  readonly #context: SimContext
  readonly #client: SimClient
  readonly #targets: readonly Produced[]
  #target: Produced
  #offset = 0

  constructor(context: SimContext, name: string, targets: readonly Produced[]) {
    this.name = name
    this.#context = context
    this.#targets = targets
    this.#client = new SimClient(context, name)
    this.#target = targets[0]!
  }

  status(): string {
    return `reads ${partitionPlace(this.#target)} at ${this.#offset}`
  }

  async run(): Promise<void> {
    while (!this.#context.isEnding) {
      try {
        if (this.#client.random.chance(0.05)) this.#choose()
        if (this.#target.topic.compacted) await this.#scan()
        else await this.#read()
      } catch (error) {
        if (!isLost(error)) throw error
      }
      await this.#client.think(20)
    }
  }

  #choose(): void {
    this.#target = this.#client.random.pick(this.#targets)
    this.#offset = 0
  }

  async #read(): Promise<CommittedFetch | undefined> {
    const { random } = this.#client
    const target = this.#target
    const partitionMaxBytes = random.pick([1, 300, 5000, 100_000])
    const options = { target, fetchOffset: this.#offset, partitionMaxBytes, maxWaitMs: random.pick([0, 50]) }
    const read = await fetchCommitted(this.#context, this.#client, await this.#client.connect(), options)
    if (read.errorCode !== errors.NONE.code) {
      if (!passingReadErrors.includes(read.errorCode)) this.#unexpected(read.errorCode)
      await this.#client.sleep(30)
      return undefined
    }
    const { witness } = this.#context
    for (const record of read.records) {
      const item = itemOf(record)
      if (item !== undefined) witness.report(witness.outcomes.see(partitionPlace(target), item))
    }
    this.#offset = read.nextOffset
    return read
  }

  async #scan(): Promise<void> {
    const { witness, sim } = this.#context
    const { topic, index } = this.#target
    const values = witness.values(topic, index)
    const before = values.promised
    const records: KeyedRecord[] = []
    this.#offset = 0
    for (let fetches = 0; fetches < scanFetchesMax; fetches++) {
      const read = await this.#read()
      if (!read) continue
      for (const { offset, key, value } of read.records) {
        const record = { offset, key: `${key}`, value: shortValue(value) }
        records.push(record)
        witness.report(values.promise(record))
      }
      if (read.records.length > 0 || this.#offset < read.lastStableOffset) continue
      witness.report(values.checkScan({ records, endOffset: this.#offset, nowMs: sim.nowMs }, before))
      return
    }
  }

  #unexpected(errorCode: number): void {
    const what = `${this.name}, ${this.status()}: ${errorName(errorCode) ?? errorCode}`
    this.#context.witness.report([{ name: 'unexpectedAnswer', what }])
  }
}
