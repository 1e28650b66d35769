// The process dies, or the power goes off, after each single operation of a cleaning on the disk: what is found afterwards is the
// log as it was or as it was going to be, or some of its segments each.

import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../../io/sim/random.ts'
import { buildBatch } from '../../../protocol/records/batch-builder.ts'
import { batches } from '../../../protocol/records/batches.ts'
import { records } from '../../../protocol/records/records.ts'
import { CleanerBench } from '../../../testing/cleaner-bench.ts'

const config = {
  'cleanup.policy': 'compact',
  'internal.segment.bytes': 1500,
  'index.interval.bytes': 100,
  'delete.retention.ms': 0,
}

interface Found {
  readonly offset: number
  readonly key: string
  readonly value: string | null
}

function recordsIn(bytes: Buffer): Found[] {
  return [...batches(bytes)].flatMap(batch =>
    [...records(batch)].map(({ offset, key, value }) => ({ offset, key: String(key), value: value && String(value) })),
  )
}

/** Told of each operation on the disk. */
interface Watch {
  onOperation: (line: string) => void
}

/** A log of several small segments, forced to disk: a third of the records is replaced by later ones, or deleted. */
async function filled(seed: number, watch: Watch, chance = seed): Promise<CleanerBench> {
  const random = seededRandom(seed)
  const bench = new CleanerBench({ disk: { random: seededRandom(chance), trace: line => watch.onOperation(line) } })
  const log = await bench.open(config)
  await bench.syncParents()
  for (let i = 0; i < 28; i += 1) {
    const inputs = Array.from({ length: 1 + random.int(3) }, () => ({
      key: Buffer.from(`k${random.int(30)}`),
      value: random.chance(0.2) ? null : Buffer.from(`v${i}`.padEnd(20, '.')),
      timestamp: 1_767_225_600_000 + i,
    }))
    await bench.append(log, buildBatch(inputs, { compression: i % 5 === 0 ? 'lz4' : 'none' }))
    if (i % 4 === 3) log.roll()
  }
  await bench.done(log.flush())
  return bench
}

/** Every offset once, nothing that was never there, and of each key what was said last. */
function check(found: readonly Found[], all: readonly Found[], what: string): void {
  const offsets = found.map(({ offset }) => offset)
  expect(offsets, `${what}: offsets rise`).toEqual([...new Set(offsets)].sort((a, b) => a - b))
  const known = new Map(all.map(record => [record.offset, record]))
  for (const record of found) expect(record, what).toEqual(known.get(record.offset))
  const [left, wanted] = [lastValues(found), lastValues(all)]
  for (const [key, value] of wanted) expect(left.get(key) ?? null, `${what}: ${key}`).toBe(value)
}

const lastValues = (all: readonly Found[]) => new Map(all.map(({ key, value }) => [key, value]))

interface Life {
  readonly bench: CleanerBench
  readonly watch: Watch
  readonly all: readonly Found[]
  readonly operations: number
}

type End = (bench: CleanerBench) => void

/** Cleans until so many operations have happened on the disk, then ends the process by `end`. */
async function interrupted(seed: number, operations: number, end: End, chance = seed): Promise<Life> {
  const watch: Watch = { onOperation: () => {} }
  const bench = await filled(seed, watch, chance)
  const all = recordsIn(await bench.logBytes())
  let count = 0
  const died = new Promise<void>(resolve => {
    watch.onOperation = () => {
      count += 1
      if (count === operations) queueMicrotask(resolve)
    }
  })
  const cleaned = bench.cleanable().then(cleanable => bench.clean(cleanable))
  await Promise.race([died, cleaned])
  watch.onOperation = () => {}
  end(bench)
  return { bench, watch, all, operations: count }
}

/** The log is opened, and before that is done the process ends in the same way. */
async function dieWhileOpening({ bench, watch }: Life, operations: number, end: End) {
  let count = 0
  const died = new Promise<void>(resolve => {
    watch.onOperation = () => {
      count += 1
      if (count === operations) queueMicrotask(resolve)
    }
  })
  await Promise.race([died, bench.open(config)])
  watch.onOperation = () => {}
  end(bench)
}

async function checkAfter({ bench, all }: Life, what: string): Promise<void> {
  const log = await bench.open(config)
  const names = await bench.files()
  expect(
    names.filter(name => /\.(cleaned|swap|deleted)$/.test(name)),
    what,
  ).toEqual([])
  check(recordsIn(await bench.logBytes()), all, what)
  expect(log.nextOffset, what).toBe(all.at(-1)!.offset + 1)
  // And it can be cleaned, which leaves what a cleaning without a crash leaves.
  for (let i = 0; i < 2; i += 1) await bench.clean(await bench.cleanable())
  check(recordsIn(await bench.logBytes()), all, `${what}, cleaned again`)
}

/** A hundred lives of a log: ten seconds, and several times that on a machine with other work. */
const crashTestMsMax = 120_000

const ways = [
  ['the process dies', (bench: CleanerBench) => bench.crash()],
  ['the power goes off', (bench: CleanerBench) => bench.losePower()],
] as const

describe.each(ways)('%s', (way, end) => {
  test(
    'after each operation of a cleaning',
    async () => {
      let operations = 0
      for (let isDone = false; !isDone; ) {
        operations += 1
        const life = await interrupted(operations % 3, operations, end)
        isDone = life.operations < operations
        if (operations % 2 === 0) await dieWhileOpening(life, (operations % 11) + 1, end)
        await checkAfter(life, `${way} after ${operations} operations`)
        expect(operations, 'the cleaning ends').toBeLessThan(1000)
      }
      expect(operations, 'there is more than one replacement').toBeGreaterThan(60)
    },
    crashTestMsMax,
  )
})

// Where names change is where chance has most to say: each of them may be kept or forgotten.
test('the power goes off around each change of a name, and once more while the log is opened', async () => {
  const lines: string[] = []
  const watch: Watch = { onOperation: () => {} }
  const bench = await filled(1, watch)
  watch.onOperation = line => void lines.push(line)
  await bench.clean(await bench.cleanable())
  const changes = lines.flatMap((line, index) => (/^rename .*\.log/.test(line) ? [index + 1] : []))
  expect(changes.length).toBeGreaterThan(9)
  for (const operations of changes) {
    for (let chance = 0; chance < 6; chance += 1) {
      const life = await interrupted(1, operations, each => each.losePower(), chance)
      await dieWhileOpening(life, 8 + chance * 3, each => each.losePower())
      await checkAfter(life, `operation ${operations}, chance ${chance}`)
    }
  }
})

test('the cleaning that is interrupted has something to do, in more than one group', async () => {
  const bench = await filled(1, { onOperation: () => {} })
  const before = { bytes: (await bench.logBytes()).length, segments: bench.log.segmentCount }
  await bench.clean(await bench.cleanable())
  expect((await bench.logBytes()).length).toBeLessThan(before.bytes * 0.8)
  expect(bench.log.segmentCount).toBeGreaterThan(2)
  expect(bench.log.segmentCount).toBeLessThan(before.segments)
})
