// A fetch that waits, against partitions whose every step the test decides: what was read is let go exactly once, nobody
// goes on watching, and the answer has what was there.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ManualClock } from '../../../io/sim/clock.ts'
import { errors } from '../../../protocol/errors.ts'
import { zeroUuid } from '../../../protocol/wire/uuid.ts'
import type { LogRead } from '../../log/partition-log.ts'
import type { Partition, PartitionWatcher } from '../../partition/partition.ts'
import type { Partitions } from '../../partition/partitions.ts'
import type { PartitionRead } from './partition-read.ts'
import { type FetchWorld, PendingFetch } from './pending-fetch.ts'

const recordBytes = 100

/** A partition with records of 100 bytes, whose reads may take their time. */
class Double {
  readonly topicId = zeroUuid
  readonly watchers = new Set<PartitionWatcher>()
  highWatermark = 0
  logStartOffset = 0
  isLeader = true
  isSlow = false
  /** Ranges that were read and not let go. */
  held = 0
  lookedAt = 0
  readonly #waiting: (() => void)[] = []

  get lastStableOffset(): number {
    return this.highWatermark
  }
  readonly log = {
    read: (
      offset: number,
      { maxBytes, upTo, atLeastOneBatch }: { maxBytes: number; upTo: number; atLeastOneBatch: boolean },
    ) => {
      this.lookedAt += 1
      const there = upTo - offset
      const fitting = Math.max(Math.floor(maxBytes / recordBytes), atLeastOneBatch ? 1 : 0)
      const read = this.#range(offset, Math.max(Math.min(there, fitting), 0))
      if (!this.isSlow) return read
      return new Promise<LogRead>(resolve => this.#waiting.push(() => resolve(read)))
    },
  }

  #range(offset: number, count: number): LogRead {
    this.held += 1
    let isReleased = false
    return {
      ok: true,
      part: count === 0 ? undefined : ({ length: count * recordBytes } as never),
      bytes: count * recordBytes,
      batchBaseOffset: offset,
      abortedTransactions: [],
      release: () => {
        expect(isReleased).toBe(false)
        isReleased = true
        this.held -= 1
      },
    }
  }

  checkLeaderEpoch() {
    return errors.NONE
  }
  watch(watcher: PartitionWatcher): void {
    this.watchers.add(watcher)
  }
  unwatch(watcher: PartitionWatcher): void {
    this.watchers.delete(watcher)
  }
  produce(count: number): void {
    this.highWatermark += count
    this.#wake()
  }
  resign(): void {
    this.isLeader = false
    this.#wake()
  }
  /** Slow reads come to their end. */
  deliver(): void {
    for (const go of this.#waiting.splice(0)) go()
  }
  #wake(): void {
    for (const watcher of [...this.watchers]) watcher.partitionMoved(this as unknown as Partition)
  }
}

function bench(count: number) {
  const clock = new ManualClock()
  const doubles = Array.from({ length: count }, () => new Double())
  const leading = (_: string, index: number) =>
    doubles[index]!.isLeader ? { partition: doubles[index] } : { error: errors.NOT_LEADER_OR_FOLLOWER }
  const world: FetchWorld = {
    clock,
    partitions: { leading } as unknown as Partitions,
    waiting: new Set(),
    isStopping: false,
  }
  const fetches = doubles.map((_, index) => ({
    topic: 't',
    topicId: zeroUuid,
    index,
    fetchOffset: 0,
    currentLeaderEpoch: -1,
    lastFetchedEpoch: -1,
    maxBytes: 1000,
  }))
  const run = (parameters: { minBytes?: number; maxBytes?: number; maxWaitMs?: number } = {}) => {
    const all = { replicaId: -1, readCommitted: false, minBytes: 1, maxBytes: 10_000, maxWaitMs: 500, ...parameters }
    let answer: PartitionRead[] | undefined
    const running = new PendingFetch(world, all, fetches).run()
    void Promise.resolve(running).then(reads => {
      answer = reads
    })
    return { answer: () => answer, bytes: () => answer?.map(read => read.bytes) }
  }
  return { clock, doubles, world, run }
}

test('only the partition that moved is looked at again', async () => {
  const { clock, doubles, run } = bench(100)
  const fetch = run({ minBytes: 250 })
  await clock.run()
  const before = doubles.map(({ lookedAt }) => lookedAt)
  doubles[7]!.produce(1)
  doubles[7]!.produce(1)
  await clock.run()
  expect(fetch.answer()).toBeUndefined()
  const looks = doubles.map(({ lookedAt }, i) => lookedAt - before[i]!)
  expect(looks.map((count, index) => (count > 0 ? index : -1)).filter(index => index >= 0)).toEqual([7])
  doubles[9]!.produce(1)
  await clock.run()
  expect(fetch.bytes()!.filter(bytes => bytes > 0)).toEqual([200, 100])
})

test('the time is up while a read is under way: the answer waits for it, and only one range is held', async () => {
  const { clock, doubles, run } = bench(1)
  const [double] = doubles
  const fetch = run({ minBytes: 250 })
  await clock.run()
  double!.isSlow = true
  double!.produce(1)
  clock.advance(600)
  await clock.run()
  expect(fetch.answer()).toBeUndefined()
  for (let i = 0; i < 3; i++) {
    double!.deliver()
    await clock.run()
  }
  expect(fetch.bytes()).toEqual([100])
  expect(double!.held).toBe(1)
})

test('whatever happens in whatever order, it ends, and holds what it answers and nothing else', async () => {
  const event = fc.oneof(
    fc.record({ produce: fc.nat(3), index: fc.nat(2) }),
    fc.record({ slow: fc.boolean(), index: fc.nat(2) }),
    fc.record({ deliver: fc.nat(2) }),
    fc.record({ resign: fc.nat(2) }),
    fc.record({ advance: fc.integer({ min: 1, max: 300 }) }),
    fc.constant({ stop: true }),
  )
  const parameters = fc.record({
    minBytes: fc.constantFrom(0, 1, 250, 600),
    maxBytes: fc.constantFrom(50, 350, 10_000),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 25 }), parameters, async (events, limits) => {
      const { clock, doubles, world, run } = bench(3)
      const fetch = run(limits)
      for (const step of events) {
        if ('produce' in step) doubles[step.index]!.produce(step.produce)
        else if ('slow' in step) doubles[step.index]!.isSlow = step.slow
        else if ('deliver' in step) doubles[step.deliver]!.deliver()
        else if ('resign' in step) doubles[step.resign]!.resign()
        else if ('advance' in step) clock.advance(step.advance)
        else for (const each of [...world.waiting]) each.complete()
        await clock.run()
      }
      clock.advance(1000)
      for (let i = 0; i < 20; i++) {
        await clock.run()
        for (const double of doubles) double.deliver()
      }
      await clock.run()
      const reads = fetch.answer()!
      expect(reads).toHaveLength(3)
      expect(world.waiting.size).toBe(0)
      for (const [index, double] of doubles.entries()) {
        expect(double.watchers.size).toBe(0)
        expect(double.held).toBe(reads[index]!.release === undefined ? 0 : 1)
        reads[index]!.release?.()
        expect(double.held).toBe(0)
      }
      const bytes = reads.reduce((sum, read) => sum + read.bytes, 0)
      expect(bytes).toBeLessThanOrEqual(Math.max(limits.maxBytes, recordBytes))
    }),
    { numRuns: 1000 },
  )
})
