// What one client writes every other client must read: the same records, with each codec, from each writer by each reader.
// One process per writer and per reader does all its work; the checks are their pairs.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../process.mjs'
import { programs } from '../programs.mjs'
import { pause } from '../ready.mjs'
import { Unavailable } from '../report.mjs'

const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
/** Recent, or retention would remove the records before all have read them. */
const baseTime = Date.now() - 3_600_000
const base64 = bytes => Buffer.from(bytes).toString('base64')

/** Text only in headers: librdkafka's bindings for Node end them at a NUL. */
const records = [
  { key: base64('key'), value: base64('value'), headers: [['a', base64('1')], ['a', base64('2')], ['b', base64('gr\u00fc\u00df')]] },
  { key: null, value: base64('no key'), headers: [] },
  { key: base64('no value'), value: null, headers: [] },
  { key: base64('gr\u00fc\u00df \u{1f600}'), value: base64(Buffer.from(Array.from({ length: 256 }, (_, i) => i))), headers: [] },
  { key: base64('large'), value: base64('compress me '.repeat(10_000)), headers: [['h', base64('')]] },
].map((record, i) => ({ ...record, timestamp: baseTime + i })) // biome-ignore format: a table

/** What kcat can be told to write: text, and no timestamps. */
const kcatRecords = [
  { key: base64('k1'), value: base64('one'), headers: [['a', base64('1')], ['b', base64('2')]] },
  { key: base64('k2'), value: base64('gr\u00fc\u00df'), headers: [['a', base64('1')], ['b', base64('2')]] },
  { key: base64('k3'), value: null, headers: [] },
] // biome-ignore format: a table

/** What a client cannot read or write by its own fault, whatever the broker. */
const limits = {
  // On Node 20 there is no zstd in node:zlib, and this client has no other.
  platformatic: {
    codecs: process.versions.node.startsWith('20.') ? ['none', 'gzip', 'snappy', 'lz4'] : codecs,
    // It reads raw snappy blocks only, not the framing that Java's client puts around them.
    cannotRead: (writer, codec) => codec === 'snappy' && writer === 'java',
  },
}

