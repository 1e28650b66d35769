// Kafka's tools for transactions: kafka-transactions with all its commands, the transactional message copier with aborts at random.
import assert from 'node:assert/strict'
import { pause } from '../ready.mjs'
import { api, buildBatch } from '../wire.mjs'
import { isError, WireKit } from './wire-kit.mjs'

export async function transactionTools(check) {
  await check('kafka-transactions: list, describe, end by force, find and abort a hanging one', transactions)
  await check('kafka-get-offsets: the end is the high watermark, also before an open transaction ends', openEnd)
  await check('transactional message copier: every record once, aborts or not', copier)
  await check('transactional message copier: members of a group, one after the other', groupCopier)
}

async function transactions(kit) {
  const wires = new WireKit(kit.broker, kit.name('w'))
  await wires.connected(async wire => {
    const topic = await wires.topic(wire)
    const id = kit.name('x')
    await wires.coordinator(wire, 1)
    const producer = await wires.initProducer(wire, id)
    const sent = await wires.produce(wire, topic, transactionalBatch(producer), { transactionalId: id })
    isError(sent.errorCode, 'NONE')
    assert.match(
      await kit.run('transactions', ['list']),
      new RegExp(`${id}\\s+\\d+\\s+${producer.producerId}\\s+Ongoing`),
    )
    const described = await kit.run('transactions', ['describe', '--transactional-id', id])
    assert.match(described, new RegExp(`${producer.producerId}\\s+0\\s+Ongoing\\s+60000\\s.*${topic.name}-0`))
    const producers = ['describe-producers', '--topic', topic.name, '--partition', '0']
    assert.match(
      await kit.run('transactions', producers),
      new RegExp(`${producer.producerId}\\s+0\\s+.*\\s0\\s*$`, 'm'),
    )
    await terminate(kit, wires, wire, { topic, id })
    await hanging(kit, wires, wire)
  })
}

/** The transaction of a producer that is not heard of any more. */
async function terminate(kit, wires, wire, { topic, id }) {
  const pattern = ['list', '--transactional-id-pattern', `${id}.*`]
  assert.match(await kit.run('transactions', pattern), new RegExp(`${id}\\s+.*Ongoing`))
  await kit.run('transactions', ['forceTerminateTransaction', '--transactionalId', id])
  const ended = await eventually(
    () => wires.fetch(wire, topic, 0, { version: 12 }),
    ({ lastStableOffset }) => Number(lastStableOffset) === 2,
  )
  assert.equal(Number(ended.highWatermark), 2, 'one record and the marker')
  assert.match(await kit.run('transactions', pattern), new RegExp(`${id}\\s+.*Empty`))
}

/** kafka-get-offsets has no isolation level: what is not committed yet counts. */
async function openEnd(kit) {
  const wires = new WireKit(kit.broker, kit.name('w'))
  await wires.connected(async wire => {
    const topic = await wires.topic(wire)
    const id = kit.name('x')
    await wires.coordinator(wire, 1)
    const producer = await wires.initProducer(wire, id)
    isError((await wires.produce(wire, topic, transactionalBatch(producer), { transactionalId: id })).errorCode, 'NONE')
    const fetched = await wires.fetch(wire, topic, 0, { version: 12 })
    assert.equal(Number(fetched.lastStableOffset), 0)
    const latest = ['--topic-partitions', `${topic.name}:0`, '--time', 'latest']
    assert.equal((await kit.run('offsets', latest)).trim(), `${topic.name}:0:1`)
    await kit.run('transactions', ['forceTerminateTransaction', '--transactionalId', id])
    const ended = await eventually(
      () => kit.run('offsets', latest),
      printed => printed.trim() !== `${topic.name}:0:1`,
    )
    assert.equal(ended.trim(), `${topic.name}:0:2`)
  })
}

