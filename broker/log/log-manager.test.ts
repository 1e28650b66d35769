import { describe, expect, test } from 'vitest'
import { DiskError } from '../../io/disk.ts'
import { ManualClock } from '../../io/sim/clock.ts'
import { SimDisk, type SimDiskOptions } from '../../io/sim/disk.ts'
import { seededRandom } from '../../io/sim/random.ts'
import type { World } from '../../io/world.ts'
import { errors } from '../../protocol/errors.ts'
import { buildBatch } from '../../protocol/records/batch-builder.ts'
import { encodeControlRecord } from '../../protocol/records/control-record.ts'
import type { TopicPartition } from '../../protocol/types.ts'
import { batchOf, benchTopicId, logConfig, readAll, recordsIn } from '../../testing/log-bench.ts'
import { brokerConfig } from '../config/broker-config.ts'
import { developmentProfile } from '../config/development-profile.ts'
import type { LogConfig } from '../config/log-config.ts'
import { LogManager, type LogManagerOptions } from './log-manager.ts'
import type { PartitionLog } from './partition-log.ts'
import { decodeTransactionIndex } from './transaction-index.ts'

const client = { leaderEpoch: 0, origin: 'client' } as const
const cluster = { clusterId: 'VcE87dc19XIURd9KuS8Lww', nodeId: 1 }

class ManagerBench {
  readonly clock = new ManualClock()
  readonly sim: SimDisk
  readonly texts: string[] = []
  readonly operations: string[] = []
  readonly config: LogConfig
  readonly settings: Record<string, string>

  constructor(
    options: { disk?: SimDiskOptions; settings?: Record<string, string>; topic?: Record<string, string | number> } = {},
  ) {
    this.sim = new SimDisk({ trace: line => void this.operations.push(line), ...options.disk })
    this.settings = { 'log.dirs': '/a,/b', 'metadata.log.dir': '/a', ...options.settings }
    this.config = logConfig(options.topic ?? {})
  }

  async open(options: Partial<LogManagerOptions> = {}): Promise<LogManager> {
    const log = (_: object, text: string) => void this.texts.push(text)
    const logger = { debug: () => {}, info: log, warn: log, error: log }
    const world = { disk: this.sim.mount(), clock: this.clock, random: seededRandom(3), logger } as unknown as World
    const overrides = new Map(Object.entries(this.settings))
    const config = brokerConfig({ profile: developmentProfile(), overrides })
    return LogManager.open({ world, config, ...options })
  }

  async load(options: Partial<LogManagerOptions> = {}): Promise<LogManager> {
    const manager = await this.open(options)
    await manager.format(cluster)
    await manager.load({ configOf: () => this.config })
    return manager
  }

  async done<Result>(promise: Promise<Result>): Promise<Result> {
    promise.catch(() => {})
    await this.clock.run()
    return promise
  }

  close(manager: LogManager): Promise<void> {
    return this.done(manager.close())
  }

  async create(manager: LogManager, topic: string, partition = 0, directoryId?: string) {
    return manager.create(topic, partition, benchTopicId, this.config, directoryId)
  }

  text(path: string): string {
    return this.sim.peek(path).toString()
  }
}

describe('directories', () => {
  test('are created, locked and formatted with ids of their own', async () => {
    const bench = new ManagerBench()
    const manager = await bench.open()
    expect(manager.directories.map(({ path, directoryId, isOnline }) => [path, directoryId, isOnline])).toEqual([
      ['/a', undefined, true],
      ['/b', undefined, true],
    ])
    expect([...manager.metaProperties]).toEqual([
      ['/a', undefined],
      ['/b', undefined],
    ])
    await manager.format(cluster)
    const ids = manager.directories.map(directory => directory.directoryId)
    expect(new Set(ids).size).toBe(2)
    expect(bench.text('/a/meta.properties')).toBe(
      `#\nnode.id=1\ndirectory.id=${ids[0]}\nversion=1\ncluster.id=${cluster.clusterId}\n`,
    )
    await bench.close(manager)
    const again = await bench.open()
    expect(again.directories.map(directory => directory.directoryId)).toEqual(ids)
    expect(again.metaProperties.get('/b')).toEqual({ version: 1, ...cluster, directoryId: ids[1] })
  })

  test('that somebody else uses are an error that names them', async () => {
    const bench = new ManagerBench()
    const manager = await bench.open()
    await expect(bench.open()).rejects.toMatchObject({ code: 'LOCKED' })
    await bench.close(manager)
    await bench.open()
  })

  test('named twice are an error', async () => {
    const bench = new ManagerBench({ settings: { 'log.dirs': '/a,/b,/c/../a' } })
    await expect(bench.open()).rejects.toThrow('log.dirs names /a twice')
  })

  test('of a kind that no KRaft broker formats are an error', async () => {
    const bench = new ManagerBench()
    const disk = bench.sim.mount()
    await disk.makeDirectory('/a')
    await disk.replaceFile('/a/meta.properties', Buffer.from('version=0\nbroker.id=1\n'))
    await expect(bench.open()).rejects.toThrow(/\/a\/meta\.properties: version is 0/)
  })

  test('that cannot be used at the start are offline, and the others go on', async () => {
    const bench = new ManagerBench()
    bench.sim.fail({ operation: 'makeDirectory', path: '/b' })
    const manager = await bench.load()
    expect(manager.directories.map(directory => directory.isOnline)).toEqual([true, false])
    expect((await bench.create(manager, 'orders')).directory).toBe('/a/orders-0')
  })

  test.each(['/a', /./])('when %s cannot be used, nothing starts', async path => {
    const bench = new ManagerBench()
    bench.sim.fail({ operation: 'makeDirectory', path })
    await expect(bench.open()).rejects.toMatchObject({ code: 'LOG_DIRECTORY_UNUSABLE' })
  })
})

