// Moving a log to another directory: what is asked, what becomes of it, and what goes on meanwhile.

import { describe, expect, test } from 'vitest'
import type { DiskOperation } from '../../../io/sim/disk-faults.ts'
import { errors } from '../../../protocol/errors.ts'
import { batchOf } from '../../../testing/log-bench.ts'
import { MoveBench, type MoveBenchOptions } from '../../../testing/move-bench.ts'
import { holdMsMax } from './log-move.ts'
import { preferredDirectoriesMax } from './preferred-directories.ts'

async function started(options: MoveBenchOptions = {}): Promise<MoveBench> {
  const bench = new MoveBench(options)
  await bench.start()
  return bench
}

async function filled(options: MoveBenchOptions = {}, batches = 20): Promise<MoveBench> {
  const bench = await started({ topic: { 'internal.segment.bytes': 700 }, ...options })
  for (let i = 0; i < batches; i += 1) bench.append(3, `v${i}`)
  await bench.settle()
  return bench
}

/** So slow that a copy is not done before the test says so. */
const slowly = { 'log.dirs': '/a,/b,/c' }

async function slowed(bench: MoveBench, bytesPerSecond = 100): Promise<void> {
  bench.manager.moves.updateConfig({ threads: 3, bytesPerSecond })
  await bench.settle()
}

async function fullSpeed(bench: MoveBench): Promise<void> {
  bench.manager.moves.updateConfig({ threads: 3, bytesPerSecond: Number.POSITIVE_INFINITY })
  await bench.clock.run(2000)
}

/** A disk that takes its time: whenever a chunk is copied, more has come. */
async function busy(latencyMs: (operation: DiskOperation) => number = () => 3): Promise<MoveBench> {
  const bench: MoveBench = new MoveBench({
    topic: { 'internal.segment.bytes': 1_000_000 },
    disk: { cachedChance: 0, schedule: (ms, run) => bench.clock.after(ms, run), latencyMs },
  })
  await waited(bench, bench.start())
  await produce(bench, 20)
  return bench
}

/** One record in each millisecond. */
async function produce(bench: MoveBench, ms: number): Promise<void> {
  for (let i = 0; i < ms; i += 1) {
    bench.append(1, 'p')
    await bench.clock.run(1)
  }
}

/** Waits for a promise while simulated time passes. */
async function waited<Result>(bench: MoveBench, promise: Promise<Result>): Promise<Result> {
  let isSettled = false
  const done = () => (isSettled = true)
  promise.then(done, done)
  for (let round = 0; !isSettled && round < 20_000; round += 1) await bench.clock.run(5)
  return promise
}

