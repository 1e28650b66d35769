// Administration on the wire, where AdminClient cannot ask the question or hides the answer.
import assert from 'node:assert/strict'
import { lookup } from 'node:dns/promises'
import { connect } from 'node:net'
import { pause } from '../ready.mjs'
import { api, requestFrame, Wire } from '../wire.mjs'
import { batchOf, isError } from './wire-kit.mjs'

export const adminChecks = {
  'metadata: an unknown topic is created in every version that may': autoCreation,
  'metadata: no creation when it is not allowed': noCreation,
  'metadata: by topic id': byTopicId,
  'metadata: the advertised address listens on all that it resolves to': advertised,
  'create topics: one name twice in a request': twice,
  'create topics: one bad topic among good ones, each with its own answer': oneBad,
  'create partitions: a result for every topic': partitionResults,
  'delete topics: by name and id, known and unknown': deletions,
  'alter configs: replaces all that was set': alterReplaces,
  'describe configs: empty and LONG values as text': configTexts,
  'delete records: unknown partitions and offsets': deleteRecords,
  'bad input: an absurd length closes that connection alone': absurdLength,
  'bad input: a body that ends early closes that connection alone': shortBody,
  'bad input: a body full of noise': noise,
}

async function autoCreation(kit) {
  await kit.connected(async wire => {
    for (let version = 0; version <= 13; version++) {
      const name = kit.name('auto')
      const ask = async () =>
        (await wire.send(api.metadata, version, { topics: [{ name }], allowAutoTopicCreation: true })).topics[0]
      let topic = await ask()
      for (let tries = 0; topic.errorCode !== 0 && tries < 200; tries++) {
        assert.ok(
          ['3', '5'].includes(String(topic.errorCode)),
          `version ${version}: unknown or without leader, not ${topic.errorCode}`,
        )
        await pause(20)
        topic = await ask()
      }
      isError(topic.errorCode, 'NONE', `version ${version}`)
      assert.equal(topic.partitions.length, 1)
    }
    const bad = await wire.send(api.metadata, 12, { topics: [{ name: 'not a name' }], allowAutoTopicCreation: true })
    isError(bad.topics[0].errorCode, 'INVALID_TOPIC_EXCEPTION')
  })
}

async function noCreation(kit) {
  await kit.connected(async wire => {
    const name = kit.name('unwanted')
    for (let i = 0; i < 2; i++) {
      const answer = await wire.send(api.metadata, 12, { topics: [{ name }], allowAutoTopicCreation: false })
      isError(answer.topics[0].errorCode, 'UNKNOWN_TOPIC_OR_PARTITION')
      await pause(200)
    }
  })
}

async function byTopicId(kit) {
  await kit.connected(async wire => {
    const topic = await kit.topic(wire, 2)
    const ask = async topicId =>
      (await wire.send(api.metadata, 12, { topics: [{ topicId, name: null }], allowAutoTopicCreation: false }))
        .topics[0]
    const found = await ask(topic.id)
    assert.deepEqual([found.name, found.partitions.length], [topic.name, 2])
    isError((await ask('AAAAAAAAAAAAAAAAAAAAmQ')).errorCode, 'UNKNOWN_TOPIC_ID')
    const all = await wire.send(api.metadata, 12, { topics: null })
    assert.ok(all.topics.some(each => each.name === topic.name))
    assert.deepEqual((await wire.send(api.metadata, 12, { topics: [] })).topics, [])
  })
}

async function advertised(kit) {
  const { brokers, controllerId, clusterId } = await kit.connected(wire => wire.send(api.metadata, 12, { topics: [] }))
  assert.equal(brokers.length, 1)
  assert.equal(controllerId, brokers[0].nodeId)
  assert.equal(clusterId.length, 22)
  for (const { address } of await lookup(brokers[0].host, { all: true, verbatim: true })) {
    await new Promise((resolve, reject) => {
      const socket = connect({ host: address, port: brokers[0].port }, () => resolve(socket.destroy()))
      socket.on('error', cause =>
        reject(new Error(`${brokers[0].host} resolves to ${address}, where nobody listens: ${cause.message}`)),
      )
    })
  }
}

async function twice(kit) {
  await kit.connected(async wire => {
    const name = kit.name('twice')
    const good = kit.name('good')
    const wanted = [name, good, name].map(each => ({ name: each, numPartitions: 1, replicationFactor: 1 }))
    const { topics } = await wire.send(api.createTopics, 7, { topics: wanted })
    const codes = new Map(topics.map(each => [each.name, each.errorCode]))
    isError(codes.get(name), 'INVALID_REQUEST')
    isError(codes.get(good), 'NONE')
  })
}

