import { describe, expect, test } from 'vitest'
import { nativeAddon } from '../../io/native/addon.ts'
import { compress } from './compression.ts'
import type { CompressionType } from './compression-type.ts'
import { Decompressor, keptBytesMax } from './decompressor.ts'

const MiB = 1024 * 1024
const { addon } = nativeAddon()
/** What comes out where the library has no memory of its own for it. */
const intoRoom: CompressionType[] = addon
  ? ['lz4', 'snappy', 'gzip', ...(addon.zstdFrame ? (['zstd'] as const) : [])]
  : ['lz4', 'snappy']
const text = (word: string, bytes: number) => Buffer.alloc(bytes, `${word} `)

describe('memory', () => {
  test.each(intoRoom)('%s: one batch after the other lies in the same', codec => {
    const decompressor = new Decompressor(addon)
    const first = decompressor.decompress(codec, compress(codec, text('first', 100_000)), MiB)
    expect(first.equals(text('first', 100_000))).toBe(true)
    const second = decompressor.decompress(codec, compress(codec, text('second', 90_000)), MiB)
    expect(second.equals(text('second', 90_000))).toBe(true)
    expect(second.buffer).toBe(first.buffer)
    expect(first.subarray(0, 90_000).equals(second)).toBe(true)
  })

  test.each(intoRoom)('%s: what is kept is limited, a larger batch has memory of its own', codec => {
    const decompressor = new Decompressor(addon)
    const small = decompressor.decompress(codec, compress(codec, text('small', 1000)), 16 * MiB)
    const large = decompressor.decompress(codec, compress(codec, text('large', keptBytesMax + 1)), 16 * MiB)
    expect(large.equals(text('large', keptBytesMax + 1))).toBe(true)
    expect(large.buffer).not.toBe(small.buffer)
    expect(decompressor.keptBytes).toBeLessThanOrEqual(keptBytesMax)
    expect(small.equals(text('small', 1000))).toBe(true)
  })

  test('a batch that is refused leaves the next one as it is', () => {
    const decompressor = new Decompressor(addon)
    for (const codec of ['gzip', 'snappy', 'lz4', 'zstd'] as const) {
      const good = compress(codec, text('good', 50_000))
      const bad = Buffer.from(good)
      bad.fill(0xff, Math.floor(bad.length / 2))
      for (const bytes of [bad, good.subarray(0, -9), good.subarray(0, good.length >> 1)]) {
        expect(() => decompressor.decompress(codec, bytes, MiB)).toThrow()
        expect(decompressor.decompress(codec, good, MiB).equals(text('good', 50_000))).toBe(true)
      }
    }
  })

  test("of 'none' the bytes come back themselves", () => {
    const bytes = Buffer.from('as it is')
    expect(new Decompressor(addon).decompress('none', bytes, 1)).toBe(bytes)
  })
})
