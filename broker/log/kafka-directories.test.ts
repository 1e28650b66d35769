// Directories that Kafka 4.3.0 wrote, opened by our LogManager: every record in them is served, offsets are those that clients
// saw, and what recovery leaves is byte for byte what Kafka's own recovery left.

import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { ManualClock } from '../../io/sim/clock.ts'
import { SimDisk } from '../../io/sim/disk.ts'
import { seededRandom } from '../../io/sim/random.ts'
import type { World } from '../../io/world.ts'
import { batches } from '../../protocol/records/batches.ts'
import type { RecordView } from '../../protocol/records/record.ts'
import { records } from '../../protocol/records/records.ts'
import {
  type GoldenStoredBatch,
  type KafkaDirectoryName,
  kafkaBatches,
  kafkaDirectory,
  kafkaObserved,
  writeFiles,
} from '../../testing/golden/kafka-log-directories.ts'
import { logConfig, readAll } from '../../testing/log-bench.ts'
import { consume } from '../../testing/log-consumer.ts'
import { brokerConfig } from '../config/broker-config.ts'
import { developmentProfile } from '../config/development-profile.ts'
import { LogManager } from './log-manager.ts'
import type { PartitionLog } from './partition-log.ts'
import { decodeProducerSnapshot, encodeProducerSnapshot } from './producer-snapshot.ts'

// As the broker was configured that wrote the directories.
const config = logConfig({
  'internal.segment.bytes': 12288,
  'segment.index.bytes': 4096,
  'index.interval.bytes': 512,
  'retention.ms': -1,
})
/** When clients looked at the directories. */
const observedAtMs = 1_795_324_100_000
/** Before any record's producer would have expired. */
const longAgoMs = 1_720_829_640_000

async function open(name: KafkaDirectoryName, nowMs = observedAtMs) {
  const sim = new SimDisk()
  const disk = sim.mount()
  await writeFiles(disk, '/data', kafkaDirectory(name))
  const warnings: string[] = []
  const quiet = () => {}
  const warn = (_: object, text: string) => void warnings.push(text)
  const clock = new ManualClock({ nowMs })
  const logger = { debug: quiet, info: quiet, warn, error: warn }
  const world = { disk, clock, random: seededRandom(1), logger } as unknown as World
  const profile = developmentProfile({ dataDir: '/data' })
  const manager = await LogManager.open({ world, config: brokerConfig({ profile }) })
  await manager.load({ configOf: () => config })
  const close = async () => {
    const closed = manager.close()
    await clock.run()
    await closed
  }
  return { sim, disk, manager, warnings, close }
}

const inDump = ({ offset, timestamp, key, value, headers }: RecordView) => ({
  offset,
  timestamp,
  key: key?.toString('base64') ?? null,
  value: value?.toString('base64') ?? null,
  headers: headers.map(header => ({ key: header.key, value: header.value?.toString('base64') ?? null })),
})

async function served(log: PartitionLog): Promise<unknown[]> {
  return [...batches(await readAll(log))].flatMap(batch => [...records(batch)].map(inDump))
}

/** From the batch on that holds the log start. */
function dumped(stored: readonly GoldenStoredBatch[], logStartOffset: number): unknown[] {
  return stored
    .filter(batch => batch.valid && batch.lastOffset >= logStartOffset)
    .flatMap(batch => batch.records)
    .map(({ offset, timestamp, key, value, headers = [] }) => ({ offset, timestamp, key, value, headers }))
}

function digest(seen: readonly RecordView[]) {
  const hash = createHash('sha256')
  for (const { offset, timestamp, key, value } of seen) {
    const numbers = Buffer.alloc(16)
    numbers.writeBigInt64BE(BigInt(offset), 0)
    numbers.writeBigInt64BE(BigInt(timestamp), 8)
    hash.update(numbers)
    for (const bytes of [key, value]) {
      const length = Buffer.alloc(4)
      length.writeInt32BE(bytes?.length ?? -1)
      hash.update(length)
      if (bytes) hash.update(bytes)
    }
  }
  return { records: seen.length, sha256: hash.digest('hex') }
}

