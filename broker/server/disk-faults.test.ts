// A disk that fails or fills up under a hundred produce requests, through the whole broker in the simulated world: all of them
// are answered, nothing unwhole is ever shown, and what was acknowledged is there after a restart.

import { afterEach, describe, expect, test } from 'vitest'
import { initProducerId } from '../../protocol/messages/init-producer-id.ts'
import { produce } from '../../protocol/messages/produce.ts'
import { buildBatch } from '../../protocol/records/batch-builder.ts'
import { readAll } from '../../testing/log-bench.ts'
import { loadTopic, ProduceLoad, type Sent } from './replay/produce-load.ts'
import { SimBroker } from './replay/sim-broker.ts'

const partitions = 6
const twoDirectories = { 'log.dirs': '/data/a,/data/b', 'metadata.log.dir': '/data/a' }
const flushed = { 'flush.messages': '1' }

let sim: SimBroker
let load: ProduceLoad

async function start(settings: Record<string, string> = twoDirectories, configs: Record<string, string> = {}) {
  sim = await SimBroker.start({ settings })
  load = await ProduceLoad.start(sim, partitions, configs)
}
afterEach(async () => {
  await sim.stop().catch(() => {})
})

const codesOf = (sent: readonly Sent[]) => sent.map(({ answer }) => answer?.error)
const count = <T>(items: readonly T[], item: T) => items.filter(each => each === item).length
/** Records that are decided and not written, of all partitions. */
const waitingForSpace = () => {
  const logs = Array.from({ length: partitions }, (_, index) => sim.broker.logs.get(loadTopic, index)!)
  return logs.reduce((sum, { nextOffset, logEndOffset }) => sum + nextOffset - logEndOffset, 0)
}

/** Runs until all of them are answered. */
async function answered(sent: readonly Sent[], withinMs = 60_000): Promise<void> {
  const { world } = sim
  await world.run({ until: () => sent.every(({ answer }) => answer), untilMs: world.nowMs + withinMs })
}

/** What each partition holds, checked against all that was sent. */
async function stored(): Promise<string[][]> {
  const found: string[][] = []
  for (let partition = 0; partition < partitions; partition++) {
    const log = sim.broker.logs.get(loadTopic, partition)!
    found.push(load.check(partition, await sim.world.complete(readAll(log)), true))
  }
  return found
}

describe('a disk that fails in mid-append', () => {
  describe.each(['write', 'datasync'] as const)('%s', operation => {
    test.each(['crashProcess', 'losePower'] as const)('answered, and consistent after %s', async end => {
      await start(twoDirectories, flushed)
      const stop = await load.watch()
      const lost = Array.from({ length: partitions }, (_, index) => index).filter(
        index => load.directoryOf(index) === '/data/b',
      )
      expect([lost.length > 0, lost.length < partitions]).toEqual([true, true])
      const before = await load.send({ requests: 12 })
      await answered(before)
      const repair = sim.host.disk.fail({ operation, path: /^\/data\/b\/load-.*\.log$/, nth: 2 })
      const sent = await load.send({ acks: index => (index % 2 === 0 ? 1 : -1) })
      await answered(sent)
      for (const each of sent) {
        const errors = lost.includes(each.partition) ? ['NONE', 'KAFKA_STORAGE_ERROR'] : ['NONE']
        expect(errors).toContain(each.answer?.error)
      }
      expect(count(codesOf(sent), 'KAFKA_STORAGE_ERROR')).toBeGreaterThan(20)
      const later = await load.send({ requests: partitions })
      await answered(later, 1000)
      for (const each of later) {
        expect(each.answer?.error).toBe(lost.includes(each.partition) ? 'KAFKA_STORAGE_ERROR' : 'NONE')
      }
      stop()
      expect(sim.fatal).toEqual([])
      repair()
      sim.host[end]()
      await sim.start()
      await stored()
      expect(load.wrong).toEqual([])
      const again = await load.send({ requests: partitions })
      await answered(again)
      expect(codesOf(again)).toEqual(again.map(() => 'NONE'))
    })
  })

  test('the only directory: the broker falls silent, nobody is told that it worked', async () => {
    await start({ 'log.dirs': '/data/a' })
    const repair = sim.host.disk.fail({ operation: 'write', path: /load-.*\.log$/ })
    const sent = await load.send()
    await sim.world.runFor(5000)
    expect(count(codesOf(sent), 'NONE')).toBe(0)
    expect([sim.fatal.length, load.clients.every(client => client.isClosed)]).toEqual([1, true])
    repair()
    sim.host.crashProcess()
    await sim.start()
    await stored()
    expect(load.wrong).toEqual([])
  })
})

