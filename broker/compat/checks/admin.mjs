// Our client's Admin against the broker: it makes topics, settings, groups, offsets and a transaction, asks about all of them, and Kafka's
// Java Admin is asked the same. Whatever both can say must be the same, refusals included.
import assert from 'node:assert/strict'
import { importProtocol } from '../schemas.mjs'

export const admin = {
  name: 'admin',
  needs: ['java'],
  async run({ target, broker, report, tools, prefix }) {
    const java = await tools.java
    const { Admin } = await importProtocol('../client/admin/admin.js')
    const kit = { admin: new Admin({ bootstrap: broker.bootstrap }), broker, target, prefix: `${prefix}-admin` }
    try {
      const check = (name, body) => report.check(`admin/${name}`, body)
      await check('everything is answered, and refused, as the Java client hears it', () => asJava(kit, java))
      await check('what security and share groups bring is answered, or known to be missing', () => later(kit))
    } finally {
      await kit.admin.close()
    }
  },
}

async function asJava(kit, java) {
  await prepare(kit)
  const { stdout } = await java.program(['admin-answers', kit.broker.bootstrap, kit.prefix])
  const line = stdout.split('\n').find(each => each.startsWith('@'))
  const theirs = JSON.parse(line.slice(1))
  const ours = await answers(kit)
  for (const name of Object.keys(theirs)) assert.deepEqual(plain(ours[name]), theirs[name], name)
  assert.deepEqual(Object.keys(ours).sort(), Object.keys(theirs).sort())
}

/** As JSON says it: -0, undefined and bigint have no place there. */
const plain = value => JSON.parse(JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? Number(each) : each)))

async function prepare({ admin: client, prefix }) {
  const { buildBatch } = await importProtocol('records/batch-builder.js')
  const topic = `${prefix}-orders`
  await client.topics.create({
    name: topic,
    partitions: 3,
    configs: { 'retention.ms': '123456789', 'cleanup.policy': 'compact' },
  })
  // Kafka's controller answers before the partitions are led.
  await client.offsets.findAll([0, 1, 2].map(partition => ({ topic, partition, at: 'latest' })))
  await client.configs.alter({ type: 'TOPIC', name: topic }, [
    { name: 'cleanup.policy', operation: 'APPEND', value: 'delete' },
  ])
  await client.configs.alter({ type: 'TOPIC', name: topic }, { 'flush.ms': '98765', 'retention.ms': null })
  await client.configs.alter({ type: 'GROUP', name: `${prefix}-simple` }, { 'consumer.session.timeout.ms': '50000' })
  const records = buildBatch(
    [0, 1, 2].map(i => ({
      key: Buffer.from(`k${i}`),
      value: Buffer.from(`v${i}`),
      headers: [],
      timestamp: Date.now() - 5000 + i,
    })),
  )
  const topicData = [{ name: topic, partitionData: [{ index: 1, records }] }]
  const { responses } = await client.raw(
    'Produce',
    12,
    { acks: -1, timeoutMs: 10_000, topicData },
    { broker: await leaderOf(client, topic) },
  )
  assert.equal(responses[0].partitionResponses[0].errorCode, 0)
  await client.records.delete({ topic, partition: 1, before: 1 })
  await client.groupOffsets.alter(`${prefix}-simple`, [
    { topic, partition: 0, offset: 0, leaderEpoch: 0, metadata: 'by hand' },
    { topic, partition: 1, offset: 2 },
    { topic, partition: 2, offset: 0 },
  ])
  await client.groupOffsets.delete(`${prefix}-simple`, [{ topic, partition: 2 }])
  const heartbeat = { groupId: `${prefix}-new`, memberId: 'some-member', memberEpoch: 0, rebalanceTimeoutMs: 60_000 }
  const subscription = { subscribedTopicNames: [topic], topicPartitions: [] }
  const coordinator = { group: heartbeat.groupId }
  const joined = await client.raw('ConsumerGroupHeartbeat', 1, { ...heartbeat, ...subscription }, { coordinator })
  assert.equal(joined.errorCode, 0)
  await client.transactions.fence(`${prefix}-id`)
}

