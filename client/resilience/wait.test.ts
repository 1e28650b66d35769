import { describe, expect, test } from 'vitest'
import { ManualClock } from '../../io/sim/clock.ts'
import { ClientError } from '../client-error.ts'
import { orAborted, orLate, wait } from './wait.ts'
import { whenAborted } from './when-aborted.ts'

const never = new Promise<never>(() => {})

describe('wait', () => {
  test('takes its time on the clock that was given', async () => {
    const clock = new ManualClock()
    let isOver = false
    const waiting = wait(clock, 100).then(() => {
      isOver = true
    })
    await clock.run(99)
    expect(isOver).toBe(false)
    await clock.run(1)
    expect(isOver).toBe(true)
    await waiting
  })

  test('ends with the first of its signals and leaves no timer behind', async () => {
    const clock = new ManualClock()
    const [first, second] = [new AbortController(), new AbortController()]
    const waiting = wait(clock, 100, first.signal, undefined, second.signal)
    second.abort(new Error('enough'))
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED', retriable: false, cause: new Error('enough') })
    expect(clock.pending).toBe(0)
  })

  test('does not begin when a signal was raised before', async () => {
    const clock = new ManualClock()
    await expect(wait(clock, 100, AbortSignal.abort())).rejects.toMatchObject({ code: 'ABORTED' })
    expect(clock.pending).toBe(0)
  })

  test('of a client that is closed rejects with that', async () => {
    const closing = new AbortController()
    const waiting = wait(new ManualClock(), 100, closing.signal)
    closing.abort(new ClientError('CLOSED', 'the client was closed'))
    await expect(waiting).rejects.toMatchObject({ code: 'CLOSED' })
  })
})

describe('orAborted', () => {
  test('answers as the work does', async () => {
    const { signal } = new AbortController()
    expect(await orAborted(Promise.resolve(7), signal)).toBe(7)
    await expect(orAborted(Promise.reject(new Error('no')), signal)).rejects.toThrow('no')
    expect(await orAborted(Promise.resolve(7), undefined)).toBe(7)
  })

  test('does not wait when the signal is raised', async () => {
    const aborting = new AbortController()
    const waiting = orAborted(never, aborting.signal)
    aborting.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' })
    await expect(orAborted(never, aborting.signal)).rejects.toMatchObject({ code: 'ABORTED' })
  })

  test('hears of the failure of work that is not waited for any more: it would end the process', async () => {
    const unheard: unknown[] = []
    const note = (reason: unknown) => unheard.push(reason)
    process.on('unhandledRejection', note)
    try {
      const aborting = new AbortController()
      const later = orAborted(
        new Promise((_, reject) => setImmediate(() => reject(new Error('late')))),
        aborting.signal,
      )
      aborting.abort()
      await expect(later).rejects.toMatchObject({ code: 'ABORTED' })
      await expect(orAborted(Promise.reject(new Error('at once')), aborting.signal)).rejects.toMatchObject({
        code: 'ABORTED',
      })
      await new Promise(resolve => setImmediate(() => setImmediate(resolve)))
      expect(unheard).toEqual([])
    } finally {
      process.off('unhandledRejection', note)
    }
  })
})

describe('orLate', () => {
  test('answers as the work does, and leaves no timer behind', async () => {
    const clock = new ManualClock()
    expect(await orLate(clock, Promise.resolve(7), 100, () => new Error('late'))).toBe(7)
    await clock.run(0)
    expect(clock.pending).toBe(0)
  })

  test('rejects when the time is over', async () => {
    const clock = new ManualClock()
    const waiting = orLate(clock, never, 100, () => new Error('late'))
    clock.advance(100)
    await expect(waiting).rejects.toThrow('late')
  })
})

describe('whenAborted', () => {
  test('listens to a signal once, however many wait: Node warns of more than ten listeners', () => {
    const warnings: Error[] = []
    const note = (warning: Error) => warnings.push(warning)
    process.on('warning', note)
    const aborting = new AbortController()
    const told: number[] = []
    let listeners = 0
    const { signal } = aborting
    const listen = signal.addEventListener.bind(signal)
    signal.addEventListener = (...args: Parameters<typeof listen>) => {
      listeners += 1
      listen(...args)
    }
    const forgets = Array.from({ length: 100 }, (_, index) => whenAborted(signal, () => told.push(index)))
    for (const forget of forgets.slice(1, 99)) forget()
    aborting.abort()
    process.off('warning', note)
    expect([listeners, told, warnings]).toEqual([1, [0, 99], []])
  })
})