describe('logs', () => {
  test('go where the fewest are, or where they are asked for', async () => {
    const bench = new ManagerBench()
    const manager = await bench.load()
    const [, second] = manager.directories
    await bench.create(manager, 'one', 0, second!.directoryId)
    await bench.create(manager, 'two', 0, second!.directoryId)
    const third = await bench.create(manager, 'three')
    expect(third.directory).toBe('/a/three-0')
    expect(manager.directoryIdOf('one', 0)).toBe(second!.directoryId)
    expect(manager.directoryIdOf('none', 0)).toBeUndefined()
    expect(await bench.create(manager, 'three')).toBe(third)
  })

  test('are found again, with their topic ids and records', async () => {
    const bench = new ManagerBench()
    const manager = await bench.load()
    const log = await bench.create(manager, 'with-dash', 3)
    log.append(batchOf(4), client)
    await bench.close(manager)
    const again = await bench.load()
    const found = again.get('with-dash', 3)!
    expect([found.topicId, found.nextOffset]).toEqual([benchTopicId, 4])
    expect(recordsIn(await readAll(found)).length).toBe(4)
    expect(again.get('with', 3)).toBeUndefined()
    expect([...again.all()]).toEqual([found])
  })

  test('take new settings by topic', async () => {
    const bench = new ManagerBench()
    const manager = await bench.load()
    const [orders, clicks] = [await bench.create(manager, 'orders'), await bench.create(manager, 'clicks')]
    const config = logConfig({ 'max.message.bytes': 50 })
    manager.updateConfig('orders', config)
    expect([orders.config, clicks.config]).toEqual([config, bench.config])
    expect(orders.append(batchOf(1), client)).toMatchObject({ error: errors.MESSAGE_TOO_LARGE })
  })

  test('that are deleted are renamed at once, removed later, and forgotten by the checkpoints', async () => {
    const bench = new ManagerBench({ topic: { 'file.delete.delay.ms': 1000 } })
    const manager = await bench.load()
    const log = await bench.create(manager, 'orders', 0, manager.directories[0]!.directoryId)
    log.append(batchOf(4), client)
    await bench.done(log.flush())
    await log.deleteRecordsBefore(3)
    await bench.clock.run(60_000)
    expect(bench.text('/a/log-start-offset-checkpoint')).toBe('0\n1\norders 0 3\n')
    await bench.done(manager.delete('orders', 0))
    expect(manager.get('orders', 0)).toBeUndefined()
    expect(bench.text('/a/log-start-offset-checkpoint')).toBe('0\n0\n')
    expect(bench.text('/a/recovery-point-offset-checkpoint')).toBe('0\n0\n')
    const names = async () =>
      (await bench.sim.mount().list('/a')).filter(entry => entry.isDirectory).map(entry => entry.name)
    expect(await names()).toEqual([expect.stringMatching(/^orders-0\.[0-9a-f]{32}-delete$/)])
    await bench.clock.run(1000)
    expect(await names()).toEqual([])
    const again = await bench.create(manager, 'orders', 0, manager.directories[0]!.directoryId)
    expect([again.logStartOffset, again.nextOffset]).toEqual([0, 0])
    await bench.done(manager.delete('nothing', 0))
  })

  test('deleted before a stop are removed after the next start', async () => {
    const bench = new ManagerBench()
    const manager = await bench.load()
    await bench.create(manager, 'orders', 0, manager.directories[0]!.directoryId)
    await bench.done(manager.delete('orders', 0))
    await bench.close(manager)
    const again = await bench.load()
    expect([...again.all()]).toEqual([])
    await bench.clock.run(60_000)
    expect((await bench.sim.mount().list('/a')).filter(entry => entry.isDirectory)).toEqual([])
  })

  test('that the metadata does not know are set aside', async () => {
    const bench = new ManagerBench()
    const manager = await bench.load()
    await bench.create(manager, 'orders')
    await bench.create(manager, 'stray')
    await bench.close(manager)
    const again = await bench.open()
    const asked: unknown[] = []
    const isStray = (topic: string, partition: number, topicId: string | undefined) => {
      asked.push([topic, partition, topicId])
      return topic === 'stray'
    }
    await again.load({ configOf: () => bench.config, isStray })
    expect([...again.all()].map(log => log.topic)).toEqual(['orders'])
    expect(asked).toContainEqual(['stray', 0, benchTopicId])
    expect(bench.texts.some(text => /stray-0 belongs to no topic of this broker/.test(text))).toBe(true)
    await bench.close(again)
    await bench.load()
  })

  test('in two directories at once are an error that says what to do', async () => {
    const bench = new ManagerBench()
    const manager = await bench.load()
    await bench.create(manager, 'orders', 0, manager.directories[0]!.directoryId)
    await bench.close(manager)
    await bench.sim.mount().makeDirectory('/b/orders-0')
    await expect(bench.load()).rejects.toThrow(/orders-0 is in .* and in .*: remove the one/)
  })

  test('are described with their sizes', async () => {
    const bench = new ManagerBench({ disk: { capacityBytes: 500_000_000 } })
    const manager = await bench.load()
    const log = await bench.create(manager, 'orders', 0, manager.directories[1]!.directoryId)
    log.append(batchOf(2), client)
    await bench.clock.run()
    const [first, second] = await manager.describe()
    const described = { topic: 'orders', partition: 0, sizeBytes: log.sizeBytes, logEndOffset: 2, isFuture: false }
    expect([first!.logs, second!.logs]).toEqual([[], [described]])
    expect(first!.totalBytes).toBe(500_000_000)
  })

  test('what else lies in a log directory is left alone', async () => {
    const bench = new ManagerBench()
    const disk = bench.sim.mount()
    for (const name of ['lost+found', 'orders-1.0123456789abcdef0123456789abcdef-stray'])
      await disk.makeDirectory(`/a/${name}`)
    await bench.load()
    expect(bench.texts.filter(text => text.includes('left alone')).length).toBe(2)
  })
})

