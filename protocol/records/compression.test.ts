import { deflateRawSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nativeAddon } from '../../io/native/addon.ts'
import { goldenCompressed } from '../../testing/golden/record-vectors.ts'
import { DecodeError } from '../wire/decode-error.ts'
import { compress, decompress } from './compression.ts'
import { compressionTypes } from './compression-type.ts'
import { contentBytesBound } from './content-bound.ts'
import { Decompressor } from './decompressor.ts'
import { compressLz4, decompressLz4, nativeLz4, portableLz4 } from './lz4.ts'
import { compressLz4Block } from './lz4-block.ts'
import { compressSnappy, compressSnappyRaw, decompressSnappy, nativeSnappy, portableSnappy } from './snappy.ts'
import { xxhash32 } from './xxhash32.ts'
import { compressZstd, decompressZstd, wasmZstd, zlibZstd } from './zstd.ts'
import { withWindow, zstdFrames } from './zstd-frame.ts'

const codecs = ['gzip', 'snappy', 'lz4', 'zstd'] as const
const MiB = 1024 * 1024
const vectors = goldenCompressed().map(vector => ({
  ...vector,
  name: `${vector.codec} ${vector.level} magic ${vector.recordMagic} ${vector.id}`,
  compressed: Buffer.from(vector.hex, 'hex'),
  raw: Buffer.concat(Array<Buffer>(vector.rawRepeat).fill(Buffer.from(vector.rawPattern, 'base64'))),
}))
/** Bytes as they come in logs: words that repeat, numbers that do not. */
const lines = (count: number) =>
  Buffer.from(
    Array.from({ length: count }, (_, i) => `{"id":${i},"hash":"${Math.imul(i, 0x9e3779b1) >>> 0}"}`).join('\n'),
  )
const noise = (length: number) => {
  const bytes = Buffer.alloc(length)
  for (let i = 0, state = 1; i < length; i += 1) bytes[i] = (state = Math.imul(state, 0x0101_4141) + 0x3c6e_f35f) >>> 24
  return bytes
}

const { addon } = nativeAddon()
const decompressor = new Decompressor(addon)

/** The implementations that this platform has; the framework falls back from the first of a kind to the next. */
const implementations = [
  ...[nativeSnappy, portableSnappy].flatMap((codec, i) =>
    codec
      ? [
          {
            name: i === 0 ? 'snappy, native' : 'snappy, portable',
            codec: 'snappy',
            compress: (bytes: Buffer) => compressSnappy(bytes, codec),
            decompress: (bytes: Buffer, max: number) => decompressSnappy(bytes, max, codec.decompress),
          },
        ]
      : [],
  ),
  ...[nativeLz4, portableLz4].flatMap((codec, i) =>
    codec
      ? [
          {
            name: i === 0 ? 'lz4, native' : 'lz4, portable',
            codec: 'lz4',
            compress: (bytes: Buffer) => compressLz4(bytes, codec),
            decompress: (bytes: Buffer, max: number, magic = 2) => decompressLz4(bytes, max, magic, codec.decompress),
          },
        ]
      : [],
  ),
  ...[zlibZstd, wasmZstd].flatMap((codec, i) =>
    codec
      ? [
          {
            name: i === 0 ? 'zstd, zlib' : 'zstd, WebAssembly',
            codec: 'zstd',
            compress: (bytes: Buffer) => compressZstd(bytes, 3, codec),
            decompress: (bytes: Buffer, max: number) => decompressZstd(bytes, max, codec.decompress),
          },
        ]
      : [],
  ),
  {
    name: 'gzip',
    codec: 'gzip',
    compress: (bytes: Buffer) => compress('gzip', bytes),
    decompress: (bytes: Buffer, max: number) => decompress('gzip', bytes, max),
  },
  ...codecs.map(codec => ({
    name: `${codec}, into memory that is kept, ${addon ? 'compiled' : 'without compiled code'}`,
    codec,
    compress: (bytes: Buffer) => compress(codec, bytes),
    decompress: (bytes: Buffer, max: number, magic = 2) => decompressor.decompress(codec, bytes, max, magic),
  })),
]