describe('a disk that is full in mid-append', () => {
  const kibibyte = 1024
  /** A hundred requests of which about a third fit. */
  async function fill(timeoutMs: number): Promise<Sent[]> {
    await start(twoDirectories)
    const { disk } = sim.host
    disk.capacityBytes = disk.usedBytes + 150 * kibibyte
    return load.send({ acks: index => (index % 2 === 0 ? 1 : -1), timeoutMs, valueBytes: 4 * kibibyte })
  }

  test('space comes back in time: what waited is written, in its order, and acknowledged', async () => {
    const sent = await fill(30_000)
    const stop = await load.watch(20)
    await sim.world.runFor(2500)
    const [waiting, written] = [waitingForSpace(), count(codesOf(sent), 'NONE')]
    expect([waiting > 10, written > 0]).toEqual([true, true])
    expect(sim.broker.logs.directories.every(({ isFull }) => isFull)).toBe(true)
    sim.host.disk.capacityBytes = 1 << 30
    await answered(sent, 1500)
    stop()
    // What came when the disk was known to be full was refused at once.
    expect([...new Set(codesOf(sent))].sort()).toEqual(['KAFKA_STORAGE_ERROR', 'NONE'])
    const found = (await stored()).flat()
    expect([load.wrong, found.length]).toEqual([[], count(codesOf(sent), 'NONE')])
    expect(found.length).toBeGreaterThanOrEqual(written + waiting)
  })

  test("it does not: all are answered when the request's timeout is over, whatever their acks", async () => {
    const sent = await fill(2000)
    const stop = await load.watch(20)
    await sim.world.runFor(1500)
    const [waiting, answeredInTime] = [waitingForSpace(), count(codesOf(sent), 'NONE')]
    expect([waiting > 10, answeredInTime > 0]).toEqual([true, true])
    await answered(sent, 600)
    // Some were written in time, and their answers waited behind one of their connection that was not.
    const written = count(codesOf(sent), 'NONE')
    expect(written + waiting).toBeLessThanOrEqual(sent.length)
    const others = sent.filter(({ answer }) => answer?.error !== 'NONE').map(({ answer }) => answer)
    expect(others).toEqual(others.map(() => ({ error: 'KAFKA_STORAGE_ERROR', baseOffset: -1 })))
    const refused = await load.send({ requests: partitions })
    await answered(refused, 100)
    expect(codesOf(refused)).toEqual(refused.map(() => 'KAFKA_STORAGE_ERROR'))
    // What waited is written all the same when there is space.
    sim.host.disk.capacityBytes = 1 << 30
    await sim.world.runFor(1500)
    const later = await load.send({ requests: partitions })
    await answered(later)
    stop()
    expect((await stored()).flat().length).toBe(written + waiting + partitions)
    expect([load.wrong, codesOf(later)]).toEqual([[], later.map(() => 'NONE')])
  })

  test('a producer without acks is not held up for ever: its connection ends', async () => {
    await start(twoDirectories)
    sim.host.disk.capacityBytes = sim.host.disk.usedBytes + kibibyte
    const client = await sim.connect('careless', 'careless')
    load.sendOne(client, 0, { acks: 0, timeoutMs: 1500, valueBytes: 20 * kibibyte })
    await sim.world.runFor(1200)
    expect(client.isClosed).toBe(false)
    await sim.world.runFor(500)
    expect(client.isClosed).toBe(true)
  })

  test('an idempotent producer that sends again gets its offset, once', async () => {
    await start(twoDirectories)
    const client = await sim.connect()
    const { producerId } = await client.ask(initProducerId, 4, { transactionalId: null, transactionTimeoutMs: 1000 })
    sim.host.disk.capacityBytes = sim.host.disk.usedBytes + kibibyte
    const value = Buffer.alloc(20 * kibibyte)
    const send = async () => {
      const sequenced = { producerId, producerEpoch: 0, baseSequence: 0 }
      const batch = buildBatch([{ key: null, value, headers: [], timestamp: 1000 }], sequenced)
      const topicData = [{ name: loadTopic, partitionData: [{ index: 0, records: batch }] }]
      const { responses } = await client.ask(produce, 12, { acks: 1, timeoutMs: 1500, topicData })
      const { errorCode, baseOffset } = responses[0]!.partitionResponses[0]!
      return [errorCode, baseOffset]
    }
    expect(await send()).toEqual([56, -1])
    sim.host.disk.capacityBytes = 1 << 30
    await sim.world.runFor(2500)
    expect(await send()).toEqual([0, 0])
    expect(sim.broker.logs.get(loadTopic, 0)!.logEndOffset).toBe(1)
  })

  test('a crash while it is full leaves a log that ends with a whole batch', async () => {
    const sent = await fill(30_000)
    await sim.world.runFor(3000)
    sim.host.crashProcess()
    sim.host.disk.capacityBytes = 1 << 30
    await sim.start()
    await stored()
    expect([load.wrong, sent.some(({ answer }) => answer)]).toEqual([[], true])
  })
})
