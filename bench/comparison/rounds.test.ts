import { describe, expect, test } from 'vitest'
import { Scale, type Work } from './question.ts'
import { runQuestion, warmsUpFirst } from './rounds.ts'
import type { Side } from './side.ts'

const warm = { isWarm: true }
const fresh = { isWarm: false }

describe('whether a work is warmed up', () => {
  test.each([
    [undefined, false, [warm, warm], true],
    [undefined, true, [fresh, fresh], true],
    [undefined, true, [warm, fresh], true],
    [undefined, true, [warm, warm], false],
    [true, true, [warm, warm], true],
    [false, false, [fresh, fresh], false],
    ['only full', false, [warm, warm], true],
    ['only full', true, [fresh, fresh], false],
  ] as const)('%s, quick %s, %j: %s', (warmsUp, quick, sides, expected) => {
    expect(warmsUpFirst(warmsUp === undefined ? {} : { warmsUp }, { quick }, sides)).toBe(expected)
  })
})

test.each([
  [true, ['a 0', 'a 1', 'b 1']],
  [false, ['a 0', 'a 1', 'b 0', 'b 1']],
])('two works on the same brokers, quick %s', async (quick, expected) => {
  const side = { name: 'millrace', isWarm: false, settle: async () => {}, noteWorked: () => (side.isWarm = true) }
  const work = (name: string): Work => ({ name, unit: 's', pass: async () => ({ value: 1 }) })
  const passes: string[] = []
  await runQuestion(
    { name: 'q', says: '', works: [work('a'), work('b')] },
    {
      sides: [side as unknown as Side],
      rounds: 1,
      scale: new Scale(quick),
      onPass: ({ name }, _, round) => passes.push(`${name} ${round}`),
    },
  )
  expect(passes).toEqual(expected)
})

test('who is not asked stands still, also when a pass fails', async () => {
  const said: string[] = []
  const side = (name: string) =>
    ({
      name,
      isWarm: true,
      settle: async () => {},
      noteWorked: () => {},
      standStill: () => said.push(`${name} stands`),
      goOn: () => said.push(`${name} goes on`),
    }) as unknown as Side
  const pass = async ({ name }: Side) => {
    said.push(`${name} works`)
    if (name === 'kafka') throw new Error('no')
    return { value: 1 }
  }
  const options = { sides: [side('millrace'), side('kafka')], rounds: 1, scale: new Scale(true), onPass: () => {} }
  const work: Work = { name: 'w', unit: 's', warmsUp: false, pass }
  await expect(runQuestion({ name: 'q', says: '', works: [work] }, options)).rejects.toThrow('no')
  expect(said).toEqual([
    'kafka stands',
    'millrace works',
    'kafka goes on',
    'millrace stands',
    'kafka works',
    'millrace goes on',
  ])
})
