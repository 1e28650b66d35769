// The metadata as a whole, on a disk in memory: format, restart, decisions under way, failures, snapshots.

import { describe, expect, test } from 'vitest'
import type { Logger } from '../../io/logger.ts'
import { silentLogger } from '../../io/logger.ts'
import { ManualClock } from '../../io/sim/clock.ts'
import { memoryDisk } from '../../io/sim/disk.ts'
import { errors } from '../../protocol/errors.ts'
import { kafkaFiles, kafkaLog, writeFiles } from '../../testing/kafka-metadata.ts'
import { type BenchOptions, benchDirectory, MetadataBench } from '../../testing/metadata-bench.ts'
import type { MetadataDelta } from './metadata-delta.ts'
import type { MetadataImage } from './metadata-image.ts'
import { decodeRecord } from './metadata-record.ts'
import { MemoryMetadataLog } from './storage/memory-metadata-log.ts'
import { storedBatches } from './storage/raft-batch.ts'
import { decodeSnapshot } from './storage/snapshot.ts'

const metadataDirectory = `${benchDirectory}/__cluster_metadata-0`

function topics(...names: string[]) {
  const wanted = names.map(name => ({ name, numPartitions: 2, replicationFactor: 1, assignments: [], configs: [] }))
  return { topics: wanted, timeoutMs: 0, validateOnly: false }
}

/** Types of all records in the log, batch by batch. */
async function written(log: MemoryMetadataLog): Promise<string[][]> {
  const batches = [...storedBatches(await log.read(0, Number.POSITIVE_INFINITY))]
  return batches.map(({ isControl, records }) =>
    isControl ? ['control'] : records.map(({ value }) => decodeRecord(value).type),
  )
}

const codes = (response: { topics?: readonly { errorCode?: number }[] }): (number | undefined)[] =>
  (response.topics ?? []).map(({ errorCode }) => errorCode)

describe('a fresh directory', () => {
  test('is formatted and led: what is written, and with how few trips to the disk', async () => {
    const { log, metadata } = await MetadataBench.serving()
    expect(await written(log)).toEqual([
      ['control'],
      ['beginTransaction', 'featureLevel', 'featureLevel', 'featureLevel', 'featureLevel', 'config', 'endTransaction'],
      ['registerController'],
      ['registerBroker', 'brokerRegistrationChange'],
      ['brokerRegistrationChange'],
    ])
    expect(log.flushCount).toBe(3)
    expect(metadata.image.brokers.get(1)).toMatchObject({ fenced: false, epoch: metadata.brokerEpoch })
  })

  test('an interrupted format is taken up again', async () => {
    const first = await MetadataBench.open()
    const { disk } = first
    await disk.remove(`${benchDirectory}/bootstrap.checkpoint`)
    await disk.remove(`${metadataDirectory}/00000000000000000000-0000000000.checkpoint`)
    await disk.remove(`${metadataDirectory}/quorum-state`)
    const second = await MetadataBench.serving({ disk, log: new MemoryMetadataLog() })
    expect(second.metadata.clusterId).toBe(first.metadata.clusterId)
    expect((await disk.list(metadataDirectory)).map(({ name }) => name)).toContain(
      '00000000000000000000-0000000000.checkpoint',
    )
  })
})

