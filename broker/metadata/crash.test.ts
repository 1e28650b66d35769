// A node that dies between any two steps of its simulated disk, by kill -9 and by loss of power, and starts again: what was
// acknowledged is there, what the image says is what the log says, and a start that was interrupted is taken up again.
// The log is the real one, on the simulated disk.

import { describe, expect, test } from 'vitest'
import type { SimHost } from '../../io/sim/host.ts'
import { SimWorld } from '../../io/sim/world.ts'
import type { World } from '../../io/world.ts'
import { brokerConfig } from '../config/broker-config.ts'
import { developmentProfile } from '../config/development-profile.ts'
import { LogManager } from '../log/log-manager.ts'
import { imageFrames } from './image/image-records.ts'
import { ReplayedImage } from './image/replayed-image.ts'
import { Metadata } from './metadata.ts'
import { decodeRecord } from './metadata-record.ts'
import { storageOf } from './storage/metadata-storage.ts'

const settings = new Map([
  ['log.dirs', '/data'],
  ['metadata.log.max.record.bytes.between.snapshots', '1500'],
  ['metadata.max.retention.bytes', '6000'],
  ['internal.metadata.log.segment.bytes', '2000'],
  ['metadata.max.idle.interval.ms', '20'],
])
const config = brokerConfig({ profile: developmentProfile({ dataDir: '/data' }), properties: settings })

/** What the outside world has been told. */
class Witness {
  clusterId: string | undefined
  readonly acknowledged = new Set<string>()
  readonly deleted = new Set<string>()
  nextProducerId = 0
  rounds = 0
}

interface Node {
  readonly logs: LogManager
  readonly metadata: Metadata
}

async function start(world: World, witness: Witness): Promise<Node> {
  const logs = await LogManager.open({ world, config })
  const metadata = await Metadata.open({ world, config, storage: storageOf(logs), onFailed: () => {} })
  await metadata.registerBroker({
    endpoints: [{ name: 'PLAINTEXT', host: '127.0.0.1', port: 9092, securityProtocol: 0 }],
    rack: null,
    previousBrokerEpoch: logs.previousBrokerEpoch,
  })
  logs.setBrokerEpoch(metadata.brokerEpoch)
  await metadata.unfenceBroker()
  check(metadata, witness)
  return { logs, metadata }
}

/** Everything that was acknowledged is there; nothing that was acknowledged as deleted is. */
function check({ image, clusterId }: Metadata, witness: Witness): void {
  witness.clusterId ??= clusterId
  expect(clusterId).toBe(witness.clusterId)
  const names = new Set(Array.from(image.topics(), ({ name }) => name))
  for (const name of witness.acknowledged) expect(names, `topic ${name} was acknowledged`).toContain(name)
  for (const name of witness.deleted) expect(names, `topic ${name} was deleted`).not.toContain(name)
  expect(Number(image.nextProducerId)).toBeGreaterThanOrEqual(witness.nextProducerId)
  for (const topic of image.topics()) {
    expect(topic.partitions.map(({ leader, isr }) => [leader, ...isr])).toEqual(topic.partitions.map(() => [1, 1]))
  }
  // A snapshot of the image as it is now would lead to the same image.
  const frames = [...imageFrames(image as ReplayedImage)]
  const again = new ReplayedImage(clusterId, { recordsDelta: false })
  for (const frame of frames) again.apply(decodeRecord(frame))
  expect([...imageFrames(again)].map(frame => frame.toString('hex')).sort()).toEqual(
    frames.map(frame => frame.toString('hex')).sort(),
  )
}

/** A host with a directory that was there before: what makes the directory itself durable is not the metadata's affair. */
async function prepared(seed: number): Promise<{ sim: SimWorld; host: SimHost }> {
  const sim = new SimWorld({ seed })
  const host = sim.host('node')
  const { disk } = host.start()
  await sim.complete(disk.makeDirectory('/data'))
  await sim.complete(disk.syncDirectory('/'))
  return { sim, host }
}

/** Creates, deletes and allocates for ever; tells the witness what was acknowledged. */
async function work({ metadata }: Node, witness: Witness): Promise<void> {
  for (;;) {
    const round = witness.rounds++
    const names = [`a${round}`, `b${round}`]
    const topics = names.map(name => ({ name, numPartitions: 2, replicationFactor: 1, assignments: [], configs: [] }))
    const created = metadata.createTopics({ topics, timeoutMs: 0, validateOnly: false })
    const ids = metadata.allocateProducerIds()
    await created
    for (const name of names) witness.acknowledged.add(name)
    const { firstProducerId, count } = await ids
    expect(firstProducerId).toBeGreaterThanOrEqual(witness.nextProducerId)
    witness.nextProducerId = firstProducerId + count
    const gone = names[0]!
    // Once it has been asked for, it may be gone or not until it is acknowledged.
    witness.acknowledged.delete(gone)
    await metadata.deleteTopics({ topicNames: [gone], topics: [], timeoutMs: 0 }, 5)
    witness.deleted.add(gone)
  }
}

async function survives(seed: number, kind: 'process' | 'power', deaths: number): Promise<Witness> {
  const { sim, host } = await prepared(seed)
  const witness = new Witness()
  for (let death = 0; death < deaths; death += 1) {
    const failures: unknown[] = []
    const life = start(host.start(), witness).then(node => work(node, witness))
    life.catch(error => failures.push(error))
    // Early deaths fall into the start, later ones into the work.
    await sim.run({ stepsMax: 5 + sim.random.int(death % 3 === 0 ? 120 : 600) })
    expect(failures).toEqual([])
    if (kind === 'power') host.losePower()
    else host.crashProcess()
  }
  await sim.complete(start(host.start(), witness))
  return witness
}

describe.each(['process', 'power'] as const)('death of the %s', kind => {
  test.each(Array.from({ length: 8 }, (_, seed) => seed + 1))('seed %i', async seed => {
    const witness = await survives(seed, kind, 8)
    expect(witness.rounds).toBeGreaterThan(0)
  })
})

test('death at every single step of a first start', async () => {
  for (let steps = 1; steps < 150; steps += 1) {
    const { sim, host } = await prepared(steps)
    const witness = new Witness()
    const first = start(host.start(), witness)
    first.catch(() => {})
    const taken = await sim.run({ stepsMax: steps })
    host.losePower()
    const second = await sim.complete(start(host.start(), witness))
    await sim.complete(second.metadata.allocateProducerIds())
    if (taken < steps) break
  }
})

test('a disk that fails stops the metadata: nothing is acknowledged after it', async () => {
  const { sim, host } = await prepared(5)
  const failures: Error[] = []
  const world = host.start()
  const logs = await sim.complete(LogManager.open({ world, config }))
  const opened = Metadata.open({ world, config, storage: storageOf(logs), onFailed: error => failures.push(error) })
  const metadata = await sim.complete(opened)
  await sim.complete(metadata.settled())
  host.disk.fail({ operation: 'datasync', path: /__cluster_metadata-0/ })
  const allocated = metadata.allocateProducerIds()
  await expect(sim.complete(allocated)).rejects.toMatchObject({ code: 'METADATA_STOPPED' })
  expect(failures).toHaveLength(1)
  await expect(sim.complete(metadata.allocateProducerIds())).rejects.toMatchObject({ code: 'METADATA_STOPPED' })
})
