// Plans of reassignments: what always holds, for any beginning, and some by hand.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type PlannedBroker, spread } from './reassignment-plan.ts'

const brokersOf = (...racks: (string | undefined)[]): PlannedBroker[] =>
  racks.map((rack, index) => ({ nodeId: index + 1, rack }))
const current = (...replicas: number[][]) => replicas.map((each, partition) => ({ partition, replicas: each }))
const loadsOf = (plan: readonly number[][], brokers: readonly PlannedBroker[]) =>
  brokers.map(({ nodeId }) => plan.flat().filter(each => each === nodeId).length)
const range = (numbers: readonly number[]) => Math.max(...numbers) - Math.min(...numbers)

const arbitraryPlan = fc
  .record({
    brokerCount: fc.integer({ min: 1, max: 7 }),
    rackCount: fc.integer({ min: 0, max: 4 }),
    partitions: fc.array(fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }), {
      minLength: 1,
      maxLength: 20,
    }),
    wanted: fc.integer({ min: 1, max: 7 }),
  })
  .map(({ brokerCount, rackCount, partitions, wanted }) => ({
    brokers: brokersOf(
      ...Array.from({ length: brokerCount }, (_, i) => (rackCount === 0 ? undefined : `r${i % rackCount}`)),
    ),
    partitions,
    replication: Math.min(wanted, brokerCount),
  }))

test('each partition has so many different brokers of those given, in as many racks as there can be', () => {
  fc.assert(
    fc.property(arbitraryPlan, ({ brokers, partitions, replication }) => {
      const plan = spread(current(...partitions), brokers, replication)
      const racks = new Map(brokers.map(({ nodeId, rack }) => [nodeId, rack ?? nodeId]))
      const racksMax = Math.min(replication, new Set(racks.values()).size)
      for (const replicas of plan) {
        expect(new Set(replicas.map(nodeId => racks.get(nodeId))).size).toBe(racksMax)
        expect(new Set(replicas).size).toBe(replication)
        expect(replicas.every(nodeId => racks.has(nodeId))).toBe(true)
      }
    }),
  )
})

test('without racks no broker holds, or leads, much more than another; and a plan of a plan changes nothing', () => {
  fc.assert(
    fc.property(arbitraryPlan, ({ brokers: withRacks, partitions, replication }) => {
      const brokers = withRacks.map(({ nodeId }) => ({ nodeId, rack: undefined }))
      const plan = spread(current(...partitions), brokers, replication)
      expect(range(loadsOf(plan, brokers))).toBeLessThanOrEqual(1)
      expect(spread(current(...plan), brokers, replication)).toEqual(plan)
    }),
  )
})

test('as few copies as it takes', () => {
  const brokers = brokersOf(undefined, undefined, undefined)
  expect(spread(current([1, 2], [2, 1], [1, 2]), brokers, 2)).toEqual([
    [3, 1],
    [2, 3],
    [1, 2],
  ])
  expect(spread(current([1], [2], [3]), brokers, 2)).toEqual([
    [1, 2],
    [2, 3],
    [3, 1],
  ])
})

test('a broker that leaves, and fewer replicas', () => {
  const brokers = brokersOf(undefined, undefined, undefined).slice(0, 2)
  expect(spread(current([3, 1], [1, 3], [2, 3]), brokers, 2)).toEqual([
    [1, 2],
    [1, 2],
    [2, 1],
  ])
  expect(spread(current([1, 2, 3]), brokersOf('a', 'b', 'c'), 1)).toEqual([[1]])
})

test('replicas are in different racks, also where that is less even', () => {
  const brokers = brokersOf('a', 'a', 'a', 'b')
  expect(spread(current([1, 2], [2, 3], [3, 1]), brokers, 2)).toEqual([
    [1, 4],
    [2, 4],
    [3, 4],
  ])
})
