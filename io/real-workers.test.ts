import { expect, test } from 'vitest'
import { contractTask, workersContract } from './contract/workers.ts'
import { realWorkers } from './real-workers.ts'

const make = () => realWorkers({ threadsMax: 1, queuedTasksMax: 2 })

workersContract('the machine', async () => ({ workers: make(), run: body => body(), close: async () => {} }))

test('a thread that dies fails its task, and another takes the next', async () => {
  const workers = make()
  await expect(workers.run(contractTask, { exit: 3 })).rejects.toMatchObject({ name: 'WorkerError', code: 'LOST' })
  expect(await workers.run(contractTask, { say: 'next' })).toMatchObject({ said: 'next' })
  await workers.close()
})

test('tasks run side by side on as many threads as there may be', async () => {
  const workers = realWorkers({ threadsMax: 2 })
  const order: string[] = []
  const slow = workers.run(contractTask, { sleepMs: 300 }).then(() => order.push('slow'))
  await workers.run(contractTask, {}).then(() => order.push('quick'))
  await slow
  expect(order).toEqual(['quick', 'slow'])
  await workers.close()
})

test('a task in TypeScript runs, on a thread or here', async () => {
  const workers = make()
  const task = new URL('./contract/testdata/double.ts', import.meta.url)
  expect(await workers.run(task, 21)).toBe(42)
  await workers.close()
})
