// Who shares what on the way to the disk: one writev for all that is appended in a turn of the loop, or while a write is
// under way; with flush.messages=1 one fdatasync for all who wait. Operations are counted, and held until the test lets them go.

import { describe, expect, test } from 'vitest'
import { errors } from '../../protocol/errors.ts'
import { batchOf, LogBench } from '../../testing/log-bench.ts'
import type { PartitionLog } from './partition-log.ts'

const client = { leaderEpoch: 0, origin: 'client' } as const
const logFile = '00000000000000000000.log'

/** A log on a disk that does nothing to the segment file until told to. */
async function held(settings: Record<string, string | number> = { 'flush.messages': 1 }) {
  const operations: string[] = []
  const waiting: (() => void)[] = []
  let isHeld = false
  const bench = new LogBench({
    disk: {
      schedule: (_ms, run) => {
        if (isHeld) waiting.push(run)
        else queueMicrotask(run)
        return () => {}
      },
      trace: line => {
        const [, operation] = /^(write|datasync|truncate) .*\.log /.exec(line) ?? []
        if (operation !== undefined) operations.push(operation)
      },
    },
  })
  const log = await bench.open(settings)
  // The first write also makes names and epochs last; from here on there is nothing but records.
  log.append(batchOf(1), client)
  await bench.done(log.flush())
  operations.length = 0
  isHeld = true
  /** Lets what is under way happen, and whatever follows from it until the disk is asked again. */
  const step = async () => {
    for (const run of waiting.splice(0)) run()
    await bench.settle()
  }
  const append = (count: number) => {
    for (let i = 0; i < count; i += 1) expect(log.append(batchOf(1), client).ok).toBe(true)
  }
  return { bench, log, operations, step, append }
}

/** What a loss of power at this moment would certainly leave. */
const durableBytes = (bench: LogBench) => bench.sim.peekDurable(`${bench.path}/${logFile}`).length
const writtenBytes = (log: PartitionLog) => log.sizeBytes

describe('flush.messages=1', () => {
  test('a hundred appends of one turn share a writev and a fdatasync, and are visible after both', async () => {
    const { bench, log, operations, step, append } = await held()
    append(100)
    await bench.settle()
    expect([operations, log.logEndOffset]).toEqual([[], 1])
    await step()
    expect([operations, log.logEndOffset]).toEqual([['write'], 1])
    await step()
    expect([operations, log.logEndOffset]).toEqual([['write', 'datasync'], 101])
    expect(durableBytes(bench)).toBe(writtenBytes(log))
  })

  test('what comes while the disk is busy shares the next ones, whenever it came', async () => {
    const { log, operations, step, append, bench } = await held()
    append(1)
    await bench.settle()
    append(20)
    await step()
    append(30)
    await bench.settle()
    append(50)
    await step()
    expect([operations, log.logEndOffset]).toEqual([['write', 'datasync'], 2])
    await step()
    await step()
    expect([operations, log.logEndOffset]).toEqual([['write', 'datasync', 'write', 'datasync'], 102])
  })

  test('a fdatasync that fails is the last one: all who wait and all who come are told', async () => {
    const { log, operations, step, append, bench } = await held()
    bench.sim.fail({ operation: 'datasync', path: /\.log$/, times: 1 })
    const failures: unknown[] = []
    log.onFailed(error => failures.push(error))
    append(50)
    await bench.settle()
    await step()
    append(50)
    for (let i = 0; i < 5; i += 1) await step()
    expect([operations, log.logEndOffset, failures.length]).toEqual([['write', 'datasync'], 1, 1])
    expect(log.append(batchOf(1), client)).toMatchObject({ ok: false, error: errors.KAFKA_STORAGE_ERROR })
    const later = log.flush().catch((error: { code: string }) => error.code)
    for (let i = 0; i < 5; i += 1) await step()
    expect([await later, operations]).toEqual(['DISK_FAILED', ['write', 'datasync']])
  })
})

describe('flush.messages=5', () => {
  test('syncs when so many are not synced', async () => {
    const { log, operations, step, append } = await held({ 'flush.messages': 5 })
    for (let i = 0; i < 8; i += 1) {
      append(1)
      for (let k = 0; k < 3; k += 1) await step()
    }
    expect(operations.filter(operation => operation === 'write').length).toBe(8)
    expect(operations.filter(operation => operation === 'datasync').length).toBe(1)
    expect([log.logEndOffset, log.recoveryPoint]).toEqual([9, 6])
  })
})

describe('the page cache alone', () => {
  test('each log has its own writev, and one is enough for a turn', async () => {
    const { bench, log, operations, step } = await held({})
    const opening = bench.open({}, { path: '/logs/orders-1', partition: 1 })
    for (let i = 0; i < 40; i += 1) await step()
    const other = await opening
    operations.length = 0
    for (let i = 0; i < 30; i += 1) {
      log.append(batchOf(1), client)
      other.append(batchOf(1), client)
    }
    await bench.settle()
    await step()
    expect([operations, log.logEndOffset, other.logEndOffset]).toEqual([['write', 'write'], 31, 30])
  })
})
