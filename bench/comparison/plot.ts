// Rows as a picture: one line for each row, on a logarithmic axis of "times the peer's median". A dot is a round, a bar the
// median, a tick the target. Relative, because seconds, microseconds and megabytes share no other axis.

import { median } from './fold.ts'
import { judge, type Row } from './row.ts'
import { escapeXml, tag } from './svg.ts'
import { shown } from './table.ts'

const colours = { ours: '#1668b8', peer: '#c4581a', target: '#2e7d32', text: '#222', faint: '#ddd' }
const width = 1080
const left = 420
const right = 40
const top = 74
const rowHeight = 46
const bottom = 46
const font = 'system-ui, sans-serif'

const text = (x: number, y: number, content: string, attributes: Record<string, string | number> = {}) =>
  tag('text', { x, y, fill: colours.text, 'font-size': 13, ...attributes }, escapeXml(content))

interface Axis {
  readonly ticks: readonly number[]
  x(value: number): number
}

/** Covers all values, to the next 1, 2 or 5 of a power of ten on both sides. */
function axisOf(values: readonly number[]): Axis {
  const steps = Array.from({ length: 13 }, (_, i) => [1, 2, 5].map(digit => digit * 10 ** (i - 6))).flat()
  const least = Math.min(...values, 0.5)
  const most = Math.max(...values, 2)
  const from = steps.findLast(step => step <= least) ?? steps[0]!
  const to = steps.find(step => step >= most) ?? steps.at(-1)!
  const span = Math.log(to / from)
  const x = (value: number) => left + (Math.log(value / from) / span) * (width - left - right)
  return { ticks: steps.filter(step => step >= from && step <= to), x }
}

/** A row with every figure divided by the peer's median; without a peer by our own. */
interface Relative {
  readonly row: Row
  readonly ours: readonly number[]
  readonly peer: readonly number[]
  readonly target: number | undefined
}

function relative(row: Row): Relative {
  const unit = median(row.peer.length > 0 ? row.peer : row.ours)
  const by = (values: readonly number[]) => values.map(value => Math.max(value / unit, 1e-6))
  const target = row.target && (row.target.of === 'ratio' ? row.target.most : row.target.most / unit)
  return { row, ours: by(row.ours), peer: by(row.peer), target }
}

function series(axis: Axis, y: number, values: readonly number[], colour: string): string {
  if (values.length === 0) return ''
  const dots = values.map(value =>
    tag('circle', { cx: axis.x(value), cy: y, r: 4, fill: colour, 'fill-opacity': 0.45 }),
  )
  const x = axis.x(median(values))
  return dots.join('') + tag('rect', { x: x - 2, y: y - 8, width: 4, height: 16, fill: colour })
}

function line(axis: Axis, { row, ours, peer, target }: Relative, index: number): string {
  const y = top + index * rowHeight
  const { ours: mine, peer: theirs, met } = judge(row)
  const against = theirs ? ` / ${shown(theirs.median)}` : ''
  const colour = met === undefined ? colours.text : met ? colours.target : '#b71c1c'
  const parts = [
    tag('line', { x1: left, x2: width - right, y1: y + rowHeight, y2: y + rowHeight, stroke: colours.faint }),
    text(12, y + 20, row.name, { 'font-weight': 600 }),
    text(12, y + 37, `${shown(mine.median)}${against} ${row.unit}`, { 'font-size': 11, fill: colour }),
    series(axis, y + 15, ours, colours.ours),
    series(axis, y + 33, peer, colours.peer),
  ]
  if (target !== undefined) {
    const x = axis.x(target)
    parts.push(tag('line', { x1: x, x2: x, y1: y + 3, y2: y + rowHeight - 3, stroke: colours.target, 'stroke-width': 2, 'stroke-dasharray': '4 3' })) // biome-ignore format: one thought
  }
  return parts.join('\n')
}

function legend(rows: readonly Row[]): string {
  const peers = [...new Set(rows.map(({ peerName }) => peerName))].join(' or ')
  const entries: [string, string][] = [
    [colours.ours, 'Millrace'],
    [colours.peer, peers],
    [colours.target, 'target'],
  ]
  let x = left
  return entries
    .map(([colour, name]) => {
      const entry = tag('rect', { x, y: 40, width: 10, height: 10, fill: colour }) + text(x + 15, 49, name, { 'font-size': 12 }) // biome-ignore format: one thought
      x += 40 + name.length * 7
      return entry
    })
    .join('')
}

function grid(axis: Axis, until: number): string {
  return axis.ticks
    .map(tick => {
      const x = axis.x(tick)
      const stroke = tick === 1 ? '#888' : colours.faint
      const label = text(x, until + 18, `${tick}`, { 'text-anchor': 'middle', 'font-size': 11 })
      return tag('line', { x1: x, x2: x, y1: top, y2: until, stroke }) + label
    })
    .join('\n')
}

export function plot(title: string, rows: readonly Row[]): string {
  const lines = rows.map(relative)
  const axis = axisOf(lines.flatMap(({ ours, peer, target }) => [...ours, ...peer, ...(target ? [target] : [])]))
  const until = top + rows.length * rowHeight
  const caption = 'times the median of the peer, logarithmic; less is better'
  const content = [
    tag('title', {}, escapeXml(`${title}: ${caption}`)),
    tag('rect', { width, height: until + bottom, fill: 'white' }),
    text(12, 26, title, { 'font-size': 18, 'font-weight': 700 }),
    legend(rows),
    grid(axis, until),
    ...lines.map((each, index) => line(axis, each, index)),
    text((left + width - right) / 2, until + 36, caption, { 'text-anchor': 'middle', 'font-size': 12 }),
  ]
  const size = { width, height: until + bottom, viewBox: `0 0 ${width} ${until + bottom}` }
  return `${tag('svg', { xmlns: 'http://www.w3.org/2000/svg', 'font-family': font, ...size }, `\n${content.join('\n')}\n`)}\n`
}
