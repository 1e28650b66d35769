// The small files of a log directory, and names.

import { describe, expect, test } from 'vitest'
import { memoryDisk } from '../../io/sim/disk.ts'
import {
  CheckpointError,
  formatEpochCheckpoint,
  formatOffsetCheckpoint,
  parseCheckpoint,
  readOffsetCheckpoint,
} from './checkpoint-file.ts'
import { readCleanShutdown } from './clean-shutdown-file.ts'
import { formatMetaProperties, parseMetaProperties } from './meta-properties.ts'
import { markedDirectoryName, offsetFileName, offsetOfFileName, parsePartitionDirectory } from './segment-files.ts'

describe('checkpoints', () => {
  test('have the text of Kafka', () => {
    const offsets = [[{ topic: 'deleted', partition: 0 }, 137]] as const
    expect(formatOffsetCheckpoint(offsets).toString()).toBe('0\n1\ndeleted 0 137\n')
    expect(
      formatEpochCheckpoint([
        { epoch: 0, startOffset: 0 },
        { epoch: 2, startOffset: 400 },
      ]).toString(),
    ).toBe('0\n2\n0 0\n2 400\n')
  })

  test.each(['', '0', '0\n0', '0\n0\n'])('%j holds nothing', text => expect(parseCheckpoint('x', text, 3)).toEqual([]))

  test.each([
    ['1\n0\n', /version 1/],
    ['0\n2\na 0 1\n', /2 entries announced, 1 found/],
    ['0\n1\na 0\n', /malformed line "a 0"/],
    ['x\n', /malformed number "x"/],
    ['0\nmany\n', /malformed number "many"/],
  ])('%j is refused', (text, problem) => {
    expect(() => parseCheckpoint('/a/file', text, 3)).toThrow(CheckpointError)
    expect(() => parseCheckpoint('/a/file', text, 3)).toThrow(problem)
  })

  test('a missing one is empty, and an impossible offset refused', async () => {
    const disk = memoryDisk()
    expect((await readOffsetCheckpoint(disk, '/none')).size).toBe(0)
    await disk.replaceFile('/bad', Buffer.from('0\n1\na 0 99999999999999999999\n'))
    await expect(readOffsetCheckpoint(disk, '/bad')).rejects.toThrow(CheckpointError)
  })
})

describe('meta.properties', () => {
  // As Kafka 4.3.0's formatter wrote it.
  const kafka =
    '#\n#Sun Nov 22 04:53:34 UTC 2026\nnode.id=1\ndirectory.id=AdKef6qTaFrbcVRB0Wiyew\nversion=1\ncluster.id=VcE87dc19XIURd9KuS8Lww\n'
  const properties = {
    version: 1,
    clusterId: 'VcE87dc19XIURd9KuS8Lww',
    nodeId: 1,
    directoryId: 'AdKef6qTaFrbcVRB0Wiyew',
  }

  test('reads as Kafka wrote it, and as we do', () => {
    expect(parseMetaProperties('x', kafka)).toEqual(properties)
    expect(parseMetaProperties('x', formatMetaProperties(properties))).toEqual(properties)
    expect(parseMetaProperties('x', 'version = 1\r\ncluster.id: a\\:b\nnode.id=7\n')).toEqual({
      version: 1,
      clusterId: 'a:b',
      nodeId: 7,
      directoryId: undefined,
    })
  })

  test.each([
    ['broker.id=1', /version is missing/],
    ['version=1\nnode.id=1', /cluster.id is missing/],
    ['version=1\ncluster.id=a\nnode.id=-1', /node.id is -1/],
    ['version=1\ncluster.id=a', /node.id is missing/],
  ])('%j is refused', (text, problem) => expect(() => parseMetaProperties('/d/meta.properties', text)).toThrow(problem))
})

test.each([
  ['{"version":0,"brokerEpoch":331}', { brokerEpoch: 331, logs: undefined }],
  ['{"version":0,"brokerEpoch":331,"logs":7}', { brokerEpoch: 331, logs: 7 }],
  ['', { brokerEpoch: -1, logs: undefined }],
  ['{"brokerEpoch":"x"}', { brokerEpoch: -1, logs: undefined }],
])('.kafka_cleanshutdown of %j', async (text, expected) => {
  const disk = memoryDisk()
  await disk.makeDirectory('/a')
  expect(await readCleanShutdown(disk, '/a')).toBeUndefined()
  await disk.replaceFile('/a/.kafka_cleanshutdown', Buffer.from(text))
  expect(await readCleanShutdown(disk, '/a')).toEqual(expected)
})

describe('names', () => {
  test('of files', () => {
    expect(offsetFileName(42, '.log')).toBe('00000000000000000042.log')
    expect(
      ['00000000000000000042.log', '00000000000000000000-0000000000.checkpoint', 'partition.metadata'].map(
        offsetOfFileName,
      ),
    ).toEqual([42, undefined, undefined])
  })

  test.each([
    ['a-b-3', { topic: 'a-b', partition: 3, kind: 'current' }],
    ['a.b-0.0123456789abcdef0123456789abcdef-delete', { topic: 'a.b', partition: 0, kind: 'delete' }],
    ['t-12.0123456789abcdef0123456789abcdef-stray', { topic: 't', partition: 12, kind: 'stray' }],
    ['t-1.abc-future', { topic: 't', partition: 1, kind: 'future' }],
    ['lost+found', undefined],
    ['-3', undefined],
    ['t-', undefined],
  ])('of the directory %s', (name, expected) => expect(parsePartitionDirectory(name)).toEqual(expected))

  test('of directories that go, however long the topic is', () => {
    const id = Buffer.alloc(16, 0xab)
    expect(markedDirectoryName('orders', 3, id, 'delete')).toBe(`orders-3.${'ab'.repeat(16)}-delete`)
    expect(markedDirectoryName('x'.repeat(249), 3, id, 'delete').length).toBe(255)
  })
})
