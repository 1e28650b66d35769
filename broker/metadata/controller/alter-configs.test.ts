// Which resource a change of configs means, and what becomes of it. Whether values are valid is tested in broker/config.

import { describe, expect, test } from 'vitest'
import { type ErrorName, errorName } from '../../../protocol/errors.ts'
import { MetadataBench } from '../../../testing/metadata-bench.ts'
import { decodeRecord } from '../metadata-record.ts'
import { storedBatches } from '../storage/raft-batch.ts'

const topic = 2
const broker = 4
const logger = 8
const metrics = 16
const group = 32

type Operation = readonly [name: string, operation: number, value: string | null]

async function alter(
  bench: MetadataBench,
  resourceType: number,
  resourceName: string,
  ...operations: Operation[]
): Promise<ErrorName> {
  const configs = operations.map(([name, configOperation, value]) => ({ name, configOperation, value }))
  const request = { resources: [{ resourceType, resourceName, configs }], validateOnly: false }
  const { responses } = await bench.metadata.incrementalAlterConfigs(request)
  expect(responses).toHaveLength(1)
  return errorName(responses![0]!.errorCode!)!
}

async function bench(): Promise<MetadataBench> {
  const made = await MetadataBench.serving()
  const wanted = { name: 'a', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }
  await made.metadata.createTopics({ topics: [wanted], timeoutMs: 0, validateOnly: false })
  return made
}

const overrides = ({ metadata }: MetadataBench, type: 'topic' | 'broker' | 'group' | 'client-metrics', name: string) =>
  Object.fromEntries(metadata.image.configOverrides(type, name))

