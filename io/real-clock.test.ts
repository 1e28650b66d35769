import { expect, test } from 'vitest'
import { clockContract } from './contract/clock.ts'
import { randomContract } from './contract/random.ts'
import { realClock } from './real-clock.ts'
import { realRandom } from './real-random.ts'

clockContract('the machine', async () => ({ clock: realClock(), run: body => body(), close: async () => {} }))
randomContract('the machine', realRandom)

test('a timer is not early by the fraction of a millisecond that Node cuts off', async () => {
  const clock = realClock()
  const earlyMs: number[] = []
  for (let round = 0; round < 60; round++) {
    const busyUntilMs = clock.monotonicMs() + round / 60
    while (clock.monotonicMs() < busyUntilMs);
    const dueMs = clock.monotonicMs() + 2
    await new Promise<void>(resolve => clock.after(2, resolve))
    earlyMs.push(Math.max(0, dueMs - clock.monotonicMs()))
  }
  expect(Math.max(...earlyMs)).toBe(0)
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

test('one that throws keeps nobody else from running, in the order of asking', async () => {
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  const caught: string[] = []
  process.on('uncaughtException', error => caught.push(error.message))
  const clock = realClock()
  const ran: string[] = []
  await new Promise<void>(resolve => {
    clock.soon(() => ran.push('before'))
    clock.soon(() => {
      clock.soon(resolve)
      throw new Error('of the one in the middle')
    })
    clock.soon(() => ran.push('after'))
  })
  process.removeAllListeners('uncaughtException')
  for (const listener of others) process.on('uncaughtException', listener)
  expect(caught).toEqual(['of the one in the middle'])
  expect(ran).toEqual(['before', 'after'])
})