describe('decisions', () => {
  test('see the records of those before them that are not on disk yet, and share a flush', async () => {
    const { log, metadata } = await MetadataBench.serving()
    const flushes = log.flushCount
    const answers = Promise.all([
      metadata.createTopics(topics('a', 'b')),
      metadata.createTopics(topics('a', 'c')),
      metadata.deleteTopics({ topicNames: ['b', 'nothing'], topics: [], timeoutMs: 0 }, 5),
      metadata.createTopics(topics('b')),
    ])
    expect(metadata.image.topicByName('a')).toBeUndefined()
    const [first, second, deleted, again] = await answers
    expect(codes(first)).toEqual([0, 0])
    expect(codes(second)).toEqual([errors.TOPIC_ALREADY_EXISTS.code, 0])
    expect(deleted.responses!.map(({ errorCode }) => errorCode)).toEqual([errors.UNKNOWN_TOPIC_OR_PARTITION.code, 0])
    expect(codes(again)).toEqual([0])
    expect(log.flushCount - flushes).toBe(1)
    expect(Array.from(metadata.image.topics(), ({ name }) => name).sort()).toEqual(['a', 'b', 'c'])
  })

  test('are answered when every subscriber is done with them, and in order', async () => {
    const { metadata } = await MetadataBench.serving()
    const seen: string[] = []
    let go = (): void => {}
    const blocked = new Promise<void>(done => {
      go = done
    })
    await metadata.subscribe(async (_image, delta) => {
      if (delta.createdTopics.length > 0) await blocked
      seen.push(`slow ${delta.createdTopics.map(({ name }) => name)}`)
    })
    await metadata.subscribe((_image, delta) => void seen.push(`quick ${delta.createdTopics.map(({ name }) => name)}`))
    const answered = metadata.createTopics(topics('a')).then(() => seen.push('answer a'))
    const refused = metadata.createTopics(topics('a')).then(() => seen.push('answer a again'))
    await new Promise(done => setImmediate(done))
    expect(seen).toEqual(['slow ', 'quick '])
    go()
    await Promise.all([answered, refused])
    expect(seen).toEqual(['slow ', 'quick ', 'slow a', 'quick a', 'answer a', 'answer a again'])
  })

  test('who subscribes while a change is being published sees it once, and the next ones in order', async () => {
    const { metadata } = await MetadataBench.serving()
    let go = (): void => {}
    const blocked = new Promise<void>(done => {
      go = done
    })
    await metadata.subscribe(async (_image, delta) => {
      if (!delta.isInitial) await blocked
    })
    const answered = [metadata.createTopics(topics('a'))]
    await new Promise(done => setImmediate(done))
    answered.push(metadata.createTopics(topics('b')))
    const seen: string[] = []
    const late = metadata.subscribe(async (_image, delta) => {
      await Promise.resolve()
      seen.push(...delta.createdTopics.map(({ name }) => name))
    })
    go()
    await Promise.all([...answered, late])
    expect(seen).toEqual(['a', 'b'])
  })

  test('a subscriber that fails keeps nobody else from hearing of the change', async () => {
    const { metadata } = await MetadataBench.serving()
    const seen: MetadataDelta[] = []
    await metadata.subscribe((_image, delta) => {
      if (!delta.isInitial) throw new Error('cannot create the log')
    })
    await metadata.subscribe((_image, delta) => void seen.push(delta))
    expect(codes(await metadata.createTopics(topics('a')))).toEqual([0])
    expect(seen.at(-1)!.createdTopics.map(({ name }) => name)).toEqual(['a'])
  })

  test('validateOnly decides and writes nothing', async () => {
    const { log, metadata } = await MetadataBench.serving()
    const end = log.endOffset
    expect(codes(await metadata.createTopics({ ...topics('a'), validateOnly: true }))).toEqual([0])
    expect(log.endOffset).toBe(end)
    expect(metadata.image.topicByName('a')).toBeUndefined()
  })

  test('producer ids come in blocks that never overlap, also across a restart', async () => {
    const bench = await MetadataBench.serving()
    const blocks = await Promise.all([bench.metadata.allocateProducerIds(), bench.metadata.allocateProducerIds()])
    expect(blocks.map(({ firstProducerId }) => firstProducerId)).toEqual([0, 1000])
    const again = await MetadataBench.serving({ disk: bench.disk, log: bench.log.crash() })
    expect((await again.metadata.allocateProducerIds()).firstProducerId).toBe(2000)
  })

  test('when the disk fails everybody is told, once, and nothing is decided any more', async () => {
    const { log, metadata, failures } = await MetadataBench.serving()
    log.fail(new Error('EIO'))
    const answers = await Promise.allSettled([metadata.createTopics(topics('a')), metadata.createTopics(topics('b'))])
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(failures.map(({ message }) => message)).toEqual(['EIO'])
    expect(metadata.image.topicByName('a')).toBeUndefined()
    await expect(metadata.createTopics(topics('c'))).rejects.toMatchObject({ code: 'METADATA_STOPPED' })
  })

  test('a request whose records do not fit into a batch is refused, and nothing of it is decided', async () => {
    const { metadata } = await MetadataBench.serving({
      settings: { 'internal.metadata.max.batch.size.in.bytes': '2000' },
    })
    await expect(metadata.createTopics(topics(...'abcdefghijklmnop'))).rejects.toThrow('split it')
    expect(codes(await metadata.createTopics(topics('a')))).toEqual([0])
  })
})

