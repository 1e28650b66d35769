// What a command shows, in the three forms it can have: a table on a terminal, lines with tabs in a pipe, JSON for machines.

import { styleText } from 'node:util'
import type { Int64 } from '../../protocol/wire/int64.ts'
import { grouped } from './figures.ts'

export type Form = 'table' | 'lines' | 'json'

/** Undefined: there is nothing to say. */
export type Cell = string | Int64 | undefined

export interface View {
  /** Sentences above the table; not in the other forms. */
  readonly heading?: readonly string[]
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
  /** What the rows say, and more, as a value. */
  readonly json: unknown
  /** In place of an empty table. */
  readonly empty?: string
}

/** Ends in a newline unless it is empty. */
export function rendered(view: View, form: Form, { colours = false } = {}): string {
  if (form === 'json') return `${jsonText(view.json)}\n`
  if (form === 'lines') return view.rows.map(row => `${row.map(plain).join('\t')}\n`).join('')
  const heading = (view.heading ?? []).map(line => `${line}\n`).join('')
  if (view.rows.length === 0) return heading + (view.empty === undefined ? '' : `${view.empty}\n`)
  return heading + table(view, colours)
}

/** int64 beyond 2^53 as text, so that nobody rounds it. */
export function jsonText(value: unknown, indent = 2): string {
  return JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? String(each) : each), indent)
}

function plain(cell: Cell): string {
  // A tab or a newline in a cell would look like the next one.
  return cell === undefined ? '' : String(cell).replace(/[\t\r\n]/g, ' ')
}

function shown(cell: Cell): string {
  if (typeof cell === 'number' || typeof cell === 'bigint') return grouped(cell)
  return cell === undefined ? '-' : cell
}

/** Columns of numbers are aligned to the right. */
function table({ columns, rows }: View, colours: boolean): string {
  const texts = rows.map(row => row.map(shown))
  const isNumeric = columns.map((_, index) => rows.every(row => typeof row[index] !== 'string'))
  const widths = columns.map((column, index) => Math.max(column.length, ...texts.map(row => row[index]!.length)))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => (isNumeric[index] ? cell.padStart(widths[index]!) : cell.padEnd(widths[index]!)))
      .join('  ')
      .trimEnd()
  const head = line(columns)
  return [colours ? styleText('bold', head) : head, ...texts.map(line)].map(each => `${each}\n`).join('')
}