/** A transaction that no coordinator knows of, as brokers without verification let in. */
async function hanging(kit, wires, wire) {
  const topic = await wires.topic(wire)
  await verification(wire, 'false')
  const stranger = { producerId: 987_654, producerEpoch: 3 }
  try {
    const options = { transactionalId: kit.name('stranger'), version: 11 }
    const sent = await eventually(
      () => wires.produce(wire, topic, transactionalBatch(stranger), options),
      ({ errorCode }) => errorCode === 0, // a setting that was changed reaches a broker a moment later
    )
    isError(sent.errorCode, 'NONE')
  } finally {
    await verification(wire, 'true')
  }
  const find = ['find-hanging', '--topic', topic.name, '--max-transaction-timeout', '0']
  assert.match(await kit.run('transactions', find), new RegExp(`${topic.name}\\s+0\\s+987654\\s+3\\s+-1\\s+0\\s`))
  await kit.run('transactions', ['abort', '--topic', topic.name, '--partition', '0', '--start-offset', '0'])
  const { lastStableOffset, highWatermark } = await wires.fetch(wire, topic, 0, { version: 12 })
  assert.deepEqual([Number(lastStableOffset), Number(highWatermark)], [2, 2])
  assert.doesNotMatch(await kit.run('transactions', find), /987654/)
}

const transactionalBatch = producer =>
  buildBatch([{ key: null, value: Buffer.from('v'), timestamp: Date.now() - 600_000 }], {
    ...producer,
    baseSequence: 0,
    transactional: true,
  })

async function verification(wire, value) {
  const configs = [{ name: 'transaction.partition.verification.enable', configOperation: 0, value }]
  const resources = [{ resourceType: 4, resourceName: '', configs }]
  const answer = await wire.send(api.incrementalAlterConfigs, 1, { resources, validateOnly: false })
  isError(answer.responses[0].errorCode, 'NONE')
}

const triesMax = 100

/** Asks until the answer is right, and resolves with the last one: some things a broker does a moment later. */
async function eventually(ask, isRight) {
  for (let tries = 1; ; tries++) {
    const answer = await ask()
    if (isRight(answer) || tries === triesMax) return answer
    await pause(50)
  }
}

async function copier(kit) {
  const [from, to] = [await kit.topic(1), await kit.topic(1)]
  const values = await numbers(kit, from, 300)
  const which = ['--input-topic', from, '--input-partition', '0', '--output-topic', to]
  await copy(kit, [...which, '--max-messages', '300', '--consumer-group', kit.name('g')])
  assert.deepEqual(await committed(kit, to, 300), values)
}

/** The second begins where the first one's committed offsets are, in the same group and under the same transactional id. */
async function groupCopier(kit) {
  const [from, to] = [await kit.topic(1), await kit.topic(1)]
  const values = await numbers(kit, from, 300)
  const which = [
    '--input-topic',
    from,
    '--input-partition',
    '0',
    '--output-topic',
    to,
    '--transactional-id',
    kit.name('c'),
  ]
  const how = ['--group-mode', '--use-group-metadata', '--consumer-group', kit.name('g')]
  await copy(kit, [...which, ...how, '--max-messages', '140'])
  await copy(kit, [...which, ...how])
  assert.deepEqual(await committed(kit, to, 300), values)
}

async function numbers(kit, topic, count) {
  const values = Array.from({ length: count }, (_, i) => `${i}`)
  await kit.produce(topic, `${values.join('\n')}\n`)
  return values
}

function copy(kit, args) {
  const id = args.includes('--transactional-id') ? [] : ['--transactional-id', kit.name('copier')]
  const fixed = ['--broker-list', kit.broker.bootstrap, ...id, '--transaction-size', '20', '--enable-random-aborts']
  return kit.java.tool('messageCopier', [...fixed, ...args], { timeoutMs: 120_000 })
}

const committed = (kit, topic, count) =>
  kit.consume(topic, count, '--from-beginning', '--isolation-level', 'read_committed')