async function oneBad(kit) {
  await kit.connected(async wire => {
    const existing = await kit.topic(wire)
    const names = {
      good: kit.name('good'),
      bad: 'not a name',
      config: kit.name('config'),
      count: kit.name('count'),
      replicas: kit.name('replicas'),
    }
    const plain = { numPartitions: 1, replicationFactor: 1 }
    const { topics } = await wire.send(api.createTopics, 7, {
      topics: [
        { name: names.bad, ...plain },
        { name: names.config, ...plain, configs: [{ name: 'retention.ms', value: 'long' }] },
        { name: names.good, ...plain, configs: [{ name: 'retention.ms', value: '1000' }] },
        { name: existing.name, ...plain },
        { name: names.count, ...plain, numPartitions: 0 },
        { name: names.replicas, ...plain, replicationFactor: 9 },
      ],
    })
    const answer = new Map(topics.map(each => [each.name, each]))
    isError(answer.get(names.bad).errorCode, 'INVALID_TOPIC_EXCEPTION')
    isError(answer.get(names.config).errorCode, 'INVALID_CONFIG')
    isError(answer.get(existing.name).errorCode, 'TOPIC_ALREADY_EXISTS')
    isError(answer.get(names.count).errorCode, 'INVALID_PARTITIONS')
    isError(answer.get(names.replicas).errorCode, 'INVALID_REPLICATION_FACTOR')
    const good = answer.get(names.good)
    isError(good.errorCode, 'NONE')
    assert.deepEqual([good.numPartitions, good.replicationFactor], [1, 1])
    assert.notEqual(good.topicId, 'AAAAAAAAAAAAAAAAAAAAAA')
    const retention = good.configs.find(each => each.name === 'retention.ms')
    assert.deepEqual(
      [retention.value, retention.configSource, retention.isSensitive, retention.readOnly],
      ['1000', 1, false, false],
    )
  })
}

async function partitionResults(kit) {
  await kit.connected(async wire => {
    const [first, second] = [await kit.topic(wire), await kit.topic(wire)]
    const missing = kit.name('missing')
    for (let version = 0; version <= 3; version++) {
      const count = version + 2
      const wanted = [[first.name, count], [second.name, 1], [missing, 2]] // biome-ignore format: a table
      const topics = wanted.map(([name, partitions]) => ({ name, count: partitions, assignments: null }))
      const { results } = await wire.send(api.createPartitions, version, { topics, timeoutMs: 5000 })
      const codes = new Map(results.map(each => [each.name, each.errorCode]))
      assert.equal(codes.size, 3, `version ${version}: ${results.length} results`)
      isError(codes.get(first.name), 'NONE')
      isError(codes.get(second.name), 'INVALID_PARTITIONS')
      isError(codes.get(missing), 'UNKNOWN_TOPIC_OR_PARTITION')
    }
  })
}

async function deletions(kit) {
  await kit.connected(async wire => {
    const [byName, byId] = [await kit.topic(wire), await kit.topic(wire)]
    const missing = kit.name('missing')
    const unknownId = 'AAAAAAAAAAAAAAAAAAAAmQ'
    const topics = [
      { name: byName.name },
      { name: null, topicId: byId.id },
      { name: missing },
      { name: null, topicId: unknownId },
    ]
    const { responses } = await wire.send(api.deleteTopics, 6, { topics, timeoutMs: 5000 })
    const find = predicate => responses.find(predicate).errorCode
    isError(
      find(each => each.name === byName.name),
      'NONE',
    )
    isError(
      find(each => each.topicId === byId.id),
      'NONE',
    )
    isError(
      find(each => each.name === missing),
      'UNKNOWN_TOPIC_OR_PARTITION',
    )
    isError(
      find(each => each.topicId === unknownId),
      'UNKNOWN_TOPIC_ID',
    )
  })
}

async function configsOf(wire, name, keys = null) {
  const { results } = await wire.send(api.describeConfigs, 4, {
    resources: [{ resourceType: 2, resourceName: name, configurationKeys: keys }],
  })
  isError(results[0].errorCode, 'NONE')
  return new Map(results[0].configs.map(each => [each.name, each]))
}

