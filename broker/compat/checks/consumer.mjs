// Our client's Consumer against the broker: it reads what Java's producer wrote (every codec, transactions, stamped and trimmed logs), and
// must be shown what Java's consumer was; and two of ours in a group share a topic, in both protocols, each record once.
import assert from 'node:assert/strict'
import { importProtocol } from '../schemas.mjs'

export const consumer = {
  name: 'consumer',
  needs: ['java'],
  async run({ broker, report, tools, prefix }) {
    const java = await tools.java
    const { Consumer } = await importProtocol('../client/consumer/consumer.js')
    const make = options => new Consumer({ bootstrap: broker.bootstrap, resetPolicy: 'earliest', ...options })
    const kit = { make, prefix: `${prefix}-consumer`, theirs: await javaAnswers(java, broker, `${prefix}-consumer`) }
    const check = (name, body) => report.check(`consumer/${name}`, body)
    await check('record by record it is shown what Java’s consumer is', () => asJava(kit, byRecords, {}))
    await check('by cursor, in memory that is used again, too', () => asJava(kit, byCursor, { reusesMemory: true }))
    await check('batch by batch, in small answers', () => asJava(kit, byCursor, { maxPartitionBytes: 1 }))
    for (const protocol of ['classic', 'consumer']) {
      await check(`two in a group share a topic, ${protocol} protocol`, () => shared(kit, protocol))
    }
  },
}

async function javaAnswers(java, broker, prefix) {
  const { stdout } = await java.program(['consumer-answers', broker.bootstrap, prefix])
  return JSON.parse(
    stdout
      .split('\n')
      .find(line => line.startsWith('@'))
      .slice(1),
  )
}

async function asJava({ make, prefix, theirs }, read, options) {
  for (const [name, expected] of Object.entries(theirs)) {
    const [topic, isolation] = name.split(' ')
    const ours = make({ isolation, ...options })
    try {
      ours.assign([{ topic: `${prefix}-${topic}`, partition: 0 }])
      assert.deepEqual(await read(ours, expected.length), expected, name)
    } finally {
      await ours.close()
    }
  }
}

async function byRecords(consumer, count) {
  const lines = []
  for await (const record of consumer.records()) {
    lines.push(lineOf(record))
    if (lines.length === count) break
  }
  return lines
}

async function byCursor(consumer, count) {
  const lines = []
  for await (const batch of consumer) {
    for (const cursor = batch.cursor(); cursor.next(); ) lines.push(lineOf(cursor))
    if (lines.length >= count) break
  }
  return lines
}

function lineOf({ offset, timestamp, key, value, headers }) {
  const told = headers.map(header => ` ${header.key}=${hex(header.value)}`)
  return `${offset} ${timestamp} ${hex(key)} ${hex(value)}${told.join('')}`
}

const hex = bytes => (bytes === null ? 'null' : `x${bytes.toString('hex')}`)

/** Each commits and closes; a third finds nothing left. */
async function shared({ make, prefix, theirs }, protocol) {
  const topic = `${prefix}-codecs`
  const expected = theirs['codecs read_uncommitted'].length
  const member = () => make({ group: `${prefix}-${protocol}`, topics: [topic], protocol })
  const [first, second] = [member(), member()]
  const seen = []
  const done = withResolvers()
  const handler = ({ offset }) => {
    seen.push(offset)
    if (seen.length === expected) done.resolve()
  }
  const runs = [first, second].map(each => each.run({ handler, concurrency: 4, per: 'key' }))
  await Promise.race([done.promise, ...runs])
  await Promise.all([first.close(), second.close()])
  await Promise.all(runs)
  assert.deepEqual(
    seen.sort((a, b) => a - b),
    Array.from({ length: expected }, (_, offset) => offset),
  )
  const third = make({ group: `${prefix}-${protocol}` })
  const [committed] = await third.committed([{ topic, partition: 0 }])
  assert.equal(Number(committed.offset), expected)
  await third.close()
}

function withResolvers() {
  let resolve
  const promise = new Promise(found => {
    resolve = found
  })
  return { promise, resolve }
}
