// Appends that wait for a recompression: their order, what is decided when, and the full case of each limit.

import { describe, expect, test } from 'vitest'
import { errors } from '../../protocol/errors.ts'
import { compressionOf, maxTimestampOf, timestampTypeOf } from '../../protocol/records/batch-header.ts'
import { HeldWorkers } from '../../testing/held-workers.ts'
import { batchOf, LogBench, logConfig, readAll, recordsIn } from '../../testing/log-bench.ts'
import type { AppendOutcome } from './append-outcome.ts'
import { inlineBytesMax } from './append-queue.ts'
import recompressTask from './recompress-task.ts'
import { Recompressor, recompressionsAtOnceMax } from './recompressor.ts'

type Answer = { outcome?: AppendOutcome }

async function opened(settings: Record<string, string | number> = { 'compression.type': 'zstd' }, bytesMax?: number) {
  const bench = new LogBench()
  const workers = new HeldWorkers(recompressTask)
  const limit = bytesMax === undefined ? {} : { bytesMax }
  const recompressor = new Recompressor({ workers, logger: bench.logger, ...limit })
  const log = await bench.open(settings, { recompressor })
  const append = (batch: Buffer) => bench.appendPrepared(log, batch)
  const finish = async (index = 0) => {
    workers.finish(index)
    await bench.settle()
  }
  return { bench, workers, recompressor, log, append, finish }
}

const gzipped = (prefix: string) => batchOf(2, { compression: 'gzip', prefix })
const sequenced = (baseSequence: number, compression: 'gzip' | 'zstd' = 'gzip') =>
  batchOf(2, { compression, producerId: 9, producerEpoch: 0, baseSequence, prefix: `s${baseSequence}` })
const offsetOf = ({ outcome }: Answer) => (outcome?.ok ? outcome.baseOffset : outcome?.error)

describe('order', () => {
  test('whichever worker is done first, offsets are given in the order of arrival', async () => {
    const { append, finish, log } = await opened()
    const answers = ['a', 'b', 'c'].map(name => append(gzipped(name)))
    await finish(2)
    await finish(1)
    expect([answers.map(offsetOf), log.nextOffset]).toEqual([[undefined, undefined, undefined], 0])
    await finish()
    expect(answers.map(offsetOf)).toEqual([0, 2, 4])
    const stored = await readAll(log)
    expect(recordsIn(stored).map(({ value }) => value)).toEqual(['a-0', 'a-1', 'b-0', 'b-1', 'c-0', 'c-1'])
    expect(compressionOf(stored)).toBe('zstd')
  })

  test('what needs no recompression waits behind what does, and is appended at once when nothing waits', async () => {
    const { append, finish } = await opened()
    const [slow, quick] = [append(gzipped('a')), append(batchOf(1, { compression: 'zstd' }))]
    expect(offsetOf(quick)).toBeUndefined()
    await finish()
    expect([slow, quick].map(offsetOf)).toEqual([0, 2])
    expect(offsetOf(append(batchOf(1, { compression: 'zstd' })))).toBe(3)
  })

  test('five batches of an idempotent producer under way, and all of them again over another connection', async () => {
    const { append, finish, workers, log } = await opened()
    const sequences = [0, 2, 4, 6, 8]
    const first = sequences.map(sequence => append(sequenced(sequence)))
    const again = sequences.map(sequence => append(sequenced(sequence)))
    while (workers.heldCount > 0) await finish(workers.heldCount - 1)
    expect(first.map(offsetOf)).toEqual(sequences)
    expect(again.map(offsetOf)).toEqual(sequences)
    expect(again.every(({ outcome }) => outcome?.ok && outcome.duplicate)).toBe(true)
    expect(log.nextOffset).toBe(10)
  })

  test('what a decision leads to goes behind those that wait', async () => {
    const { log, finish, bench } = await opened()
    const order: string[] = []
    const decide = (name: string, then?: () => void) => () => {
      order.push(name)
      then?.()
    }
    const third = () => expect(log.prepare(batchOf(1), decide('third'))).toBe(true)
    log.prepare(gzipped('a'), decide('first', third))
    log.prepare(batchOf(1), decide('second'))
    await finish()
    await bench.settle()
    expect(order).toEqual(['first', 'second', 'third'])
  })
})

