// What is too large to be decompressed on the event loop goes to a worker thread, and is taken or refused as ever.

import { describe, expect, test } from 'vitest'
import { errors } from '../../protocol/errors.ts'
import { recordBatchOverhead } from '../../protocol/records/batch-header.ts'
import { HeldWorkers } from '../../testing/held-workers.ts'
import { batchOf, LogBench, logConfig, readAll } from '../../testing/log-bench.ts'
import type { AppendOutcome } from './append-outcome.ts'
import recompressTask from './recompress-task.ts'
import { Recompressor } from './recompressor.ts'
import { contentBytesAtOnceMax, isSlowToCheck } from './slow-check.ts'

const codecs = ['gzip', 'lz4', 'zstd'] as const
const MiB = 1024 * 1024
const config = logConfig({})
const large = (compression: (typeof codecs)[number]) => batchOf(1, { compression, valueBytes: contentBytesAtOnceMax })
const offsetOf = ({ outcome }: { outcome?: AppendOutcome }) => (outcome?.ok ? outcome.baseOffset : outcome?.error)

async function opened() {
  const bench = new LogBench()
  const workers = new HeldWorkers(recompressTask)
  const recompressor = new Recompressor({ workers, logger: bench.logger })
  const log = await bench.open({}, { recompressor })
  return { bench, workers, recompressor, log, append: (batch: Buffer) => bench.appendPrepared(log, batch) }
}

describe('a large batch', () => {
  test.each(codecs)('of %s is checked on a thread, in its turn, and stored as it was sent', async codec => {
    const { bench, workers, recompressor, log, append } = await opened()
    const sent = Buffer.from(large(codec))
    const answers = [append(batchOf(1)), append(large(codec)), append(batchOf(1))]
    expect([answers.map(offsetOf), workers.heldCount]).toEqual([[0, undefined, undefined], 1])
    workers.finish()
    await bench.settle()
    expect([answers.map(offsetOf), recompressor.heldBytes]).toEqual([[0, 1, 2], 0])
    const stored = await readAll(log, 1)
    expect(stored.subarray(recordBatchOverhead, sent.length).equals(sent.subarray(recordBatchOverhead))).toBe(true)
    expect(offsetOf(append(batchOf(1)))).toBe(3)
  })

  test('that is damaged is refused on the thread, with the error that it always had', async () => {
    const { bench, workers, log, append } = await opened()
    const damaged = large('lz4')
    damaged[1000]! ^= 1
    const answer = append(damaged)
    workers.finish()
    await bench.settle()
    expect([offsetOf(answer), log.nextOffset]).toEqual([errors.CORRUPT_MESSAGE, 0])
  })
})

describe('on the event loop stay', () => {
  test('batches without a codec, and those that make no more than the limit', () => {
    expect(isSlowToCheck(batchOf(1, { valueBytes: 900_000 }), config)).toBe(false)
    for (const compression of [...codecs, 'snappy'] as const) {
      expect(isSlowToCheck(batchOf(1, { compression, valueBytes: contentBytesAtOnceMax - MiB }), config)).toBe(false)
    }
    const taking = logConfig({ 'max.message.bytes': 10 * MiB })
    expect(isSlowToCheck(batchOf(1, { compression: 'snappy', valueBytes: contentBytesAtOnceMax }), taking)).toBe(true)
  })

  test('what will be refused: too large, no batch, cut, damaged', () => {
    for (const codec of codecs) {
      const batch = large(codec)
      expect(isSlowToCheck(batch, config)).toBe(true)
      expect(isSlowToCheck(batch, logConfig({ 'max.message.bytes': batch.length - 1 }))).toBe(false)
      for (let length = 0; length <= 70; length += 1)
        expect(isSlowToCheck(batch.subarray(0, length), config)).toBe(false)
      expect(isSlowToCheck(batch.subarray(0, -1), config)).toBe(false)
      const [magic, unknown, garbage] = [Buffer.from(batch), Buffer.from(batch), Buffer.from(batch)]
      magic[16] = 1
      unknown[22] = 7
      garbage.fill(0x5a, recordBatchOverhead)
      for (const other of [magic, unknown]) expect(isSlowToCheck(other, config)).toBe(false)
      if (codec !== 'gzip') expect(isSlowToCheck(garbage, config)).toBe(false)
    }
  })
})
