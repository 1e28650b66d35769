// Reads all committed records at the end, when no transaction is under way, and holds them against everything that is known of
// the transactions: each has one outcome, what was copied was copied once, compacted partitions hold the last values.

import { eachInputOnce } from '../../broker/sim/each-input-once.ts'
import { errorName, errors } from '../../protocol/errors.ts'
import type { RecordView } from '../../protocol/records/record.ts'
import { fetchCommitted } from './committed-fetch.ts'
import type { SimContext } from './context.ts'
import { Copying } from './copying.ts'
import type { Produced } from './idempotent-producer.ts'
import { passingReadErrors } from './reader.ts'
import { isLost, SimClient } from './sim-client.ts'
import { partitionPlace } from './transaction-client.ts'
import { itemOf, shortValue, sourceOf } from './transactional-record.ts'
import type { SimTopic } from './witness.ts'

export class CommittedAuditor {
  readonly #context: SimContext
  readonly #client: SimClient
  recordsRead = 0

  constructor(context: SimContext) {
    this.#context = context
    this.#client = new SimClient(context, 'committed auditor')
  }

  async audit(topics: readonly SimTopic[]): Promise<void> {
    const { witness } = this.#context
    const records = new Map<string, RecordView[]>()
    const targets = topics.flatMap(topic => Array.from({ length: topic.partitions }, (_, index) => ({ topic, index })))
    const isInput = (place: string) => witness.copyings.some(({ input }) => partitionPlace(input) === place)
    for (const target of targets) {
      const place = partitionPlace(target)
      if (target.topic.transactional || isInput(place)) records.set(place, await this.#readAll(target))
    }
    for (const { topic, index } of targets) {
      if (topic.compacted) this.#checkValues({ topic, index }, records.get(partitionPlace({ topic, index }))!)
    }
    this.#checkOutcomes(targets, records)
    for (const options of witness.copyings) {
      const committedOffset = await this.#groupOffset(new Copying(this.#context, options))
      this.#checkCopies(options.groupId, partitionPlace(options.input), committedOffset, records)
    }
  }

  #checkOutcomes(targets: readonly Produced[], records: ReadonlyMap<string, readonly RecordView[]>): void {
    const { outcomes } = this.#context.witness
    const places = targets.filter(({ topic }) => topic.transactional).map(partitionPlace)
    const items = places.map(place => {
      const found = records.get(place)!.map(itemOf)
      return [place, found.filter(item => item !== undefined)] as const
    })
    this.#context.witness.report(outcomes.checkAll(new Map(items)))
  }

  #checkValues({ topic, index }: Produced, records: readonly RecordView[]): void {
    const { witness, sim } = this.#context
    const values = witness.values(topic, index)
    const keyed = records.map(({ offset, key, value }) => ({ offset, key: `${key}`, value: shortValue(value) }))
    const endOffset = Number.POSITIVE_INFINITY
    witness.report(values.checkScan({ records: keyed, endOffset, nowMs: sim.nowMs }, values.promised))
  }

  #checkCopies(
    groupId: string,
    input: string,
    committedOffset: number,
    records: ReadonlyMap<string, readonly RecordView[]>,
  ): void {
    const prefix = `${groupId} ${input}@`
    const outputs = [...records.values()].flat().flatMap(record => {
      const source = sourceOf(record)
      return source?.startsWith(prefix) ? [Number(source.slice(prefix.length))] : []
    })
    const inputs = records.get(input)!.map(({ offset }) => offset)
    this.#context.witness.report(eachInputOnce({ place: prefix, inputs, committedOffset, outputs }))
  }

  async #groupOffset(copying: Copying): Promise<number> {
    await copying.find(this.#client)
    for (;;) {
      const offset = await this.#unlessLost(() => copying.position(this.#client))
      if (offset !== undefined) return offset
    }
  }

  /** From the start to the end: until nothing is left that is not decided. */
  async #readAll(target: Produced): Promise<RecordView[]> {
    const found: RecordView[] = []
    for (let fetchOffset = 0; ; ) {
      const read = await this.#unlessLost(async () => {
        return fetchCommitted(this.#context, this.#client, await this.#client.connect(), { target, fetchOffset })
      })
      if (read === undefined) continue
      if (read.errorCode !== errors.NONE.code) {
        if (!passingReadErrors.includes(read.errorCode)) {
          const what = `${this.#client.name}, ${partitionPlace(target)}: ${errorName(read.errorCode) ?? read.errorCode}`
          this.#context.witness.report([{ name: 'unexpectedAnswer', what }])
        }
        await this.#client.sleep(30)
        continue
      }
      found.push(...read.records)
      this.recordsRead += read.records.length
      fetchOffset = read.nextOffset
      if (fetchOffset >= read.highWatermark) return found
      // A transaction that nobody ends holds it up, until the run counts as one that does not end.
      if (read.records.length === 0) await this.#client.sleep(20)
    }
  }

  async #unlessLost<Result>(ask: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await ask()
    } catch (error) {
      if (!isLost(error)) throw error
      return undefined
    }
  }
}