async function leaderOf(client, topic) {
  return (await client.topics.describe(topic)).partitions[1].leaderId
}

const outcome = async ask => {
  try {
    return await ask()
  } catch (error) {
    return `error ${error.code}`
  }
}

/** The same names as in AdminAnswers.java, each asked for in turn. */
async function answers(kit) {
  const questions = {
    ...ofCluster(kit),
    ...ofTopics(kit),
    ...ofConfigs(kit),
    ...ofOffsets(kit),
    ...ofGroups(kit),
    ...refusals(kit),
  }
  const all = {}
  for (const [name, ask] of Object.entries(questions)) all[name] = await outcome(ask)
  return all
}

const sorted = values => [...values].sort((a, b) => (a < b ? -1 : 1))
const byName = entries => Object.fromEntries(sorted(entries))

function ofCluster({ admin: client }) {
  return {
    async cluster() {
      const { clusterId, brokers, authorizedOperations } = await client.cluster.describe({ authorizedOperations: true })
      const nodes = brokers.map(({ nodeId, host, port, rack, isFenced }) => [nodeId, host, port, rack, isFenced])
      return [clusterId, nodes, sorted(authorizedOperations)]
    },
    async features() {
      const { finalized, supported } = await client.features.describe()
      const ranges = features => byName([...features].map(([name, { min, max }]) => [name, [min, max]]))
      return [ranges(finalized), ranges(supported)]
    },
    async quorum() {
      const { leaderId, leaderEpoch, voters, observers, nodes } = await client.quorum.describe()
      return [leaderId, leaderEpoch, voters.map(({ replicaId }) => replicaId), observers.length, sorted(nodes.keys())]
    },
    reassignments: async () => (await client.reassignments.list()).size,
  }
}

function ofTopics({ admin: client, prefix }) {
  return {
    topics: async () => (await client.topics.list()).map(({ name }) => name).filter(name => name.startsWith(prefix)),
    async topic() {
      const topic = await client.topics.describe(`${prefix}-orders`, { authorizedOperations: true })
      const partitions = topic.partitions.map(each => [
        each.partition,
        each.leaderId,
        each.replicas,
        each.inSyncReplicas,
        each.eligibleLeaderReplicas,
        each.lastKnownEligibleReplicas,
      ])
      return [topic.topicId, topic.isInternal, partitions, sorted(topic.authorizedOperations)]
    },
    async 'log directories'() {
      const [dirs] = (await client.logDirs.describeAll()).orThrow().values()
      const replicas = dirs.flatMap(dir => dir.replicas).filter(({ topic }) => topic.startsWith(prefix))
      return byName(
        replicas.map(each => [`${each.topic}-${each.partition}`, [each.sizeBytes, each.offsetLag, each.isFuture]]),
      )
    },
  }
}

function ofConfigs({ admin: client, prefix }) {
  const config = async (resource, synonyms) => {
    const entries = await client.configs.describe(resource, { synonyms })
    return byName(
      [...entries.values()].map(entry => {
        const from = entry.synonyms.map(each => [each.name, each.value, each.source])
        return [entry.name, [entry.value, entry.source, entry.isReadOnly, entry.isSensitive, entry.type, from]]
      }),
    )
  }
  const nodeId = async () => String((await client.cluster.describe()).brokers[0].nodeId)
  return {
    'settings of a topic': () => config({ type: 'TOPIC', name: `${prefix}-orders` }, true),
    'settings of a broker': async () => config({ type: 'BROKER', name: await nodeId() }, true),
    'settings of all brokers': () => config({ type: 'BROKER', name: '' }, false),
    'settings of a group': () => config({ type: 'GROUP', name: `${prefix}-simple` }, true),
    async 'what has settings'() {
      const texts = (await client.configs.resources()).map(({ type, name }) => `${type} ${name}`)
      return sorted(texts.filter(text => text.includes(prefix)))
    },
  }
}

