// Moving replicas between log directories through the whole broker in the simulated world: under load, with disks that fail, over
// restarts; what the metadata says of it.

import { afterEach, describe, expect, test } from 'vitest'
import { errorName } from '../../protocol/errors.ts'
import { alterReplicaLogDirs } from '../../protocol/messages/alter-replica-log-dirs.ts'
import { describeLogDirs } from '../../protocol/messages/describe-log-dirs.ts'
import { readAll } from '../../testing/log-bench.ts'
import { replicaDirectory } from '../metadata/replica-directory.ts'
import { loadTopic, ProduceLoad, type Sent } from './replay/produce-load.ts'
import { SimBroker, type SimClient } from './replay/sim-broker.ts'

const partitions = 6
const all = Array.from({ length: partitions }, (_, index) => index)
const paths = ['/data/a', '/data/b', '/data/c']

let sim: SimBroker
let load: ProduceLoad
let client: SimClient

async function start(configs: Record<string, string> = {}): Promise<void> {
  sim = await SimBroker.start({ settings: { 'log.dirs': paths.join(','), 'metadata.log.dir': '/data/a' } })
  load = await ProduceLoad.start(sim, partitions, configs)
  client = await sim.connect()
}
afterEach(async () => {
  await sim.stop().catch(() => {})
})

async function alter(path: string, which: readonly number[] = all, topic = loadTopic): Promise<string[]> {
  const dirs = [{ path, topics: [{ name: topic, partitions: [...which] }] }]
  const { results } = await client.ask(alterReplicaLogDirs, 2, { dirs })
  return results.flatMap(each => each.partitions.map(({ errorCode }) => errorName(errorCode)!))
}

async function answered(sent: readonly Sent[]): Promise<void> {
  const { world } = sim
  await world.run({ until: () => sent.every(({ answer }) => answer), untilMs: world.nowMs + 60_000 })
}

const settled = () =>
  sim.world.run({ until: () => sim.broker.logs.moves.activeCount === 0, untilMs: sim.world.nowMs + 60_000 })

async function stored(): Promise<number> {
  let count = 0
  for (const partition of all) {
    const log = sim.broker.logs.get(loadTopic, partition)!
    count += load.check(partition, await sim.world.complete(readAll(log)), true).length
  }
  return count
}

/** Where the metadata has each replica. */
const assigned = () =>
  all.map(index => {
    const id = replicaDirectory(sim.broker.metadata.image, loadTopic, index, 1)
    return sim.broker.logs.directories.find(({ directoryId }) => directoryId === id)?.path
  })
const where = () => all.map(index => sim.broker.logs.get(loadTopic, index)?.logDirectory.path)

test('all replicas move while they are produced to, and the metadata follows, also over a loss of power', async () => {
  await start({ 'flush.messages': '1' })
  const stop = await load.watch()
  const sent = await load.send({ requests: 20 })
  expect(await alter('/data/c')).toEqual(all.map(() => 'NONE'))
  sent.push(...(await load.send({ requests: 20 })))
  await answered(sent)
  await settled()
  expect(where()).toEqual(all.map(() => '/data/c'))
  expect(assigned()).toEqual(where())
  stop()
  expect(await stored()).toBeGreaterThan(0)
  sim.host.losePower()
  await sim.start()
  expect(where()).toEqual(all.map(() => '/data/c'))
  expect(await stored()).toBeGreaterThan(0)
  expect(load.wrong).toEqual([])
})

test('a partition that comes later is created where it was asked for, and the metadata told', async () => {
  await start()
  expect(await alter('/data/b', [6])).toEqual(['UNKNOWN_TOPIC_OR_PARTITION'])
  expect(await alter('/data/d')).toEqual(all.map(() => 'LOG_DIR_NOT_FOUND'))
  expect(await alter('/data/b', [0], 'missing')).toEqual(['UNKNOWN_TOPIC_OR_PARTITION'])
  const another = { count: partitions + 1, assignments: null, name: loadTopic }
  await sim.world.complete(
    sim.broker.metadata.createPartitions({ topics: [another], timeoutMs: 1000, validateOnly: false }),
  )
  expect(sim.broker.logs.get(loadTopic, 6)!.logDirectory.path).toBe('/data/b')
  await sim.world.run({ untilMs: sim.world.nowMs + 100 })
  const { directoryId } = sim.broker.logs.directories[1]!
  expect(replicaDirectory(sim.broker.metadata.image, loadTopic, 6, 1)).toBe(directoryId)
})

describe('a disk fails', () => {
  test('to which replicas move: they stay where they are, and are served', async () => {
    await start()
    const sent = await load.send({ requests: 10 })
    await answered(sent)
    const before = where()
    const movers = all.filter(index => before[index] !== '/data/c')
    sim.broker.logs.moves.updateConfig({ threads: 3, bytesPerSecond: 50 })
    expect(await alter('/data/c', movers)).toEqual(movers.map(() => 'NONE'))
    sim.host.disk.fail({ path: '/data/c' })
    sim.broker.logs.moves.updateConfig({ threads: 3, bytesPerSecond: Number.POSITIVE_INFINITY })
    await settled()
    for (const index of movers) expect(where()[index]).toBe(before[index])
    expect(sim.broker.logs.moves.counts.failed).toBeGreaterThan(0)
    expect(await alter('/data/a', movers)).toEqual(
      movers.map(index => (before[index] === '/data/a' ? 'NONE' : 'KAFKA_STORAGE_ERROR')),
    )
    const more = await load.send({ requests: 10 })
    await answered(more)
    const codes = movers.map(index => sim.broker.partitions.hosting(loadTopic, index).error)
    expect(codes).toEqual(movers.map(() => undefined))
  })

  test('from which they move: they are offline, and are not served from the copy, which lacks records', async () => {
    await start()
    await answered(await load.send({ requests: 10 }))
    const movers = all.filter(index => where()[index] === '/data/b')
    expect(movers.length).toBeGreaterThan(0)
    sim.broker.logs.moves.updateConfig({ threads: 3, bytesPerSecond: 50 })
    await alter('/data/c', movers)
    sim.host.disk.fail({ path: '/data/b' })
    await answered(await load.send({ requests: 10 }))
    expect(sim.broker.logs.directories[1]!.isOnline).toBe(false)
    const errors = movers.map(index => sim.broker.partitions.hosting(loadTopic, index).error)
    expect(errors.map(error => error && errorName(error.code))).toEqual(movers.map(() => 'KAFKA_STORAGE_ERROR'))
    const { results } = await client.ask(describeLogDirs, 4, { topics: null })
    expect(
      results.flatMap(({ topics }) => topics.flatMap(topic => topic.partitions.filter(each => each.isFutureKey))),
    ).toEqual([])
  })
})
