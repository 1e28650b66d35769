// What clients did with transactions on a real Kafka 4.3.0, asked of ours: the same answers, in every version.

import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import { simulatedEpochMs } from '../../io/sim/clock.ts'
import { createTopics } from '../../protocol/messages/create-topics.ts'
import { deleteRecords } from '../../protocol/messages/delete-records.ts'
import { findCoordinator } from '../../protocol/messages/find-coordinator.ts'
import { apiByKey } from '../../protocol/messages/index.ts'
import { initProducerId } from '../../protocol/messages/init-producer-id.ts'
import { produce } from '../../protocol/messages/produce.ts'
import { buildBatch } from '../../protocol/records/batch-builder.ts'
import { goldenValue } from '../../testing/golden/value.ts'
import { repositoryPath } from '../../testing/repository-path.ts'
import { MadeIds } from './replay/compare.ts'
import { type AllowedDifference, type Differing, type Exchange, judge, replay } from './replay/replay.ts'
import { SimBroker } from './replay/sim-broker.ts'

function capture(name: string): Exchange[] {
  const file = repositoryPath(`broker/server/testdata/${name}.jsonl.gz`)
  const lines = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n')
  return lines.map(line => {
    const { requestHeader, request, response, ...exchange } = JSON.parse(line)
    const api = apiByKey.get(exchange.apiKey)!
    return {
      ...exchange,
      clientId: requestHeader.clientId ?? '',
      request: goldenValue(api.request.fields, request, []),
      response: response ? goldenValue(api.response.fields, response, []) : undefined,
    }
  })
}

let sim: SimBroker | undefined
afterEach(async () => {
  await sim?.stop()
  sim = undefined
})

/** `used`: producer ids that the capture's broker had given away; `ends`: where its partitions ended. */
async function brokerWith(topic: string, ends: readonly number[], logStart: number, used: number): Promise<SimBroker> {
  const started = await SimBroker.start({
    // The time of the captures: markers are stamped with the broker's, and segments roll by the time between records.
    clockOffsetMs: 1_795_323_560_000 - simulatedEpochMs,
    settings: { 'offsets.topic.num.partitions': '3', 'transaction.state.log.num.partitions': '3' },
  })
  sim = started
  const client = await started.connect()
  const topics = [{ name: topic, numPartitions: ends.length, replicationFactor: 1 }]
  await client.ask(createTopics, 7, { topics, timeoutMs: 30_000 })
  for (const [index, count] of ends.entries()) {
    if (count === 0) continue
    const filler = Array.from({ length: count }, () => ({ key: null, value: Buffer.from('filler'), timestamp: 1 }))
    const topicData = [{ name: topic, partitionData: [{ index, records: buildBatch(filler) }] }]
    await client.ask(produce, 9, { transactionalId: null, acks: -1, timeoutMs: 30_000, topicData })
  }
  const partitions = ends.flatMap((end, partitionIndex) => (end > 0 ? [{ partitionIndex, offset: logStart }] : []))
  await client.ask(deleteRecords, 2, { topics: [{ name: topic, partitions }], timeoutMs: 30_000 })
  for (const keyType of [0, 1]) await client.ask(findCoordinator, 4, { keyType, coordinatorKeys: ['x'] })
  for (let count = 0; count < used; count++) {
    await client.ask(initProducerId, 5, { transactionalId: null, transactionTimeoutMs: 1000 })
  }
  client.destroy()
  return started
}

/** Between the end of a transaction and what follows, the markers are written. */
function* byEnd(exchanges: readonly Exchange[]): Generator<Exchange[]> {
  let part: Exchange[] = []
  for (const exchange of exchanges) {
    part.push(exchange)
    if (exchange.name !== 'EndTxn') continue
    yield part
    part = []
  }
  yield part
}

async function replayAll(broker: SimBroker, exchanges: readonly Exchange[], ids: MadeIds): Promise<Differing[]> {
  const found: Differing[] = []
  for (const part of byEnd(exchanges)) found.push(...(await replay(broker, part, ids)))
  return found
}

const order: AllowedDifference = {
  api: 'DescribeTransactions',
  path: /\.topics\[topic=\w+\]\.partitions\[\d\]$/,
  why: "Java's hash order",
}
const lastTimes: AllowedDifference = {
  api: 'DescribeProducers',
  path: /\.lastTimestamp$/,
  why: 'another time',
}
const explained: AllowedDifference = {
  api: 'Produce',
  path: /\.errorMessage$/,
  why: 'Kafka has no message for most refused batches; ours says what is wrong',
}
const differences: AllowedDifference[] = [
  {
    api: 'ApiVersions',
    path: /^(apiKeys|supportedFeatures|finalizedFeatures|finalizedFeaturesEpoch)/,
    why: 'what is not implemented is not offered; api-versions.test.ts lists it',
  },
  {
    api: 'FindCoordinator',
    path: /^coordinators\[key=cap-tx\]\./,
    in: [3],
    why: 'Kafka creates __transaction_state after its first answer, we before',
  },
  { api: 'Produce', path: /\[index=1\]\.baseOffset$/, in: [12], why: 'another capture had written to this partition' },
  { api: 'Fetch', path: /\.records$/, in: [32, 33], why: 'what was there before, and the times of markers' },
  { api: 'DescribeProducers', path: /\.activeProducers\[\d\]/, in: [61], why: 'who had written before' },
]
const times: AllowedDifference = {
  api: 'DescribeTransactions',
  path: /\.transactionStartTimeMs$/,
  why: 'another time',
}

test('every version of every request about transactions', async () => {
  const broker = await brokerWith('sw', [22, 0], 1, 6)
  const ids = new MadeIds()
  ids.match('woPStTFQSBWJxaC2T_wBNw', broker.broker.metadata.image.topicByName('sw')!.id)
  const found = await replayAll(broker, capture('versions-transactions'), ids)
  expect(judge(found, [times, order, lastTimes, explained])).toEqual({ unexpected: [], unused: [] })
})

test('a Java producer that commits, aborts, sends offsets and is fenced', async () => {
  const broker = await brokerWith('cap-a', [22, 0, 0, 0], 2, 4)
  const ids = new MadeIds()
  const found = await replayAll(broker, capture('client-transactions'), ids)
  expect(judge(found, [times, ...differences])).toEqual({ unexpected: [], unused: [] })
})
