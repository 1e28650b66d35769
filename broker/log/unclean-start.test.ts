// What a start after an unclean stop owes to those who were promised something before, and to those who read afterwards.

import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { seededRandom } from '../../io/sim/random.ts'
import { SimWorld } from '../../io/sim/world.ts'
import { batchOf, LogBench, logConfig } from '../../testing/log-bench.ts'
import { brokerConfig } from '../config/broker-config.ts'
import { developmentProfile } from '../config/development-profile.ts'
import { LogManager } from './log-manager.ts'

test('what was written before a crash and not flushed is flushed before it is shown, where flush.messages asks for it', async () => {
  for (let seed = 0; seed < 20; seed++) {
    const bench = new LogBench({ disk: { random: seededRandom(seed) } })
    await bench.append(await bench.open(), batchOf(3))
    // As the log manager does for the directories that it makes.
    for (const directory of ['/', '/logs']) await bench.disk.syncDirectory(directory)
    bench.crash()
    const shown = await bench.done(bench.open({ 'flush.messages': 3 }))
    expect([shown.logEndOffset, shown.recoveryPoint]).toEqual([3, 3])
    bench.losePower()
    expect((await bench.open()).logEndOffset).toBe(3)
  }
})

test.each([
  ['a log', ['/data', '/data/a'], '/data/a/t-0'],
  ['a log directory', ['/data'], '/data/a'],
  ['what a log directory lies in', [], '/data'],
])(
  '%s that was made by a process that died before the disk was told is kept with what is acknowledged in it',
  async (_, kept, lost) => {
    const overrides = new Map([['log.dirs', '/data/a']])
    const config = brokerConfig({ profile: developmentProfile(), overrides })
    for (let seed = 0; seed < 20; seed++) {
      const sim = new SimWorld({ seed })
      const host = sim.host('broker')
      const open = async () => {
        const manager = await sim.complete(LogManager.open({ world: host.start(), config }))
        await sim.complete(manager.format({ clusterId: 'cluster', nodeId: 1 }))
        await sim.complete(manager.load({ configOf: () => logConfig({ 'flush.messages': 1 }) }))
        return manager
      }
      const { disk } = host.start()
      for (const path of kept)
        await sim.complete(disk.makeDirectory(path).then(() => disk.syncDirectory(dirname(path))))
      // Formatting a directory syncs its names.
      if (lost.startsWith('/data/a/')) await open()
      await sim.complete(host.start().disk.makeDirectory(lost))
      host.crashProcess()
      const manager = await open()
      const log = await sim.complete(manager.create('t', 0, undefined, logConfig({ 'flush.messages': 1 })))
      log.append(batchOf(1), { leaderEpoch: 0, origin: 'client' })
      await sim.complete(log.flush())
      host.losePower()
      expect((await open()).get('t', 0)?.logEndOffset).toBe(1)
    }
  },
)

test('less than flush.messages asks for is not flushed', async () => {
  const bench = new LogBench()
  await bench.append(await bench.open(), batchOf(3))
  bench.crash()
  expect((await bench.done(bench.open({ 'flush.messages': 4 }))).recoveryPoint).toBe(0)
})

test('a log whose directory cannot be looked into is not begun anew in another one', async () => {
  const sim = new SimWorld({ seed: 1 })
  const host = sim.host('broker')
  const overrides = new Map([['log.dirs', '/a,/b']])
  const config = brokerConfig({ profile: developmentProfile(), overrides })
  const open = async () => {
    const manager = await sim.complete(LogManager.open({ world: host.start(), config }))
    await sim.complete(manager.format({ clusterId: 'cluster', nodeId: 1 }))
    await sim.complete(manager.load({ configOf: () => logConfig() }))
    return manager
  }
  const first = await open()
  const { directoryId } = first.directories.find(({ path }) => path === '/b')!
  const create = (manager: LogManager) =>
    sim.complete(manager.create('t', 0, 'osfdB9rFShmMs2j6BzdIbw', logConfig(), directoryId))
  expect((await create(first)).directory).toBe('/b/t-0')
  host.crashProcess()
  host.disk.fail({ operation: 'read', path: '/b/meta.properties', times: 1 })
  const second = await open()
  expect(second.directories.map(({ isOnline }) => isOnline)).toEqual([true, false])
  await expect(create(second)).rejects.toMatchObject({ code: 'DISK_FAILED' })
  host.crashProcess()
  expect((await open()).get('t', 0)?.directory).toBe('/b/t-0')
})

test('segments behind one that lost its end at the border of two batches are removed; those of a compacted log are not', async () => {
  for (const [policy, end] of [
    ['delete', 2],
    ['compact', 6],
  ] as const) {
    const bench = new LogBench()
    const settings = { 'cleanup.policy': policy }
    const log = await bench.open(settings)
    for (const roll of [false, false, true]) {
      if (roll) log.roll()
      await bench.append(log, batchOf(2))
    }
    const { length } = batchOf(2)
    bench.crash()
    const file = await bench.disk.open(`${bench.path}/00000000000000000000.log`, 'write')
    await file.truncate(length)
    expect((await bench.open(settings)).logEndOffset).toBe(end)
  }
})
