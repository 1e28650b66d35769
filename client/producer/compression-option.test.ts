import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { recordBatchOverhead } from '../../protocol/records/batch-header.ts'
import { decompress } from '../../protocol/records/compression.ts'
import { BatchMemory } from './batch-memory.ts'
import { type CompressionOption, compressionSettings } from './compression-option.ts'
import { PartitionQueue } from './partition-queue.ts'
import { ProducerBatch } from './producer-batch.ts'

const refusal = (option: CompressionOption) => {
  try {
    compressionSettings(option)
    return 'none'
  } catch (error) {
    return `${(error as { code: string }).code}: ${(error as Error).message}`
  }
}

describe('levels', () => {
  test.each<[CompressionOption, string, number | undefined]>([
    ['zstd', 'zstd', undefined],
    [{ codec: 'snappy' }, 'snappy', undefined],
    [{ codec: 'gzip', level: 1 }, 'gzip', 1],
    [{ codec: 'gzip', level: 9 }, 'gzip', 9],
    [{ codec: 'gzip', level: -1 }, 'gzip', -1],
    [{ codec: 'zstd', level: -131_072 }, 'zstd', -131_072],
    [{ codec: 'zstd', level: 22 }, 'zstd', 22],
    [{ codec: 'lz4', level: 9 }, 'lz4', 9],
  ])('%o', (option, compression, compressionLevel) => {
    expect(compressionSettings(option)).toEqual({ compression, compressionLevel })
  })

  test.each<[CompressionOption, RegExp]>([
    [{ codec: 'gzip', level: 0 }, /gzip has 1 to 9/],
    [{ codec: 'gzip', level: 10 }, /gzip has 1 to 9/],
    [{ codec: 'zstd', level: 23 }, /zstd has -131072 to 22/],
    [{ codec: 'zstd', level: 1.5 }, /zstd has/],
    [{ codec: 'lz4', level: 1 }, /only the quick compressor, level 9; zstd packs tighter/],
    [{ codec: 'lz4', level: 17 }, /only the quick compressor/],
    [{ codec: 'snappy', level: 1 }, /snappy has no levels/],
    [{ codec: 'none', level: 1 }, /none has no levels/],
    ['brotli' as never, /give one of none, gzip, snappy, lz4, zstd/],
  ])('%o is refused, and says what there is', (option, help) => {
    expect(refusal(option)).toMatch(/^INVALID_ARGUMENT/)
    expect(refusal(option)).toMatch(help)
  })
})

/** What a batch of some records is compressed to. */
function payloadOf(option: CompressionOption): { raw: Buffer; payload: Buffer } {
  const { compression: type, compressionLevel: level } = compressionSettings(option)
  const pool = new BatchMemory(1 << 20)
  const batch = new ProducerBatch(new PartitionQueue('orders', 0), pool.take(40_000)!, pool)
  for (let i = 0; i < 300; i++) {
    batch.writer.tryAppend(null, `${i * i} of ${'abcde'.slice(i % 5)} ${i % 17}`, 1)
  }
  const raw = Buffer.from(batch.writer.memory.subarray(recordBatchOverhead, batch.writer.bytes))
  batch.close({ type, level })
  return { raw, payload: batch.stamp(false).subarray(recordBatchOverhead) }
}

describe('the level reaches the codec', () => {
  test.each([1, 6, 9])('gzip %i makes what zlib makes', level => {
    const { raw, payload } = payloadOf({ codec: 'gzip', level })
    expect(payload.equals(gzipSync(raw, { level }))).toBe(true)
    expect(gunzipSync(payload).equals(raw)).toBe(true)
  })

  test('zstd: the higher, the smaller', () => {
    const sizes = [-50, 1, 19].map(level => {
      const { raw, payload } = payloadOf({ codec: 'zstd', level })
      expect(decompress('zstd', payload, raw.length).equals(raw)).toBe(true)
      return payload.length
    })
    expect(sizes[0]).toBeGreaterThan(sizes[1]!)
    expect(sizes[1]).toBeGreaterThan(sizes[2]!)
  })
})
