// The compiled codecs beside those in JavaScript: the same bytes come out, the same blocks are refused, and nothing outside of
// the target is written. `npm run test:sanitized` sees what is read outside of the input.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { portableLz4 } from '../../protocol/records/lz4.ts'
import { compressLz4Block } from '../../protocol/records/lz4-block.ts'
import { portableSnappy } from '../../protocol/records/snappy.ts'
import { compressSnappyBlock, snappyBlockLength } from '../../protocol/records/snappy-block.ts'
import { nativeAddon } from './addon.ts'

const { addon } = nativeAddon()
const watched = Buffer.alloc(64, 0xa5)
type Decompress = (block: Buffer, target: Buffer) => number

describe.skipIf(!addon)('', () => {
  const { lz4Block, snappyBlock, gzipMember, zstdFrame } = addon ?? ({} as NonNullable<typeof addon>)

  test('what is no Uint8Array is refused', () => {
    for (const decompress of [lz4Block, snappyBlock, gzipMember, zstdFrame] as ((...values: unknown[]) => number)[]) {
      if (decompress === undefined) continue
      for (const values of [[], [Buffer.alloc(1)], [Buffer.alloc(1), 'x'], [new Float64Array(1), Buffer.alloc(1)]]) {
        expect(() => decompress(...values)).toThrow('two Uint8Arrays')
      }
      expect(decompress(Buffer.alloc(0), Buffer.alloc(0))).toBeLessThanOrEqual(0)
      expect(decompress(Buffer.alloc(0), Buffer.alloc(9))).toBeLessThanOrEqual(0)
    }
  })

  /** What a decompressor makes of a block, in memory of exactly these lengths with watched bytes around the target. */
  function outcome(decompress: Decompress, block: Buffer, room: number): Buffer | 'refused' {
    const input = Buffer.allocUnsafeSlow(block.length)
    block.copy(input)
    const whole = Buffer.alloc(room + 128, watched)
    let length: number
    try {
      length = decompress(input, whole.subarray(64, 64 + room))
    } catch {
      length = -1
    }
    expect([whole.subarray(0, 64).equals(watched), whole.subarray(64 + room).equals(watched)]).toEqual([true, true])
    expect(input.equals(block)).toBe(true)
    // Once more where nothing is around the target, for the sanitizer to see.
    if (decompress === lz4Block || decompress === snappyBlock) decompress(input, Buffer.allocUnsafeSlow(room))
    return length < 0 ? 'refused' : Buffer.from(whole.subarray(64, 64 + length))
  }

  /** Words that repeat near and far, in runs of all lengths. */
  const content = fc
    .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 24 }), fc.integer({ min: 1, max: 60 })), { maxLength: 40 })
    .map(runs => Buffer.concat(runs.flatMap(([word, repeat]) => Array<Uint8Array>(repeat).fill(word))))
  const damage = fc.record({
    flips: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
    cut: fc.nat(40),
    tail: fc.uint8Array({ maxLength: 20 }),
  })

  function damaged(block: Buffer, { flips, cut, tail }: { flips: [number, number][]; cut: number; tail: Uint8Array }) {
    const bytes = Buffer.concat([block.subarray(0, Math.max(block.length - cut, 0)), tail])
    for (const [at, value] of flips) if (bytes.length > 0) bytes[at % bytes.length] = value
    return bytes
  }

  test('an lz4 block: what it makes, and whether it is refused, at every room', () => {
    fc.assert(
      fc.property(content, damage, fc.integer({ min: -30, max: 30 }), (raw, change, more) => {
        const block = compressLz4Block(raw)
        expect(outcome(lz4Block, block, raw.length)).toEqual(raw)
        const room = Math.max(raw.length + more, 0)
        for (const each of [block, damaged(block, change)]) {
          expect(outcome(lz4Block, each, room)).toEqual(outcome(portableLz4.decompress, each, room))
        }
      }),
      { numRuns: 700 },
    )
  })

  test('a snappy block: what it makes, and whether it is refused', () => {
    fc.assert(
      fc.property(content, damage, fc.integer({ min: -30, max: 30 }), (raw, change, more) => {
        const block = compressSnappyBlock(raw)
        expect(outcome(snappyBlock, block, raw.length)).toEqual(raw)
        for (const each of [block, damaged(block, change)]) {
          const declared = declaredOf(each)
          if (declared === undefined) continue // refused before anything is decompressed
          const room = Math.max(declared + more, 0)
          expect(outcome(snappyBlock, each, room)).toEqual(outcome(portableSnappy.decompress, each, room))
        }
      }),
      { numRuns: 700 },
    )
  })

  function declaredOf(block: Buffer): number | undefined {
    try {
      return Math.min(snappyBlockLength(block), 100_000)
    } catch {
      return undefined
    }
  }

  test('random elements', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 80 }), fc.nat(300), (bytes, room) => {
        const block = Buffer.from(bytes)
        expect(outcome(lz4Block, block, room)).toEqual(outcome(portableLz4.decompress, block, room))
        if (declaredOf(block) === undefined) return
        expect(outcome(snappyBlock, block, room)).toEqual(outcome(portableSnappy.decompress, block, room))
      }),
      { numRuns: 5000 },
    )
  })

  test('lengths that would wrap round are refused', () => {
    const lz4 = Buffer.concat([Buffer.from([0xff]), Buffer.alloc(70_000, 255), Buffer.alloc(10)])
    expect(lz4Block(lz4, Buffer.alloc(1000))).toBe(-1)
    for (const tag of [0xfc, 0xf8, 0xf4, 0xf0]) {
      const snappy = Buffer.concat([Buffer.from([100, tag]), Buffer.alloc(10, 0xff)])
      expect(snappyBlock(snappy, Buffer.alloc(100))).toBe(-1)
    }
  })
})