function ofOffsets({ admin: client, prefix }) {
  const at = { topic: `${prefix}-orders`, partition: 1 }
  const places = [
    'latest',
    'earliest',
    'maxTimestamp',
    'earliestLocal',
    'latestTiered',
    'earliestPendingUpload',
    { timestampMs: 0 },
  ]
  const found = places.map((place, index) => [
    `offset ${index}`,
    async () => {
      const { offset, timestampMs, leaderEpoch } = await client.offsets.find({ ...at, at: place })
      return [offset, timestampMs, leaderEpoch]
    },
  ])
  return {
    ...Object.fromEntries(found),
    producers: async () => (await client.producers.describe(at)).length,
    async transactions() {
      const listed = await client.transactions.list({ pattern: `${prefix}.*` })
      return listed.map(({ transactionalId, producerId, state }) => [transactionalId, producerId, state])
    },
    async transaction() {
      const described = await client.transactions.describe(`${prefix}-id`)
      const { producerId, producerEpoch, state, timeoutMs, partitions } = described
      return [producerId, producerEpoch, state, timeoutMs, partitions.length]
    },
  }
}

function ofGroups({ admin: client, prefix, broker }) {
  const texts = partitions => sorted(partitions.map(({ topic, partition }) => `${topic}-${partition}`))
  const described = async name => {
    const group = await client.groups.describe(`${prefix}-${name}`, { authorizedOperations: true })
    const { type, state, assignor, isSimple, members, coordinator, authorizedOperations } = group
    assert.equal(coordinator, broker.bootstrap)
    const told = members.map(each => [
      each.memberId,
      each.instanceId ?? null,
      each.clientId,
      each.clientHost,
      texts(each.assignment),
      each.target ? texts(each.target) : null,
    ])
    const { nodeId } = (await client.cluster.describe()).brokers[0]
    return [type, state, assignor, isSimple, told, nodeId, sorted(authorizedOperations)]
  }
  return {
    async groups() {
      const groups = (await client.groups.list()).filter(({ groupId }) => groupId.startsWith(prefix))
      return groups.map(({ groupId, protocolType, state, type }) => [groupId, protocolType, state, type].join(' '))
    },
    'group simple': () => described('simple'),
    'group new': () => described('new'),
    'group missing': () => described('missing'),
    async 'offsets of a group'() {
      const offsets = await client.groupOffsets.list(`${prefix}-simple`)
      return byName(
        [...offsets].map(([key, { offset, leaderEpoch, metadata }]) => [key, [offset, leaderEpoch, metadata]]),
      )
    },
  }
}

function refusals({ admin: client, prefix }) {
  const topic = `${prefix}-orders`
  const there = { topic, partition: 0 }
  const replicationFactor = 1
  return {
    'refused: a topic that is there': () => client.topics.create({ name: topic, partitions: 1, replicationFactor }),
    'refused: a name': () => client.topics.create({ name: 'bad name', partitions: 1, replicationFactor }),
    'refused: no partitions': () => client.topics.create({ name: `${prefix}-none`, partitions: 0, replicationFactor }),
    'refused: too many replicas': () =>
      client.topics.create({ name: `${prefix}-many`, partitions: 1, replicationFactor: 9 }),
    'refused: a setting': () =>
      client.topics.create({ name: `${prefix}-set`, partitions: 1, replicationFactor, configs: { 'no.such': '1' } }),
    'refused: describe': () => client.topics.describe(`${prefix}-missing`),
    'refused: delete': () => client.topics.delete(`${prefix}-missing`),
    'refused: fewer partitions': () => client.topics.addPartitions(topic, 1),
    'refused: records': () => client.records.delete({ ...there, before: 1_000_000 }),
    'refused: election': () => client.elections.elect('PREFERRED', there),
    'refused: election nowhere': () => client.elections.elect('PREFERRED', { topic, partition: 99 }),
    'refused: reassignment': () => client.reassignments.alter({ ...there, replicas: null }),
    'refused: delete group': () => client.groups.delete(`${prefix}-missing`),
    'refused: delete group with members': () => client.groups.delete(`${prefix}-new`),
    'refused: delete offsets': () => client.groupOffsets.delete(`${prefix}-missing`, [there]),
    'refused: set offsets': () => client.groupOffsets.alter(`${prefix}-new`, [{ ...there, offset: 0 }]),
    'refused: transaction': () => client.transactions.describe(`${prefix}-missing`),
    'refused: feature': () => client.features.update({ feature: 'no.such', level: 1 }, { validateOnly: true }),
    'refused: unregister': () => client.cluster.unregisterBroker(4711),
  }
}

