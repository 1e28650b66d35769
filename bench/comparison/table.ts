// Rows as text: for a terminal with every round under its medians, and as Markdown for the README.

import { type Folded, fold } from './fold.ts'
import { judge, type Row } from './row.ts'

/** Three significant digits, thousands in groups: 0.0412, 3.27, 981, 12,400. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return '-'
  if (value === 0) return '0'
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))))
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** The median and, of several rounds, the spread: `0.41 (0.38-0.55)`. */
export function shownFolded(folded: Folded | undefined): string {
  if (!folded) return '-'
  const { median, least, most } = folded
  return least === most ? shown(median) : `${shown(median)} (${shown(least)}-${shown(most)})`
}

export function shownTarget({ target, unit }: Row): string {
  if (!target) return ''
  const most = Number(target.most.toPrecision(3))
  return target.of === 'ratio' ? `<= ${most} x` : `<= ${most} ${unit.split(' ').at(-1)}`
}

export function verdict(row: Row): string {
  const { met } = judge(row)
  return met === undefined ? '' : met ? 'met' : 'missed'
}

/** Cells under their headings, each column as wide as its widest cell. */
export function columns(lines: readonly (readonly string[])[]): string {
  const widths = lines.reduce<number[]>((most, line) => line.map((cell, i) => Math.max(cell.length, most[i] ?? 0)), [])
  return lines.map(line => line.map((cell, i) => cell.padEnd(widths[i]!)).join('   ').trimEnd()).join('\n') // biome-ignore format: one thought
}

function cells(row: Row): string[] {
  const { ours, peer, ratio } = judge(row)
  const peerCell = `${shownFolded(peer)}`
  return [row.name, row.unit, shownFolded(ours), peerCell, shownFolded(ratio), shownTarget(row), verdict(row)]
}

const peerNames = (rows: readonly Row[]) => [...new Set(rows.map(({ peerName }) => peerName))]

function headings(rows: readonly Row[]): string[] {
  const names = peerNames(rows)
  return [
    '',
    'median (spread) of',
    'Millrace',
    names.length === 1 ? names[0]! : 'peer',
    'ratio, pair by pair',
    'target',
    '',
  ]
}

/** With several peers in one table a row says whose figure stands in its column. */
function named(rows: readonly Row[]): Row[] {
  if (peerNames(rows).length === 1) return [...rows]
  return rows.map(row => ({ ...row, name: `${row.name} | ${row.peerName}` }))
}

export function textTable(rows: readonly Row[]): string {
  const lines = named(rows)
  const notes = rows.flatMap(({ name, note }) => (note ? [`${name}: ${note}`] : []))
  return [columns([headings(rows), ...lines.map(cells)]), rateTable(rows), roundTable(lines), ...notes].filter(Boolean).join('\n\n') // biome-ignore format: one thought
}

/** Rates on the wall's clock. */
function rateTable(rows: readonly Row[]): string {
  const lines = rows.flatMap(({ name, rate, peerName }) => {
    if (!rate || rate.ours.length === 0) return []
    const of = (values: readonly number[]) => (values.length === 0 ? '-' : shownFolded(fold(values)))
    return [[name, `${rate.unit} (quoted, not judged)`, of(rate.ours), of(rate.peer), rate.peer.length ? peerName : '']]
  })
  return lines.length === 0 ? '' : columns([['', 'rate', 'Millrace', 'peer', ''], ...lines])
}

/** Each round as it was measured. */
function roundTable(rows: readonly Row[]): string {
  const rounds = Math.max(...rows.map(({ ours }) => ours.length))
  if (rounds < 2) return ''
  const headings = ['by round', '', ...Array.from({ length: rounds }, (_, round) => String(round + 1))]
  const series = (name: string, side: string, values: readonly number[]) => [name, side, ...Array.from({ length: rounds }, (_, round) => shown(values[round] ?? Number.NaN))] // biome-ignore format: one thought
  const lines = rows.flatMap(row => [
    series(row.name, 'Millrace', row.ours),
    ...(row.peer.length === 0 ? [] : [series('', row.peerName, row.peer)]),
  ])
  return columns([headings, ...lines])
}

export function markdownTable(lines: readonly (readonly string[])[]): string {
  const [headings, ...rest] = lines
  const line = (each: readonly string[]) => `| ${each.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(headings!), `|${'---|'.repeat(headings!.length)}`, ...rest.map(line)].join('\n')
}

/** The lines of the README's table. */
export function markdownRows(rows: readonly Row[]): string[][] {
  return named(rows).map(cells)
}
