import { expect, test } from 'vitest'
import { clockContract } from './contract/clock.ts'
import { randomContract } from './contract/random.ts'
import { realClock } from './real-clock.ts'
import { realRandom } from './real-random.ts'

clockContract('the machine', async () => ({ clock: realClock(), run: body => body(), close: async () => {} }))
randomContract('the machine', realRandom)

test('a timer is not early either when the turn it was set in was long', async () => {
  const clock = realClock()
  for (let round = 0; round < 5; round++) {
    // Node counts from the beginning of the turn.
    const busyUntilMs = clock.monotonicMs() + 15
    while (clock.monotonicMs() < busyUntilMs);
    const startMs = clock.monotonicMs()
    await new Promise<void>(resolve => clock.after(10, resolve))
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(startMs + 10)
  }
})

test('a long delay does not turn into a short one that is set again and again', async () => {
  const warnings: string[] = []
  const note = (warning: Error) => warnings.push(warning.name)
  process.on('warning', note)
  const clock = realClock()
  const cancel = clock.after(2 ** 40, () => {})
  await new Promise<void>(resolve => clock.after(20, resolve))
  cancel()
  process.off('warning', note)
  expect(warnings).toEqual([])
})
