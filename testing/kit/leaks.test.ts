// Many brokers, one after the other, in one process: nothing of them is left. By numbers that do not depend on the machine's speed.

import { readdirSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { fetch } from '../../protocol/messages/fetch.ts'
import { type StartBrokerOptions, startBroker } from '../index.ts'
import { connect, send } from './bench-client.ts'

const brokers = 100
/** What a broker may leave in the heap: code that is compiled late, and nothing of its own, which is more than 1 MB. */
const heapBytesMaxEach = 20_000

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

async function live(options: StartBrokerOptions): Promise<void> {
  const broker = await startBroker({ ...options, topics: { orders: { partitions: 2 } } })
  const client = await connect(broker)
  broker.fault('Produce', { nth: 1, error: 'NOT_LEADER_OR_FOLLOWER' })
  broker.fault('Produce', { nth: 2, delayMs: 3_600_000 })
  await send(client, 'orders', [0])
  const delayed = send(client, 'orders', [1])
  const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }]
  const request = { maxWaitMs: 3_600_000, minBytes: 1, maxBytes: 1000, topics: [{ topic: 'orders', partitions }] }
  const other = await connect(broker)
  const waiting = other.request(fetch, 11, request)
  while (broker.requests.count('Fetch') === 0 || broker.requests.count('Produce') < 2) await turn()
  await broker.close()
  await Promise.allSettled([delayed, waiting])
  client.close()
  other.close()
}

const turn = () => new Promise(resolve => setImmediate(resolve))

async function measured(): Promise<{ descriptors: number; timers: number; heapBytes: number }> {
  // Sockets close a turn or two after they were told to.
  for (let i = 0; i < 20; i++) await turn()
  collectGarbage()
  await turn()
  collectGarbage()
  const timers = process.getActiveResourcesInfo().filter(name => /Timeout|TCP/.test(name)).length
  const descriptors = process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0
  return { descriptors, timers, heapBytes: process.memoryUsage().heapUsed }
}

test.each<StartBrokerOptions>([{}, { clock: 'manual' }, { storage: 'directory' }])(
  '%j',
  async options => {
    for (let i = 0; i < 20; i++) await live(options)
    const before = await measured()
    for (let i = 0; i < brokers; i++) await live(options)
    const after = await measured()
    expect(after.descriptors).toBeLessThanOrEqual(before.descriptors)
    expect(after.timers).toBeLessThanOrEqual(before.timers)
    expect((after.heapBytes - before.heapBytes) / brokers).toBeLessThan(heapBytesMaxEach)
  },
  120_000,
)
