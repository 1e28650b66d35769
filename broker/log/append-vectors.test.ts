// Every append of the vectors, decided as Kafka 4.3.0 decides it: the error, the refused records, the offsets, and the bytes
// that are in the segments afterwards.

import { expect, test } from 'vitest'
import { errorName } from '../../protocol/errors.ts'
import { baseSequenceOf, compressionOf, producerEpochOf, producerIdOf } from '../../protocol/records/batch-header.ts'
import { batches } from '../../protocol/records/batches.ts'
import { records } from '../../protocol/records/records.ts'
import { type AppendVector, appendVectors } from '../../testing/golden/append-vectors.ts'
import { HeldWorkers } from '../../testing/held-workers.ts'
import { LogBench, logConfig } from '../../testing/log-bench.ts'
import type { PartitionLog } from './partition-log.ts'
import recompressTask from './recompress-task.ts'
import { Recompressor } from './recompressor.ts'
import { offsetFileName } from './segment-files.ts'
import { VerificationGuard } from './transaction-verifications.ts'

/** Where we differ on purpose, and why, by a word of the case's name. */
const different: readonly { readonly named: RegExp; readonly error: string }[] = [
  // Kafka stores uncompressed ones, whose offsets then collide, and trips over compressed ones.
  { named: /deltas (with gaps|backwards|with a count)/, error: 'INVALID_RECORD' },
  // Kafka does not compare a record's size with its content in compressed batches; no consumer could read them.
  { named: /^(gzip|snappy|lz4|zstd) record size/, error: 'INVALID_RECORD' },
  // Kafka: UNKNOWN_SERVER_ERROR, as if it were the server's fault.
  { named: /data that is not|compression id 5/, error: 'INVALID_RECORD' },
  // The same; it is not for clients.
  { named: /raft below the end/, error: 'OFFSET_OUT_OF_RANGE' },
]

const vectors = appendVectors()

/** All of it decided at once, or what is decided of a client's batch on a worker thread decided there. */
async function replay(vector: AppendVector, isPrepared: boolean) {
  const bench = new LogBench()
  bench.clock.stepWallClock(vector.nowMs - bench.clock.now())
  const workers = new HeldWorkers(recompressTask)
  const recompressor = new Recompressor({ workers, logger: bench.logger })
  const log = await bench.open(logConfig(vector.config))
  const outcomes = []
  for (const append of vector.appends) {
    const options = {
      origin: append.origin === 'raft_leader' ? 'raft' : append.origin,
      leaderEpoch: append.leaderEpoch,
      transactionVersion: append.transactionVersion,
      verification: append.transactionVerified ? guardOf(log, Buffer.from(append.hex, 'hex')) : undefined,
    } as const
    const batch = Buffer.from(append.hex, 'hex')
    if (isPrepared && append.origin === 'client') {
      const preparing = recompressor.prepare(batch, log.config, vector.nowMs)
      workers.finish()
      const prepared = await preparing
      const bytes = prepared.outcome.ok ? prepared.outcome.batch : batch
      outcomes.push(await bench.append(log, bytes, { ...options, prepared }))
    } else outcomes.push(await bench.append(log, batch, options))
  }
  return { bench, log, outcomes }
}

function guardOf(log: PartitionLog, batch: Buffer): VerificationGuard | undefined {
  const [producerId, producerEpoch, baseSequence] = [producerIdOf(batch), producerEpochOf(batch), baseSequenceOf(batch)]
  const guard = log.startVerification({ producerId, producerEpoch, baseSequence, bumpsEpoch: false })
  return guard instanceof VerificationGuard ? guard : undefined
}

test('there are vectors of every kind', () => {
  expect(vectors.length).toBeGreaterThan(350)
  expect(new Set(vectors.flatMap(vector => vector.appends.map(append => append.error))).size).toBeGreaterThan(8)
})

test.each(vectors.map(vector => [vector.id, vector] as const))('%s', (id, vector) => compare(id, vector, false))

test.each(vectors.map(vector => [vector.id, vector] as const))('on a worker: %s', (id, vector) =>
  compare(id, vector, true),
)

async function compare(id: string, vector: AppendVector, isPrepared: boolean): Promise<void> {
  const { bench, log, outcomes } = await replay(vector, isPrepared)
  const deviation = different.find(({ named }) => named.test(id))
  for (const [index, outcome] of outcomes.entries()) {
    const expected = vector.appends[index]!
    if (deviation && (expected.error === 'UNKNOWN_SERVER_ERROR' || index === 0) && !id.startsWith('raft')) {
      expect(!outcome.ok && errorName(outcome.error.code)).toBe(deviation.error)
      return
    }
    const { error, baseOffset, lastOffset, logAppendTimeMs, recordErrors } = expected
    if (outcome.ok) {
      expect({ error: 'NONE', ...outcome }).toMatchObject({ error, baseOffset, lastOffset, logAppendTimeMs })
      continue
    }
    const isKnown = deviation && error === 'UNKNOWN_SERVER_ERROR'
    expect(errorName(outcome.error.code), outcome.message).toBe(isKnown ? deviation.error : error)
    expect(outcome.recordErrors?.map(each => each.batchIndex)).toEqual(recordErrors)
  }
  expect([log.nextOffset, log.logEndOffset, log.lastStableOffset]).toEqual([
    vector.logEndOffset,
    vector.logEndOffset,
    vector.lastStableOffset,
  ])
  for (const { baseOffset, hex } of vector.segments) {
    const [ours, theirs] = [bench.file(offsetFileName(baseOffset, '.log')), Buffer.from(hex, 'hex')]
    if (ours.equals(theirs)) continue
    // Recompressed: other bytes, the same records.
    expect(comparable(ours)).toEqual(comparable(theirs))
    expect(vector.config['compression.type'], 'only recompressed batches may differ').toBeDefined()
  }
  expect(log.segmentCount).toBe(vector.segments.length)
}

function comparable(segment: Buffer): unknown[] {
  return [...batches(segment)].map(batch => [compressionOf(batch), [...records(batch)]])
}
