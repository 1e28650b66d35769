import { expect, test } from 'vitest'
import { seededRandom } from '../../io/sim/random.ts'
import { batchOf, LogBench, readAll, recordsIn } from '../../testing/log-bench.ts'

test.each([0, 0.5, 1])(
  'whoever hears of a write may append at once: nothing joins what is written already (%d of writes at once)',
  async cachedChance => {
    const bench = new LogBench({ disk: { cachedChance, random: seededRandom(5) } })
    const log = await bench.open()
    const append = (prefix: string) => log.append(batchOf(1, { prefix }), { leaderEpoch: 0, origin: 'client' })
    let more = 20
    log.onWritten(() => {
      if (more-- > 0) append(`more${more}`)
    })
    append('first')
    append('second')
    await bench.settle()
    const expected = ['first', 'second', ...Array.from({ length: 20 }, (_, index) => `more${19 - index}`)]
    const written = recordsIn(await readAll(log)).map(({ value }) => value)
    expect(written).toEqual(expected.map(prefix => `${prefix}-0`))
    expect(log.queuedBytes).toBe(0)
  },
)