describe('a move', () => {
  test('puts the log into the other directory, and leaves nothing in the old one', async () => {
    const bench = await filled()
    const before = await bench.records()
    expect(before.length).toBe(60)
    expect(await bench.alter('/c')).toBe('NONE')
    expect(bench.log.directory).toBe('/c/orders-0')
    expect(await bench.directories()).toEqual(['/b/orders-0.*-delete', '/c/orders-0'])
    expect(await bench.records()).toEqual(before)
    expect(bench.assignments).toEqual(['/c'])
    bench.append(2, 'after')
    await bench.settle()
    expect((await bench.records()).slice(60).map(({ value }) => value)).toEqual(['after-0', 'after-1'])
    await bench.clock.run(120_000)
    expect(await bench.directories()).toEqual(['/c/orders-0'])
  })

  test('keeps what the records do not tell: epochs without records, producers without records, verifications', async () => {
    const bench = await filled({}, 0)
    bench.append(2, 'p', { producerId: 7, producerEpoch: 1, baseSequence: 0 })
    await bench.settle()
    await bench.log.deleteRecordsBefore(2)
    bench.log.beginEpoch(4)
    bench.append(1, 'x')
    bench.log.beginEpoch(9)
    await bench.settle()
    const transaction = { producerId: 9, producerEpoch: 0, baseSequence: 0, bumpsEpoch: true }
    const verification = bench.log.startVerification(transaction)
    const [epochs, producers] = [bench.log.handover.epochs, [...bench.log.activeProducers()]]
    expect(producers.length).toBe(1)
    await bench.alter('/a')
    expect(bench.log.directory).toBe('/a/orders-0')
    expect(bench.log.handover.epochs).toEqual(epochs)
    expect([...bench.log.activeProducers()]).toEqual(producers)
    expect(bench.log.logStartOffset).toBe(2)
    const batch = batchOf(1, { producerId: 9, producerEpoch: 0, baseSequence: 0, transactional: true })
    const outcome = bench.log.append(batch, { leaderEpoch: 9, origin: 'client', verification: verification as never })
    expect(outcome).toMatchObject({ ok: true })
  })

  test('of an empty log that begins far up, and of one that begins inside of a batch', async () => {
    const bench = await filled({}, 2)
    await bench.log.deleteRecordsBefore(4)
    await bench.alter('/c')
    expect([bench.log.logStartOffset, bench.log.nextOffset]).toEqual([4, 6])
    expect((await bench.records()).filter(({ offset }) => offset >= 4).length).toBe(2)
    await bench.done(bench.log.truncateFullyAndStartAt(1000))
    await bench.alter('/a')
    expect(bench.log.directory).toBe('/a/orders-0')
    expect([bench.log.logStartOffset, bench.log.nextOffset]).toEqual([1000, 1000])
  })

  test('goes on while records come, and loses none of them', async () => {
    const bench = await filled({ disk: { cachedChance: 0 } })
    const written: number[] = []
    bench.onWritten = offset => written.push(offset)
    bench.ask('/c')
    for (let i = 0; i < 200 && bench.log.logDirectory.path !== '/c'; i += 1) {
      bench.append(1, `w${i}`)
      await Promise.resolve()
    }
    await bench.settle()
    bench.append(1, 'last')
    await bench.clock.run(2000)
    expect(bench.log.directory).toBe('/c/orders-0')
    const offsets = (await bench.records()).map(({ offset }) => offset)
    expect(offsets).toEqual(offsets.map((_, index) => index))
    expect(written).toEqual([...written].sort((a, b) => a - b))
    expect(written.at(-1)).toBe(offsets.length)
  })

  test('acknowledges nothing that came after the copy was complete until the directories have their names', async () => {
    // Names take so long that everything else could happen meanwhile.
    const bench = await busy(operation => (operation === 'rename' ? 200 : 1))
    const seen: string[] = []
    let acknowledged = 0
    bench.onWritten = offset => (acknowledged = offset)
    bench.onOperation = line => {
      const name = /^rename (\S+\/orders-0(\.\w+-future)?) /.exec(line)?.[1]
      if (name) seen.push(`${name.replace(/\w{32}/, '*')} ${bench.log.nextOffset > acknowledged + 50}`)
    }
    bench.ask('/c')
    await produce(bench, 4000)
    expect(seen).toEqual(['/b/orders-0 true', '/c/orders-0.*-future true'])
    await bench.clock.run(1000)
    expect(acknowledged).toBe(bench.log.nextOffset)
  })

  test('is as fast as it may be, and another limit holds at once', async () => {
    const bench = await filled()
    const bytes = bench.log.sizeBytes
    await slowed(bench, bytes / 10)
    await bench.alter('/c')
    await bench.clock.run(5000)
    const [copied, future] = [bench.manager.moves.counts.copiedBytes, bench.manager.moves.lagMax]
    expect(copied / bytes).toBeGreaterThan(0.4)
    expect(copied / bytes).toBeLessThan(0.75)
    expect(future).toBeGreaterThan(10)
    await fullSpeed(bench)
    expect(bench.log.directory).toBe('/c/orders-0')
  })

  test('of so many at once as the setting says', async () => {
    const bench = await filled({ settings: { ...slowly, 'num.replica.alter.log.dirs.threads': '1' } })
    bench.manager.moves.updateConfig({ threads: 1, bytesPerSecond: 100 })
    await bench.manager.create('orders', 1, undefined, bench.config, bench.manager.directories[1]!.directoryId)
    await bench.alter('/c')
    await bench.alter('/c', 1)
    expect([bench.manager.moves.activeCount, bench.manager.moves.runningCount]).toEqual([2, 1])
    await bench.clock.run(600_000)
    expect(bench.manager.get('orders', 1)!.logDirectory.path).toBe('/c')
    expect([bench.manager.moves.activeCount, bench.manager.moves.counts.completed]).toEqual([0, 2])
  })

  test('is described with both logs', async () => {
    const bench = await filled()
    await slowed(bench)
    await bench.alter('/c')
    const described = (await bench.done(bench.manager.describe())).map(({ logs }) => logs)
    expect(described[1]).toEqual([expect.objectContaining({ isFuture: false, logEndOffset: 60 })])
    expect(described[2]).toEqual([expect.objectContaining({ isFuture: true, partition: 0 })])
    expect(described[2]![0]!.logEndOffset).toBeLessThan(60)
  })
})

