import { expect, test } from 'vitest'
import { type CpuProfile, foldProfile } from './cpu-profile.ts'
import { profileTable } from './cpu-profile-table.ts'

const node = (id: number, functionName: string, children: number[] = [], url = 'file:///x/dist/broker/log.js') => ({
  id,
  callFrame: { functionName, url: functionName.startsWith('(') ? '' : url, lineNumber: id },
  children,
})

/** root -> serve -> append -> (garbage collector); serve -> walk -> walk (itself); root -> idle. 1 ms a sample. */
const profile: CpuProfile = {
  nodes: [
    node(1, '(root)', [2, 7]),
    node(2, 'serve', [3, 5]),
    node(3, 'append', [4]),
    node(4, '(garbage collector)'),
    {
      ...node(5, 'walk', [6]),
      callFrame: { functionName: 'walk', url: 'file:///x/node_modules/w/w.js', lineNumber: 9 },
    },
    { ...node(6, 'walk'), callFrame: { functionName: 'walk', url: 'file:///x/node_modules/w/w.js', lineNumber: 9 } },
    node(7, '(idle)'),
  ],
  samples: [2, 3, 3, 4, 5, 6, 6, 7, 7, 2],
  timeDeltas: [500, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000],
}

test('self time by function, the longest first; waiting is no work', () => {
  const { functions, busyMs, idleMs } = foldProfile(profile)
  expect({ busyMs, idleMs }).toEqual({ busyMs: 7, idleMs: 2 })
  expect(functions.map(({ name, selfMs }) => [name, selfMs])).toEqual([
    ['walk', 3],
    ['append', 2],
    ['serve', 1],
    ['(garbage collector)', 1],
  ])
})

test('a function that calls itself is charged once for what is below it', () => {
  const totals = Object.fromEntries(foldProfile(profile).functions.map(({ name, totalMs }) => [name, totalMs]))
  expect(totals).toEqual({ walk: 3, append: 3, serve: 7, '(garbage collector)': 1 })
})

test('the table names sources as they lie in the repository', () => {
  expect(`${profileTable(profile, 3)}\n`).toMatchInlineSnapshot(`
    "busy 7.0 ms, idle 2.0 ms
    self ms   self     with callees   function     place
    3.0       42.9 %   42.9 %         walk         node_modules/w/w.js:10
    2.0       28.6 %   42.9 %         append       broker/log.js:4
    1.0       14.3 %   100.0 %        serve        broker/log.js:3
    1.0       14.3 %                  (1 others)
    "
  `)
})

test('the same function called from two places is one line', () => {
  const twice = { ...profile, nodes: [node(1, '(root)', [2, 3]), node(2, 'a', [4]), node(3, 'b', [5]), ...[4, 5].map(id => ({ ...node(4, 'c'), id }))], samples: [4, 5, 1], timeDeltas: [0, 10, 20] } // biome-ignore format: one thought
  expect(foldProfile(twice).functions).toEqual([{ name: 'c', place: 'broker/log.js:5', selfMs: 0.03, totalMs: 0.03 }])
})
