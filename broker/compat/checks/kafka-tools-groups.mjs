// Kafka's tools for groups, each with both protocols: the consumers on the console and kafka-consumer-groups, kafka-groups,
// kafka-configs for groups, the verifiable producer and consumer.
import assert from 'node:assert/strict'
import { groupProtocol, lines } from './kafka-tools-kit.mjs'

const protocols = ['classic', 'consumer']

export async function groupTools(check) {
  for (const protocol of protocols) {
    const of = `${protocol} group`
    await check(`console consumer: a ${of} goes on where it was`, kit => consoleGroup(kit, protocol))
    await check(`kafka-consumer-groups: a ${of}: describe, reset, delete offsets, delete`, kit => empty(kit, protocol))
    await check(`kafka-consumer-groups: a ${of} with a member`, kit => living(kit, protocol))
    await check(`verifiable producer and consumer, a ${of}: every record`, kit => verifiable(kit, protocol))
  }
  await check('kafka-consumer-groups: where offsets can be reset to', resets)
  await check('kafka-groups: filters', filters)
  await check('kafka-configs: groups', groupConfigs)
}

async function consoleGroup(kit, protocol) {
  const topic = await kit.topic()
  const how = ['--group', kit.name('g'), ...groupProtocol(protocol)]
  await kit.produce(topic, 'one\ntwo\nthree\n')
  assert.deepEqual(await kit.consume(topic, 2, ...how, '--from-beginning'), ['one', 'two'])
  assert.deepEqual(await kit.consume(topic, 1, ...how), ['three'])
}

/** A group that has read three records and has no member any more. */
async function groupThatRead(kit, protocol) {
  const topic = await kit.topic()
  const group = kit.name('g')
  await kit.produce(topic, 'one\ntwo\nthree\n')
  await kit.consume(topic, 3, '--group', group, '--from-beginning', ...groupProtocol(protocol))
  return { topic, group, ofGroup: ['--group', group] }
}

async function empty(kit, protocol) {
  const { topic, group, ofGroup } = await groupThatRead(kit, protocol)
  const row = new RegExp(`${group}\\s+${topic}\\s+0\\s+3\\s+3\\s+0`)
  assert.match(await kit.run('groups', [...ofGroup, '--describe']), row)
  assert.match(
    await kit.run('groups', [...ofGroup, '--describe', '--offsets', '--verbose']),
    new RegExp(`${group}\\s+${topic}\\s`),
  )
  assert.match(await kit.run('groups', [...ofGroup, '--describe', '--state']), new RegExp(`${group}\\s.*Empty\\s+0`))
  assert.match(await kit.run('groups', ['--list', '--state']), new RegExp(`${group}\\s+Empty`))
  assert.match(
    await kit.run('groups', ['--list', '--type', protocol]),
    new RegExp(`^${group}\\s+${protocol}\\s*$`, 'im'),
  )
  const toTwo = [...ofGroup, '--topic', topic, '--reset-offsets', '--shift-by', '-2', '--execute']
  assert.match(await kit.run('groups', toTwo), new RegExp(`${group}\\s+${topic}\\s+0\\s+1`))
  assert.deepEqual(await kit.consume(topic, 1, ...ofGroup, ...groupProtocol(protocol)), ['two'])
  assert.match(await kit.run('groups', [...ofGroup, '--topic', topic, '--delete-offsets']), /0\s+Successful/)
  assert.doesNotMatch(await kit.run('groups', [...ofGroup, '--describe']), row)
  assert.match(await kit.run('groups', [...ofGroup, '--delete']), /was successful/)
  assert.doesNotMatch(await kit.run('groups', ['--list']), new RegExp(group))
}

async function living(kit, protocol) {
  const topic = await kit.topic(2)
  const group = kit.name('g')
  await kit.produce(topic, 'one\ntwo\nthree\n')
  await withMember(kit, { topic, group, protocol }, async ask => {
    const state = await ask('--state', '--verbose')
    const epochs = protocol === 'consumer' ? 'uniform\\s+Stable\\s+\\d+\\s+\\d+\\s+1' : 'range\\s+Stable\\s+-\\s+-\\s+1'
    assert.match(state, new RegExp(`${group}\\s.*${epochs}`))
    const members = await ask('--members', '--verbose')
    assert.match(members, new RegExp(`${group}\\s.*${topic}[:(]0,\\s*1`))
    const kind = protocol === 'consumer' ? 'Consumer' : 'Classic'
    assert.match(await kit.run('allGroups', ['--list']), new RegExp(`${group}\\s+${kind}\\s+consumer`))
    assert.match(await kit.run('groups', ['--group', group, '--delete']), /not empty|NotEmpty/i)
    const reset = ['--group', group, '--topic', topic, '--reset-offsets', '--to-earliest', '--execute']
    assert.match(await kit.runToEnd('groups', reset), /can only be reset if the group .* is inactive/)
    const offsets = await kit.runToEnd('groups', ['--group', group, '--topic', topic, '--delete-offsets'])
    assert.match(offsets, /Error|GroupSubscribedToTopic/)
  })
}

