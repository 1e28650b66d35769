import { expect, test } from 'vitest'
import { plot } from './plot.ts'
import type { Row } from './row.ts'
import { escapeXml, tag } from './svg.ts'

/** Whether every element is closed by its own end, as an XML parser would see it. */
function complaint(xml: string): string | undefined {
  const open: string[] = []
  const pattern = /<(\/?)([a-z]+)((?: [a-zA-Z0-9-]+="[^"<&]*(?:&(?:amp|lt|gt|quot);[^"<&]*)*")*)(\/?)>|([^<]+)/gy
  let end = 0
  for (const match of xml.matchAll(pattern)) {
    end = match.index + match[0].length
    const [, closing, name, , empty, text] = match
    if (text !== undefined && /&(?!(amp|lt|gt|quot);)/.test(text)) return `a bare & in ${text}`
    if (closing && open.pop() !== name) return `</${name}> closes another element`
    if (name && !closing && !empty) open.push(name)
  }
  if (end !== xml.length) return `not markup: ${xml.slice(end, end + 60)}`
  return open.length === 0 ? undefined : `${open} not closed`
}

const row: Row = {
  name: 'a < b & "c"',
  unit: 'CPU s',
  ours: [0.1, 0.2],
  peer: [0.3, 0],
  peerName: 'Kafka',
  target: { of: 'ratio', most: 0.5 },
}

test('the check knows what is not well-formed', () => {
  for (const wrong of ['<a><b></a></b>', '<a>', '<a>&</a>', '<a b="<"/>', '<a', '<a></b>'])
    expect(complaint(wrong), wrong).toBeDefined()
  expect(complaint('<a b="1">x &amp; y<c/></a>')).toBeUndefined()
})

test('well-formed, with every round a dot and whatever the rows hold', () => {
  const svg = plot('title & more', [row, { ...row, peer: [], target: { of: 'ours', most: 0.3 } }, { ...row, ours: [5e3] }]) // biome-ignore format: one thought
  expect(complaint(svg)).toBeUndefined()
  expect(svg.match(/<circle /g)).toHaveLength(2 + 2 + 2 + 1 + 2)
  expect(svg).not.toMatch(/NaN|Infinity/)
  expect(svg).toContain('a &lt; b &amp; &quot;c&quot;')
})

test('elements, and numbers as short as they may be', () => {
  expect(tag('rect', { x: 1 / 3, fill: '"' })).toBe('<rect x="0.33" fill="&quot;"/>')
  expect(tag('text', {}, escapeXml('<'))).toBe('<text>&lt;</text>')
})