export const crossClient = {
  name: 'cross-client',
  needs: [], // a missing tool leaves out its pairs, not all of them
  uses: ['kcat', ...Object.values(programs).map(each => each.tool)],
  async run(context) {
    const { report } = context
    const names = [...Object.keys(programs), 'kcat']
    if (report.only && !names.some(writer => names.some(reader => report.wants(`cross-client/${writer} to ${reader}`))))
      return
    const folder = mkdtempSync(join(tmpdir(), 'millrace-compat-'))
    try {
      const written = await Promise.all(names.map(name => write(context, folder, name)))
      const sources = written.flatMap(each => each.sources)
      context.crossTopics = sources
      const readers = []
      for (const name of names) readers.push(await read(context, folder, name, sources)) // one after the other: two cores
      for (const writer of written) for (const reader of readers) await checkPair(report, writer, reader)
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
}

const isMissing = cause => (cause instanceof Unavailable ? cause : undefined)

/** Writes all records with every codec that the client has. Answers the topics, or why there are none. */
async function write(context, folder, name) {
  const own = limits[name]?.codecs ?? codecs
  const expected = name === 'kcat' ? kcatRecords : records
  const sources = own.map(codec => ({
    writer: name,
    topic: `${context.prefix}-cross-${name}-${codec}`,
    codec,
    count: expected.length,
  }))
  const writer = { name, expected, sources }
  try {
    await createTopics(context, sources)
    if (name === 'kcat') await writeWithKcat(await context.tools.kcat, context.broker, sources)
    else await runJob(context, folder, name, 'produce', { topics: sources, records })
  } catch (cause) {
    Object.assign(writer, { sources: [], missing: isMissing(cause), failure: cause })
  }
  return writer
}

/** Created beforehand, by asking for their metadata: some clients would create an unknown topic, others would not. */
async function createTopics({ tools, broker }, sources) {
  const kcat = await tools.kcat
  for (const { topic } of sources) {
    const args = ['-b', broker.bootstrap, '-L', '-J', '-t', topic, '-X', 'allow.auto.create.topics=true']
    for (let tries = 0; ; tries++) {
      const [found] = JSON.parse((await kcat.run(args)).stdout).topics
      if (found.partitions.length > 0 && found.partitions[0].leader >= 0) break
      if (tries > 100) throw new Error(`${topic} is not created: ${JSON.stringify(found)}`)
      await pause(50)
    }
  }
}

async function command(context, name) {
  const { tool, command: commandOf } = programs[name]
  return commandOf(await context.tools[tool])
}

async function runJob(context, folder, name, mode, job) {
  const file = join(folder, `${name}-${mode}.json`)
  writeFileSync(file, JSON.stringify(job))
  const program = await command(context, name)
  return run(program.command, [...program.args, mode, context.broker.bootstrap, file], { timeoutMs: 90_000 })
}

async function writeWithKcat(kcat, broker, sources) {
  for (const { topic, codec } of sources) {
    const fixed = ['-b', broker.bootstrap, '-P', '-t', topic, '-p', '0', '-K:', '-z', codec]
    await kcat.run([...fixed, '-H', 'a=1', '-H', 'b=2'], { input: 'k1:one\nk2:gr\u00fc\u00df\n' })
    await kcat.run([...fixed, '-Z'], { input: 'k3:' })
  }
}

/** Reads all topics that the client can read. Answers its records by topic, and what it printed besides. */
async function read(context, folder, name, sources) {
  const own = limits[name]
  const topics = sources.filter(
    source => (own?.codecs ?? codecs).includes(source.codec) && !own?.cannotRead(source.writer, source.codec),
  )
  const reader = { name, topics, records: new Map(topics.map(source => [source.topic, []])) }
  try {
    if (name === 'kcat') await readWithKcat(await context.tools.kcat, context.broker, reader)
    else {
      const { stdout, stderr } = await runJob(context, folder, name, 'consume', { topics })
      for (const line of stdout.split('\n').filter(text => text.startsWith('@'))) {
        const record = JSON.parse(line.slice(1))
        reader.records.get(record.topic).push(record)
      }
      reader.noise = stderr
    }
  } catch (cause) {
    Object.assign(reader, { missing: isMissing(cause), failure: cause })
  }
  return reader
}

/** The lengths that kcat prints before keys and values find their ends, whatever bytes they hold. */
async function readWithKcat(kcat, broker, reader) {
  for (const { topic } of reader.topics) {
    const args = ['-b', broker.bootstrap, '-C', '-t', topic, '-e', '-q', '-f', '%o %T %K %k %S %s %h\n']
    const { stdout } = await kcat.run(args, { encoding: 'latin1' })
    const all = Buffer.from(stdout, 'latin1')
    for (let at = 0; at < all.length; ) at = takeRecord(all, at, reader.records.get(topic))
  }
}

function takeRecord(all, start, into) {
  let at = start
  const word = () => {
    const end = all.indexOf(32, at)
    const text = all.toString('utf8', at, end)
    at = end + 1
    return text
  }
  const sized = () => {
    const length = Number(word())
    const bytes = length < 0 ? null : base64(all.subarray(at, at + length))
    at += Math.max(length, 0) + 1
    return bytes
  }
  const offset = Number(word())
  const timestamp = Number(word())
  const key = sized()
  const value = sized()
  const end = all.indexOf(10, at)
  const text = all.toString('utf8', at, end)
  const headers = text === '' ? [] : text.split(',').map(each => [each.split('=')[0], base64(each.split('=')[1])])
  into.push({ offset, timestamp, key, value, headers })
  return end + 1
}

async function checkPair(report, writer, reader) {
  await report.check(`cross-client/${writer.name} to ${reader.name}`, () => {
    for (const side of [writer, reader]) {
      if (side.missing) throw side.missing
      if (side.failure) throw side.failure
    }
    for (const { topic, codec } of reader.topics.filter(source => source.writer === writer.name)) {
      const expected = writer.expected.map((record, offset) => ({ offset, ...record }))
      const got = reader.records
        .get(topic)
        .map(({ topic: _, timestamp, ...record }) => (writer.name === 'kcat' ? record : { ...record, timestamp }))
      const shown = record =>
        `${record.offset} ${record.timestamp} ${record.key} ${record.value?.slice(0, 400)} ${JSON.stringify(record.headers)}`
      assert.deepEqual(got.map(shown), expected.map(shown), `${codec}\n${reader.noise ?? ''}`)
    }
  })
}
