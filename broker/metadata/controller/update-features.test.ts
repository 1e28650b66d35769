// Levels of features: what may be set, what is written, and who obeys. The answers are those that Kafka 4.3.0 gave to the same
// questions (the Java suite of broker/compat asks both).

import { describe, expect, test } from 'vitest'
import { errorName } from '../../../protocol/errors.ts'
import { MetadataBench } from '../../../testing/metadata-bench.ts'
import { decodeRecord } from '../metadata-record.ts'
import { storedBatches } from '../storage/raft-batch.ts'

type Update = readonly [feature: string, level: number, upgradeType?: number]

function ask(bench: MetadataBench, updates: readonly Update[], { validateOnly = false, apiVersion = 2 } = {}) {
  const featureUpdates = updates.map(([feature, maxVersionLevel, upgradeType = 1]) => ({
    feature,
    maxVersionLevel,
    allowDowngrade: false,
    upgradeType,
  }))
  return bench.metadata.updateFeatures({ timeoutMs: 0, featureUpdates, validateOnly }, apiVersion)
}

async function error(bench: MetadataBench, ...updates: Update[]): Promise<string | undefined> {
  return errorName((await ask(bench, updates)).errorCode ?? 0)
}

async function lastRecords(bench: MetadataBench) {
  const batches = [...storedBatches(await bench.log.read(0, Number.POSITIVE_INFINITY))]
  return batches.at(-1)!.records.map(({ value }) => decodeRecord(value))
}

describe('what may be set', () => {
  test.each<[Update, string]>([
    [['transaction.version', 2], 'NONE'],
    [['transaction.version', 2, 2], 'NONE'],
    [['transaction.version', 3], 'INVALID_UPDATE_VERSION'],
    [['transaction.version', -1, 2], 'INVALID_UPDATE_VERSION'],
    [['transaction.version', 1], 'INVALID_UPDATE_VERSION'],
    [['transaction.version', 1, 0], 'INVALID_UPDATE_VERSION'],
    [['transaction.version', 1, 7], 'INVALID_UPDATE_VERSION'],
    [['transaction.version', 1, 2], 'NONE'],
    [['transaction.version', 0, 3], 'NONE'],
    [['no.such.feature', 0], 'INVALID_UPDATE_VERSION'],
    [['no.such.feature', 1], 'INVALID_UPDATE_VERSION'],
    [['share.version', 0, 2], 'NONE'],
    [['share.version', 2], 'INVALID_UPDATE_VERSION'],
    [['metadata.version', 30], 'NONE'],
    [['metadata.version', 31], 'INVALID_UPDATE_VERSION'],
    [['metadata.version', 6, 2], 'INVALID_UPDATE_VERSION'],
    [['metadata.version', 29], 'INVALID_UPDATE_VERSION'],
    [['metadata.version', 29, 2], 'INVALID_UPDATE_VERSION'],
    [['metadata.version', 29, 3], 'INVALID_UPDATE_VERSION'],
    [['kraft.version', 1], 'NONE'],
    [['kraft.version', 2], 'INVALID_UPDATE_VERSION'],
    [['kraft.version', 0, 2], 'INVALID_UPDATE_VERSION'],
  ])('%j: %s', async (update, expected) => {
    expect(await error(await MetadataBench.serving(), update)).toBe(expected)
  })

  test('all of a request or none', async () => {
    const bench = await MetadataBench.serving()
    const answer = await ask(bench, [
      ['transaction.version', 1, 2],
      ['no.such.feature', 1],
    ])
    expect(answer).toMatchObject({ errorMessage: expect.stringContaining('no.such.feature'), results: [] })
    expect(bench.metadata.image.features.get('transaction.version')).toBe(2)
  })

  test('a feature named twice gets the last level; up to version 1 the answer has a line for each', async () => {
    const bench = await MetadataBench.serving()
    const updates: Update[] = [
      ['transaction.version', 1, 2],
      ['transaction.version', 0, 2],
    ]
    const line = { feature: 'transaction.version', errorCode: 0, errorMessage: 'NONE' }
    expect((await ask(bench, updates, { apiVersion: 1 })).results).toEqual([line])
    expect(bench.metadata.image.features.has('transaction.version')).toBe(false)
  })

  test('a request that only validates changes nothing', async () => {
    const bench = await MetadataBench.serving()
    const { offset } = bench.metadata.image
    expect((await ask(bench, [['transaction.version', 1, 2]], { validateOnly: true })).errorCode).toBe(0)
    expect(bench.metadata.image.offset).toBe(offset)
  })
})

describe('what is written', () => {
  test('a level, and it is there after a restart', async () => {
    const bench = await MetadataBench.serving()
    await ask(bench, [['transaction.version', 1, 2]])
    expect(await lastRecords(bench)).toMatchObject([
      { type: 'featureLevel', version: 0, value: { name: 'transaction.version', featureLevel: 1 } },
    ])
    const restarted = await MetadataBench.open({ disk: bench.disk, log: bench.log })
    expect(restarted.metadata.image.features.get('transaction.version')).toBe(1)
  })

  test('eligible leader replicas take min.insync.replicas from single brokers', async () => {
    const bench = await MetadataBench.serving()
    await ask(bench, [['eligible.leader.replicas.version', 0, 2]])
    const config = (name: string, configOperation: number, value: string | null) => ({
      resourceType: 4,
      resourceName: name,
      configs: [{ name: 'min.insync.replicas', configOperation, value }],
    })
    const resources = [config('', 1, null), config('1', 0, '2')]
    await bench.metadata.incrementalAlterConfigs({ resources, validateOnly: false })
    await ask(bench, [['eligible.leader.replicas.version', 1]])
    expect((await lastRecords(bench)).map(record => [record.type, 'value' in record && record.value])).toMatchObject([
      ['featureLevel', { featureLevel: 1 }],
      ['config', { resourceName: '', value: expect.any(String) }],
      ['config', { resourceName: '1', value: null }],
    ])
  })
})