describe('what Kafka compressed', () => {
  test.each(vectors)(
    '$name comes out, up to a limit of exactly its length',
    ({ codec, compressed, raw, ...vector }) => {
      expect(decompress(codec, compressed, raw.length, vector.recordMagic).equals(raw)).toBe(true)
      expect(decompress(codec, compressed, 10 * MiB, vector.recordMagic).equals(raw)).toBe(true)
    },
  )

  test.each(vectors.filter(({ raw }) => raw.length > 0))('$name is refused one byte below', vector => {
    const { codec, compressed, raw, recordMagic } = vector
    expect(() => decompress(codec, compressed, raw.length - 1, recordMagic)).toThrow(DecodeError)
  })

  test.each(vectors.filter(({ compressed }) => compressed.length < 5000))('$name, cut anywhere, is refused', vector => {
    const { codec, compressed, raw, recordMagic } = vector
    for (let length = 0; length < compressed.length; length += 1) {
      let out: Buffer | undefined
      try {
        out = decompress(codec, compressed.subarray(0, length), 10 * MiB, recordMagic)
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError)
      }
      // A snappy stream may end behind each of its blocks, and no zstd frame at all is an empty stream.
      if (out) expect(raw.subarray(0, out.length).equals(out) && ['snappy', 'zstd'].includes(codec)).toBe(true)
    }
  })

  test.each(vectors.filter(({ recordMagic }) => recordMagic > 0))('$name says what it makes at most', vector => {
    const bound = contentBytesBound(vector.codec, vector.compressed)
    expect(bound).toBeGreaterThanOrEqual(vector.raw.length)
    // Blocks of lz4 and zstd say no more than that they fit into 64 or 128 KiB.
    expect(bound).toBeLessThanOrEqual(vector.raw.length + 128 * 1024)
  })

  test('lz4 with the checksum of magic 0 is refused in a batch of another magic', () => {
    const { compressed } = vectors.find(vector => vector.codec === 'lz4' && vector.recordMagic === 0)!
    expect(() => decompress('lz4', compressed, MiB, 1)).toThrow(/header is damaged/)
  })

  test.each(implementations)('$name reads all of its kind', ({ codec, decompress: read }) => {
    for (const { raw, compressed, recordMagic } of vectors.filter(vector => vector.codec === codec)) {
      expect(read(compressed, raw.length, recordMagic).equals(raw)).toBe(true)
    }
  })
})

