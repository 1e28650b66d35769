// The table of all results that are there, as Markdown: what bench/README.md holds between its two marks. It is made from
// bench/results/*.json and never typed by hand; so is the list of what we lose.

import { machineLine } from './machine.ts'
import type { BenchResult } from './result.ts'
import { judge, type Row } from './row.ts'
import { markdownTable, shown, shownFolded, shownTarget, verdict } from './table.ts'

export const startMark = '<!-- made by `npm run bench -- table`: do not edit -->'
export const endMark = '<!-- end of what is made -->'

const headings = ['question', 'work', 'unit', 'Millrace', 'peer', 'ratio', 'target', '']

function line(question: string, row: Row): string[] {
  const { ours, peer, ratio } = judge(row)
  const peerCell = peer ? `${shownFolded(peer)} ${row.peerName}` : '-'
  return [question, row.name, row.unit, shownFolded(ours), peerCell, shownFolded(ratio), shownTarget(row), verdict(row)]
}

/** Rows that miss their target, and rows without one in which the peer does better. */
function losses(results: readonly BenchResult[]): string[] {
  return results.flatMap(({ question, rows }) =>
    rows.flatMap(row => {
      const { ratio, ours, met } = judge(row)
      const figure = row.target?.of === 'ours' ? `${shown(ours.median)} ${row.unit}` : ratio && `${shown(ratio.median)} x ${row.peerName}` // biome-ignore format: one thought
      if (met === false) return [`- ${row.name} (\`${question}\`): ${figure}, promised ${shownTarget(row)}`]
      const isWorse = row.target === undefined && ratio !== undefined && ratio.median > 1
      return isWorse ? [`- ${row.name} (\`${question}\`): ${figure}, nothing promised`] : []
    }),
  )
}

function notes(results: readonly BenchResult[]): string[] {
  return results.flatMap(({ rows }) => rows.flatMap(({ name, note }) => (note ? [`- ${name}: ${note}`] : [])))
}

/** Where and when, once for each machine and commit, with the questions it is true of. */
function origins(results: readonly BenchResult[]): string[] {
  const lines = new Map<string, string[]>()
  for (const { question, rounds, machine } of results) {
    const key = machineLine({ ...machine, date: machine.date.slice(0, 10), loadBefore: 0 }).replace(
      ' load before 0;',
      '',
    )
    lines.set(key, [...(lines.get(key) ?? []), `${question} (${rounds})`])
  }
  return [...lines].map(([origin, questions]) => `${origin}. Questions and their rounds: ${questions.join(', ')}.`)
}

export function fullTable(results: readonly BenchResult[], order: readonly string[]): string {
  const sorted = [...results].sort((a, b) => order.indexOf(a.question) - order.indexOf(b.question))
  if (sorted.length === 0) return 'No results yet: `npm run bench -- all` makes them.'
  const rows = sorted.flatMap(({ question, rows: its }) => its.map(row => line(question, row)))
  const lost = losses(sorted)
  return [
    markdownTable([headings, ...rows]),
    ...origins(sorted),
    ['Where we lose:', '', ...(lost.length === 0 ? ['- nowhere in this table'] : lost)].join('\n'),
    ...(notes(sorted).length === 0 ? [] : [['Notes:', '', ...notes(sorted)].join('\n')]),
  ].join('\n\n')
}

/** The text with what stands between the marks replaced. */
export function replaceTable(text: string, table: string): string {
  const start = text.indexOf(startMark)
  const end = text.indexOf(endMark)
  if (start < 0 || end < start) throw new Error(`there is no place for the table: ${startMark} ... ${endMark}`)
  return `${text.slice(0, start + startMark.length)}\n\n${table}\n\n${text.slice(end)}`
}
