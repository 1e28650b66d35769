// What Kafka 4.3.0 answered its own admin client, and a raw client in every version, about topics, partitions, configs and the
// cluster, replayed against our handlers. Left out of the comparison: topic ids, the wording of errors (whether there is one
// counts), and the order of lists that Kafka keeps in hash maps.

import { beforeAll, describe, expect, test } from 'vitest'
import { readRequestFrame, readResponseFrame } from '../../protocol/framing.ts'
import { decode, encode } from '../../protocol/wire/schema.ts'
import { type CapturedExchange, capturedExchanges } from '../../testing/kafka-metadata.ts'
import { MetadataBench } from '../../testing/metadata-bench.ts'
import { withDynamic } from '../config/dynamic-config.ts'
import type { RequestContext } from '../server/handler.ts'
import { handlers } from '../server/handlers/index.ts'
import type { Services } from '../server/services.ts'

/** The settings of Kafka's broker that its answers show. */
const settings = {
  'log.index.size.max.bytes': '4096',
  'log.index.interval.bytes': '512',
  'log.retention.ms': '-1',
  'log.segment.delete.delay.ms': '500',
  'num.partitions': '1',
  'offsets.topic.num.partitions': '3',
  'advertised.listeners': 'PLAINTEXT://127.0.0.1:19094',
}

type Json = Record<string, unknown>

let bench: MetadataBench

function contextOf(apiVersion: number, clientId: string | null): RequestContext {
  const { metadata } = bench
  const cluster = metadata.image.configOverrides('broker', '')
  const config = withDynamic(bench.config, cluster, metadata.image.configOverrides('broker', '1')).config
  const services = { metadata, config } as unknown as Services
  return { services, apiVersion, clientId, listenerName: 'PLAINTEXT' } as unknown as RequestContext
}

async function exchange(captured: CapturedExchange): Promise<{ kafka: Json; ours: Json }> {
  const handler = handlers.find(({ api }) => api.key === captured.apiKey)!
  const { api, apiVersion, clientId, reader } = readRequestFrame(Buffer.from(captured.requestHex, 'hex').subarray(4))
  const request = api.request.read(apiVersion, reader)
  const response = Buffer.from(captured.responseHex, 'hex').subarray(4)
  const kafka = api.response.read(apiVersion, readResponseFrame(api, apiVersion, response).reader) as Json
  const answer = await handler.handle(contextOf(apiVersion, clientId), request)
  const ours = decode(api.response, apiVersion, encode(api.response, apiVersion, answer!)) as Json
  return { kafka, ours }
}

/** Lists in an order of their own; ids, cluster ids and texts as whether they are there. */
function comparable(value: unknown, key = ''): unknown {
  if (key === 'errorMessage') return value === null || value === '' ? value : 'some text'
  if (key === 'topicId') return /^A+$/.test(value as string) ? 'none' : 'some id'
  if (key === 'clusterId') return 'some id'
  if (Array.isArray(value)) {
    const items = value.map(item => comparable(item))
    return key === 'synonyms' ? items : items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  }
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, comparable(inner, name)]))
}

/** Where our answer differs from Kafka's, and why. */
function adjusted(captured: CapturedExchange, answer: Json): unknown {
  switch (captured.name) {
    case 'ListConfigResources':
      // Topics and groups that other captures left on Kafka's broker.
      return withoutStrangers(answer)
    case 'DescribeConfigs':
      return withoutSecurity(answer)
    default:
      return comparable(answer)
  }
}

function withoutStrangers(answer: Json): unknown {
  const known = new Set(Array.from(bench.metadata.image.topics(), ({ name }) => name))
  const resources = answer.configResources as { resourceName: string; resourceType: number }[]
  const configResources = resources.filter(
    ({ resourceName, resourceType }) => resourceType === 4 || resourceType === 8 || known.has(resourceName),
  )
  return comparable({ ...answer, configResources })
}

/** Kafka's broker had SASL enabled, which ours refuses to start with. */
function withoutSecurity(answer: Json): unknown {
  const results = (answer.results as { configs: { name: string }[] }[]).map(result => ({
    ...result,
    configs: result.configs.filter(({ name }) => name !== 'sasl.enabled.mechanisms'),
  }))
  return comparable({ ...answer, results })
}

const exchanges = capturedExchanges()
const captures = ['client-admin', 'versions-topics', 'versions-configs', 'versions-metadata']

describe.each(captures)('%s', name => {
  beforeAll(async () => {
    bench = await MetadataBench.serving({ settings, port: 19094 })
    await prepare(name)
  })

  const own = exchanges.filter(({ capture }) => capture === name)
  test.each(own.map(each => [`${each.n} ${each.name} v${each.version}`, each] as const))('%s', async (_, captured) => {
    const { kafka, ours } = await exchange(captured)
    expect(adjusted(captured, ours)).toEqual(adjusted(captured, kafka))
  })
})

/** Topics that earlier captures left behind. */
async function prepare(capture: string): Promise<void> {
  if (capture === 'client-admin') return
  const counts = { sw: 2, 'sw-c': 1, 'cap-a': 4 }
  const topics = Object.entries(counts).map(([name, numPartitions]) => ({
    name,
    numPartitions,
    replicationFactor: 1,
    assignments: [],
    configs: [],
  }))
  await bench.metadata.createTopics({ topics, timeoutMs: 0, validateOnly: false })
}