describe('what we compress', () => {
  const samples = [
    Buffer.alloc(0),
    Buffer.from('a'),
    Buffer.from('abcdabcdabcdabcdabcdabcd'),
    Buffer.alloc(32 * 1024),
    Buffer.alloc(65536, 'x'),
    Buffer.alloc(65537, 'xyz'),
    lines(20),
    lines(20_000),
    noise(200_000),
    Buffer.concat([noise(70_000), lines(3000), noise(40_000), noise(70_000)]),
    ...vectors.filter(({ codec, level }) => codec === 'zstd' && level === 'default').map(({ raw }) => raw),
  ]

  test.each(implementations)('comes out again: $name', ({ codec, compress: write, decompress: read }) => {
    for (const sample of samples) {
      const compressed = write(sample)
      expect(read(compressed, sample.length).equals(sample)).toBe(true)
      // What one implementation writes the others read.
      for (const other of implementations.filter(each => each.codec === codec)) {
        expect(other.decompress(compressed, sample.length).equals(sample)).toBe(true)
      }
    }
  })

  test.each(implementations)('gets smaller where it can: $name', ({ compress: write }) => {
    expect(write(lines(20_000)).length).toBeLessThan(lines(20_000).length / 2)
    expect(write(Buffer.alloc(100_000)).length).toBeLessThan(6000)
    expect(write(noise(100_000)).length).toBeLessThan(100_500)
  })

  test('of any bytes comes out again', () => {
    const some = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 4000 }))
        .map(([pattern, repeat]) => Buffer.concat(Array<Uint8Array>(repeat).fill(pattern))),
    )
    fc.assert(
      fc.property(some, bytes => {
        for (const { compress: write, decompress: read } of implementations) {
          expect(read(write(Buffer.from(bytes)), bytes.length).equals(bytes)).toBe(true)
        }
      }),
      { numRuns: 100 },
    )
  })

  test('levels are obeyed by gzip and zstd', () => {
    const sample = lines(5000)
    for (const codec of ['gzip', 'zstd'] as const) {
      const [fast, tight] = [compress(codec, sample, 1), compress(codec, sample, codec === 'gzip' ? 9 : 19)]
      expect(tight.length).toBeLessThan(fast.length)
      expect(decompress(codec, tight, sample.length).equals(sample)).toBe(true)
    }
    expect(decompress('zstd', compress('zstd', sample, -131072), sample.length).equals(sample)).toBe(true)
  })

  test('lz4 frames are as Kafka writes them: blocks of 64 KiB, raw where that is shorter', () => {
    const framed = compressLz4(noise(65536 + 10))
    expect(framed.subarray(0, 11).toString('hex')).toBe('04224d1860408200000180')
    expect(framed.subarray(11 + 65536, 11 + 65536 + 4).toString('hex')).toBe('0a000080')
    expect(framed.subarray(-4).toString('hex')).toBe('00000000')
  })

  test('snappy is framed as Kafka does it, and readable without framing', () => {
    const framed = compressSnappy(Buffer.from('snappy'))
    expect(framed.subarray(0, 16).toString('hex')).toBe('82534e41505059000000000100000001')
    const raw = compressSnappyRaw(lines(5000))
    expect(decompress('snappy', raw, MiB).equals(lines(5000))).toBe(true)
    expect(decompressSnappy(compressSnappyRaw(lines(5000), portableSnappy), MiB).equals(lines(5000))).toBe(true)
    const joined = Buffer.concat([compressSnappy(Buffer.from('one ')), compressSnappy(Buffer.from('two'))])
    expect(decompress('snappy', joined, MiB).toString()).toBe('one two')
  })

  test("'none' is neither copied nor limited", () => {
    const bytes = Buffer.from('as it is')
    expect(decompress('none', bytes, 1)).toBe(bytes)
    expect(compress('none', bytes).buffer).toBe(bytes.buffer)
  })
})