describe('deltas', () => {
  async function followed(): Promise<{ bench: MetadataBench; deltas: MetadataDelta[] }> {
    const bench = await MetadataBench.serving()
    const deltas: MetadataDelta[] = []
    await bench.metadata.subscribe((_image: MetadataImage, delta) => void deltas.push(delta))
    deltas.length = 0
    return { bench, deltas }
  }

  test('of a new topic, its partitions and configs', async () => {
    const { bench, deltas } = await followed()
    const request = topics('a')
    const configs = [{ name: 'retention.ms', value: '5' }]
    await bench.metadata.createTopics({ ...request, topics: request.topics.map(topic => ({ ...topic, configs })) })
    expect(deltas).toHaveLength(1)
    const [delta] = deltas
    expect(delta!.createdTopics.map(({ name }) => name)).toEqual(['a'])
    expect(
      delta!.changedPartitions.map(({ partition, before }) => [partition.index, partition.leader, before]),
    ).toEqual([
      [0, 1, undefined],
      [1, 1, undefined],
    ])
    expect(delta!.changedConfigs).toEqual([{ type: 'topic', name: 'a' }])
  })

  test('of more partitions, of a deletion, and of both a deletion and a creation under the same name', async () => {
    const { bench, deltas } = await followed()
    const { metadata } = bench
    await metadata.createTopics(topics('a'))
    const held = metadata.image.topicByName('a')!
    await metadata.createPartitions({
      topics: [{ name: 'a', count: 3, assignments: null }],
      timeoutMs: 0,
      validateOnly: false,
    })
    expect(deltas[1]!.changedPartitions.map(({ partition }) => partition.index)).toEqual([2])
    expect(held.partitions).toHaveLength(2)
    await Promise.all([
      metadata.deleteTopics({ topicNames: ['a'], topics: [], timeoutMs: 0 }, 5),
      metadata.createTopics(topics('a')),
    ])
    const last = deltas.slice(2)
    expect(last.flatMap(({ deletedTopics }) => deletedTopics.map(({ id }) => id))).toEqual([held.id])
    const created = last.flatMap(({ createdTopics }) => createdTopics.map(({ id }) => id))
    expect(created).toEqual([metadata.image.topicByName('a')!.id])
    expect(created).not.toContain(held.id)
  })
})

describe('a restart', () => {
  async function stopped(options: BenchOptions = {}): Promise<MetadataBench> {
    const bench = await MetadataBench.serving(options)
    await bench.metadata.createTopics(topics('a'))
    await bench.metadata.stopBroker()
    await bench.metadata.close()
    return bench
  }
  const leaderOf = ({ metadata }: MetadataBench) => {
    const { leader, leaderEpoch, isr, eligibleLeaderReplicas, leaderRecoveryState } =
      metadata.image.topicByName('a')!.partitions[0]!
    return { leader, leaderEpoch, isr, eligibleLeaderReplicas, leaderRecoveryState }
  }

  test('after a clean stop: one leader epoch for giving up, one for coming back, as Kafka', async () => {
    const before = await stopped()
    expect(leaderOf(before)).toEqual({
      leader: -1,
      leaderEpoch: 1,
      isr: [],
      eligibleLeaderReplicas: [1],
      leaderRecoveryState: 0,
    })
    const previousBrokerEpoch = before.metadata.brokerEpoch
    const after = await MetadataBench.serving({ disk: before.disk, log: before.log.crash(), previousBrokerEpoch })
    expect(leaderOf(after)).toEqual({
      leader: 1,
      leaderEpoch: 2,
      isr: [1],
      eligibleLeaderReplicas: [],
      leaderRecoveryState: 0,
    })
    expect(after.metadata.clusterId).toBe(before.metadata.clusterId)
  })

  test('after a crash: the partition loses its leader, and its last leader returns as unclean', async () => {
    const before = await MetadataBench.serving()
    await before.metadata.createTopics(topics('a'))
    const after = await MetadataBench.serving({ disk: before.disk, log: before.log.crash() })
    expect(leaderOf(after)).toEqual({
      leader: 1,
      leaderEpoch: 2,
      isr: [1],
      eligibleLeaderReplicas: [],
      leaderRecoveryState: 1,
    })
  })

  test('leads a new epoch of the quorum every time', async () => {
    const before = await stopped()
    const after = await MetadataBench.open({ disk: before.disk, log: before.log.crash() })
    const epochs = [...storedBatches(await after.log.read(0, Number.POSITIVE_INFINITY))].map(({ epoch }) => epoch)
    expect([...new Set(epochs)]).toEqual([1, 2])
    expect((await before.disk.readFile(`${metadataDirectory}/quorum-state`)).toString()).toContain('"leaderEpoch":2')
  })

  test('with another node.id is refused', async () => {
    const { disk, log } = await stopped()
    const settings = { 'node.id': '2', 'controller.quorum.voters': '2@127.0.0.1:9093' }
    await expect(MetadataBench.open({ disk, log: log.crash(), settings })).rejects.toThrow('belongs to node 1')
  })
})