describe('what is refused', () => {
  test('a path that is no log directory, a relative one, one with a slash behind', async () => {
    const bench = await filled()
    for (const path of ['/d', 'a', '/a/', '']) expect(await bench.alter(path)).toBe('LOG_DIR_NOT_FOUND')
    expect(bench.log.directory).toBe('/b/orders-0')
  })

  test('a name that is too long for the directory of a copy', async () => {
    const bench = await filled()
    expect(await bench.alter('/c', 0, 'x'.repeat(214))).toBe('INVALID_TOPIC_EXCEPTION')
    bench.refusal = errors.UNKNOWN_TOPIC_OR_PARTITION
    expect(await bench.alter('/c', 0, 'x'.repeat(213))).toBe('UNKNOWN_TOPIC_OR_PARTITION')
  })

  test('anything while a directory is offline, where a copy might be already', async () => {
    const bench = await filled()
    const heal = bench.sim.fail({ path: '/a' })
    await bench.done(
      bench.manager
        .create('orders', 1, undefined, bench.config, bench.manager.directories[0]!.directoryId)
        .catch(() => undefined),
    )
    expect(bench.manager.directories.map(({ isOnline }) => isOnline)).toEqual([false, true, true])
    for (const path of ['/a', '/c']) expect(await bench.alter(path)).toBe('KAFKA_STORAGE_ERROR')
    heal()
    expect(await bench.directories().then(all => all.filter(name => name.includes('future')))).toEqual([])
  })

  test('a partition that is not here: its directory is remembered until it comes', async () => {
    const bench = await filled()
    bench.refusal = errors.UNKNOWN_TOPIC_OR_PARTITION
    expect(await bench.alter('/c', 5)).toBe('UNKNOWN_TOPIC_OR_PARTITION')
    const ids = bench.manager.directories.map(({ directoryId }) => directoryId)
    const log = await bench.done(bench.manager.create('orders', 5, undefined, bench.config, ids[0]))
    expect(log.directory).toBe('/c/orders-5')
    const other = await bench.done(bench.manager.create('orders', 6, undefined, bench.config, ids[0]))
    expect(other.directory).toBe('/a/orders-6')
  })

  test('of remembered directories there are only so many', async () => {
    const bench = await started()
    bench.refusal = errors.UNKNOWN_TOPIC_OR_PARTITION
    for (let i = 0; i <= preferredDirectoriesMax; i += 1) bench.manager.moves.alter('t', i, '/c', () => bench.refusal)
    await bench.settle()
    expect(bench.manager.moves.takePreferred('t', 0)).toBeUndefined()
    expect(bench.manager.moves.takePreferred('t', 1)).toBe('/c')
  })
})

