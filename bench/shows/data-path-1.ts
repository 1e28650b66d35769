// Our broker beside Apache Kafka 4.3.0: every row that performance targets are set for, measured in the same run. Full: all
// questions that have such a row. Reduced: two of them with little load, and only that they can be measured: little load on
// a machine with other work says nothing about a target.

import { repositoryPath } from '../../testing/repository-path.ts'
import { readResults } from '../comparison/result.ts'
import { judge, type Row } from '../comparison/row.ts'
import { shown, shownTarget } from '../comparison/table.ts'
import { kafkaJars } from '../disk-swap/target.ts'
import { runCommand } from '../run-command.ts'
import type { Show } from './show.ts'

const reducedQuestions = ['produce-100b', 'start-empty']
const questions = [
  ...reducedQuestions,
  'single-record',
  'produce-1kb',
  'produce-10kb',
  'produce-acks-all',
  'produce-100-partitions',
  'consume-1',
  'consume-4',
  'latency',
  'partitions-10000',
  'connections-1000',
  'slow-clients',
  'start-full',
  'memory',
]

/** `produce 100 B 0.41 x Kafka 4.3.0 (<= 0.5 x, met)`. */
function describe(row: Row): string {
  const { ours, ratio, met } = judge(row)
  const figure = ratio ? `${shown(ratio.median)} x ${row.peerName}` : 'no peer'
  const own = row.target?.of === 'ours' ? `${shown(ours.median)} ${row.unit}, ${figure}` : figure
  return `${row.name} ${own} (${shownTarget(row)}, ${met ? 'met' : 'MISSED'})`
}

export const dataPath1: Show = {
  id: 'data-path.1',
  title: 'the bench against Kafka 4.3.0: every row with a target meets it',
  async run({ reduced }) {
    try {
      await kafkaJars()
    } catch (error) {
      return { pass: false, figure: `Kafka 4.3.0 is needed: ${(error as Error).message}` }
    }
    const asked = reduced ? reducedQuestions : questions
    const failed: string[] = []
    for (const name of asked) {
      const args = [repositoryPath('dist/bench/bench.js'), name, ...(reduced ? ['--quick'] : [])]
      const { code, output } = await runCommand(process.execPath, args)
      if (code !== 0) failed.push(`${name} did not run: ${output.slice(-500)}`)
    }
    const results = readResults(reduced).filter(({ question }) => asked.includes(question))
    const rows = results.flatMap(result => result.rows).filter(({ target }) => target !== undefined)
    const missed = rows.filter(row => judge(row).met !== true)
    const summary = `${rows.length - missed.length} of ${rows.length} targets met${missed.length === 0 ? '' : `; missed: ${missed.map(({ name }) => name).join(', ')}`}`
    const judged = reduced ? `${summary} with little load, which does not count` : summary
    const figure = [judged, ...failed, ...rows.map(describe)].join('\n  ')
    const isMet = reduced || missed.length === 0
    return { pass: failed.length === 0 && rows.length >= asked.length && isMet, figure }
  },
}
