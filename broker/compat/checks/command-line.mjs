// The `millrace` command against the broker, as a user of that broker would type it: Apache Kafka's as well as ours.
import assert from 'node:assert/strict'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from '../process.mjs'

const program = join(
  dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url))))),
  'dist',
  'bundle',
  'millrace.js',
)

export const commandLine = {
  name: 'command-line',
  needs: [],
  async run({ broker, report, prefix }) {
    const kit = new CommandKit(broker, `${prefix}-cli`)
    const check = (name, body) => report.check(`command-line/${name}`, () => body(kit))
    await check('topics and settings: made, shown, changed, trimmed, deleted', topics)
    await check('records: produced from lines, consumed from places and by a group', records)
    await check('groups: listed, described, reset, deleted', groups)
    await check('the cluster', cluster)
    await check('what is not there, and what was meant', mistakes)
  },
}

class CommandKit {
  constructor(broker, prefix) {
    Object.assign(this, { broker, prefix })
  }

  /** What it prints on standard output; throws when it fails. */
  async out(args, input = '') {
    const env = { ...process.env, MILLRACE_BOOTSTRAP: this.broker.bootstrap }
    return (await run(process.execPath, [program, ...args], { input, env })).stdout
  }

  async json(...args) {
    return JSON.parse(await this.out([...args, '--json']))
  }

  /** Standard error of a command that must end with this code. */
  async refused(code, ...args) {
    const env = { ...process.env, MILLRACE_BOOTSTRAP: this.broker.bootstrap }
    const { status, stderr } = await run(process.execPath, [program, ...args], { env, anyStatus: true })
    assert.equal(status, code, stderr)
    return stderr
  }

  name(what) {
    return `${this.prefix}-${what}`
  }
}

async function topics(kit) {
  const topic = kit.name('topics')
  assert.equal(
    await kit.out(['topic', 'create', topic, '-p', '3', '-r', '1', '-c', 'retention.ms=86400000']),
    `created ${topic}  3 partitions  replication 1\n`,
  )
  await led(kit, topic, 3)
  await kit.out(['topic', 'alter', topic, '-p', '4', '-c', 'flush.ms=1000', '--unset', 'retention.ms'])
  const [described] = await kit.json('topic', 'describe', topic)
  assert.equal(described.settings['flush.ms'], '1000')
  assert.equal(described.settings['retention.ms'], undefined)
  await led(kit, topic, 4)
  assert.ok((await kit.out(['topic', 'list'])).includes(`${topic}\t4\t1\n`))
  assert.match(await kit.out(['config', 'describe', 'topic', topic]), /^flush\.ms\t1000\tdynamic topic$/m)
  await kit.out(['produce', topic, '-p', '2', '-v', 'a', '-v', 'b', '-v', 'c'])
  assert.equal(await kit.out(['topic', 'trim', topic, '--before', '-1', '--partitions', '2']), '2\t0\t2\t3\t2\n')
  assert.equal(
    await kit.out(['topic', 'delete', topic, '--dry-run']),
    `would delete ${topic}  4 partitions  up to 1 record\n`,
  )
  assert.equal(await kit.out(['topic', 'delete', topic]), `deleted ${topic}\n`)
}

/** Kafka's controller answers before its broker leads the partitions. */
async function led(kit, topic, count) {
  for (let attempt = 0; attempt < 50; attempt++) {
    const lines = (await kit.out(['offsets', topic])).split('\n').filter(Boolean)
    if (lines.length === count && lines.every(line => /\t\d+\t\d+\t\d+$/.test(line))) return
  }
  assert.fail(`${topic} has no ${count} partitions with leaders`)
}

async function records(kit) {
  const topic = kit.name('records')
  await kit.out(['topic', 'create', topic, '-p', '2', '-r', '1'])
  await led(kit, topic, 2)
  const lines = Array.from({ length: 5000 }, (_, i) => `k${i % 7}:v${i}\n`).join('')
  assert.equal(await kit.out(['produce', topic, '-K', ':', '-z', 'lz4'], lines), 'produced 5,000 records\n')
  const read = await kit.out(['consume', topic, '--from', 'beginning', '--until', 'end', '-f', '%k:%v\\n'])
  const sorted = text => text.split('\n').sort().join('\n')
  assert.equal(sorted(read), sorted(lines))
  const group = ['consume', topic, '--group', kit.name('readers'), '--from', 'beginning', '-f', '%v\\n']
  const first = await kit.out([...group, '--count', '1000'])
  const second = await kit.out([...group, '--count', '4000'])
  assert.equal(new Set((first + second).split('\n').filter(Boolean)).size, 5000, 'each record once')
}

async function groups(kit) {
  const group = kit.name('readers')
  const topic = kit.name('records')
  assert.match(await kit.out(['group', 'list']), new RegExp(`^${group}\t\\w+\t\\w*\tEmpty$`, 'm'))
  const described = await kit.json('group', 'describe', group)
  assert.deepEqual(described.offsets.map(({ lag }) => lag), [0, 0]) // biome-ignore format: one thought
  await kit.out(['group', 'reset', group, '--to', 'earliest', '--dry-run'])
  assert.deepEqual(
    (await kit.json('group', 'describe', group)).offsets.map(({ lag }) => lag),
    [0, 0],
  )
  await kit.out(['group', 'reset', group, '--to', 'earliest'])
  const again = await kit.out(['consume', topic, '--group', group, '--count', '5000', '-f', '%v\\n'])
  assert.equal(new Set(again.split('\n').filter(Boolean)).size, 5000)
  const shifted = await kit.json('group', 'reset', group, '--shift', '-10')
  assert.ok(shifted.every(({ from, to }) => from - to === 10))
  assert.equal(await kit.out(['group', 'delete', group]), `deleted ${group}\n`)
}

async function cluster(kit) {
  assert.match(await kit.out(['cluster', 'describe']), new RegExp(`^\\d+\t${kit.broker.bootstrap}\t\tserving\n$`))
  assert.match(await kit.out(['cluster', 'features']), /^metadata\.version\t30\t\d+ to 30$/m)
  assert.match(await kit.out(['cluster', 'quorum']), /^\d+\tleader\t\d+\t0\n$/)
  assert.match(await kit.out(['cluster', 'log-dirs']), /^\d+\t\S+\tonline\t\d+\t/)
}

async function mistakes(kit) {
  const topic = kit.name('records')
  assert.equal(
    await kit.refused(1, 'topic', 'describe', `${topic}x`),
    `no topic "${topic}x"; did you mean "${topic}"?\n`,
  )
  assert.match(await kit.refused(1, 'topic', 'create', topic, '-p', '1', '-r', '1'), /is there already/)
  assert.match(await kit.refused(1, 'config', 'set', 'topic', topic, 'retention.mss=1'), /did you mean "retention.ms"/)
  assert.match(await kit.refused(2, 'topic', 'create'), /missing required argument/)
}
