// Versions: what ApiVersions answers, what happens to versions that nobody has, and every handler in every version.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { api, requestFrame } from '../wire.mjs'
import { batchOf, isError, untilCoordinated } from './wire-kit.mjs'

const missingFile = new URL('../api-versions-missing.json', import.meta.url)

export const versionChecks = {
  'api versions: equal to Kafka 4.3.0, minus what is listed as missing': equalToKafka,
  'api versions: an unknown version is UNSUPPORTED_VERSION in the form of version 0': unknownApiVersions,
  'api versions: a client name that is not allowed': badClientName,
  'unknown version of another API closes the connection': (kit, context) => closes(kit, context, 3, 99),
  'unknown API closes the connection': (kit, context) => closes(kit, context, 1234, 0),
}

/** Kafka's table comes from its jar; the list of what we lack is only for our broker, and must name nothing that we have. */
async function equalToKafka(kit, { tools, target }) {
  const java = await tools.java
  const { stdout } = await java.program(['apis'])
  const kafka = new Map()
  for (const line of stdout.split('\n').filter(text => text.startsWith('@'))) {
    const { key, name, min, max } = JSON.parse(line.slice(1))
    kafka.set(key, `${name} ${min}-${max}`)
  }
  const nameOf = key => kafka.get(key)?.split(' ')[0] ?? `key ${key}`
  const answer = await kit.connected(wire =>
    wire.send(api.apiVersions, 4, { clientSoftwareName: 'compat', clientSoftwareVersion: '1' }),
  )
  isError(answer.errorCode, 'NONE')
  const ours = new Map(
    answer.apiKeys.map(each => [each.apiKey, `${nameOf(each.apiKey)} ${each.minVersion}-${each.maxVersion}`]),
  )
  const expected = new Map(kafka)
  if (target === 'millrace')
    for (const { key } of JSON.parse(readFileSync(missingFile, 'utf8')).missing) expected.delete(key)
  assert.deepEqual([...ours.values()].sort(), [...expected.values()].sort())
}

async function unknownApiVersions(kit) {
  await kit.connected(async wire => {
    const frame = requestFrame(api.apiVersions, 4, 77, { clientSoftwareName: 'a', clientSoftwareVersion: '1' })
    frame.writeInt16BE(99, 6)
    const answer = await wire.exchange(frame)
    assert.equal(answer.readInt32BE(0), 77)
    isError(answer.readInt16BE(4), 'UNSUPPORTED_VERSION')
    const count = answer.readInt32BE(6)
    assert.equal(answer.length, 10 + count * 6, 'version 0: an array of three int16 each, and nothing behind it')
    const keys = Array.from({ length: count }, (_, i) => answer.readInt16BE(10 + i * 6))
    assert.deepEqual(keys, [18], 'ApiVersions alone, so that the client knows which version to ask in')
    assert.equal((await wire.send(api.apiVersions, 0, {})).errorCode, 0, 'the connection goes on')
  })
}

async function badClientName(kit) {
  await kit.connected(async wire => {
    const answer = await wire.send(api.apiVersions, 3, {
      clientSoftwareName: 'not allowed!',
      clientSoftwareVersion: '1',
    })
    isError(answer.errorCode, 'INVALID_REQUEST')
  })
}

async function closes(kit, _context, key, version) {
  await kit.connected(async wire => {
    const frame = requestFrame(api.metadata, 9, 1, { topics: [] })
    frame.writeInt16BE(key, 4)
    frame.writeInt16BE(version, 6)
    wire.write(frame)
    await wire.closedByBroker()
  })
  await kit.connected(async wire => assert.equal((await wire.send(api.apiVersions, 0, {})).errorCode, 0))
}