describe('stopping', () => {
  test('in good order is marked, with the broker epoch, and makes the next start quick', async () => {
    const bench = new ManagerBench()
    const manager = await bench.load()
    const log = await bench.create(manager, 'orders')
    log.append(batchOf(4), client)
    manager.setBrokerEpoch(17)
    await bench.close(manager)
    expect(JSON.parse(bench.text('/a/.kafka_cleanshutdown'))).toMatchObject({ version: 0, brokerEpoch: 17 })
    expect(bench.text('/a/recovery-point-offset-checkpoint')).toBe('0\n1\norders 0 4\n')
    bench.operations.length = 0
    const again = await bench.load()
    expect(again.previousBrokerEpoch).toBe(17)
    expect(again.get('orders', 0)!.nextOffset).toBe(4)
    expect(bench.operations.filter(line => /^(open|read) .*orders-0/.test(line))).toEqual([])
  })

  test('is unmarked as soon as logs are opened, so that a crash is known as one', async () => {
    const bench = new ManagerBench()
    await bench.close(await bench.load())
    await bench.load()
    bench.sim.losePower()
    expect((await bench.load()).previousBrokerEpoch).toBe(-1)
  })

  test('differing epochs of directories say nothing', async () => {
    const bench = new ManagerBench()
    const manager = await bench.load()
    manager.setBrokerEpoch(17)
    await bench.close(manager)
    await bench.sim.mount().replaceFile('/b/.kafka_cleanshutdown', Buffer.from('{"version":0,"brokerEpoch":16}'))
    expect((await bench.open()).previousBrokerEpoch).toBe(-1)
  })

  test('before the logs were loaded leaves a directory as it was', async () => {
    const bench = new ManagerBench()
    const manager = await bench.load()
    manager.setBrokerEpoch(17)
    await bench.close(manager)
    const before = bench.text('/a/.kafka_cleanshutdown')
    await bench.close(await bench.open())
    expect(bench.text('/a/.kafka_cleanshutdown')).toBe(before)
    const never = new ManagerBench()
    await bench.close(await never.open())
    expect((await never.sim.mount().list('/a')).map(entry => entry.name)).toEqual(['.lock'])
  })

  test('a summary is not believed when the directory was touched since', async () => {
    const bench = new ManagerBench({ topic: { 'internal.segment.bytes': 200 } })
    const manager = await bench.load()
    const log = await bench.create(manager, 'orders', 0, manager.directories[0]!.directoryId)
    for (let i = 0; i < 3; i += 1) log.append(batchOf(2), client)
    await bench.close(manager)
    const disk = bench.sim.mount()
    const file = await disk.open('/a/orders-0/00000000000000000004.log', 'write')
    await file.truncate(10)
    await file.close()
    const again = await bench.load()
    expect(again.get('orders', 0)!.nextOffset).toBe(4)
    expect(bench.texts.some(text => text.includes('10 bytes from position 0 on were cut off'))).toBe(true)
  })

  test("a summary is not believed when somebody else's stop came after it", async () => {
    const bench = new ManagerBench()
    const manager = await bench.load()
    const log = await bench.create(manager, 'orders', 0, manager.directories[0]!.directoryId)
    log.append(batchOf(2), client)
    await bench.close(manager)
    await bench.sim.mount().replaceFile('/a/.kafka_cleanshutdown', Buffer.from('{"version":0,"brokerEpoch":16}'))
    bench.operations.length = 0
    expect((await bench.load()).get('orders', 0)!.nextOffset).toBe(2)
    expect(bench.operations.some(line => /^open .*orders-0/.test(line))).toBe(true)
  })

  test('transactions are aborted in a log that had aborted ones when it was closed', async () => {
    const bench = new ManagerBench()
    const abort = (log: PartitionLog, baseSequence: number) => {
      const producer = { producerId: 7, producerEpoch: 0, transactional: true }
      log.append(batchOf(2, { ...producer, baseSequence }), { ...client, verification: 'disabled' })
      const marker = encodeControlRecord({ type: 'ABORT', coordinatorEpoch: 1 })
      const control = buildBatch([{ ...marker, timestamp: 5 }], { ...producer, control: true })
      expect(log.append(control, { leaderEpoch: 0, origin: 'coordinator' }).ok).toBe(true)
    }
    const manager = await bench.load()
    const log = await bench.create(manager, 'orders', 0, manager.directories[0]!.directoryId)
    abort(log, 0)
    await bench.close(manager)
    bench.operations.length = 0
    const again = (await bench.load()).get('orders', 0)!
    // From the summary: the segment itself is not looked into.
    expect(bench.operations.filter(line => /^open .*orders-0.*\.log/.test(line))).toEqual([])
    abort(again, 2)
    await bench.done(again.close())
    const entries = decodeTransactionIndex(0, bench.sim.peek('/a/orders-0/00000000000000000000.txnindex'))
    expect(entries.entries.map(({ firstOffset, lastOffset }) => [firstOffset, lastOffset])).toEqual([
      [0, 2],
      [3, 5],
    ])
  })

  test('high watermarks survive it', async () => {
    const bench = new ManagerBench()
    const manager = await bench.load()
    const [orders, clicks] = [await bench.create(manager, 'orders'), await bench.create(manager, 'clicks')]
    const known: [TopicPartition, number][] = [
      [orders, 3],
      [clicks, 5],
    ]
    manager.setHighWatermarks(() => known)
    await bench.clock.run(5000)
    expect(bench.text(`${orders.logDirectory.path}/replication-offset-checkpoint`)).toBe('0\n1\norders 0 3\n')
    known[0]![1] = 4
    await bench.close(manager)
    const again = await bench.load()
    expect([again.checkpointedHighWatermark('orders', 0), again.checkpointedHighWatermark('clicks', 0)]).toEqual([4, 5])
    expect(again.checkpointedHighWatermark('none', 0)).toBeUndefined()
  })
})