describe('limits', () => {
  /** What a bomb would make, and what reading it took at its peak, beyond what was there before. */
  function memoryTaken(read: () => void): number {
    const before = process.memoryUsage()
    expect(read).toThrow(DecodeError)
    const after = process.memoryUsage()
    return after.rss - before.rss
  }

  const zeros = Buffer.alloc(64 * MiB)
  const bombs = codecs.map(codec => ({ codec, bomb: compress(codec, zeros) }))

  test.each(bombs)('a $codec bomb is not unpacked beyond the limit', ({ codec, bomb }) => {
    expect(memoryTaken(() => decompress(codec, bomb, 3 * MiB))).toBeLessThan(16 * MiB)
    expect(memoryTaken(() => decompressor.decompress(codec, bomb, 3 * MiB))).toBeLessThan(16 * MiB)
  })

  test.each(bombs)('what is in a large $codec batch comes out when the limit allows it', ({ codec, bomb }) => {
    expect(decompress(codec, bomb, zeros.length).equals(zeros)).toBe(true)
    expect(decompressor.decompress(codec, bomb, zeros.length).equals(zeros)).toBe(true)
  })

  test('a declared size beyond the limit is refused at once, one that cannot be true as well', () => {
    const snappyOf = (declared: number) => Buffer.concat([varintOf(declared), Buffer.from([0x00, 0x61])])
    expect(() => decompress('snappy', snappyOf(2 ** 32 - 1), 2 ** 33)).toThrow(/cannot hold/)
    expect(() => decompress('snappy', snappyOf(50), 49)).toThrow(/more than 49/)
    const zstdOf = (declared: bigint) => {
      const frame = Buffer.from('28b52ffde0000000000000000001000000', 'hex')
      frame.writeBigUInt64LE(declared, 5)
      return frame.subarray(0, 16)
    }
    expect(() => decompress('zstd', zstdOf(2n ** 40n), 2 ** 41)).toThrow(/cannot hold/)
    expect(() => decompress('zstd', zstdOf(2n ** 40n), 1000)).toThrow(/more than the limit/)
    expect(() => decompress('zstd', zstdOf(2n ** 64n - 1n), 1000)).toThrow(DecodeError)
  })

  test('a gzip member that hides its size is read piecewise, up to the limit', () => {
    const raw = Buffer.alloc(5 * MiB)
    const header = Buffer.from('1f8b0800000000000003', 'hex')
    const lying = Buffer.concat([header, deflateRawSync(raw), Buffer.alloc(8)])
    expect(() => decompress('gzip', lying, MiB)).toThrow(DecodeError)
    expect(() => decompress('gzip', lying, 10 * MiB)).toThrow(DecodeError) // its checksum is wrong
    const twoMembers = Buffer.concat([gzipSync(raw), gzipSync(Buffer.from('end'))])
    for (const read of [decompress, decompressor.decompress.bind(decompressor)]) {
      expect(() => read('gzip', lying, MiB)).toThrow(DecodeError)
      expect(read('gzip', twoMembers, 10 * MiB).length).toBe(raw.length + 3)
      expect(() => read('gzip', twoMembers, raw.length + 2)).toThrow(DecodeError)
    }
  })

  function varintOf(value: number): Buffer {
    const bytes: number[] = []
    let rest = value
    for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80)
    return Buffer.from([...bytes, rest])
  }
})

describe('zstd frames', () => {
  const frame = vectors.find(({ codec, id }) => codec === 'zstd' && id === 'text')!

  test('several frames, and frames to be skipped, are one stream', () => {
    const skippable = Buffer.from('5e2a4d180300000061626300'.slice(0, 22), 'hex')
    const joined = Buffer.concat([frame.compressed, skippable, frame.compressed])
    for (const read of [decompress, decompressor.decompress.bind(decompressor)]) {
      expect(read('zstd', joined, 2 * frame.raw.length).equals(Buffer.concat([frame.raw, frame.raw]))).toBe(true)
    }
    expect(() => decompress('zstd', joined, 2 * frame.raw.length - 1)).toThrow(DecodeError)
    expect(() => decompress('zstd', Buffer.concat([frame.compressed, Buffer.from('x')]), MiB)).toThrow(DecodeError)
    expect(decompress('zstd', skippable, MiB).length).toBe(0)
  })

  test('a window larger than Kafka reads is refused; a large one is not taken as memory', () => {
    const [parsed] = zstdFrames(frame.compressed)
    expect(parsed).toMatchObject({ contentBytes: undefined, windowBytes: 2 * MiB })
    const [wide, tooWide] = [Buffer.from(frame.compressed), Buffer.from(frame.compressed)]
    wide[5] = (27 - 10) << 3
    tooWide[5] = ((27 - 10) << 3) | 1
    expect(() => decompress('zstd', tooWide, MiB)).toThrow(/window/)
    expect(decompress('zstd', wide, MiB).equals(frame.raw)).toBe(true)
    expect(zstdFrames(withWindow(zstdFrames(wide)[0]!, 1000))[0]!.windowBytes).toBe(128 * 1024)
    expect(zstdFrames(withWindow(zstdFrames(wide)[0]!, 5 * MiB))[0]!.windowBytes).toBe(8 * MiB)
    expect(withWindow(parsed!, 4 * MiB)).toBe(parsed!.bytes)
  })

  test('the library is never asked for more than the limit leaves, nor for more than the blocks can hold', () => {
    const asked: number[] = []
    const codec = {
      compress: () => Buffer.alloc(0),
      decompress: (_frame: unknown, bytesMax: number) => {
        asked.push(bytesMax)
        return Buffer.alloc(Math.min(bytesMax, 100))
      },
    }
    decompressZstd(Buffer.concat([frame.compressed, frame.compressed]), 1000, codec.decompress)
    decompressZstd(frame.compressed, 10 * MiB, codec.decompress)
    expect(asked).toEqual([1000, 900, 128 * 1024])
  })

  test('a dictionary is refused: Kafka knows none', () => {
    const withDictionary = Buffer.concat([
      frame.compressed.subarray(0, 6),
      Buffer.from([7]),
      frame.compressed.subarray(6),
    ])
    withDictionary[4] = 1
    expect(() => decompress('zstd', withDictionary, MiB)).toThrow(DecodeError)
    expect(() => decompressor.decompress('zstd', withDictionary, MiB)).toThrow(DecodeError)
  })
})

