// node --test examples/testing/with-node-test.mjs
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startBroker } from 'millrace/testing'
import { placeOrder } from './orders.mjs'

test('an order is stored', async t => {
  const broker = await startBroker({ topics: { orders: {} } })
  t.after(() => broker.close())
  await placeOrder(broker.bootstrap, 'alice')
  const [record] = await broker.records('orders', 0)
  assert.equal(String(record.key), 'alice')
})

test('orders are kept for an hour', async t => {
  const config = { 'retention.ms': 3_600_000, 'segment.ms': 600_000 }
  const broker = await startBroker({ clock: 'manual', topics: { orders: { config } } })
  t.after(() => broker.close())
  await placeOrder(broker.bootstrap, 'alice')
  await broker.clock.advance(1_200_000)
  await placeOrder(broker.bootstrap, 'bob')
  assert.equal((await broker.records('orders', 0)).length, 2)
  await broker.clock.advance(7_200_000)
  assert.equal((await broker.records('orders', 0)).length, 0)
})

test('a broker that answers late: the order is stored, and then acknowledged', async t => {
  const broker = await startBroker({ clock: 'manual', topics: { orders: {} } })
  t.after(() => broker.close())
  const fault = broker.fault('Produce', { delayMs: 5000 })
  const placed = placeOrder(broker.bootstrap, 'alice')
  while (fault.count === 0) await new Promise(setImmediate)
  await broker.clock.advance(4999)
  assert.equal((await broker.records('orders', 0)).length, 1)
  await broker.clock.advance(1)
  await placed
})