describe('a failing directory', () => {
  test('takes its logs with it and nobody else', async () => {
    const bench = new ManagerBench()
    const failed: string[] = []
    const fatal: DiskError[] = []
    const manager = await bench.load({
      onDirectoryFailed: directory => failed.push(directory.path),
      onFatal: error => fatal.push(error),
    })
    const [first, second] = manager.directories
    const [good, bad] = [
      await bench.create(manager, 'good', 0, first!.directoryId),
      await bench.create(manager, 'bad', 0, second!.directoryId),
    ]
    bench.sim.fail({ operation: 'write', path: '/b' })
    bad.append(batchOf(1), client)
    good.append(batchOf(1), client)
    await bench.clock.run()
    expect([failed, fatal]).toEqual([['/b'], []])
    expect([manager.get('bad', 0), good.logEndOffset]).toEqual([undefined, 1])
    expect((await manager.describe())[1]).toMatchObject({ isOnline: false, logs: [], usableBytes: -1 })
    await expect(bench.create(manager, 'more', 0, second!.directoryId)).rejects.toBeInstanceOf(DiskError)
    expect((await bench.create(manager, 'more')).directory).toBe('/a/more-0')
    await bench.close(manager)
    expect((await bench.sim.mount().list('/b')).map(entry => entry.name)).not.toContain('.kafka_cleanshutdown')
  })

  test('that holds the metadata log stops the broker', async () => {
    const bench = new ManagerBench()
    const fatal: DiskError[] = []
    const manager = await bench.load({ onFatal: error => fatal.push(error) })
    const log = await bench.create(manager, 'orders', 0, manager.directories[0]!.directoryId)
    bench.sim.fail({ operation: 'write', path: '/a' })
    log.append(batchOf(1), client)
    await bench.clock.run()
    expect(fatal.length).toBe(1)
  })

  test('while its logs are loaded leaves the others', async () => {
    const bench = new ManagerBench()
    const manager = await bench.load()
    await bench.create(manager, 'one', 0, manager.directories[0]!.directoryId)
    await bench.create(manager, 'two', 0, manager.directories[1]!.directoryId)
    bench.sim.crashProcess()
    bench.sim.fail({ operation: 'read', path: '/b/two-0' })
    const failed: string[] = []
    const again = await bench.load({ onDirectoryFailed: directory => failed.push(directory.path) })
    expect([[...again.all()].map(log => log.topic), failed]).toEqual([['one'], ['/b']])
  })
})

