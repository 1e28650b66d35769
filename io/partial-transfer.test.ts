import { expect, test } from 'vitest'
import { readAll, writeAll } from './partial-transfer.ts'

const buffers = ['abc', '', 'de', 'f'].map(text => Buffer.from(text))

test.each([1, 2, 3, 4, 5, 6])('writes all, %i bytes at a time', async step => {
  const file = Buffer.alloc(10, '.')
  const writeSome = async (left: readonly Uint8Array[], at: number) => Buffer.concat(left).copy(file, at, 0, step)
  expect(await writeAll(buffers, 2, writeSome)).toBe(true)
  expect(String(file)).toBe('..abcdef..')
})

test('writes nothing without asking, and gives up when nothing is taken', async () => {
  const refuse = async () => 0
  expect(await writeAll([Buffer.alloc(0)], 0, refuse)).toBe(true)
  expect(await writeAll(buffers, 0, refuse)).toBe(false)
})

test.each([1, 2, 3, 7])('reads all, %i bytes at a time, and no further than the end', async step => {
  const file = Buffer.from('..abcdef')
  const read = (length: number) => {
    const target = Buffer.alloc(length)
    return readAll(length, 2, async (filled, at) =>
      file.copy(target, filled, at, at + Math.min(step, length - filled)),
    ).then(count => String(target.subarray(0, count)))
  }
  expect([await read(0), await read(4), await read(6), await read(100)]).toEqual(['', 'abcd', 'abcdef', 'abcdef'])
})
