// Lines, and the pace at which they are sent.

import { expect, test } from 'vitest'
import { lineBytesMax, linesOf } from './lines.ts'
import { Pace, parseRate } from './pace.ts'

async function cut(...chunks: string[]): Promise<string[]> {
  const lines: string[] = []
  async function* all() {
    for (const chunk of chunks) yield Buffer.from(chunk)
  }
  for await (const line of linesOf(all(), 'input')) lines.push(line.toString())
  return lines
}

test('lines, wherever the chunks are cut', async () => {
  expect(await cut('a\nb\n')).toEqual(['a', 'b'])
  expect(await cut('a', 'b\nc', '', 'd')).toEqual(['ab', 'cd'])
  expect(await cut('\n\n')).toEqual(['', ''])
  expect(await cut('a\r\n')).toEqual(['a\r'])
  expect(await cut()).toEqual([])
  const whole = 'x\nyy\n\nzzz'
  for (let at = 0; at <= whole.length; at += 1) {
    expect(await cut(whole.slice(0, at), whole.slice(at)), `cut at ${at}`).toEqual(['x', 'yy', '', 'zzz'])
  }
})

test('a line that no record can be names itself, and is not held', async () => {
  const half = 'x'.repeat(lineBytesMax / 2)
  expect(await cut(half, `${half}\n`)).toHaveLength(1)
  await expect(cut(`a\n${half}`, `${half}x\n`)).rejects.toThrow('input, line 2: longer than 1 MiB')
  await expect(cut(half, half, 'x')).rejects.toThrow('input, line 1')
})

test('rates', () => {
  expect(parseRate('1000/s')).toBe(1000)
  expect(parseRate('60/m')).toBe(1)
  expect(parseRate('0.5')).toBe(0.5)
  for (const wrong of ['', '0', '-1', '10/d', 'fast', '1000 /s'])
    expect(() => parseRate(wrong), wrong).toThrow('--rate')
})

test('who is early waits; who is late catches up', () => {
  const pace = new Pace(100, 0)
  expect(pace.next(0)).toBe(0)
  expect(pace.next(0)).toBe(10)
  expect(pace.next(10)).toBe(10)
  expect(pace.next(500)).toBe(0)
  expect(pace.next(500)).toBe(0)
  const quick = new Pace(1000, 0)
  const waits = Array.from({ length: 10 }, () => quick.next(0))
  expect(waits).toEqual([0, 0, 0, 0, 0, 5, 6, 7, 8, 9])
})