async function alterReplaces(kit) {
  await kit.connected(async wire => {
    const topic = await kit.topic(wire, 1, { 'retention.ms': 1000, 'flush.ms': 5 })
    const alter = async (configs, validateOnly = false) => {
      const answer = await wire.send(api.alterConfigs, 2, {
        resources: [{ resourceType: 2, resourceName: topic.name, configs }],
        validateOnly,
      })
      return answer.responses[0].errorCode
    }
    isError(await alter([{ name: 'flush.ms', value: '9' }], true), 'NONE')
    assert.equal((await configsOf(wire, topic.name)).get('flush.ms').value, '5')
    isError(await alter([{ name: 'flush.ms', value: '9' }]), 'NONE')
    let configs = await configsOf(wire, topic.name)
    for (let tries = 0; configs.get('flush.ms').value !== '9' && tries < 100; tries++) {
      await pause(20)
      configs = await configsOf(wire, topic.name)
    }
    assert.equal(configs.get('flush.ms').value, '9')
    assert.equal(configs.get('retention.ms').value, '604800000', 'what is not named is back at its default')
    isError(await alter([{ name: 'no.such', value: '9' }]), 'INVALID_CONFIG')
  })
}

async function configTexts(kit) {
  await kit.connected(async wire => {
    const topic = await kit.topic(wire)
    const all = await configsOf(wire, topic.name)
    assert.equal(all.get('flush.messages').value, '9223372036854775807')
    assert.equal(all.get('leader.replication.throttled.replicas').value, '')
    assert.equal(all.get('cleanup.policy').value, 'delete')
    assert.equal(all.get('retention.bytes').value, '-1')
    assert.deepEqual([...(await configsOf(wire, topic.name, ['flush.ms', 'no.such'])).keys()], ['flush.ms'])
    assert.deepEqual(
      [...(await configsOf(wire, topic.name, [])).keys()].length,
      all.size,
      'an empty list of keys asks for all',
    )
  })
}

async function deleteRecords(kit) {
  await kit.connected(async wire => {
    const topic = await kit.topic(wire)
    await kit.produce(wire, topic, batchOf(5))
    const ask = async (name, partitionIndex, offset) =>
      (
        await wire.send(api.deleteRecords, 2, {
          topics: [{ name, partitions: [{ partitionIndex, offset }] }],
          timeoutMs: 5000,
        })
      ).topics[0].partitions[0]
    isError((await ask(kit.name('missing'), 0, 0)).errorCode, 'UNKNOWN_TOPIC_OR_PARTITION')
    isError((await ask(topic.name, 8, 0)).errorCode, 'UNKNOWN_TOPIC_OR_PARTITION')
    isError((await ask(topic.name, 0, 6)).errorCode, 'OFFSET_OUT_OF_RANGE')
    isError((await ask(topic.name, 0, -2)).errorCode, 'OFFSET_OUT_OF_RANGE')
    const done = await ask(topic.name, 0, 2)
    assert.deepEqual([done.errorCode, Number(done.lowWatermark)], [0, 2])
  })
}

/** Runs a misdeed on one connection, and shows that another one did not notice. */
async function besides(kit, misdeed) {
  await kit.connected(async bystander => {
    const topic = await kit.topic(bystander)
    const wire = await Wire.open(kit.broker)
    wire.write(misdeed())
    await wire.closedByBroker()
    isError((await kit.produce(bystander, topic, batchOf(1))).errorCode, 'NONE')
    await kit.connected(async next => assert.equal((await next.send(api.apiVersions, 0, {})).errorCode, 0))
  })
}

async function absurdLength(kit) {
  for (const length of [-1, 0x7fffffff, -2147483648]) {
    await besides(kit, () => {
      const frame = requestFrame(api.apiVersions, 0, 1, {})
      frame.writeInt32BE(length, 0)
      return frame
    })
  }
}

async function shortBody(kit) {
  await besides(kit, () => {
    const whole = requestFrame(api.metadata, 9, 1, { topics: [{ name: 'some-topic-name' }] })
    const cut = Buffer.from(whole.subarray(0, whole.length - 6))
    cut.writeInt32BE(cut.length - 4, 0)
    return cut
  })
}

async function noise(kit) {
  for (const each of [api.produce, api.fetch, api.metadata, api.joinGroup, api.createTopics]) {
    await besides(kit, () => {
      const header = requestFrame(each, each.versions[1], 1, {}, 'c').subarray(0, 16)
      const frame = Buffer.concat([header, Buffer.alloc(60, 0xfe)])
      frame.writeInt32BE(frame.length - 4, 0)
      return frame
    })
  }
}
