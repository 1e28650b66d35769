// The checks that every npm client runs, against what they all can do (an adapter each). What a client cannot do it does
// not have in its adapter, and the check is left out for it.
import assert from 'node:assert/strict'

/** The time of the records: recent, or retention would remove them under a check's eyes. */
const baseTime = Date.now() - 3_600_000
const patienceMs = 30_000
export const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

/** Asks until the answer is right; fails with the last answer. */
export async function eventually(what, ask, right) {
  const until = Date.now() + patienceMs
  for (;;) {
    const answer = await ask()
    if (right(answer)) return answer
    if (Date.now() > until)
      throw new Error(
        `${what}: last answer ${JSON.stringify(answer, (_, value) => (typeof value === 'bigint' ? String(value) : value))}`,
      )
    await pause(50)
  }
}

const text = bytes => (bytes === null || bytes === undefined ? null : Buffer.from(bytes).toString())
const valuesOf = records => records.map(record => text(record.value))
const numbered = (count, prefix = 'v') =>
  Array.from({ length: count }, (_, i) => ({
    key: Buffer.from(`k${i}`),
    value: Buffer.from(prefix + i),
    headers: [],
    timestamp: baseTime + i,
    partition: 0,
  }))

/** All checks by name; each takes the adapter and a function that makes names. */
export function checksOf(client) {
  const checks = {
    'admin: create, list, delete': admin,
    'admin: errors of topics': adminErrors,
    'offsets: first, next and by time': offsets,
    'consume: from an offset inside a batch': insideBatch,
    'group: members share, leave and take over': sharing,
    'group: commit and resume': resume,
    'produce: an unknown topic is created': autoCreation,
    'produce: too large for max.message.bytes': tooLarge,
    'produce: keyless on a compacted topic': keyless,
  }
  for (const codec of client.codecs) checks[`round trip: ${codec}`] = (...given) => roundTrip(codec, ...given)
  if (client.grow) checks['admin: create partitions'] = grow
  if (client.topicConfig) checks['admin: configs'] = configs
  if (client.idempotent) checks['produce: idempotent'] = idempotent
  if (client.transact) checks['transactions: commit, abort, offsets'] = transactions
  if (client.staticMembers) checks['group: a static member returns to its partitions'] = staticMember
  if (client.cooperative) checks['group: cooperative members'] = (...given) => sharing(...given, { cooperative: true })
  if (client.newGroups) {
    checks['new group: members share, leave and take over'] = (...given) => sharing(...given, { isNew: true })
    checks['new group: commit and resume'] = (...given) => resume(...given, { isNew: true })
    checks['new group: a static member returns to its partitions'] = (...given) =>
      staticMember(...given, { isNew: true })
  }
  if (client.commitMetadata) checks['group: commit metadata comes back'] = commitMetadata
  if (client.describeGroup) checks['group: describe, list, delete'] = groupAdmin
  return checks
}

async function newTopic(client, name, partitions = 1, configs = {}) {
  const topic = name('t')
  await client.createTopic(topic, partitions, configs)
  await eventually(
    `${topic} is there`,
    () => client.listTopics(),
    topics => topics.includes(topic),
  )
  // In Kafka the metadata tell of a leader a moment before it leads.
  for (let partition = 0; partition < partitions; partition++) {
    const ask = () => client.offsets(topic, partition).catch(() => undefined)
    await eventually(`${topic}-${partition} is led`, ask, found => found !== undefined)
  }
  return topic
}

async function roundTrip(codec, client, name) {
  const topic = await newTopic(client, name)
  const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
  const records = [
    { key: Buffer.from('key'), value: Buffer.from('value'), headers: [['a', Buffer.from('1')], ['b', client.binaryHeaders === false ? Buffer.from('text') : all]] },
    { key: null, value: Buffer.from('no key'), headers: [] },
    { key: Buffer.from('no value'), value: null, headers: [] },
    { key: Buffer.from('gr\u00fc\u00df \u{1f600}'), value: all, headers: [] },
    { key: all, value: Buffer.alloc(200_000, 'compress me '), headers: [] },
  ].map((record, i) => ({ ...record, timestamp: baseTime + i, partition: 0 })) // biome-ignore format: a table
  await client.produce(topic, records, { codec })
  const got = await client.read(topic, 0, 0, records.length)
  for (const [i, record] of records.entries()) {
    const { offset, key, value, timestamp, headers } = got[i]
    assert.deepEqual(
      [Number(offset), text(key), text(value)?.length, Number(timestamp)],
      [i, text(record.key), text(record.value)?.length, record.timestamp],
    )
    if (record.value) assert.ok(Buffer.from(value).equals(record.value), `value ${i}`)
    assert.deepEqual(headers.map(([header, bytes]) => [header, text(bytes)]), record.headers.map(([header, bytes]) => [header, text(bytes)])) // biome-ignore format: one thought
  }
}

