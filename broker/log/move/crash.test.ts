// The process dies, or the power goes off, after each single operation of a move on the disk, while records come: what was
// acknowledged is there afterwards, there is one log and not two or none, and the move ends well or has never begun.

import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../../io/sim/random.ts'
import { MoveBench } from '../../../testing/move-bench.ts'

interface Life {
  readonly bench: MoveBench
  /** What was appended, by offset. */
  readonly values: string[]
  /** Everything below was said to be written, and with flush.messages=1 survives anything. */
  acknowledged: number
  /** Everything below is on disk. */
  flushed: number
  operations: number
}

interface Scenario {
  readonly flushMessages: number
  /** An append comes with every so-manyth operation. */
  readonly appendsEvery: number
  readonly chance: number
}

/** While the log moves. */
const appendsMax = 12

type End = (bench: MoveBench) => void

async function filled({ flushMessages, chance }: Scenario): Promise<Life> {
  const bench = new MoveBench({
    disk: { random: seededRandom(chance), cachedChance: 0.5 },
    topic: { 'internal.segment.bytes': 500, 'flush.messages': flushMessages, 'file.delete.delay.ms': 1000 },
  })
  await bench.start()
  const life: Life = { bench, values: [], acknowledged: 0, flushed: 0, operations: 0 }
  bench.onWritten = offset => (life.acknowledged = Math.max(life.acknowledged, offset))
  for (let i = 0; i < 8; i += 1) append(life, 3)
  await bench.settle()
  await bench.done(bench.log.flush())
  life.flushed = bench.log.nextOffset
  return life
}

function append({ bench, values }: Life, count: number): void {
  const prefix = `v${values.length}`
  bench.append(count, prefix)
  for (let i = 0; i < count; i += 1) values.push(`${prefix}-${i}`)
}

/** Moves the log until so many operations have happened on the disk, then ends the process by `end`. */
async function interrupted(scenario: Scenario, operations: number, end: End): Promise<Life> {
  const life = await filled(scenario)
  const { bench } = life
  const died = new Promise<void>(resolve => {
    bench.onOperation = () => {
      life.operations += 1
      // Each one makes more operations, and so the move would never end.
      if (life.operations % scenario.appendsEvery === 0 && life.values.length < 24 + appendsMax) append(life, 1)
      if (life.operations === operations) queueMicrotask(resolve)
    }
  })
  bench.ask('/c')
  await Promise.race([died, bench.clock.run(10)])
  bench.onOperation = () => {}
  end(bench)
  return life
}

/** The broker is started, and before that is done the process ends in the same way. */
async function dieWhileStarting({ bench }: Life, operations: number, end: End): Promise<void> {
  let count = 0
  const died = new Promise<void>(resolve => {
    bench.onOperation = () => {
      count += 1
      if (count === operations) queueMicrotask(resolve)
    }
  })
  await Promise.race([died, bench.start()])
  bench.onOperation = () => {}
  end(bench)
}

async function check(life: Life, certain: number, what: string): Promise<void> {
  const { bench, values } = life
  await bench.start()
  const found = await bench.records()
  expect(found.length, `${what}: what was acknowledged is there`).toBeGreaterThanOrEqual(certain)
  expect(found, what).toEqual(values.slice(0, found.length).map((value, offset) => ({ offset, value })))
  values.length = found.length
  expect(bench.found.filter(name => name.endsWith('orders-0')).length, `${what}: one log`).toBe(1)
  // And whatever was under way ends, with records coming.
  append(life, 2)
  await bench.clock.run(5000)
  expect(await bench.directories(), what).toEqual([bench.log.directory])
  const { path, directoryId } = bench.log.logDirectory
  expect(['/b', '/c'], what).toContain(path)
  expect(bench.assigned, `${what}: the metadata knows where it is`).toBe(directoryId)
  expect((await bench.records()).map(({ value }) => value)).toEqual(values)
}

const ways = [
  ['the process dies', (bench: MoveBench) => bench.crash()],
  ['the power goes off', (bench: MoveBench) => bench.losePower()],
] as const

describe.each(ways)('%s', (way, end) => {
  test.each([1, 1_000_000])(
    'after each operation of a move, flush.messages %i',
    async flushMessages => {
      // Where little is forced to disk there are fewer kinds of operations, and every second one has to do.
      const step = flushMessages === 1 ? 1 : 2
      let operations = 0
      const ends = new Set<string>()
      for (let isDone = false; !isDone; ) {
        operations += step
        for (const chance of way === 'the power goes off' ? [0, 1] : [0]) {
          const scenario = {
            flushMessages,
            appendsEvery: 2 + ((operations + chance) % 4),
            chance: operations * 7 + chance,
          }
          const life = await interrupted(scenario, operations, end)
          isDone = life.operations < operations
          const survives = way === 'the process dies' || flushMessages === 1
          const certain = survives ? life.acknowledged : life.flushed
          if ((operations + chance) % 3 === 0) await dieWhileStarting(life, 3 + ((operations * 5) % 40), end)
          await check(life, certain, `${way} after ${operations} operations, chance ${chance}`)
          ends.add(life.bench.log.logDirectory.path)
        }
        expect(operations, 'the move ends').toBeLessThan(300)
      }
      expect(operations).toBeGreaterThan(60)
      expect([...ends].sort()).toEqual(['/b', '/c'])
    },
    120_000,
  )
})
