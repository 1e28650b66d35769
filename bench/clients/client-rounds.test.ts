import { expect, test } from 'vitest'
import { Scale } from '../comparison/question.ts'
import type { Side } from '../comparison/side.ts'
import { runClientWork } from './client-rounds.ts'
import type { ClientWork } from './client-work.ts'
import { kafkajs, millrace } from './peer.ts'

const side = { settle: () => Promise.resolve() } as unknown as Side

async function passes(isQuick: boolean, warmsUp = true) {
  let count = 0
  const work: ClientWork = { name: 'w', unit: 's', peers: [millrace, kafkajs], warmsUp, pass: async () => ({ value: ++count }) } // biome-ignore format: one thought
  const seen: string[] = []
  const all = await runClientWork(work, {
    side,
    rounds: 2,
    scale: new Scale(isQuick),
    run: () => Promise.reject(new Error('nothing is run here')),
    onPass: (_, { program }, round, { value }) => seen.push(`${round} ${program} ${value}`),
  })
  return { seen, kept: all.map(({ figures }) => figures.map(({ value }) => value)) }
}

test('all in turns; the first turn is for warming up and is not kept', async () => {
  const { seen, kept } = await passes(false)
  expect(seen).toEqual(['0 millrace 1', '0 kafkajs 2', '1 millrace 3', '1 kafkajs 4', '2 millrace 5', '2 kafkajs 6'])
  expect(kept).toEqual([
    [3, 5],
    [4, 6],
  ])
})

test.each([
  ['a quick run', true, true],
  ['a work with nothing to warm', false, false],
])('%s has no such turn', async (_, isQuick, warmsUp) => {
  expect((await passes(isQuick, warmsUp)).kept).toEqual([
    [1, 3],
    [2, 4],
  ])
})