async function admin(client, name) {
  const topic = await newTopic(client, name, 3)
  assert.equal(await client.partitionCount(topic), 3)
  await client.deleteTopic(topic)
  await eventually(
    'it is gone',
    () => client.listTopics(),
    topics => !topics.includes(topic),
  )
}

async function refused(client, what, expected, body) {
  let failure
  try {
    await body()
  } catch (cause) {
    failure = cause
  }
  assert.ok(failure, `${what} was not refused`)
  assert.match(client.errorText(failure), expected, what)
}

async function adminErrors(client, name) {
  const topic = await newTopic(client, name)
  await refused(client, 'a duplicate', client.errors.topicExists, () => client.createTopic(topic, 1, {}))
  await refused(client, 'a bad name', client.errors.invalidTopic, () => client.createTopic('not a name', 1, {}))
  await refused(client, 'a bad config', client.errors.invalidConfig, () =>
    client.createTopic(name('t'), 1, { 'retention.ms': 'x' }),
  )
  await refused(client, 'an unknown topic', client.errors.unknownTopic, () => client.deleteTopic(name('missing')))
}

async function grow(client, name) {
  const topic = await newTopic(client, name, 1)
  await client.grow(topic, 4)
  await eventually(
    'four partitions',
    () => client.partitionCount(topic),
    count => count === 4,
  )
  await refused(client, 'fewer partitions', client.errors.invalidPartitions, () => client.grow(topic, 2))
}

async function configs(client, name) {
  const topic = await newTopic(client, name, 1, { 'retention.ms': '9007199254740993' })
  const described = await client.topicConfig(topic)
  assert.equal(described.get('retention.ms'), '9007199254740993')
  assert.equal(described.get('flush.messages'), '9223372036854775807')
  assert.equal(described.get('cleanup.policy'), 'delete')
  await client.setTopicConfig(topic, 'cleanup.policy', 'compact')
  await eventually(
    'altered',
    async () => (await client.topicConfig(topic)).get('cleanup.policy'),
    value => value === 'compact',
  )
}

async function offsets(client, name) {
  const topic = await newTopic(client, name)
  assert.deepEqual(await client.offsets(topic, 0), { low: 0, high: 0 })
  await client.produce(topic, numbered(10), {})
  assert.deepEqual(await client.offsets(topic, 0), { low: 0, high: 10 })
  for (const i of [0, 3, 9]) assert.equal(await client.offsetAt(topic, 0, baseTime + i), i)
}

async function insideBatch(client, name) {
  const topic = await newTopic(client, name)
  await client.produce(topic, numbered(20), { codec: 'gzip' })
  const got = await client.read(topic, 0, 13, 7)
  assert.deepEqual(valuesOf(got), ['v13', 'v14', 'v15', 'v16', 'v17', 'v18', 'v19'])
  assert.deepEqual(got.map(record => Number(record.offset)), [13, 14, 15, 16, 17, 18, 19]) // biome-ignore format: one thought
}

async function idempotent(client, name) {
  const topic = await newTopic(client, name)
  for (let i = 0; i < 3; i++) await client.produce(topic, numbered(50, `${i}/`), { idempotent: true })
  const got = valuesOf(await client.read(topic, 0, 0, 150))
  assert.equal(new Set(got).size, 150)
  assert.deepEqual(await client.offsets(topic, 0), { low: 0, high: 150 })
}

async function transactions(client, name) {
  const topic = await newTopic(client, name)
  const [id, group] = [name('x'), name('g')]
  await client.transact(id, topic, numbered(5, 'committed'), { commit: true, group, offset: 3 })
  await client.transact(id, topic, numbered(5, 'aborted'), { commit: false, group, offset: 4 })
  await client.transact(id, topic, numbered(5, 'again'), { commit: true })
  const expected = [...numbered(5, 'committed'), ...numbered(5, 'again')]
  assert.deepEqual(valuesOf(await client.read(topic, 0, 0, 10)), valuesOf(expected))
  await eventually('the offset of the committed transaction', () => client.groupOffset(group, topic), offset => offset === 3) // biome-ignore format: one thought
}

async function settled(members, partitions) {
  let calm = 0
  await eventually(
    'every partition has one owner',
    () => members.map(member => [...member.owned()]),
    shares => {
      const all = shares.flat()
      calm = all.length === partitions && new Set(all).size === partitions ? calm + 1 : 0
      return calm >= 6
    },
  )
}

