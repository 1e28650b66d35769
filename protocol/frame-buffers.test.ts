import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FrameBuffers } from './frame-buffers.ts'

test('what was given back is given out again, for any length of about that size', () => {
  const buffers = new FrameBuffers()
  const first = buffers.take(131_172)
  buffers.give(first)
  expect(buffers.idleBytes).toBe(first.buffer.byteLength)
  const second = buffers.take(131_100)
  expect([second.buffer === first.buffer, second.length, buffers.idleBytes]).toEqual([true, 131_100, 0])
})

test('a buffer has the length that was asked for and memory of its own, a quarter of it unused at most', () => {
  fc.assert(
    fc.property(fc.integer({ min: 8 * 1024, max: 4 * 1024 * 1024 }), bytes => {
      const buffers = new FrameBuffers()
      const [one, other] = [buffers.take(bytes), buffers.take(bytes)]
      expect([one.length, other.length]).toEqual([bytes, bytes])
      expect(one.buffer).not.toBe(other.buffer)
      expect(one.buffer.byteLength).toBeGreaterThanOrEqual(bytes)
      expect(one.buffer.byteLength).toBeLessThanOrEqual(bytes * 1.25 + 64)
    }),
  )
})

test('no more is kept than the limit', () => {
  const buffers = new FrameBuffers({ idleBytesMax: 100_000 })
  const taken = Array.from({ length: 10 }, () => buffers.take(32_768))
  for (const buffer of taken) buffers.give(buffer)
  expect(buffers.idleBytes).toBe(3 * 32_768)
})

test('small and huge ones, and those of others, are not kept', () => {
  const buffers = new FrameBuffers()
  for (const bytes of [0, 1, 8191, 4 * 1024 * 1024 + 1]) buffers.give(buffers.take(bytes))
  buffers.give(buffers.take(20_480).subarray(0, 8192))
  buffers.give(buffers.take(20_480).subarray(1))
  expect(buffers.idleBytes).toBe(0)
})

test('a test sees who still looks at what was given back', () => {
  const buffers = new FrameBuffers({ frameBytesMin: 1, poisons: true })
  const buffer = buffers.take(3).fill(7)
  buffers.give(buffer)
  expect([...buffer]).toEqual([0xdd, 0xdd, 0xdd])
})