describe('a move that is under way', () => {
  test('is given up for another directory', async () => {
    const bench = await filled()
    await slowed(bench)
    await bench.alter('/c')
    expect(await bench.alter('/a')).toBe('NONE')
    expect(await bench.directories()).toEqual(['/a/orders-0.*-future', '/b/orders-0', '/c/orders-0.*-delete'])
    await fullSpeed(bench)
    expect(bench.log.directory).toBe('/a/orders-0')
    expect((await bench.records()).length).toBe(60)
    expect(bench.manager.moves.counts).toMatchObject({ completed: 1, cancelled: 1 })
  })

  test('is given up where the log is asked to stay, and asked for once more goes on', async () => {
    const bench = await filled()
    await slowed(bench)
    await bench.alter('/c')
    expect(await bench.alter('/c')).toBe('NONE')
    expect(bench.manager.moves.activeCount).toBe(1)
    expect(await bench.alter('/b')).toBe('NONE')
    expect(await bench.directories()).toEqual(['/b/orders-0', '/c/orders-0.*-delete'])
    expect([bench.manager.moves.activeCount, bench.log.compaction.isUsable]).toEqual([0, true])
    await fullSpeed(bench)
    expect(bench.log.directory).toBe('/b/orders-0')
  })

  test('ends with the topic', async () => {
    const bench = await filled()
    await slowed(bench)
    await bench.alter('/c')
    await bench.done(bench.manager.delete('orders', 0))
    await fullSpeed(bench)
    expect(await bench.directories()).toEqual(['/b/orders-0.*-delete', '/c/orders-0.*-delete'])
    await bench.clock.run(120_000)
    expect(await bench.directories()).toEqual([])
  })

  test('ends with the topic also in the middle of the swap', async () => {
    const bench = await filled()
    let isDeleting = false
    bench.onOperation = line => {
      if (isDeleting || !/^rename \/b\/orders-0 /.test(line)) return
      isDeleting = true
      bench.manager.delete('orders', 0).catch(() => {})
    }
    await bench.alter('/c')
    await bench.clock.run(120_000)
    expect(isDeleting).toBe(true)
    expect(await bench.directories()).toEqual([])
    expect(bench.manager.get('orders', 0)).toBeUndefined()
  })

  test('pauses compaction, and the log that it leads to is compacted', async () => {
    const bench = await filled({ topic: { 'cleanup.policy': 'compact', 'internal.segment.bytes': 700 } })
    // Under way, or done: how long a task takes is not the clock's.
    const cleanings = () => bench.manager.cleaner!.runningCount + bench.manager.cleaner!.counts.cleanings
    await slowed(bench, 10)
    await bench.alter('/c')
    await bench.clock.run(30_000)
    expect([bench.log.compaction.isUsable, cleanings()]).toEqual([false, 0])
    await fullSpeed(bench)
    expect(bench.log.directory).toBe('/c/orders-0')
    await bench.clock.run(30_000)
    expect([bench.log.compaction.isUsable, cleanings() > 0]).toEqual([true, true])
  })

  test('follows the log start, also past its own end', async () => {
    const bench = await filled()
    await slowed(bench)
    await bench.alter('/c')
    await bench.log.deleteRecordsBefore(50)
    await fullSpeed(bench)
    expect([bench.log.directory, bench.log.logStartOffset]).toEqual(['/c/orders-0', 50])
    expect((await bench.records()).filter(({ offset }) => offset >= 50).length).toBe(10)
  })

  test('follows a cut, after which the log went on otherwise', async () => {
    const bench = await filled()
    await slowed(bench, 600)
    await bench.alter('/c')
    expect(bench.manager.moves.lagMax).toBeLessThan(60)
    await bench.done(bench.log.truncateTo(3))
    for (let i = 0; i < 30; i += 1) bench.append(3, `new${i}`)
    await bench.settle()
    const wanted = await bench.records()
    await fullSpeed(bench)
    expect(bench.log.directory).toBe('/c/orders-0')
    expect(await bench.records()).toEqual(wanted)
  })

  test('waits for space, and goes on when there is some', async () => {
    const bench = await filled()
    await slowed(bench, 1000)
    expect(await bench.alter('/c')).toBe('NONE')
    bench.sim.capacityBytes = bench.sim.usedBytes
    await fullSpeed(bench)
    expect(bench.log.directory).toBe('/b/orders-0')
    expect(bench.lines.filter(line => line.includes('/c is full')).length).toBe(1)
    bench.sim.capacityBytes = 1024 ** 4
    await bench.clock.run(20_000)
    expect(bench.log.directory).toBe('/c/orders-0')
    expect((await bench.records()).length).toBe(60)
  })

  test('away from a full disk: what waits for space there is written in the new directory', async () => {
    const bench = await filled()
    let acknowledged = 60
    bench.onWritten = offset => (acknowledged = offset)
    bench.sim.fail({ operation: 'write', path: /^\/b\/orders-0\/\d+\.log$/, code: 'DISK_FULL' })
    bench.append(2, 'waits')
    await bench.clock.run(3000)
    expect([acknowledged, bench.log.nextOffset]).toEqual([60, 62])
    expect(await bench.alter('/c')).toBe('NONE')
    await bench.clock.run(3000)
    expect([bench.log.directory, acknowledged]).toEqual(['/c/orders-0', 62])
    expect((await bench.records()).slice(60).map(({ value }) => value)).toEqual(['waits-0', 'waits-1'])
    expect(bench.log.failure).toBeUndefined()
  })

  test('ends although records never stop coming', async () => {
    const bench = await busy()
    bench.ask('/c')
    await produce(bench, 2000)
    expect(bench.log.directory).toBe('/c/orders-0')
    expect((await waited(bench, bench.records())).length).toBe(bench.log.nextOffset)
  })

  test('does not hold writing for long: a target that stops in the last chunk is tried again', async () => {
    const bench = await busy()
    let heal: (() => void) | undefined
    bench.onOperation = () => {
      if (bench.assignments.length > 0)
        heal ??= bench.sim.fail({ operation: 'write', path: /-future\/\d+\.log$/, nth: 2, code: 'DISK_FULL' })
    }
    bench.ask('/c')
    let acknowledged = 0
    bench.onWritten = offset => (acknowledged = offset)
    await produce(bench, 2000)
    await bench.clock.run(2 * holdMsMax)
    expect(bench.log.directory).toBe('/b/orders-0')
    expect(acknowledged, 'writing goes on').toBe(bench.log.nextOffset)
    heal!()
    await produce(bench, 6000)
    expect(bench.log.directory).toBe('/c/orders-0')
    expect((await waited(bench, bench.records())).length).toBe(bench.log.nextOffset)
  })

  test('goes on after a stop in good order', async () => {
    const bench = await filled()
    await slowed(bench)
    await bench.alter('/c')
    await bench.done(bench.manager.close())
    expect(await bench.directories()).toEqual(['/b/orders-0', '/c/orders-0.*-future'])
    await bench.start()
    await bench.clock.run(5000)
    expect(bench.log.directory).toBe('/c/orders-0')
    expect((await bench.records()).length).toBe(60)
  })
})
