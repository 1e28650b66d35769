// The metadata log of a real Kafka 4.3.0 broker, replayed: at each of its snapshots our image must lead to Kafka's own records.

import { describe, expect, test } from 'vitest'
import { kafkaFiles, kafkaLog } from '../../../testing/kafka-metadata.ts'
import { decodeRecord, encodeRecord, recordInput } from '../metadata-record.ts'
import { storedBatches } from '../storage/raft-batch.ts'
import { decodeSnapshot, encodeSnapshot } from '../storage/snapshot.ts'
import { imageFrames } from './image-records.ts'
import { ReplayedImage } from './replayed-image.ts'
import { TransactionBuffer } from './transaction-buffer.ts'

const files = kafkaFiles('clean')
const clusterId = 'VcE87dc19XIURd9KuS8Lww'
const snapshots = [...files.keys()].filter(name => /^\d{20}-\d{10}\.checkpoint$/.test(name))

/** The image after all records below the offset, beginning with nothing. */
function imageAt(endOffset: number): ReplayedImage {
  const image = new ReplayedImage(clusterId, { recordsDelta: false })
  replayInto(image, 0, endOffset)
  return image
}

function replayInto(image: ReplayedImage, from: number, endOffset: number): void {
  const transactions = new TransactionBuffer()
  for (const batch of storedBatches(kafkaLog(files))) {
    if (batch.baseOffset < from || batch.baseOffset >= endOffset) continue
    for (const { value } of batch.isControl ? [] : batch.records) {
      for (const record of transactions.take(decodeRecord(value))) image.apply(record)
    }
    image.commit({ offset: batch.lastOffset, epoch: batch.epoch, timestampMs: batch.timestampMs })
  }
}

/**
 * Records in an order of their own. Kafka's order hangs on its hash maps, also that of the features in a registration: those are
 * compared as values, everything else as bytes.
 */
function normalized(frames: Iterable<Buffer>): unknown[] {
  return Array.from(frames, frame => {
    const record = decodeRecord(frame)
    if (record.type !== 'registerBroker' && record.type !== 'registerController') return frame.toString('hex')
    const features = record.value.features.toSorted((a, b) => (a.name < b.name ? -1 : 1))
    return JSON.stringify({ ...record.value, features, type: record.type, version: record.version })
  }).sort()
}

test('there are snapshots to compare with', () => {
  expect(snapshots).toHaveLength(5)
})

describe.each(snapshots)('%s', name => {
  const offset = Number(name.slice(0, 20))
  const theirs = decodeSnapshot(files.get(name)!)

  test('replaying the log up to it leads to the same records', () => {
    expect(normalized(imageFrames(imageAt(offset)))).toEqual(normalized(theirs.frames))
  })

  test('loading it and replaying the rest is the same as replaying everything', () => {
    const image = new ReplayedImage(clusterId, { recordsDelta: false })
    for (const frame of theirs.frames) image.apply(decodeRecord(frame))
    image.commit({ offset: offset - 1, epoch: 1, timestampMs: 0 })
    replayInto(image, offset, Number.POSITIVE_INFINITY)
    const whole = imageAt(Number.POSITIVE_INFINITY)
    expect(normalized(imageFrames(image))).toEqual(normalized(imageFrames(whole)))
    expect(image.offset).toBe(whole.offset)
  })

  test('our snapshot of it loads to the same image', () => {
    const image = imageAt(offset)
    const id = { offset, epoch: image.provenance.epoch }
    const quorum = { kraftVersion: 0, voters: undefined }
    const content = { id, lastContainedLogTimestamp: 5, quorum, frames: imageFrames(image) }
    const ours = decodeSnapshot(Buffer.concat([...encodeSnapshot(content, () => 7)]))
    expect(ours.lastContainedLogTimestamp).toBe(5)
    const reloaded = new ReplayedImage(clusterId, { recordsDelta: false })
    for (const frame of ours.frames) reloaded.apply(decodeRecord(frame))
    expect(normalized(imageFrames(reloaded))).toEqual(normalized(theirs.frames))
  })
})