describe('incremental changes', () => {
  test('set, append, subtract, delete', async () => {
    const b = await bench()
    expect(
      await alter(b, topic, 'a', ['cleanup.policy', 2, 'compact'], ['retention.ms', 0, '9223372036854775807']),
    ).toBe('NONE')
    expect(overrides(b, 'topic', 'a')).toEqual({
      'cleanup.policy': 'delete,compact',
      'retention.ms': '9223372036854775807',
    })
    expect(await alter(b, topic, 'a', ['cleanup.policy', 3, 'delete'], ['retention.ms', 1, null])).toBe('NONE')
    expect(overrides(b, 'topic', 'a')).toEqual({ 'cleanup.policy': 'compact' })
    expect(await alter(b, topic, 'a', ['retention.ms', 2, '5'])).toBe('INVALID_CONFIG')
  })

  test('a resource changes as a whole or not at all', async () => {
    const b = await bench()
    expect(await alter(b, topic, 'a', ['retention.ms', 0, '5'], ['no.such', 0, '1'])).toBe('INVALID_CONFIG')
    expect(overrides(b, 'topic', 'a')).toEqual({})
  })

  test.each<[string, number, string, Operation, ErrorName]>([
    ['a topic that does not exist', topic, 'nothing', ['retention.ms', 0, '5'], 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['a name no topic can have', topic, 'a b', ['retention.ms', 0, '5'], 'INVALID_TOPIC_EXCEPTION'],
    ['all topics', topic, '', ['retention.ms', 0, '5'], 'INVALID_REQUEST'],
    ['another broker', broker, '2', ['log.retention.ms', 0, '5'], 'INVALID_REQUEST'],
    ['no broker', broker, 'x', ['log.retention.ms', 0, '5'], 'INVALID_REQUEST'],
    ['a setting that is fixed', broker, '1', ['node.id', 0, '5'], 'INVALID_REQUEST'],
    ['a log level', logger, '1', ['root', 0, 'DEBUG'], 'INVALID_REQUEST'],
    ['all groups', group, '', ['consumer.session.timeout.ms', 0, '50000'], 'INVALID_REQUEST'],
    ['no such kind of resource', 64, 'x', ['a', 0, '5'], 'INVALID_REQUEST'],
    ['no such operation', topic, 'a', ['retention.ms', 9, '5'], 'INVALID_REQUEST'],
    ['no value', topic, 'a', ['retention.ms', 0, null], 'INVALID_REQUEST'],
  ])('is refused for %s', async (_, type, name, operation, error) => {
    expect(await alter(await bench(), type, name, operation)).toBe(error)
  })

  test('of the cluster, a broker, a group, a subscription', async () => {
    const b = await bench()
    expect(await alter(b, broker, '', ['log.retention.ms', 0, '60000'])).toBe('NONE')
    expect(await alter(b, broker, '1', ['log.retention.ms', 0, '50000'])).toBe('NONE')
    expect(await alter(b, group, 'g', ['consumer.session.timeout.ms', 0, '50000'])).toBe('NONE')
    expect(await alter(b, metrics, 'm', ['interval.ms', 0, '1000'])).toBe('NONE')
    expect(overrides(b, 'broker', '')).toMatchObject({ 'log.retention.ms': '60000' })
    expect(overrides(b, 'broker', '1')).toEqual({ 'log.retention.ms': '50000' })
    expect(overrides(b, 'group', 'g')).toEqual({ 'consumer.session.timeout.ms': '50000' })
    expect(overrides(b, 'client-metrics', 'm')).toEqual({ 'interval.ms': '1000' })
    expect([...b.metadata.image.configuredResources('group')]).toEqual(['g'])
  })

  test('a value that does not change is not written again, except for a broker', async () => {
    const b = await bench()
    await alter(b, topic, 'a', ['retention.ms', 0, '5'])
    await alter(b, broker, '1', ['log.retention.ms', 0, '50000'])
    const end = b.log.endOffset
    await alter(b, topic, 'a', ['retention.ms', 0, '5'])
    expect(b.log.endOffset).toBe(end)
    await alter(b, broker, '1', ['log.retention.ms', 0, '50000'])
    expect(b.log.endOffset).toBe(end + 1)
  })

  test('with eligible leader replicas min.insync.replicas of the cluster stays, and a change forgets them', async () => {
    const b = await bench()
    expect(await alter(b, broker, '1', ['min.insync.replicas', 0, '2'])).toBe('INVALID_CONFIG')
    expect(await alter(b, broker, '', ['min.insync.replicas', 1, null])).toBe('INVALID_CONFIG')
    const end = b.log.endOffset
    expect(await alter(b, broker, '', ['min.insync.replicas', 0, '2'])).toBe('NONE')
    expect(await alter(b, topic, 'a', ['min.insync.replicas', 0, '1'])).toBe('NONE')
    const batches = [...storedBatches(await b.log.read(end, Number.POSITIVE_INFINITY))]
    const records = batches.flatMap(batch => batch.records.map(({ value }) => decodeRecord(value)))
    expect(
      records.map(record => (record.type === 'clearElr' ? `clear '${record.value.topicName}'` : record.type)),
    ).toEqual(['config', "clear ''", 'config', "clear 'a'"])
  })
})

test('the same resource twice is refused both times', async () => {
  const b = await bench()
  const resource = {
    resourceType: topic,
    resourceName: 'a',
    configs: [{ name: 'retention.ms', configOperation: 0, value: '5' }],
  }
  const { responses } = await b.metadata.incrementalAlterConfigs({
    resources: [resource, resource],
    validateOnly: false,
  })
  expect(responses!.map(({ errorCode }) => errorName(errorCode!))).toEqual(['INVALID_REQUEST', 'INVALID_REQUEST'])
})

test('AlterConfigs replaces everything; validateOnly changes nothing', async () => {
  const b = await bench()
  await alter(b, topic, 'a', ['retention.ms', 0, '5'], ['cleanup.policy', 0, 'compact'])
  const resource = { resourceType: topic, resourceName: 'a', configs: [{ name: 'retention.bytes', value: '7' }] }
  const tried = await b.metadata.alterConfigs({ resources: [resource], validateOnly: true })
  expect(tried.responses![0]!.errorCode).toBe(0)
  expect(overrides(b, 'topic', 'a')).toEqual({ 'retention.ms': '5', 'cleanup.policy': 'compact' })
  await b.metadata.alterConfigs({ resources: [resource], validateOnly: false })
  expect(overrides(b, 'topic', 'a')).toEqual({ 'retention.bytes': '7' })
})
