import { expect, test } from 'vitest'
import { endMark, fullTable, replaceTable, startMark } from './full-table.ts'
import type { BenchResult } from './result.ts'
import type { Row } from './row.ts'

const machine = {
  date: '2026-11-26 12:00',
  commit: 'abc1234',
  cpu: 'A CPU',
  cores: 2,
  memoryGb: 25,
  kernel: '6.18',
  node: '20.20.2',
  java: '17.0.15',
  fileSystem: 'ext4',
  loadBefore: 0.2,
}
const row: Row = { name: 'produce', unit: 'CPU s per GB', ours: [2, 2.2], peer: [5, 5], peerName: 'Kafka 4.3.0' }
const result = (question: string, rows: Row[]): BenchResult => ({ question, says: '', quick: false, rounds: 2, seconds: 9, machine, rows, passes: [] }) // biome-ignore format: one thought

test('results in the order of the questions, and what is lost among them', () => {
  const start: Row = { ...row, name: 'start', unit: 's', ours: [0.4], peer: [5], target: { of: 'ours', most: 0.3 } }
  const results = [
    result('b', [start, { ...row, name: 'slow', peer: [1, 1], note: 'two rounds' }]),
    result('a', [{ ...row, target: { of: 'ratio', most: 0.5 } }]),
  ]
  expect(`${fullTable(results, ['a', 'b'])}\n`).toMatchInlineSnapshot(`
    "| question | work | unit | Millrace | peer | ratio | target |  |
    |---|---|---|---|---|---|---|---|
    | a | produce | CPU s per GB | 2.10 (2.00-2.20) | 5.00 Kafka 4.3.0 | 0.420 (0.400-0.440) | <= 0.5 x | met |
    | b | start | s | 0.400 | 5.00 Kafka 4.3.0 | 0.0800 | <= 0.3 s | missed |
    | b | slow | CPU s per GB | 2.10 (2.00-2.20) | 1.00 Kafka 4.3.0 | 2.10 (2.00-2.20) |  |  |

    A CPU, 2 cores, 25 GB, Linux 6.18, ext4; Node 20.20.2, Java 17.0.15; 2026-11-26, commit abc1234. Questions and their rounds: a (2), b (2).

    Where we lose:

    - start (\`b\`): 0.400 s, promised <= 0.3 s
    - slow (\`b\`): 2.10 x Kafka 4.3.0, nothing promised

    Notes:

    - slow: two rounds
    "
  `)
})

test('what stands around the marks stays', () => {
  const text = `before\n${startMark}\nold\n${endMark}\nafter\n`
  expect(replaceTable(text, 'new')).toBe(`before\n${startMark}\n\nnew\n\n${endMark}\nafter\n`)
  expect(() => replaceTable('none', 'new')).toThrow('no place for the table')
})