describe('snapshots', () => {
  const settings = {
    'metadata.log.max.record.bytes.between.snapshots': '2000',
    'metadata.max.idle.interval.ms': '0',
  }

  async function names(bench: MetadataBench): Promise<string[]> {
    await bench.clock.run(1)
    const listed = await bench.disk.list(metadataDirectory)
    return listed.map(({ name }) => name).filter(name => name !== 'quorum-state')
  }

  async function fill(bench: MetadataBench, from: number, count: number): Promise<void> {
    for (let i = from; i < from + count; i += 1) {
      await bench.metadata.createTopics(topics(`t${i}`))
      await bench.clock.run(1)
    }
  }

  test('are written by bytes; a restart begins at the latest and sees the same', async () => {
    const bench = await MetadataBench.serving({ settings })
    await fill(bench, 0, 20)
    const found = await names(bench)
    expect(found.length).toBeGreaterThan(2)
    const latest = decodeSnapshot(await bench.disk.readFile(`${metadataDirectory}/${found.at(-1)}`))
    expect(latest.quorum).toMatchObject({ kraftVersion: 1, voters: [{ id: 1 }] })
    expect(latest.lastContainedLogTimestamp).toBeGreaterThan(bench.clock.now() - 1000)
    const again = await MetadataBench.open({ disk: bench.disk, log: bench.log.crash(), settings })
    expect(again.metadata.image.topicCount).toBe(20)
  })

  test('are written by time', async () => {
    const timed = { ...settings, 'metadata.log.max.record.bytes.between.snapshots': '1000000' }
    const bench = await MetadataBench.serving({
      settings: { ...timed, 'metadata.log.max.snapshot.interval.ms': '60000' },
    })
    await fill(bench, 0, 3)
    expect(await names(bench)).toHaveLength(1)
    await bench.clock.run(60_000)
    await fill(bench, 3, 1)
    expect(await names(bench)).toHaveLength(2)
  })

  test('let old ones and the log before them go when there is too much', async () => {
    const bench = await MetadataBench.serving({ settings: { ...settings, 'metadata.max.retention.bytes': '9000' } })
    await fill(bench, 0, 60)
    const found = await names(bench)
    expect(found[0]).not.toMatch(/^0{20}/)
    expect(bench.log.startOffset).toBe(Number(found[0]!.slice(0, 20)))
    const again = await MetadataBench.open({ disk: bench.disk, log: bench.log.crash(), settings })
    expect(again.metadata.image.topicCount).toBe(60)
  })

  test('and go by age', async () => {
    const bench = await MetadataBench.serving({ settings: { ...settings, 'metadata.max.retention.ms': '1000' } })
    await fill(bench, 0, 20)
    await bench.clock.run(10_000)
    await fill(bench, 20, 20)
    const oldest = (await names(bench))[0]!
    const { lastContainedLogTimestamp } = decodeSnapshot(await bench.disk.readFile(`${metadataDirectory}/${oldest}`))
    expect(bench.clock.now() - lastContainedLogTimestamp).toBeLessThan(10_000)
  })

  test('a log that was lost entirely begins anew at the snapshot', async () => {
    const bench = await MetadataBench.serving({ settings })
    await fill(bench, 0, 20)
    const latest = Number((await names(bench)).at(-1)!.slice(0, 20))
    const again = await MetadataBench.open({ disk: bench.disk, log: new MemoryMetadataLog(), settings })
    expect(again.log.startOffset).toBe(latest)
    expect(again.metadata.image.topicCount).toBeGreaterThan(10)
    expect(codes(await (await serve(again)).createTopics(topics('more')))).toEqual([0])
  })

  test('behind a gap in the log nothing counts: it is cut there', async () => {
    const bench = await MetadataBench.serving()
    await bench.metadata.createTopics(topics('a'))
    const gap = bench.log.endOffset
    await bench.metadata.createTopics(topics('b'))
    const after = bench.log.endOffset
    await bench.metadata.createTopics(topics('c'))
    const log = bench.log.crash()
    log.lose(gap, after)
    const again = await MetadataBench.serving({ disk: bench.disk, log })
    expect(Array.from(again.metadata.image.topics(), ({ name }) => name)).toEqual(['a'])
    const batches = [...storedBatches(await again.log.read(0, Number.POSITIVE_INFINITY))]
    for (const [at, batch] of batches.entries())
      expect(batch.baseOffset).toBe(at === 0 ? 0 : batches[at - 1]!.lastOffset + 1)
  })

  test('a log whose beginning is gone needs a snapshot that stands for it', async () => {
    const bench = await MetadataBench.serving()
    const log = bench.log.crash()
    await log.deleteBefore(5)
    await expect(MetadataBench.open({ disk: bench.disk, log })).rejects.toThrow('restore the missing .checkpoint')
  })

  async function serve({ metadata }: MetadataBench) {
    await metadata.registerBroker({ endpoints: [], rack: null, previousBrokerEpoch: undefined })
    await metadata.unfenceBroker()
    return metadata
  }
})