describe.each([
  ['clean', 65],
  ['unclean', 7],
  ['damaged', 7],
] as const)('the %s directory of Kafka', (name, partitionsMin) => {
  test('serves exactly the records of the dumps', async () => {
    const { manager } = await open(name)
    let compared = 0
    for (const [partition, stored] of kafkaBatches(name)) {
      if (partition.startsWith('__cluster_metadata')) continue
      const [, topic, index] = /^(.+)-(\d+)$/.exec(partition)!
      const log = manager.get(topic!, Number(index))!
      expect(await served(log), partition).toEqual(dumped(stored, log.logStartOffset))
      compared += 1
    }
    expect(compared).toBeGreaterThanOrEqual(partitionsMin)
  })

  test('has the offsets that clients saw', async () => {
    const { manager } = await open(name)
    const seen = kafkaObserved(name).partitions.filter(({ topic, partition }) => manager.get(topic, partition))
    expect(seen.length).toBeGreaterThanOrEqual(partitionsMin)
    for (const expected of seen) {
      const log = manager.get(expected.topic, expected.partition)!
      const largest = await log.maxTimestamp(log.logEndOffset)
      expect(expected).toMatchObject({
        topicId: log.topicId,
        earliest: log.logStartOffset,
        highWatermark: log.highWatermark,
        lastStableOffset: log.lastStableOffset,
        maxTimestampOffset: largest?.offset ?? -1,
        maxTimestamp: largest?.timestamp ?? -1,
      })
    }
  })

  test('gives consumers what they read from Kafka, in fetches of any size', async () => {
    const { manager } = await open(name)
    for (const { topic, partition, readUncommitted, readCommitted } of kafkaObserved(name).partitions) {
      const log = manager.get(topic, partition)
      if (!log || !readUncommitted || !readCommitted) continue
      for (const maxBytes of [100, 4000, 1 << 20]) {
        const [uncommitted, committed] = [
          await consume(log, 'uncommitted', maxBytes),
          await consume(log, 'committed', maxBytes),
        ]
        expect(digest(uncommitted), `${topic}-${partition} by ${maxBytes}`).toMatchObject(
          withoutRanges(readUncommitted),
        )
        expect(digest(committed), `${topic}-${partition} committed by ${maxBytes}`).toMatchObject(
          withoutRanges(readCommitted),
        )
      }
    }
  })

  test('finds the offsets for times that Kafka found', async () => {
    const { manager } = await open(name)
    let compared = 0
    for (const { topic, partition, offsetsForTimes = [] } of kafkaObserved(name).partitions) {
      const log = manager.get(topic, partition)
      if (!log) continue
      for (const { timestamp, offset, foundTimestamp, leaderEpoch } of offsetsForTimes) {
        const found = await log.offsetForTimestamp(timestamp, log.highWatermark)
        const expected = offset < 0 ? undefined : { offset, timestamp: foundTimestamp, leaderEpoch }
        expect(found, `${topic}-${partition} at ${timestamp}`).toEqual(expected)
        compared += 1
      }
    }
    expect(compared).toBeGreaterThan(100)
  })
})

function withoutRanges({ records: count, sha256 }: { records: number; sha256: string }) {
  return { records: count, sha256 }
}

test('the producers of a clean directory are those that Kafka described', async () => {
  const { manager } = await open('clean', longAgoMs)
  const { activeProducers } = kafkaObserved('clean')
  expect(activeProducers.length).toBeGreaterThan(8)
  for (const { topic, partition, ...expected } of activeProducers) {
    const active = [...manager.get(topic, partition)!.activeProducers()]
    expect(active.find(({ producerId }) => producerId === expected.producerId)).toEqual(expected)
  }
})

