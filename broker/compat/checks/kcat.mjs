// kcat (librdkafka as Debian ships it, some years old) against the broker.
import assert from 'node:assert/strict'

export const kcat = {
  name: 'kcat',
  needs: ['kcat'],
  async run({ broker, report, tools, prefix }) {
    const kit = new KcatKit(await tools.kcat, broker, `${prefix}-kcat`)
    const check = (name, body) => report.check(`kcat/${name}`, () => body(kit))
    await check('metadata: brokers and topics', metadata)
    for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd'])
      await check(`keys, headers and nulls, ${codec}`, each => roundTrip(each, codec))
    await check('from an offset inside a batch, from the end, by time', seeks)
    await check('offsets: first, next and by time', offsets)
    await check('a group reads all and goes on where it was', group)
    await check('idempotent producer', idempotent)
    await check('a broken producer: invalid topic, too large', refused)
    await check('an unknown topic is not created for a consumer', unknown)
  },
}

class KcatKit {
  #names = 0

  constructor(tool, broker, prefix) {
    Object.assign(this, { tool, broker, prefix })
  }

  name(what) {
    return `${this.prefix}-${what}-${++this.#names}`
  }

  async run(args, options) {
    return (await this.tool.run(['-b', this.broker.bootstrap, ...args], options)).stdout
  }

  /** Writes lines to a topic, which comes into being by that. */
  produce(topic, input, ...more) {
    return this.run(['-P', '-t', topic, '-p', '0', ...more], { input })
  }

  /** Lines of what a topic holds, each "offset key value headers". */
  async consume(topic, ...more) {
    const printed = await this.run(['-C', '-t', topic, '-e', '-q', '-f', '%o|%K|%k|%S|%s|%h\n', ...more])
    return printed.split('\n').filter(Boolean)
  }
}

async function metadata(kit) {
  const topic = kit.name('t')
  await kit.produce(topic, 'x\n')
  const answer = JSON.parse(await kit.run(['-L', '-J', '-t', topic]))
  assert.deepEqual(
    answer.brokers.map(each => each.name),
    [kit.broker.bootstrap],
  )
  assert.equal(answer.controllerid, answer.brokers[0].id)
  const [found] = answer.topics
  assert.equal(found.topic, topic)
  assert.deepEqual(found.partitions, [
    {
      partition: 0,
      leader: answer.brokers[0].id,
      replicas: [{ id: answer.brokers[0].id }],
      isrs: [{ id: answer.brokers[0].id }],
    },
  ])
}

async function roundTrip(kit, codec) {
  const topic = kit.name('t')
  await kit.produce(topic, 'k1:one\nk2:gr\u00fc\u00df\n', '-K:', '-H', 'a=1', '-H', 'a=2', '-z', codec)
  await kit.produce(topic, 'k3:', '-K:', '-Z', '-z', codec)
  await kit.produce(topic, 'keyless\n', '-z', codec)
  assert.deepEqual(await kit.consume(topic), [
    '0|2|k1|3|one|a=1,a=2',
    '1|2|k2|6|gr\u00fc\u00df|a=1,a=2',
    '2|2|k3|-1||',
    '3|-1||7|keyless|',
  ])
}

const numbered = count => Array.from({ length: count }, (_, i) => `v${i}\n`).join('')

async function seeks(kit) {
  const topic = kit.name('t')
  await kit.produce(topic, numbered(20), '-z', 'lz4')
  assert.deepEqual(
    (await kit.consume(topic, '-o', '14')).map(line => line.split('|')[4]),
    ['v14', 'v15', 'v16', 'v17', 'v18', 'v19'],
  )
  assert.deepEqual(await kit.consume(topic, '-o', '-1'), ['19|-1||3|v19|'])
  assert.equal((await kit.consume(topic, '-o', 's@1000')).length, 20)
}

async function offsets(kit) {
  const topic = kit.name('t')
  await kit.produce(topic, numbered(7))
  const ask = async time => Number(/offset (-?\d+)/.exec(await kit.run(['-Q', '-t', `${topic}:0:${time}`]))[1])
  assert.deepEqual([await ask(-2), await ask(-1), await ask(1)], [0, 7, 0])
}

async function group(kit) {
  const topic = kit.name('t')
  const id = kit.name('g')
  const read = async () =>
    (await kit.run(['-G', id, '-e', '-q', '-X', 'auto.offset.reset=earliest', topic])).split('\n').filter(Boolean)
  await kit.produce(topic, numbered(3))
  assert.deepEqual(await read(), ['v0', 'v1', 'v2'])
  await kit.produce(topic, 'next\n')
  assert.deepEqual(await read(), ['next'])
}

async function idempotent(kit) {
  const topic = kit.name('t')
  await kit.produce(topic, numbered(500), '-X', 'enable.idempotence=true', '-X', 'batch.num.messages=7')
  const got = await kit.consume(topic)
  assert.deepEqual(
    got.map(line => line.split('|')[4]),
    numbered(500).trimEnd().split('\n'),
  )
}

async function fails(kit, args, options) {
  const result = await kit.tool.run(['-b', kit.broker.bootstrap, ...args], { ...options, anyStatus: true })
  assert.notEqual(result.status, 0, `${result.command} did not fail`)
  return result.stderr
}

async function refused(kit) {
  assert.match(await fails(kit, ['-P', '-t', 'not a name'], { input: 'x\n' }), /Invalid topic/)
  const large = ['-P', '-t', kit.name('t'), '-p', '0', '-X', 'message.max.bytes=5000000', '-D', 'none']
  assert.match(await fails(kit, large, { input: 'x'.repeat(2_000_000) }), /Message size too large/)
}

async function unknown(kit) {
  const topic = kit.name('missing')
  assert.match(
    await fails(kit, ['-C', '-t', topic, '-e', '-X', 'allow.auto.create.topics=false']),
    /Unknown topic or partition/,
  )
  const answer = JSON.parse(await kit.run(['-L', '-J']))
  assert.ok(!answer.topics.some(each => each.topic === topic))
}