/** A group of the new protocol is whole all the time: others have their shares a little later. */
async function twoEach(members) {
  await eventually(
    'two each',
    () => members.map(member => [...member.owned()].length),
    shares => shares.every(share => share === 2),
  )
}

async function sharing(client, name, options = {}) {
  const topic = await newTopic(client, name, 4)
  const group = name('g')
  const members = []
  try {
    members.push(await client.member(group, topic, options))
    await settled(members, 4)
    members.push(await client.member(group, topic, options))
    await settled(members, 4)
    await twoEach(members)
    await settled(members, 4)
    const send = async prefix => {
      for (let partition = 0; partition < 4; partition++) {
        await client.produce(
          topic,
          numbered(5, `${prefix}${partition}/`).map(record => ({ ...record, partition })),
          {},
        )
      }
    }
    await send('a')
    await eventually(
      'all are read',
      () => members.flatMap(member => member.got).length,
      count => count === 20,
    )
    await members.shift().close()
    await settled(members, 4)
    const before = members[0].got.length
    await send('b')
    await eventually(
      'the other reads all',
      () => members[0].got.slice(before).filter(value => value.startsWith('b')).length,
      count => count >= 20,
    )
  } finally {
    for (const member of members) await member.close()
  }
}

async function resume(client, name, options = {}) {
  const topic = await newTopic(client, name)
  const group = name('g')
  await client.produce(topic, numbered(6), {})
  const first = await client.member(group, topic, options)
  await eventually(
    'six are read',
    () => first.got.length,
    count => count >= 6,
  )
  await first.commit()
  await first.close()
  await client.produce(topic, numbered(3, 'next'), {})
  const second = await client.member(group, topic, options)
  try {
    await eventually(
      'three more',
      () => second.got.length,
      count => count >= 3,
    )
    await pause(300)
    assert.deepEqual(second.got, ['next0', 'next1', 'next2'])
  } finally {
    await second.close()
  }
}

async function staticMember(client, name, options = {}) {
  const topic = await newTopic(client, name, 4)
  const group = name('g')
  const other = await client.member(group, topic, { ...options, instanceId: 'two' })
  const first = await client.member(group, topic, { ...options, instanceId: 'one' })
  await twoEach([first, other])
  await settled([first, other], 4)
  const owned = [...first.owned()].sort()
  await first.close()
  const again = await client.member(group, topic, { ...options, instanceId: 'one' })
  try {
    await twoEach([again, other])
    await settled([again, other], 4)
    assert.deepEqual([...again.owned()].sort(), owned)
  } finally {
    await again.close()
    await other.close()
  }
}

async function commitMetadata(client, name) {
  const topic = await newTopic(client, name)
  const group = name('g')
  await client.produce(topic, numbered(5), {})
  await client.commitMetadata(group, topic, 0, 3, 'as far as here')
  assert.deepEqual(await client.committed(group, topic, 0), { offset: 3, metadata: 'as far as here' })
}

async function groupAdmin(client, name) {
  const topic = await newTopic(client, name, 2)
  const group = name('g')
  const member = await client.member(group, topic, {})
  await settled([member], 2)
  const described = await eventually(
    'stable',
    () => client.describeGroup(group),
    found => /stable/i.test(found.state),
  )
  assert.equal(described.members, 1)
  assert.ok((await client.listGroups()).includes(group))
  await member.close()
  await eventually(
    'empty',
    () => client.describeGroup(group),
    found => /empty/i.test(found.state),
  )
  await client.deleteGroup(group)
  assert.ok(!(await client.listGroups()).includes(group))
}

async function autoCreation(client, name) {
  const topic = name('auto')
  await client.produce(topic, numbered(2), { create: true })
  assert.deepEqual(valuesOf(await client.read(topic, 0, 0, 2)), ['v0', 'v1'])
}

async function tooLarge(client, name) {
  const topic = await newTopic(client, name, 1, { 'max.message.bytes': '1000' })
  const record = { ...numbered(1)[0], value: Buffer.alloc(2000, 'x') }
  await refused(client, 'a record of 2000 bytes', client.errors.tooLarge, () => client.produce(topic, [record], {}))
  assert.deepEqual(await client.offsets(topic, 0), { low: 0, high: 0 })
}

async function keyless(client, name) {
  const topic = await newTopic(client, name, 1, { 'cleanup.policy': 'compact' })
  await refused(client, 'a record without key', client.errors.invalidRecord, () =>
    client.produce(topic, [{ ...numbered(1)[0], key: null }], {}),
  )
  assert.deepEqual(await client.offsets(topic, 0), { low: 0, high: 0 })
}