test('a clean directory that is opened and closed is as it was', async () => {
  const { manager, sim, disk, close, warnings } = await open('clean')
  const ends = new Map(Array.from(manager.all(), log => [`${log.topic}-${log.partition}`, log.nextOffset]))
  await close()
  expect(warnings).toEqual([])
  const before = kafkaDirectory('clean')
  // What Kafka, too, takes away when it opens a log: snapshots of segments that compaction has merged into others.
  const now = new Set<string>()
  for (const partition of new Set(
    [...before.keys()].filter(path => path.includes('/')).map(path => path.split('/')[0]!),
  )) {
    for (const { name } of await disk.list(`/data/${partition}`)) now.add(`${partition}/${name}`)
  }
  const gone = [...before.keys()].filter(path => path.includes('/') && !now.has(path))
  expect(gone.length).toBeGreaterThan(3)
  expect(gone.filter(path => !path.endsWith('.snapshot') || before.has(path.replace('.snapshot', '.log')))).toEqual([])
  expect(now.size).toBe([...before.keys()].filter(path => path.includes('/')).length - gone.length)
  const changed = [...before].filter(
    ([path, content]) => !gone.includes(path) && !sim.peek(`/data/${path}`).equals(content),
  )
  const entries = (text: Buffer) => text.toString().split('\n').slice(2).sort()
  for (const [path, content] of changed.filter(([each]) => each.endsWith('checkpoint'))) {
    // An epoch in which nothing was appended begins at the log end, and goes when the log is opened.
    const end = path.includes('/') ? ends.get(path.split('/')[0]!)! : Number.POSITIVE_INFINITY
    const kept = entries(content).filter(line => Number(line.split(' ').at(-1)) < end || line === '')
    // The order of other entries is that of a hash map. Nobody told the manager of high watermarks.
    if (path !== 'replication-offset-checkpoint') expect(entries(sim.peek(`/data/${path}`)), path).toEqual(kept)
  }
  expect(changed.map(([path]) => path).filter(path => !path.endsWith('checkpoint'))).toEqual(['.kafka_cleanshutdown'])
  expect(JSON.parse(sim.peek('/data/.kafka_cleanshutdown').toString())).toMatchObject({ version: 0, brokerEpoch: -1 })
  expect((await disk.list('/data')).map(entry => entry.name)).toContain('.lock')
})

describe.each(['unclean', 'damaged'] as const)('recovery of the %s directory', name => {
  test("leaves the files that Kafka's recovery left", async () => {
    const { manager, sim, disk, close } = await open(name)
    // The broker that recovered them led the partitions in epoch 2 before it stopped.
    for (const log of manager.all()) log.beginEpoch(2)
    await close()
    const expected = [...kafkaDirectory(`${name}-recovered`)].filter(([path]) => path.includes('/'))
    const ours = (path: string) => {
      const file = sim.peek(`/data/${path}`)
      return path.endsWith('.snapshot') ? asKafkaWrites(file) : file
    }
    const differing = expected.filter(([path, content]) => !ours(path).equals(content))
    expect(differing.map(([path]) => path)).toEqual([])
    expect(expected.length).toBeGreaterThan(100)
    const paths = new Set(expected.map(([path]) => path))
    for (const partition of new Set([...paths].map(path => path.split('/')[0]!))) {
      const names = (await disk.list(`/data/${partition}`)).map(entry => `${partition}/${entry.name}`)
      expect(names.filter(path => !paths.has(path))).toEqual([])
    }
  })
})

test('recovery says what it cut off, to the byte', async () => {
  const { warnings } = await open('damaged')
  const cut = warnings.filter(text => text.includes('cut off'))
  expect(cut.sort()).toEqual([
    '/data/u-idem-0/00000000000000000424.log: 300 bytes from position 3590 on were cut off (batch length 0 is less than any batch has)',
    '/data/u-plain-0/00000000000000000259.log: 91 bytes from position 8875 on were cut off (incomplete batch)',
    '/data/u-plain-1/00000000000000000266.log: 5226 bytes from position 5250 on were cut off (a batch is damaged: its checksum is 1729884950, not 2550936850)',
  ])
})

/** A producer snapshot with the last batch of each producer only: Kafka writes no others (see producer-snapshot.ts). */
function asKafkaWrites(file: Buffer): Buffer {
  const producers = decodeProducerSnapshot(file)
  for (const { batches } of producers) batches.splice(0, batches.length - 1)
  return encodeProducerSnapshot(producers)
}