/** Runs the body while a console consumer is the only member and has its partitions. */
async function withMember(kit, { topic, group, protocol }, body) {
  const args = [
    '--bootstrap-server',
    kit.broker.bootstrap,
    '--topic',
    topic,
    '--group',
    group,
    ...groupProtocol(protocol),
  ]
  const member = kit.java.startTool('consumer', args)
  const ask = (...more) => kit.run('groups', ['--group', group, '--describe', ...more])
  try {
    for (let tries = 0; tries < 30 && !/Stable\s+1/.test(await ask('--state')); tries++);
    await body(ask)
  } finally {
    member.child.kill('SIGTERM')
    await member.done
  }
}

async function resets(kit) {
  const { topic, group, ofGroup } = await groupThatRead(kit, 'consumer')
  const places = {
    '--to-earliest': '0',
    '--to-latest': '3',
    '--to-current': '3',
    '--to-offset 2': '2',
    '--by-duration PT1H': '0',
  }
  for (const [place, offset] of Object.entries(places)) {
    const args = [...ofGroup, '--topic', topic, '--reset-offsets', ...place.split(' '), '--dry-run']
    assert.match(await kit.run('groups', args), new RegExp(`${group}\\s+${topic}\\s+0\\s+${offset}\\s`), place)
  }
  const exported = await kit.run('groups', [
    ...ofGroup,
    '--all-topics',
    '--reset-offsets',
    '--to-offset',
    '1',
    '--export',
    '--dry-run',
  ])
  assert.match(exported, new RegExp(`^"?${topic}"?,0,1$`, 'm'))
  assert.match(
    await kit.run('groups', [...ofGroup, '--describe']),
    new RegExp(`${topic}\\s+0\\s+3\\s+3`),
    'nothing was executed',
  )
}

async function filters(kit) {
  const classic = (await groupThatRead(kit, 'classic')).group
  const consumer = (await groupThatRead(kit, 'consumer')).group
  const listed = async (...filter) => {
    const printed = await kit.run('allGroups', ['--list', ...filter])
    return [classic, consumer].map(group => new RegExp(`^${group}\\s`, 'm').test(printed))
  }
  assert.deepEqual(await listed(), [true, true])
  assert.deepEqual(await listed('--consumer'), [true, true])
  assert.deepEqual(await listed('--group-type', 'classic'), [true, false])
  assert.deepEqual(await listed('--group-type', 'consumer'), [false, true])
  assert.deepEqual(await listed('--protocol', 'consumer'), [true, true])
  assert.deepEqual(await listed('--share'), [false, false])
}

async function groupConfigs(kit) {
  const entity = ['--entity-type', 'groups', '--entity-name', kit.name('g')]
  const setting = 'consumer.session.timeout.ms'
  await kit.run('configs', [...entity, '--alter', '--add-config', `${setting}=50000`])
  const described = await kit.run('configs', [...entity, '--describe'])
  assert.match(
    described,
    new RegExp(`${setting}=50000 .*DYNAMIC_GROUP_CONFIG:${setting}=50000, DEFAULT_CONFIG:group.${setting}=45000`),
  )
  const tooShort = [...entity, '--alter', '--add-config', `${setting}=1`]
  assert.match(
    await kit.fails('configs', tooShort),
    /InvalidConfigurationException.*group.consumer.min.session.timeout.ms/,
  )
  await kit.run('configs', [...entity, '--alter', '--delete-config', setting])
  assert.doesNotMatch(await kit.run('configs', [...entity, '--describe']), /50000/)
}

async function verifiable(kit, protocol) {
  const topic = await kit.topic(2)
  const events = printed => lines(printed).map(line => JSON.parse(line)) // biome-ignore format: one thought
  const sent = events(await kit.run('verifiableProducer', ['--topic', topic, '--max-messages', '200', '--acks', '-1']))
  assert.equal(sent.filter(event => event.name === 'producer_send_success').length, 200)
  const who = ['--topic', topic, '--group-id', kit.name('g'), '--group-protocol', protocol.toUpperCase()]
  const how = ['--max-messages', '200', '--reset-policy', 'earliest', '--verbose']
  const got = events(await kit.run('verifiableConsumer', [...who, ...how]))
  const assigned = got.filter(event => event.name === 'partitions_assigned').flatMap(event => event.partitions)
  assert.deepEqual(assigned.map(each => each.partition).sort(), [0, 1])
  const values = got.filter(event => event.name === 'record_data').map(event => Number(event.value))
  assert.deepEqual(values.sort((a, b) => a - b), Array.from({ length: 200 }, (_, i) => i)) // biome-ignore format: one thought
  assert.ok(got.some(event => event.name === 'offsets_committed' && event.success))
}