test('the end of the log: what the dump beside it says', () => {
  const image = imageAt(Number.POSITIVE_INFINITY)
  expect(image.offset).toBe(565)
  expect(image.brokers.get(1)).toMatchObject({
    epoch: 331,
    incarnationId: 'DvjU0zQuTGOBBnpsuFYk2g',
    fenced: true,
    inControlledShutdown: true,
    directories: ['AdKef6qTaFrbcVRB0Wiyew'],
    cordonedDirectories: [],
  })
  expect(image.controllers.get(1)!.incarnationId).toBe('tv2IJxQITIi4pm16onZO2w')
  expect(image.nextProducerId).toBe(2000)
  expect(Object.fromEntries(image.features)).toEqual({
    'metadata.version': 30,
    'eligible.leader.replicas.version': 1,
    'group.version': 1,
    'share.version': 1,
    'streams.version': 1,
    'transaction.version': 2,
  })
  // Two leaderships before the first stop and restart, one more change at the second stop.
  const topic = image.topicByName('plain-3p')!
  expect(topic.partitions.map(({ index }) => index)).toEqual([0, 1, 2])
  expect(topic.partitions[0]).toMatchObject({
    leader: -1,
    leaderEpoch: 3,
    partitionEpoch: 3,
    isr: [],
    eligibleLeaderReplicas: [1],
    lastKnownElr: [1],
  })
  expect(image.topicById(topic.id)).toBe(topic)
  expect(Object.fromEntries(image.configOverrides('topic', 'compact-drop'))).toMatchObject({
    'cleanup.policy': 'compact',
    'delete.retention.ms': '1',
    'internal.segment.bytes': '12288',
  })
  expect(Object.fromEntries(image.configOverrides('broker', ''))).toEqual({
    'min.insync.replicas': '1',
    'message.max.bytes': '1048576',
  })
  expect(
    [...image.topics()]
      .filter(({ isInternal }) => isInternal)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(['__consumer_offsets', '__share_group_state', '__transaction_state'])
  expect(image.kept.summary().map(({ name }) => name)).toEqual(['client quotas', 'ACLs', 'SCRAM credentials'])
})

test('records of unknown types are carried byte for byte', () => {
  const unknown = [Buffer.from([1, 200, 1, 0, 7, 7]), Buffer.from([1, 99, 3, 1, 2, 3]), Buffer.from([1, 200, 1, 0, 8])]
  const image = imageAt(104)
  for (const frame of unknown) image.apply(decodeRecord(frame))
  const frames = [...imageFrames(image)]
  expect(frames.slice(-3)).toEqual(unknown)
  expect(image.kept.summary()).toContainEqual({ name: 'records of unknown type 200', count: 2 })
  const reloaded = new ReplayedImage(clusterId, { recordsDelta: false })
  for (const frame of frames) reloaded.apply(decodeRecord(frame))
  expect([...imageFrames(reloaded.forDecisions())].slice(-3)).toEqual(unknown)
})

test('a known record in a version that does not exist yet is refused, and says what to do', () => {
  expect(() => decodeRecord(Buffer.from([1, 3, 9, 0]))).toThrow(/PartitionRecord has version 9.*newer version/)
  expect(() => decodeRecord(Buffer.from([2, 3, 0]))).toThrow('frame version 2')
})

test('what replay contradicts is refused', () => {
  const image = imageAt(104)
  const apply = (...record: Parameters<typeof recordInput>) =>
    image.apply(decodeRecord(encodeRecord(recordInput(...record))))
  expect(() => apply('topic', 0, { name: 'plain-1p', topicId: 'K0Rd6P9BRk2b7a-dyKtXfQ' })).toThrow('exists already')
  expect(() => apply('partition', 2, { partitionId: 0, topicId: 'K0Rd6P9BRk2b7a-dyKtXfX' })).toThrow('no topic with id')
  expect(() => apply('partition', 2, { partitionId: 9, topicId: image.topicByName('plain-1p')!.id })).toThrow(
    'leaves a gap',
  )
  expect(() => apply('brokerRegistrationChange', 0, { brokerId: 1, brokerEpoch: 4 })).toThrow(
    'registered with epoch 11',
  )
})
