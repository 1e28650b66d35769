// Conversations of real clients with a real Kafka 4.3.0, replayed against a broker of ours in the simulated world. What
// differs is listed here, with the reason; a reason that nothing needs any more fails the test, so that the list shrinks.

import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import { createTopics } from '../../protocol/messages/create-topics.ts'
import { apiByKey } from '../../protocol/messages/index.ts'
import { goldenValue } from '../../testing/golden/value.ts'
import { repositoryPath } from '../../testing/repository-path.ts'
import { MadeIds } from './replay/compare.ts'
import { type AllowedDifference, type Exchange, judge, replay } from './replay/replay.ts'
import { SimBroker } from './replay/sim-broker.ts'

const unfinishedApis: AllowedDifference = {
  api: 'ApiVersions',
  path: /^apiKeys\[apiKey=\d+\]$/,
  why: 'APIs that are not handled yet; api-versions.test.ts lists them',
}
const features: AllowedDifference = {
  api: 'ApiVersions',
  path: /^(supportedFeatures|finalizedFeatures)\[/,
  why: 'only features that are implemented are offered; api-versions.test.ts lists them',
}
const epochOfFeatures: AllowedDifference = {
  api: 'ApiVersions',
  path: /^finalizedFeaturesEpoch$/,
  why: 'an offset of the metadata log, which has other records',
}
const autoCreated: AllowedDifference = {
  api: 'Metadata',
  path: /^topics\[name=(cap-auto|meta-unknown-\d)\]/,
  why: 'a topic that the request creates is in the answer at once, and in lists from then on',
}

const explained: AllowedDifference = {
  api: 'Produce',
  path: /\.errorMessage$/,
  why: 'Kafka has no message for most refused batches; ours says what is wrong',
}

const ownWords: AllowedDifference = {
  api: 'FindCoordinator',
  path: /^(coordinators\[key=x\]\.)?errorMessage$/,
  why: 'what an INVALID_REQUEST says is in our words',
}
const idsAtOnce: AllowedDifference = {
  api: 'InitProducerId',
  path: /^(errorCode|producerId|producerEpoch)$/,
  in: [15, 17],
  why: 'Kafka sends the first producer away until it has a block of ids; we wait for it, so that the ids are one ahead',
}
const coordinatorAtOnce: AllowedDifference = {
  api: 'FindCoordinator',
  path: /^coordinators\[key=cap-classic\]\./,
  in: [3],
  why: 'Kafka creates __consumer_offsets after its first answer, we before',
}

type Json = Record<string, unknown>

function capture(name: string): Exchange[] {
  const file = repositoryPath(`broker/server/testdata/${name}.jsonl.gz`)
  const lines = gunzipSync(readFileSync(file)).toString('utf8').split('\n')
  return lines
    .filter(line => line !== '')
    .map(line => {
      const { n, conn, name: apiName, apiKey, version, requestHeader, request, response } = JSON.parse(line)
      const { request: asked, response: answered } = apiByKey.get(apiKey)!
      return {
        n,
        conn,
        name: apiName,
        apiKey,
        version,
        clientId: requestHeader.clientId ?? '',
        request: goldenValue(asked.fields, request as Json, []),
        response: response ? goldenValue(answered.fields, response as Json, []) : undefined,
      }
    })
}

let sim: SimBroker | undefined
afterEach(async () => {
  await sim?.stop()
  sim = undefined
})

async function brokerWith(topics: readonly { name: string; numPartitions: number; configs?: [string, string][] }[]) {
  const started = await SimBroker.start({
    // The captures' records were made in November 2026, which a broker must not take for the future.
    clockOffsetMs: 365 * 24 * 3_600_000,
    settings: { 'offsets.topic.num.partitions': '3', 'group.initial.rebalance.delay.ms': '0' },
  })
  sim = started
  const client = await started.connect()
  const { topics: created } = await client.ask(createTopics, 7, {
    topics: topics.map(({ name, numPartitions, configs = [] }) => ({
      name,
      numPartitions,
      replicationFactor: 1,
      configs: configs.map(([key, value]) => ({ name: key, value })),
    })),
    timeoutMs: 30_000,
  })
  expect(created.map(({ errorCode }) => errorCode)).toEqual(topics.map(() => 0))
  client.destroy()
  return started
}

describe('requests in every version', () => {
  test('Produce, Fetch, ListOffsets, OffsetForLeaderEpoch, DeleteRecords', async () => {
    const broker = await brokerWith([{ name: 'sw', numPartitions: 2 }])
    const ids = new MadeIds()
    // The capture names the topic by its id from the first request on that has one.
    ids.match('woPStTFQSBWJxaC2T_wBNw', broker.broker.metadata.image.topicByName('sw')!.id)
    const found = []
    for (const name of ['versions-produce', 'versions-fetch', 'versions-offsets']) {
      found.push(...(await replay(broker, capture(name), ids)))
    }
    expect(judge(found, [explained])).toEqual({ unexpected: [], unused: [] })
  })

  test('Metadata, ApiVersions, DescribeCluster, FindCoordinator', async () => {
    const exchanges = capture('versions-metadata')
    // What there was, as an early request for all topics was told; those that the capture's own requests create come later.
    const all = exchanges.find(
      ({ name, version, request }) => name === 'Metadata' && version === 1 && request.topics === null,
    )!
    const existing = (all.response!.topics as { name: string; partitions: unknown[] }[])
      .filter(({ name }) => !name.startsWith('meta-unknown'))
      .map(({ name, partitions }) => ({ name, numPartitions: partitions.length }))
    const broker = await brokerWith(existing)
    const ids = new MadeIds()
    ids.match('woPStTFQSBWJxaC2T_wBNw', broker.broker.metadata.image.topicByName('sw')!.id)
    const found = await replay(broker, exchanges, ids)
    const allowed = [unfinishedApis, features, epochOfFeatures, autoCreated, ownWords]
    expect(judge(found, allowed)).toEqual({
      unexpected: [],
      unused: [],
    })
  })
})

describe("Kafka's Java clients", () => {
  test('producers: acks 0, 1 and all, four codecs, a record that is too large, an auto-created topic; then a consumer group', async () => {
    const broker = await brokerWith([
      { name: 'cap-a', numPartitions: 4 },
      { name: 'cap-b', numPartitions: 1, configs: [['cleanup.policy', 'compact']] },
      { name: 'cap-small', numPartitions: 1, configs: [['max.message.bytes', '1000']] },
    ])
    const ids = new MadeIds()
    const found = await replay(broker, capture('client-producer'), ids)
    const meant = [unfinishedApis, features, epochOfFeatures]
    expect(judge(found, [...meant, autoCreated, explained, idsAtOnce])).toEqual({ unexpected: [], unused: [] })
    const consumed = await replay(broker, capture('client-consumer-classic'), ids)
    expect(judge(consumed, [...meant, coordinatorAtOnce])).toEqual({ unexpected: [], unused: [] })
  })
})