describe('what is decided when', () => {
  test('a log that takes any codec, and a small batch without one, wait for nobody', async () => {
    const plain = await opened({})
    expect(plain.log.prepare(gzipped('a'), () => {})).toBe(false)
    const { log, workers, append, bench } = await opened()
    expect(offsetOf(append(batchOf(1)))).toBe(0)
    await bench.settle()
    expect([workers.heldCount, compressionOf(await readAll(log))]).toEqual([0, 'zstd'])
    append(batchOf(1, { valueBytes: inlineBytesMax }))
    expect(workers.heldCount).toBe(1)
  })

  test('the time is stamped when it is appended', async () => {
    const settings = { 'compression.type': 'lz4', 'message.timestamp.type': 'LogAppendTime' }
    const { bench, append, finish, log } = await opened(settings)
    const answer = append(gzipped('a'))
    bench.clock.advance(1234)
    await finish()
    const nowMs = bench.clock.now()
    expect(answer.outcome).toMatchObject({ ok: true, logAppendTimeMs: nowMs })
    const stored = await readAll(log)
    expect([timestampTypeOf(stored), maxTimestampOf(stored)]).toEqual(['LogAppendTime', nowMs])
  })

  test('a batch is taken by the settings that it was checked by', async () => {
    const { append, finish, log } = await opened()
    const answer = append(gzipped('a'))
    log.updateConfig(logConfig({ 'compression.type': 'producer', 'message.timestamp.type': 'LogAppendTime' }))
    await finish()
    expect(answer.outcome).toMatchObject({ ok: true, logAppendTimeMs: -1 })
    const stored = await readAll(log)
    expect([compressionOf(stored), timestampTypeOf(stored)]).toEqual(['zstd', 'CreateTime'])
    expect(recordsIn(stored)).toHaveLength(2)
    expect(offsetOf(append(gzipped('b')))).toBe(2)
  })

  test('a refused batch is refused alone', async () => {
    const { append, finish, workers, log } = await opened()
    const damaged = gzipped('a')
    damaged[damaged.length - 1]! ^= 1
    const answers = [append(damaged), append(gzipped('b'))]
    while (workers.heldCount > 0) await finish()
    expect(answers.map(offsetOf)).toEqual([errors.CORRUPT_MESSAGE, 0])
    expect(log.nextOffset).toBe(2)
  })

  test('the log failed or was closed meanwhile: the answer is the same as ever', async () => {
    const failing = await opened()
    const answer = failing.append(gzipped('a'))
    failing.bench.directory.fail(new Error('gone'))
    await failing.finish()
    expect(offsetOf(answer)).toBe(errors.KAFKA_STORAGE_ERROR)
    const closing = await opened()
    const late = closing.append(gzipped('a'))
    await closing.bench.done(closing.log.close())
    await closing.finish()
    expect(offsetOf(late)).toBe(errors.NOT_LEADER_OR_FOLLOWER)
  })
})

describe('limits', () => {
  test('so many are with the workers, the others wait for their place', async () => {
    const { append, finish, workers } = await opened()
    const answers = Array.from({ length: recompressionsAtOnceMax + 3 }, (_, index) => append(gzipped(`${index}`)))
    expect(workers.heldCount).toBe(recompressionsAtOnceMax)
    await finish()
    expect(workers.heldCount).toBe(recompressionsAtOnceMax)
    while (workers.heldCount > 0) await finish()
    expect(answers.map(offsetOf)).toEqual(answers.map((_, index) => 2 * index))
  })

  test('more bytes than may wait are refused with REQUEST_TIMED_OUT, in their turn; then there is room again', async () => {
    const large = (prefix: string) => batchOf(1, { compression: 'gzip', prefix, valueBytes: 10 })
    const { append, finish, recompressor, log } = await opened(undefined, large('a').length * 2)
    const answers = ['a', 'b', 'c'].map(name => append(large(name)))
    await finish()
    expect(answers.map(offsetOf)).toEqual([0, undefined, undefined])
    await finish()
    expect(answers.map(offsetOf)).toEqual([0, 1, errors.REQUEST_TIMED_OUT])
    const refused = answers[2]!.outcome!
    expect(!refused.ok && refused.message).toMatch(/^\d+ bytes wait to be recompressed/)
    expect([recompressor.heldBytes, log.nextOffset]).toEqual([0, 2])
    const again = append(large('c'))
    await finish()
    expect(offsetOf(again)).toBe(2)
  })

  test('what came of a batch counts until it is decided', async () => {
    const { append, finish, recompressor } = await opened({ 'compression.type': 'uncompressed' })
    append(gzipped('a'))
    append(batchOf(1, { compression: 'gzip', valueBytes: 100_000 }))
    await finish(1)
    expect(recompressor.heldBytes).toBeGreaterThan(100_000)
    await finish()
    expect(recompressor.heldBytes).toBe(0)
  })

  test.each([
    ['QUEUE_FULL', errors.REQUEST_TIMED_OUT],
    ['LOST', errors.UNKNOWN_SERVER_ERROR],
    ['CLOSED', errors.NOT_LEADER_OR_FOLLOWER],
  ] as const)('workers that answer %s: nothing is appended, and the next one is', async (code, error) => {
    const { append, finish, workers, recompressor, bench } = await opened()
    const [first, second] = [append(gzipped('a')), append(gzipped('b'))]
    workers.fail(code)
    await bench.settle()
    await finish()
    expect([first, second].map(offsetOf)).toEqual([error, 0])
    expect(recompressor.heldBytes).toBe(0)
  })
})
