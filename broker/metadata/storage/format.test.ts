// A fresh directory, byte for byte as `kafka-storage format --standalone` of Kafka 4.3.0 leaves it (with the features that are not
// implemented at level 0); only times and checksums differ.

import { expect, test } from 'vitest'
import { ManualClock } from '../../../io/sim/clock.ts'
import { memoryDisk } from '../../../io/sim/disk.ts'
import { seededRandom } from '../../../io/sim/random.ts'
import { isUuid } from '../../../protocol/wire/uuid.ts'
import { kafkaFiles } from '../../../testing/kafka-metadata.ts'
import { formatMetaProperties, parseMetaProperties } from '../../log/meta-properties.ts'
import { features, formattedFeatures, supportedFeatures } from '../feature-levels.ts'
import { bootstrapRecords, encodeBootstrap, readBootstrap, writeBootstrap, writeFirstSnapshot } from './format.ts'
import { identify, randomUuid, StorageIdentityError } from './identity.ts'
import { storedBatches } from './raft-batch.ts'
import { decodeSnapshot } from './snapshot.ts'

const kafka = kafkaFiles('formatted')
const metadataSnapshot = '__cluster_metadata-0/00000000000000000000-0000000000.checkpoint'

/** Everything of the batches but their times and checksums; also not the time in a snapshot's header. */
function timeless(content: Buffer): string {
  const copy = Buffer.from(content)
  let position = 0
  for (const batch of storedBatches(copy)) {
    copy.fill(0, position + 17, position + 21)
    copy.fill(0, position + 27, position + 43)
    if (position === 0) copy.fill(0, 61, 83)
    position += batch.sizeBytes
  }
  return copy.toString('hex')
}

test('bootstrap.checkpoint', async () => {
  const content = encodeBootstrap(bootstrapRecords(), new ManualClock())
  expect(timeless(content)).toBe(timeless(kafka.get('bootstrap.checkpoint')!))
  const disk = memoryDisk()
  await disk.makeDirectory('/d')
  expect(await readBootstrap(disk, '/d')).toBeUndefined()
  await writeBootstrap(disk, '/d', kafka.get('bootstrap.checkpoint')!)
  const levels = (await readBootstrap(disk, '/d'))!.map(record => [record.type, record.value])
  expect(levels).toEqual([
    ['featureLevel', { name: 'metadata.version', featureLevel: 30 }],
    ['featureLevel', { name: 'eligible.leader.replicas.version', featureLevel: 1 }],
    ['featureLevel', { name: 'group.version', featureLevel: 1 }],
    ['featureLevel', { name: 'transaction.version', featureLevel: 2 }],
  ])
})

test('the first snapshot of the metadata log names the voter', async () => {
  const theirs = kafka.get(metadataSnapshot)!
  const { voters } = decodeSnapshot(theirs).quorum
  expect(voters).toMatchObject([{ id: 1, endpoints: [{ name: 'CONTROLLER', host: '127.0.0.1', port: 29093 }] }])
  const disk = memoryDisk()
  await disk.makeDirectory('/d')
  await writeFirstSnapshot(disk, '/d', { kraftVersion: 1, voters }, new ManualClock())
  expect((await disk.list('/d')).map(({ name }) => name)).toEqual(['00000000000000000000-0000000000.checkpoint'])
  const ours = await disk.readFile('/d/00000000000000000000-0000000000.checkpoint')
  expect(timeless(ours)).toBe(timeless(theirs))
})

test('meta.properties says the same', () => {
  const theirs = parseMetaProperties('theirs', kafka.get('meta.properties')!.toString())
  expect(parseMetaProperties('ours', formatMetaProperties(theirs))).toEqual(theirs)
})

test('what Kafka formatted with all features is read, levels and all', async () => {
  const disk = memoryDisk()
  await disk.makeDirectory('/d')
  await writeBootstrap(disk, '/d', kafkaFiles('unclean').get('bootstrap.checkpoint')!)
  const theirs = (await readBootstrap(disk, '/d'))!.map(record => JSON.stringify(record.value))
  expect(theirs).toHaveLength(6)
  const ours = bootstrapRecords().map(({ value }) => JSON.stringify(value))
  expect(theirs.filter(value => ours.includes(value))).toEqual(ours)
})

test('the table of features: levels are finalised only when they are implemented', () => {
  expect(features).toMatchInlineSnapshot(`
    {
      "eligible.leader.replicas.version": {
        "formatted": 1,
        "max": 1,
        "min": 0,
      },
      "group.version": {
        "formatted": 1,
        "max": 1,
        "min": 0,
      },
      "kraft.version": {
        "formatted": 1,
        "max": 1,
        "min": 0,
      },
      "metadata.version": {
        "formatted": 30,
        "max": 30,
        "min": 7,
      },
      "share.version": {
        "formatted": 0,
        "max": 0,
        "min": 0,
      },
      "streams.version": {
        "formatted": 0,
        "max": 0,
        "min": 0,
      },
      "transaction.version": {
        "formatted": 2,
        "max": 2,
        "min": 0,
      },
    }
  `)
  for (const { min, max, formatted } of Object.values(features)) {
    expect(formatted === 0 || formatted >= min).toBe(true)
    expect(formatted).toBeLessThanOrEqual(max)
  }
  expect(formattedFeatures()[0]).toEqual(['metadata.version', 30])
  expect(supportedFeatures().map(({ name }) => name)).toContain('group.version')
  expect(supportedFeatures().map(({ name }) => name)).not.toContain('share.version')
})

test('directories of one node and one cluster', () => {
  const random = seededRandom(1)
  const properties = { version: 1, clusterId: 'c', nodeId: 1, directoryId: randomUuid(random) }
  expect(identify(new Map([['/a', undefined]]), 1, random)).toMatchObject({ isNew: true })
  const mixed = identify(
    new Map([
      ['/a', undefined],
      ['/b', properties],
    ]),
    1,
    random,
  )
  expect(mixed).toEqual({ clusterId: 'c', isNew: false })
  expect(() => identify(new Map([['/a', properties]]), 2, random)).toThrow(/belongs to node 1.*node.id=1/)
  const other = { ...properties, clusterId: 'd' }
  expect(() =>
    identify(
      new Map([
        ['/a', properties],
        ['/b', other],
      ]),
      1,
      random,
    ),
  ).toThrow(StorageIdentityError)
})

test('random ids are version 4 and never begin with a dash', () => {
  const random = seededRandom(3)
  for (let i = 0; i < 500; i += 1) {
    const uuid = randomUuid(random)
    expect(isUuid(uuid) && !uuid.startsWith('-')).toBe(true)
    expect(Buffer.from(uuid, 'base64url')[6]! >> 4).toBe(4)
  }
})
