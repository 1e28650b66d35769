import { describe, expect, test } from 'vitest'
import { errorName } from '../../protocol/errors.ts'
import { batchOf, LogBench } from '../../testing/log-bench.ts'
import type { AppendOptions } from './append-outcome.ts'
import type { PartitionLog } from './partition-log.ts'
import { buildTransactionMarker } from './transaction-marker.ts'
import { TransactionVerifications, VerificationGuard } from './transaction-verifications.ts'

const producerId = 7

class Bench {
  readonly bench = new LogBench()
  log!: PartitionLog

  static async open(): Promise<Bench> {
    const made = new Bench()
    made.log = await made.bench.open()
    return made
  }

  start(producerEpoch: number, baseSequence: number, bumpsEpoch = true) {
    return this.log.startVerification({ producerId, producerEpoch, baseSequence, bumpsEpoch })
  }

  guard(producerEpoch: number, baseSequence: number, bumpsEpoch = true): VerificationGuard {
    const guard = this.start(producerEpoch, baseSequence, bumpsEpoch)
    expect(guard).toBeInstanceOf(VerificationGuard)
    return guard as VerificationGuard
  }

  async append(producerEpoch: number, baseSequence: number, verification?: AppendOptions['verification']) {
    const batch = batchOf(2, { producerId, producerEpoch, baseSequence, transactional: true })
    const outcome = await this.bench.append(this.log, batch, verification ? { verification } : {})
    return outcome.ok ? outcome.baseOffset : errorName(outcome.error.code)
  }

  async marker(producerEpoch: number, transactionVersion: number, committed = false, coordinatorEpoch = 0) {
    const marker = buildTransactionMarker({ producerId, producerEpoch, coordinatorEpoch, committed }, 1)
    const outcome = await this.bench.append(this.log, marker, { origin: 'coordinator', transactionVersion })
    return outcome.ok ? outcome.baseOffset : errorName(outcome.error.code)
  }
}

describe('a transaction begins in a log', () => {
  test('only under a guard, and goes on without', async () => {
    const bench = await Bench.open()
    expect(await bench.append(0, 0)).toBe('INVALID_TXN_STATE')
    expect(await bench.append(0, 0, new VerificationGuard())).toBe('INVALID_TXN_STATE')
    expect(await bench.append(0, 0, bench.guard(0, 0))).toBe(0)
    expect(bench.start(0, 2)).toBeUndefined()
    expect(await bench.append(0, 2)).toBe(2)
    expect([bench.log.lastStableOffset, bench.log.highWatermark]).toEqual([0, 4])
  })

  test('not when it was ended while its coordinator was asked', async () => {
    const bench = await Bench.open()
    const guard = bench.guard(0, 0, false)
    // The coordinator said yes; then the transaction timed out, and its marker overtook the batch.
    expect(await bench.marker(0, 0)).toBe(0)
    expect(await bench.append(0, 0, guard)).toBe('INVALID_TXN_STATE')
    expect(bench.log.lastStableOffset).toBe(1)
  })

  test('with version 2 the next one waits over the marker of the one before, the same one does not', async () => {
    const bench = await Bench.open()
    expect(await bench.append(0, 0, bench.guard(0, 0))).toBe(0)
    // The producer was told of its next epoch, and its first batch came before the marker, which has that epoch, too.
    const next = bench.guard(1, 0)
    expect(await bench.marker(1, 2, true)).toBe(2)
    expect(await bench.append(1, 0, next)).toBe(3)
    // A batch of epoch 1 that waits while the transaction of epoch 1 is ended by a marker of epoch 2.
    expect(await bench.marker(2, 2)).toBe(5)
    expect(await bench.append(1, 2, next)).toBe('INVALID_PRODUCER_EPOCH')
    expect(bench.start(1, 2)).toMatchObject({ error: { code: 47 } })
  })

  test('with the first of the batches that wait', async () => {
    const bench = await Bench.open()
    const late = bench.guard(0, 2)
    const first = bench.guard(0, 0)
    expect(late).toBe(first)
    expect(await bench.append(0, 2, late)).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    expect(await bench.append(0, 0, first)).toBe(0)
    expect(await bench.append(0, 2)).toBe(2)
  })

  test('with version 2 from sequence 0, where nothing is known of the producer', async () => {
    const bench = await Bench.open()
    expect(await bench.append(0, 4, bench.guard(0, 4))).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    const older = await Bench.open()
    expect(await older.append(0, 4, older.guard(0, 4, false))).toBe(0)
  })

  test('unchecked, where the broker is told so', async () => {
    const bench = await Bench.open()
    expect(await bench.append(0, 0, 'disabled')).toBe(0)
  })
})

test('a marker is written again without harm, one of an older coordinator or producer is refused', async () => {
  const bench = await Bench.open()
  await bench.append(0, 0, bench.guard(0, 0))
  expect(await bench.marker(1, 2, true, 3)).toBe(2)
  expect(await bench.marker(1, 2, true, 3)).toBe(3)
  expect(bench.log.lastStableOffset).toBe(4)
  expect(await bench.marker(1, 2, true, 2)).toBe('TRANSACTION_COORDINATOR_FENCED')
  expect(await bench.marker(0, 2, true, 3)).toBe('INVALID_PRODUCER_EPOCH')
})

test('when the end of the log is cut, transactions that are over hold nothing back', async () => {
  const bench = await Bench.open()
  bench.log.setHighWatermark(0)
  await bench.append(0, 0, bench.guard(0, 0))
  await bench.marker(1, 2, true)
  await bench.append(1, 0, bench.guard(1, 0))
  bench.log.setHighWatermark(3)
  expect(bench.log.lastStableOffset).toBe(3)
  await bench.bench.done(bench.log.truncateTo(3))
  expect([bench.log.nextOffset, bench.log.lastStableOffset]).toEqual([3, 3])
  // And one that is open is known.
  await bench.append(1, 0, bench.guard(1, 0))
  await bench.bench.done(bench.log.truncateTo(5))
  bench.log.setHighWatermark(5)
  expect(bench.log.lastStableOffset).toBe(3)
})

test('what waits for too long is forgotten', () => {
  const verifications = new TransactionVerifications()
  verifications.start(1, { epoch: 0, bumpsEpoch: true, sequence: 0 }, 1000)
  verifications.start(2, { epoch: 0, bumpsEpoch: true, sequence: 0 }, 2000)
  verifications.removeExpired(11_000, 10_000)
  expect([verifications.size, verifications.get(1)]).toEqual([1, undefined])
  // A newer epoch starts its own order.
  verifications.start(2, { epoch: 1, bumpsEpoch: true, sequence: 5 }, 2000)
  expect(verifications.get(2)).toMatchObject({ epoch: 1, lowestSequence: 5, startedMs: 2000 })
  verifications.start(2, { epoch: 0, bumpsEpoch: true, sequence: 0 }, 2000)
  expect(verifications.get(2)).toMatchObject({ epoch: 1, lowestSequence: 5 })
})