/** A request that any broker can answer without an error, per API; made for the topic and group of the check. */
const goodRequests = {
  produce: (_, topic, { bytes }) => ({
    acks: -1,
    timeoutMs: 5000,
    topicData: [{ name: topic.name, topicId: topic.id, partitionData: [{ index: 0, records: bytes }] }],
  }),
  fetch: (_, topic) => ({
    maxWaitMs: 1,
    minBytes: 0,
    topics: [
      { topic: topic.name, topicId: topic.id, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }] },
    ],
  }),
  listOffsets: (_, { name }) => ({
    replicaId: -1,
    topics: [{ name, partitions: [{ partitionIndex: 0, timestamp: -2 }] }],
  }),
  metadata: (_, { name }) => ({ topics: [{ name }] }),
  apiVersions: () => ({ clientSoftwareName: 'compat', clientSoftwareVersion: '1.0' }),
  createTopics: (version, _, { fresh }) => ({
    topics: [{ name: fresh, numPartitions: 1, replicationFactor: 1 }],
    validateOnly: version % 2 === 0,
  }),
  createPartitions: (_, { name }) => ({
    topics: [{ name, count: 9, assignments: null }],
    timeoutMs: 5000,
    validateOnly: true,
  }),
  deleteRecords: (_, { name }) => ({
    topics: [{ name, partitions: [{ partitionIndex: 0, offset: 0 }] }],
    timeoutMs: 5000,
  }),
  describeConfigs: (_, { name }) => ({ resources: [{ resourceType: 2, resourceName: name, configurationKeys: null }] }),
  alterConfigs: (_, { name }) => ({
    resources: [{ resourceType: 2, resourceName: name, configs: [{ name: 'flush.ms', value: '77' }] }],
  }),
  incrementalAlterConfigs: (_, { name }) => ({
    resources: [
      { resourceType: 2, resourceName: name, configs: [{ name: 'flush.ms', configOperation: 0, value: '77' }] },
    ],
  }),
  listConfigResources: version => ({ resourceTypes: version === 0 ? [] : [2] }),
  describeCluster: () => ({}),
  describeTopicPartitions: (_, { name }) => ({ topics: [{ name }] }),
  describeLogDirs: (_, { name }) => ({ topics: [{ topic: name, partitions: [0] }] }),
  offsetForLeaderEpoch: (_, { name }) => ({
    replicaId: -1,
    topics: [{ topic: name, partitions: [{ partition: 0, currentLeaderEpoch: 0, leaderEpoch: 0 }] }],
  }),
  findCoordinator: (version, _, { group }) => (version < 4 ? { key: group } : { coordinatorKeys: [group] }),
  initProducerId: () => ({ transactionalId: null, transactionTimeoutMs: 60_000 }),
  offsetCommit: (_, topic, { group }) => ({
    groupId: group,
    topics: [
      {
        name: topic.name,
        topicId: topic.id,
        partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: 'm' }],
      },
    ],
  }),
  offsetFetch: (version, topic, { group }) => {
    const own = { groupId: group, topics: [{ name: topic.name, topicId: topic.id, partitionIndexes: [0] }] }
    return version < 8 ? own : { groups: [own] }
  },
  listGroups: () => ({}),
  describeGroups: (_, __, { group }) => ({ groups: [group] }),
  offsetDelete: (_, { name }, { group }) => ({
    groupId: group,
    topics: [{ name, partitions: [{ partitionIndex: 0 }] }],
  }),
  deleteGroups: (_, __, { doomed }) => ({ groupsNames: [doomed] }),
  deleteTopics: (version, _, { existing }) => ({
    topics: version < 6 ? [] : [{ name: existing.name }],
    topicNames: [existing.name],
    timeoutMs: 5000,
  }),
}

for (const name of Object.keys(goodRequests))
  versionChecks[`every version of ${name} answers`] = kit => everyVersion(kit, name)

async function everyVersion(kit, name) {
  await kit.connected(async wire => {
    const { apiKeys } = await wire.send(api.apiVersions, 0, {})
    const offered = apiKeys.find(each => each.apiKey === api[name].key)
    assert.ok(offered, `${name} is not offered`)
    const topic = await kit.topic(wire)
    const { bytes, group } = await prepared(kit, wire, topic)
    const oldest = Math.max(offered.minVersion, api[name].versions[0])
    for (let version = oldest; version <= offered.maxVersion; version++) {
      const extra = { bytes, group, fresh: kit.name('fresh') }
      if (name === 'deleteTopics') extra.existing = await kit.topic(wire)
      if (name === 'deleteGroups') extra.doomed = await emptyGroup(kit, wire, topic)
      const ask = async () => [
        ...errorCodes(await wire.send(api[name], version, goodRequests[name](version, topic, extra))),
      ]
      const { codes } = await untilCoordinated(async () => {
        const codes = await ask()
        return { codes, errorCode: codes.find(([, code]) => code !== 0)?.[1] ?? 0 }
      })
      for (const [path, code] of codes) isError(code, 'NONE', `version ${version}, ${path}`)
    }
  })
}

async function prepared(kit, wire, topic) {
  const bytes = batchOf(3)
  await kit.produce(wire, topic, bytes)
  return { bytes, group: await emptyGroup(kit, wire, topic) }
}

/** A group that exists because somebody committed an offset. */
async function emptyGroup(kit, wire, topic) {
  await kit.coordinator(wire)
  const groupId = kit.name('g')
  const topics = [{ name: topic.name, partitions: [{ partitionIndex: 0, committedOffset: 0 }] }]
  await untilCoordinated(async () => {
    const answer = await wire.send(api.offsetCommit, 8, { groupId, topics })
    return answer.topics[0].partitions[0]
  })
  return groupId
}

/** Every field called errorCode below a value, with its path. */
function* errorCodes(value, path = '') {
  if (value === null || typeof value !== 'object' || Buffer.isBuffer(value)) return
  for (const [name, inner] of Object.entries(value)) {
    if (/errorCode$/i.test(name)) yield [`${path}.${name}`, inner]
    else yield* errorCodes(inner, `${path}.${name}`)
  }
}