/** How a Kafka without an authorizer, tokens and TLS answers; ours does not offer these requests, and the client says so at once. */
async function later(kit) {
  const { admin: client, prefix, target } = kit
  const acl = { resourceType: 'TOPIC', resourceName: 'some', principal: 'User:someone', operation: 'READ' }
  const user = `${prefix}-user`
  const quota = { entity: { 'client-id': `${prefix}-client` }, quotas: { producer_byte_rate: 1024 } }
  const expected = [
    ['SECURITY_DISABLED', () => client.acls.describe()],
    ['SECURITY_DISABLED', () => client.acls.create(acl)],
    ['SECURITY_DISABLED', () => client.acls.delete(acl)],
    ['DELEGATION_TOKEN_REQUEST_NOT_ALLOWED', () => client.tokens.create()],
    ['DELEGATION_TOKEN_REQUEST_NOT_ALLOWED', () => client.tokens.renew(Buffer.alloc(16))],
    ['DELEGATION_TOKEN_REQUEST_NOT_ALLOWED', () => client.tokens.expire(Buffer.alloc(16))],
    ['DELEGATION_TOKEN_REQUEST_NOT_ALLOWED', () => client.tokens.describe()],
    ['answered', () => client.scram.alter({ user, mechanism: 'SCRAM-SHA-512', password: 'secret', iterations: 8192 })],
    [
      'answered',
      () =>
        until(
          async () => (await client.scram.describe([user])).value(user),
          [{ mechanism: 'SCRAM-SHA-512', iterations: 8192 }],
        ),
    ],
    ['answered', () => client.scram.alter({ user, mechanism: 'SCRAM-SHA-512' })],
    ['RESOURCE_NOT_FOUND', () => client.scram.alter({ user: 'nobody', mechanism: 'SCRAM-SHA-256' })],
    ['answered', () => client.quotas.alter(quota)],
    ['answered', () => until(() => client.quotas.describe({ entity: quota.entity }), [quota])],
    ['answered', () => client.quotas.alter({ ...quota, quotas: { producer_byte_rate: null } })],
    ['INVALID_REQUEST', () => client.quotas.alter({ ...quota, quotas: { nonsense: 1 } })],
    ['GROUP_ID_NOT_FOUND', () => client.shareGroups.describe(`${prefix}-none`)],
    ['answered', async () => (await client.shareGroups.listOffsets([{ groupId: `${prefix}-none` }])).orThrow()],
    [
      'UNKNOWN_TOPIC_OR_PARTITION',
      async () =>
        (
          await client.shareGroups.alterOffsets(`${prefix}-s`, [{ topic: 'no-such', partition: 0, startOffset: 0 }])
        ).orThrow(),
    ],
    [
      'GROUP_ID_NOT_FOUND',
      async () => (await client.shareGroups.deleteOffsets(`${prefix}-none`, ['no-such'])).orThrow(),
    ],
    ['GROUP_ID_NOT_FOUND', () => client.streamsGroups.describe(`${prefix}-none`)],
    ['UNSUPPORTED_VERSION', () => client.quorum.removeVoter({ voterId: 4711, directoryId: 'AAAAAAAAAAAAAAAAAAAAQA' })],
  ]
  for (const [asKafka, ask] of expected) {
    const said = await ask().then(
      () => 'answered',
      error => error.code ?? String(error),
    )
    assert.equal(said, target === 'kafka' ? asKafka : 'UNSUPPORTED_BY_BROKER', String(ask))
  }
}

/** Kafka's controller answers before its broker has heard of it. */
async function until(ask, right) {
  const untilMs = Date.now() + 10_000
  for (;;) {
    const answer = await ask()
    try {
      assert.deepEqual(answer, right)
      return answer
    } catch (wrong) {
      if (Date.now() > untilMs) throw wrong
    }
  }
}