describe('idle', () => {
  test('a NoOp is written when nothing happened for an interval; it is not waited for on the disk', async () => {
    const clock = new ManualClock()
    const { log, metadata } = await MetadataBench.serving({
      clock,
      settings: { 'metadata.max.idle.interval.ms': '500' },
    })
    await clock.run(500)
    const flushes = log.flushCount
    await clock.run(1500)
    const types = (await written(log)).flat()
    expect(types.filter(type => type === 'noOp')).toHaveLength(3)
    expect(log.flushCount).toBe(flushes)
    await metadata.createTopics(topics('a'))
    expect(metadata.image.offset).toBe(log.endOffset - 1)
    await metadata.close()
    expect(clock.pending).toBe(0)
  })
})

describe('a directory that Kafka left', () => {
  function recording(): { logger: Logger; lines: string[] } {
    const lines: string[] = []
    return { lines, logger: { ...silentLogger, warn: (_fields, text) => void lines.push(text) } }
  }

  async function opened(name: 'clean' | 'unclean', settings: Record<string, string> = {}) {
    const files = kafkaFiles(name)
    const disk = memoryDisk()
    await writeFiles(
      disk,
      benchDirectory,
      [...files].filter(([file]) => /^(bootstrap|meta)/.test(file)),
    )
    await writeFiles(
      disk,
      metadataDirectory,
      [...files].filter(([file]) => /^\d+-\d+\.checkpoint|quorum-state/.test(file)),
    )
    const log = MemoryMetadataLog.of(kafkaLog(files))
    const { logger, lines } = recording()
    const bench = await MetadataBench.serving({ disk, log, logger, settings })
    return { bench, lines }
  }

  test('with static voters: everything is there, what is not implemented is named and kept', async () => {
    const { bench, lines } = await opened('clean')
    const { image, clusterId } = bench.metadata
    expect(clusterId).toBe('VcE87dc19XIURd9KuS8Lww')
    expect(image.topicByName('plain-1p')!.partitions[0]).toMatchObject({ leader: 1, isr: [1] })
    expect(lines).toHaveLength(1)
    for (const level of ['share.version=1', 'streams.version=1']) {
      expect(lines[0]).toContain(level)
    }
    expect(lines[0]).toMatch(/\d+ client quotas, \d+ ACLs, \d+ SCRAM credentials/)
    expect((await bench.disk.readFile(`${metadataDirectory}/quorum-state`)).toString()).toBe(
      '{"clusterId":"","leaderId":1,"leaderEpoch":3,"votedId":-1,"appliedOffset":0,"currentVoters":[{"voterId":1}],"data_version":0}',
    )
  })

  test('with dynamic voters, killed: the voter is updated in the log because its endpoint is another one', async () => {
    const { bench } = await opened('unclean')
    const batches = [...storedBatches(await bench.log.read(0, Number.POSITIVE_INFINITY))].filter(
      ({ epoch }) => epoch === 2,
    )
    expect(batches[0]!.records).toHaveLength(3)
    expect(bench.metadata.image.topicByName('u-plain')!.partitions.map(({ leader }) => leader)).toEqual([1, 1])
  })

  test('our snapshot of it keeps the records that are not ours, byte for byte', async () => {
    const { bench } = await opened('clean', { 'metadata.log.max.record.bytes.between.snapshots': '1' })
    await bench.clock.run(1)
    await bench.metadata.createTopics(topics('one-more'))
    await bench.clock.run(1)
    const listed = (await bench.disk.list(metadataDirectory))
      .map(({ name }) => name)
      .filter(name => name.endsWith('checkpoint'))
    const ours = decodeSnapshot(await bench.disk.readFile(`${metadataDirectory}/${listed.at(-1)}`))
    const theirs = decodeSnapshot(kafkaFiles('clean').get('00000000000000000564-0000000002.checkpoint')!)
    const foreign = /^(accessControlEntry|clientQuota|userScramCredential|delegationToken|featureLevel)$/
    const kept = (frames: readonly Buffer[]) =>
      frames
        .filter(frame => foreign.test(decodeRecord(frame).type))
        .map(frame => frame.toString('hex'))
        .sort()
    expect(kept(ours.frames)).toEqual(kept(theirs.frames))
    expect(ours.quorum).toEqual({ kraftVersion: 0, voters: undefined })
  })
})