describe('from time to time', () => {
  test('retention is applied, to the metadata log as far as its snapshots allow', async () => {
    const bench = new ManagerBench({ topic: { 'internal.segment.bytes': 120, 'retention.bytes': 0 } })
    const manager = await bench.load()
    const log = await bench.create(manager, 'orders')
    const metadata = await bench.done(manager.openMetadataLog(bench.config))
    for (let i = 0; i < 4; i += 1) {
      log.append(batchOf(2), client)
      metadata.append(batchOf(2, { baseOffset: i * 2, partitionLeaderEpoch: 1 }), { leaderEpoch: 1, origin: 'raft' })
    }
    await bench.clock.run()
    metadata.setHighWatermark(5)
    await metadata.deleteRecordsBefore(5)
    await bench.clock.run(300_000)
    expect([log.segmentCount, log.sizeBytes, metadata.firstSegmentOffset]).toEqual([1, 0, 4])
    expect([...manager.all()]).toEqual([log])
    await bench.close(manager)
  })

  test('logs are flushed whose flush.ms has passed', async () => {
    const bench = new ManagerBench({ topic: { 'flush.ms': 5000 } })
    const manager = await bench.load()
    const log = await bench.create(manager, 'orders')
    log.append(batchOf(2), client)
    await bench.clock.run(4000)
    expect(log.recoveryPoint).toBe(0)
    await bench.clock.run(2000)
    expect(log.recoveryPoint).toBe(2)
  })

  test('producers expire by the setting as it is now, in logs that are open', async () => {
    const bench = new ManagerBench({ settings: { 'producer.id.expiration.check.interval.ms': '1000' } })
    const manager = await bench.load()
    const log = await bench.create(manager, 'orders')
    log.append(batchOf(1, { producerId: 7, producerEpoch: 0, baseSequence: 0 }), client)
    await bench.clock.run(3000)
    const producers = () => [...log.activeProducers()].length
    expect(producers()).toBe(1)
    const overrides = new Map([...Object.entries(bench.settings), ['producer.id.expiration.ms', '2000']] as const)
    manager.updateBrokerConfig(brokerConfig({ profile: developmentProfile(), overrides }))
    await bench.clock.run(3000)
    expect(producers()).toBe(0)
    await bench.close(manager)
  })

  test('checkpoints that say the same are not written again', async () => {
    const bench = new ManagerBench()
    const manager = await bench.load()
    const log = await bench.create(manager, 'orders')
    log.append(batchOf(2), client)
    await bench.clock.run(180_000)
    bench.operations.length = 0
    await bench.clock.run(180_000)
    expect(bench.operations.filter(line => line.startsWith('write'))).toEqual([])
  })
})