describe('lz4 frames of other writers', () => {
  const raw = lines(9000)
  /** A frame with the flags and block size given, with all the fields that they call for. */
  function frameOf(flags: number, sizeCode: number): Buffer {
    const parts: Buffer[] = [Buffer.from([4, 0x22, 0x4d, 0x18])]
    const size = Buffer.alloc(8)
    size.writeUInt32LE(raw.length)
    const descriptor = Buffer.concat([
      Buffer.from([0x40 | flags, sizeCode << 4]),
      flags & 0x08 ? size : Buffer.alloc(0),
    ])
    parts.push(descriptor, Buffer.from([(xxhash32(descriptor) >>> 8) & 0xff]))
    const blockBytes = Math.min(1 << (8 + 2 * sizeCode), 0x1_0000)
    for (let at = 0; at < raw.length; at += blockBytes) {
      const block = compressLz4Block(raw.subarray(at, at + blockBytes))
      parts.push(uint32(block.length), block)
      if (flags & 0x10) parts.push(uint32(xxhash32(block)))
    }
    parts.push(uint32(0))
    if (flags & 0x04) parts.push(uint32(xxhash32(raw)))
    return Buffer.concat(parts)
  }
  const uint32 = (value: number) => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32LE(value)
    return bytes
  }

  test('every block size, checksums and content size are read', () => {
    for (const flags of [0x20, 0x24, 0x28, 0x30, 0x3c]) {
      for (const size of [4, 5, 6, 7])
        expect(decompress('lz4', frameOf(flags, size), raw.length).equals(raw)).toBe(true)
    }
    expect(decompress('lz4', Buffer.concat([frameOf(0x20, 4), noise(20)]), raw.length).equals(raw)).toBe(true)
  })

  test('what Kafka does not read is refused', () => {
    expect(() => decompress('lz4', frameOf(0x00, 4), MiB)).toThrow(/depend/)
    expect(() => decompress('lz4', frameOf(0x21, 4), MiB)).toThrow(/flags/)
    expect(() => decompress('lz4', frameOf(0xa0, 4), MiB)).toThrow(/flags/)
    expect(() => decompress('lz4', frameOf(0x20, 3), MiB)).toThrow(/block size/)
    const damaged = frameOf(0x30, 4)
    damaged[200]! ^= 1
    expect(() => decompress('lz4', damaged, MiB)).toThrow(/block is damaged/)
    expect(() => decompress('lz4', frameOf(0x24, 4).subarray(0, -1), MiB)).toThrow(DecodeError)
  })
})

