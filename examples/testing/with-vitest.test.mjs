// npx vitest run --root examples/testing
import { startBroker } from 'millrace/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { countOrders, placeOrder } from './orders.mjs'

let broker
beforeEach(async () => {
  broker = await startBroker({ topics: { orders: { partitions: 3 } } })
})
afterEach(() => broker.close())

test('an order is stored under its customer', async () => {
  await placeOrder(broker.bootstrap, 'alice')
  const stored = (await Promise.all([0, 1, 2].map(partition => broker.records('orders', partition)))).flat()
  expect(stored.map(({ key }) => String(key))).toEqual(['alice'])
})

test('an order is placed once although the first answer is an error', async () => {
  const fault = broker.fault('Produce', { nth: 1, error: 'NOT_LEADER_OR_FOLLOWER' })
  await placeOrder(broker.bootstrap, 'alice')
  expect(fault.count).toBe(1)
  expect(broker.requests.count('Produce')).toBe(2)
})

test('counting goes on when a connection breaks under it', async () => {
  for (const customer of ['alice', 'bob', 'alice']) await placeOrder(broker.bootstrap, customer)
  broker.fault('Fetch', { nth: 1, drop: true })
  const { counts, stop } = await new Promise((resolve, reject) => {
    const counting = countOrders(broker.bootstrap, seen => {
      const total = [...seen.values()].reduce((sum, count) => sum + count, 0)
      if (total === 3) counting.then(resolve)
    })
    counting.catch(reject)
  })
  expect(Object.fromEntries(counts)).toEqual({ alice: 2, bob: 1 })
  await stop()
})
