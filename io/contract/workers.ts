// What every Workers promises, whether threads of the machine or simulated: one test per clause of io/worker.ts.

import { describe, expect, test } from 'vitest'
import type { Workers } from '../worker.ts'
import type { Bench } from './bench.ts'

export interface WorkersBench extends Bench {
  /** With one thread, and room for two more tasks. */
  readonly workers: Workers
}

/** A task that answers `{ said: input.say }`, sleeps, fails or ends its thread, as it is told. */
export const contractTask = new URL('./testdata/task.mjs', import.meta.url)

export function workersContract(name: string, make: () => Promise<WorkersBench>): void {
  const check = (what: string, body: (workers: Workers) => Promise<void>) =>
    test(what, async () => {
      const bench = await make()
      await bench.run(async () => {
        await body(bench.workers)
        await bench.workers.close()
      })
      await bench.close()
    })
  describe(`${name}: workers`, () => {
    check('run a task on a copy of its input and answer a copy of its output', async workers => {
      const output = await workers.run(contractTask, { say: 'hello' })
      expect(output).toEqual({ said: 'hello', map: new Map([[1n, new Date(0)]]) })
    })
    check('move what is to be transferred', async workers => {
      const bytes = Uint8Array.from([1, 2, 3]).buffer
      expect(await workers.run(contractTask, { bytes }, [bytes])).toEqual({ length: 3, sum: 6 })
      expect(bytes.byteLength).toBe(0)
    })
    check('leave memory that is shared where it is', async workers => {
      const shared = new Int32Array(new SharedArrayBuffer(8))
      shared[0] = 20
      expect(await workers.run(contractTask, { shared })).toEqual({ read: 20 })
      expect([...shared]).toEqual([20, 21])
    })
    check("reject with the task's error, and go on", async workers => {
      const failed = workers.run(contractTask, { fail: 'no such thing' })
      await expect(failed).rejects.toThrow(RangeError)
      await expect(failed).rejects.toThrow('no such thing')
      expect(await workers.run(contractTask, { say: 'next' })).toMatchObject({ said: 'next' })
    })
    check('reject a task that cannot be loaded, or whose input cannot be copied', async workers => {
      const missing = workers.run(new URL('./testdata/missing.mjs', import.meta.url), {})
      await expect(missing).rejects.toThrow('missing.mjs')
      await expect(workers.run(contractTask, { say: () => {} })).rejects.toThrow('could not be cloned')
      expect(await workers.run(contractTask, { say: 'next' })).toMatchObject({ said: 'next' })
    })
    check('queue what is too much for the threads, and refuse what is too much for the queue', async workers => {
      const tasks = [1, 2, 3].map(say => workers.run(contractTask, { say }))
      const refused = workers.run(contractTask, { say: 4 })
      await expect(refused).rejects.toMatchObject({ name: 'WorkerError', code: 'QUEUE_FULL' })
      expect(await Promise.all(tasks)).toMatchObject([{ said: 1 }, { said: 2 }, { said: 3 }])
      expect(await workers.run(contractTask, { say: 5 })).toMatchObject({ said: 5 })
    })
    check('reject what runs, what waits and what comes when they are closed', async workers => {
      const tasks = [workers.run(contractTask, { sleepMs: 200 }), workers.run(contractTask, {})]
      const settled = Promise.allSettled(tasks)
      await workers.close()
      expect(await settled).toMatchObject([{ reason: { code: 'CLOSED' } }, { reason: { code: 'CLOSED' } }])
      await expect(workers.run(contractTask, {})).rejects.toMatchObject({ code: 'CLOSED' })
      await workers.close()
    })
  })
}
