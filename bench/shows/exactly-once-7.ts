// The cleaner beside Kafka's. Full: CPU no more than Kafka's, keys within the dedupe buffer. Reduced: with little load, where the compilers of both
// are still at work; that each leaves the records that must be left, and the memory, are judged, CPU is not.

import { repositoryPath } from '../../testing/repository-path.ts'
import { readResults } from '../comparison/result.ts'
import { judge, type Row } from '../comparison/row.ts'
import { shown } from '../comparison/table.ts'
import { kafkaJars } from '../disk-swap/target.ts'
import { runCommand } from '../run-command.ts'
import type { Show } from './show.ts'

function describe(row: Row): string {
  const { ours, peer, ratio } = judge(row)
  const rate = row.rate ? `, ${shown(judge({ ...row, ...row.rate }).ours.median)} ${row.rate.unit}` : ''
  const beside = peer && ratio ? ` (${row.peerName} ${shown(peer.median)}, ${shown(ratio.median)} x)` : ''
  return `${row.name}: ${shown(ours.median)} ${row.unit}${rate}${beside}`
}

export const exactlyOnce7: Show = {
  id: 'exactly-once.7',
  title: "compaction of 1 KB records beside Kafka's cleaner: CPU <= 1.0 x Kafka's, memory within the dedupe buffer",
  async run({ reduced }) {
    try {
      await kafkaJars()
    } catch (error) {
      return { pass: false, figure: `Kafka 4.3.0 is needed: ${(error as Error).message}` }
    }
    const args = [repositoryPath('dist/bench/bench.js'), 'compaction', ...(reduced ? ['--quick'] : [])]
    const { code, output } = await runCommand(process.execPath, args)
    if (code !== 0) return { pass: false, figure: `the bench did not run: ${output.slice(-1000)}` }
    const rows = readResults(reduced).find(({ question }) => question === 'compaction')!.rows
    const promised = rows.filter(({ name, target }) => target && (name.startsWith('compact ') || target.of === 'ours'))
    const missed = promised.filter(row => !(reduced && row.target!.of === 'ratio') && judge(row).met !== true)
    const verdict = missed.length === 0 ? 'both leave the same records' : `missed: ${missed.map(({ name }) => name).join(', ')}` // biome-ignore format: one thought
    return { pass: promised.length === 4 && missed.length === 0, figure: [verdict, ...rows.map(describe)].join('; ') }
  },
}
