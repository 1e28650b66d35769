// The ApiVersions answer is Kafka 4.3.0's, minus what is listed here. The lists only shrink: an API or feature that is there
// and still listed fails the test.

import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { apiVersions } from '../../protocol/messages/api-versions.ts'
import type { Message } from '../../protocol/wire/schema.ts'
import { repositoryPath } from '../../testing/repository-path.ts'
import { SimBroker } from './replay/sim-broker.ts'

/** APIs that Kafka 4.3.0 offers to clients and we do not, yet. */
// biome-ignore format: a list
const notYet = [
  'AddRaftVoter', 'AlterClientQuotas',
  'AlterShareGroupOffsets',
  'AlterUserScramCredentials', 'CreateAcls',
  'CreateDelegationToken', 'DeleteAcls', 'DeleteShareGroupOffsets', 'DeleteShareGroupState', 'DescribeAcls',
  'DescribeClientQuotas', 'DescribeDelegationToken',
  'DescribeShareGroupOffsets', 'DescribeUserScramCredentials',
  'ExpireDelegationToken', 'InitializeShareGroupState',
  'ReadShareGroupState', 'ReadShareGroupStateSummary', 'RemoveRaftVoter',
  'RenewDelegationToken', 'SaslAuthenticate', 'SaslHandshake', 'ShareAcknowledge', 'ShareFetch',
  'ShareGroupDescribe', 'ShareGroupHeartbeat', 'StreamsGroupDescribe', 'StreamsGroupHeartbeat',
  'WriteShareGroupState', 
]

interface ApiRow {
  readonly apiKey: number
  readonly name: string
  readonly listeners: readonly string[]
  readonly advertisedMin: number
  readonly advertisedMax: number
}

interface Exchange {
  readonly name: string
  readonly version: number
  readonly response: Message<typeof apiVersions.response>
}

const unpacked = (path: string) => gunzipSync(readFileSync(repositoryPath(path))).toString('utf8')
const rows = JSON.parse(unpacked('protocol/testdata/api-keys.json.gz')) as ApiRow[]
const kafka = unpacked('broker/server/testdata/versions-metadata.jsonl.gz')
  .split('\n')
  .filter(line => line !== '')
  .map(line => JSON.parse(line) as Exchange)
  .filter(({ name, response }) => name === 'ApiVersions' && response.errorCode === 0)

let sim: SimBroker
beforeAll(async () => {
  sim = await SimBroker.start()
})
afterAll(() => sim.stop())

const request = { clientSoftwareName: 'test', clientSoftwareVersion: '1.0' }

describe('APIs', () => {
  test.each(kafka.map(({ version, response }) => [version, response] as const))('v%i', async (version, response) => {
    const client = await sim.connect()
    const { apiKeys } = await client.ask(apiVersions, version, request)
    const ours = new Map(apiKeys.map(row => [row.apiKey, row]))
    const nameOf = (key: number) => rows.find(({ apiKey }) => apiKey === key)!.name
    const missing = response.apiKeys.filter(({ apiKey }) => !ours.has(apiKey)).map(({ apiKey }) => nameOf(apiKey))
    expect(missing.sort()).toEqual(notYet)
    for (const row of response.apiKeys) if (ours.has(row.apiKey)) expect(ours.get(row.apiKey)).toEqual(row)
    expect(apiKeys.every(({ apiKey }) => response.apiKeys.some(row => row.apiKey === apiKey))).toBe(true)
  })
})

test('a feature is offered and finalised at a level that Kafka has; below v4 those that may be 0 are left out', async () => {
  const client = await sim.connect()
  const ours = await client.ask(apiVersions, 4, request)
  const theirs = kafka.find(({ version }) => version === 4)!.response
  for (const { name, minVersion, maxVersion } of ours.supportedFeatures) {
    const row = theirs.supportedFeatures.find(each => each.name === name)!
    expect(minVersion).toBeGreaterThanOrEqual(row.minVersion)
    expect(maxVersion).toBeLessThanOrEqual(row.maxVersion)
  }
  expect(ours.supportedFeatures.map(({ name }) => name)).toContain('metadata.version')
  for (const { name, maxVersionLevel } of ours.finalizedFeatures) {
    const row = ours.supportedFeatures.find(each => each.name === name)!
    expect(maxVersionLevel).toBeLessThanOrEqual(row.maxVersion)
  }
  // A fresh directory has a dynamic quorum, whose level Kafka names as well.
  expect(ours.finalizedFeatures).toContainEqual({ name: 'kraft.version', maxVersionLevel: 1, minVersionLevel: 1 })
  expect(ours.zkMigrationReady).toBe(false)
  const older = await client.ask(apiVersions, 3, request)
  expect(older.supportedFeatures.every(({ minVersion }) => minVersion > 0)).toBe(true)
})
