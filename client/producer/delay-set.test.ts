import { expect, test } from 'vitest'
import { SimWorld } from '../../io/sim/world.ts'
import { DelaySet } from './delay-set.ts'

function setup(delayMs: number) {
  const sim = new SimWorld({ seed: 1 })
  const { clock } = sim.host('client').start()
  const due: [string, number][] = []
  const set = new DelaySet<string>(clock, delayMs, item => due.push([item, sim.nowMs]))
  return { sim, set, due }
}

test('each item is due its time after it was added, unless it is taken out', async () => {
  const { sim, set, due } = setup(100)
  set.add('a')
  set.add('gone')
  await sim.runFor(40)
  set.add('b')
  set.delete('gone')
  await sim.runFor(1000)
  expect(due).toEqual([
    ['a', 100],
    ['b', 140],
  ])
  expect(set.size).toBe(0)
})

test('others in the place of an item are due when it would have been', async () => {
  const { sim, set, due } = setup(100)
  set.add('whole')
  await sim.runFor(40)
  set.add('later')
  set.replace('whole', ['half', 'other half'])
  expect(set.items()).toEqual(['half', 'other half', 'later'])
  await sim.runFor(60)
  expect(due.map(([item]) => item)).toEqual(['half', 'other half'])
})

test('says when an item was added, also of those in the place of one', async () => {
  const { sim, set } = setup(100)
  await sim.runFor(30)
  set.add('whole')
  await sim.runFor(40)
  set.replace('whole', ['half'])
  expect([set.addedMs('half'), set.addedMs('whole')]).toEqual([30, undefined])
})

test('what is cleared is never due', async () => {
  const { sim, set, due } = setup(100)
  set.add('a')
  set.clear()
  await sim.runFor(1000)
  expect(due).toEqual([])
})
