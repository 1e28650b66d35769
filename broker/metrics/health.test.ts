import { expect, test } from 'vitest'
import { DiskError } from '../../io/disk.ts'
import { SimBroker } from '../server/replay/sim-broker.ts'
import { healthOf } from './health.ts'

const well = { path: '/a', isOnline: true, isFull: false, failure: undefined }
const full = { ...well, path: '/b', isFull: true }
const failed = { ...well, path: '/c', isOnline: false, failure: new DiskError('DISK_FAILED', '/c/t-0', {}) }

test('all online and serving is ok', () => {
  expect(healthOf({ isServing: true, directories: [well, well] })).toEqual({ status: 'ok', reasons: [] })
})

test('a full directory is degraded: it works, and says what does not', () => {
  const { status, reasons } = healthOf({ isServing: true, directories: [well, full] })
  expect([status, reasons.length]).toEqual(['degraded', 1])
  expect(reasons[0]).toContain('/b is full: produce is refused')
})

test('a failed directory is unavailable, and comes before a full one', () => {
  const { status, reasons } = healthOf({ isServing: true, directories: [full, failed] })
  expect(status).toBe('unavailable')
  expect(reasons[0]).toContain('/c is offline: ')
  expect(reasons[1]).toContain('/b is full')
})

test('not serving is unavailable', () => {
  expect(healthOf({ isServing: false, directories: [well] }).status).toBe('unavailable')
})

test('a broker is ok while it serves, unavailable when it stops or when one of its disks failed', async () => {
  const sim = await SimBroker.start({ settings: { 'log.dirs': '/data,/more' } })
  expect(sim.broker.health).toEqual({ status: 'ok', reasons: [] })
  sim.host.disk.fail({ operation: 'stat', path: '/more' })
  sim.broker.logs.lookAtSpace()
  await sim.world.runFor(10)
  expect(sim.broker.health.status).toBe('unavailable')
  expect(sim.broker.health.reasons[0]).toContain('/more is offline')
  await sim.stop()
  expect(sim.broker.health.reasons).toContain('the broker is not serving requests')
})