describe('blocks', () => {
  test('a copy of distance 0 would answer what happened to be in memory: refused', () => {
    const lz4 = (distance: string) => `04224d18604082${'0a000000'}1061${distance}506262626262${'00000000'}`
    const snappy = (distance: string) => `05${'0061'}01${distance}`
    for (const { codec, decompress: read } of implementations) {
      if (codec === 'lz4') expect(read(Buffer.from(lz4('0100'), 'hex'), 100).toString()).toBe('aaaaabbbbb')
      if (codec === 'lz4') expect(() => read(Buffer.from(lz4('0000'), 'hex'), 100)).toThrow(DecodeError)
      if (codec === 'snappy') expect(read(Buffer.from(snappy('01'), 'hex'), 100).toString()).toBe('aaaaa')
      if (codec === 'snappy') expect(() => read(Buffer.from(snappy('00'), 'hex'), 100)).toThrow(DecodeError)
    }
  })

  test('lz4 blocks end as the format demands: a match starts 12 bytes before the end, 5 bytes are literals', () => {
    const sizes = Array.from({ length: 60 }, (_, i) => i)
    for (const sample of [...sizes.map(size => Buffer.alloc(size, 'ab')), lines(500), lines(777).subarray(0, 30_001)]) {
      const block = compressLz4Block(sample)
      const { matchEnd, matchStart } = lastMatch(block)
      if (matchStart === 0) continue
      expect(sample.length - matchStart).toBeGreaterThanOrEqual(12)
      expect(sample.length - matchEnd).toBeGreaterThanOrEqual(5)
    }
  })

  /** Where the last match of an lz4 block starts and ends in the uncompressed bytes. */
  function lastMatch(block: Buffer): { matchStart: number; matchEnd: number } {
    const found = { matchStart: 0, matchEnd: 0 }
    let out = 0
    for (let at = 0; ; ) {
      const token = block[at++]!
      let literals = token >> 4
      if (literals === 15) for (let more = 255; more === 255; literals += more) more = block[at++]!
      at += literals
      out += literals
      if (at >= block.length) return found
      at += 2
      let length = (token & 15) + 4
      if ((token & 15) === 15) for (let more = 255; more === 255; length += more) more = block[at++]!
      found.matchStart = out
      out += length
      found.matchEnd = out
    }
  }
})

describe('hostile input', () => {
  test('never causes another error than DecodeError, nor more bytes than allowed', () => {
    const seeds = vectors.filter(({ compressed }) => compressed.length > 8 && compressed.length < 1000)
    const mutation = fc.record({
      seed: fc.nat(seeds.length - 1),
      flips: fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 6 }),
      cut: fc.nat(400),
      tail: fc.uint8Array({ maxLength: 20 }),
    })
    fc.assert(
      fc.property(mutation, ({ seed, flips, cut, tail }) => {
        const { codec, recordMagic, compressed } = seeds[seed]!
        const bytes = Buffer.concat([compressed.subarray(0, Math.max(compressed.length - cut, 8)), tail])
        for (const [at, value] of flips) if (at < bytes.length) bytes[at] = value
        for (const read of [
          (input: Buffer) => decompress(codec, input, 300_000, recordMagic),
          ...implementations
            .filter(each => each.codec === codec)
            .map(each => (input: Buffer) => each.decompress(input, 300_000)),
        ]) {
          try {
            expect(read(bytes).length).toBeLessThanOrEqual(300_000)
          } catch (error) {
            expect(error).toBeInstanceOf(DecodeError)
          }
        }
      }),
      { numRuns: 3000 },
    )
  })

  test('random bytes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...compressionTypes),
        fc.uint8Array({ maxLength: 60 }),
        fc.nat(2),
        (type, bytes, magic) => {
          try {
            decompress(type, Buffer.from(bytes), 1000, magic)
          } catch (error) {
            expect(error).toBeInstanceOf(DecodeError)
          }
        },
      ),
      { numRuns: 2000 },
    )
  })
})
