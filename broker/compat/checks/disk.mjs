// The data directory after the run: Kafka's own reader of log files finds nothing wrong in it, the batches have the codecs
// that their producers chose, and real Kafka starts on it and serves the same offsets, groups and records.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { startKafka } from '../kafka-target.mjs'

const filesAtOnce = 400 // of one command line

/** What the broker says of its topics and groups; to be asked before it stops, and of whoever starts on its directory. */
export async function snapshot(java, bootstrap) {
  const { stdout } = await java.program(['snapshot', bootstrap], { timeoutMs: 120_000 })
  return stdout.split('\n').filter(line => line.startsWith('@')).sort() // biome-ignore format: one thought
}

/** The checks on a data directory whose broker has stopped cleanly. */
export async function checkDisk({ report, tools, broker, settings, crossTopics = [] }, before) {
  const java = await tools.java
  const logDir = broker.dataDir
  await report.check('disk/kafka-dump-log finds nothing wrong in logs, indexes and snapshots', () =>
    dumpAll(java, logDir),
  )
  for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
    const own = crossTopics.filter(source => source.codec === codec)
    if (own.length > 0)
      await report.check(`disk/batches are compressed as they were sent, ${codec}`, () => sameCodec(java, logDir, own))
  }
  await report.check('disk/real Kafka opens the directory and serves the same', () =>
    reopen(java, logDir, settings, before),
  )
}

const partitions = logDir => readdirSync(logDir).filter(name => /-\d+$/.test(name)) // biome-ignore format: one thought

function filesOf(logDir, partition, pattern) {
  return readdirSync(join(logDir, partition)).filter(name => pattern.test(name)).map(name => join(logDir, partition, name)) // biome-ignore format: one thought
}

// A segment that does not begin at 0 is told by Kafka 4.3.0 as "-1 is followed by" its base offset; that is no gap.
const wrong =
  /Mismatches in|^\s*\d+ is followed by|timestamp mismatch|out of order timestamp|not found in|invalid bytes|isvalid: false|Ignoring unknown|Exception/i

async function dump(java, files, more) {
  const { stdout, stderr } = await java.tool('dumpLog', [...more, '--files', files.join(',')], { timeoutMs: 180_000 })
  const lines = `${stdout}\n${stderr}`.split('\n').filter(line => wrong.test(line)) // biome-ignore format: one thought
  assert.deepEqual(lines.slice(0, 20), [], `${lines.length} complaints of ${more.join(' ')}`)
  return stdout
}

async function dumpAll(java, logDir) {
  const own = partitions(logDir)
  assert.ok(own.includes('__cluster_metadata-0'), `${own.length} partitions in ${logDir}, but no metadata`)
  const indexes = own.flatMap(name => filesOf(logDir, name, /\.(index|timeindex)$/))
  const logs = own.flatMap(name => filesOf(logDir, name, /\.(log|txnindex|snapshot)$/))
  for (let at = 0; at < logs.length; at += filesAtOnce)
    await dump(java, logs.slice(at, at + filesAtOnce), ['--deep-iteration'])
  for (let at = 0; at < indexes.length; at += filesAtOnce) {
    const files = indexes.slice(at, at + filesAtOnce)
    await dump(java, files, ['--verify-index-only'])
    const printed = await dump(java, files, ['--index-sanity-check'])
    assert.equal(printed.split('passed sanity check').length - 1, files.length - (printed.split('is empty').length - 1))
  }
  const offsets = own
    .filter(name => name.startsWith('__consumer_offsets-'))
    .flatMap(name => filesOf(logDir, name, /\.log$/))
  if (offsets.length > 0) await dump(java, offsets, ['--deep-iteration', '--offsets-decoder'])
  const metadata = filesOf(logDir, '__cluster_metadata-0', /\.(log|checkpoint)$/)
  await dump(java, metadata, ['--cluster-metadata-decoder', '--skip-record-metadata'])
}

/** A batch that its codec would make larger is sent as it is, by some clients; each topic holds one that shrinks. */
async function sameCodec(java, logDir, sources) {
  for (const { topic, codec, writer } of sources.filter(source => source.writer !== 'kcat')) {
    const printed = await dump(java, filesOf(logDir, `${topic}-0`, /\.log$/), ['--deep-iteration'])
    const codecs = new Set([...printed.matchAll(/compresscodec: (\w+)/g)].map(match => match[1]))
    assert.ok(codecs.has(codec), `${writer}: ${[...codecs]}`)
    codecs.delete(codec)
    codecs.delete('none')
    assert.deepEqual([...codecs], [], writer)
  }
}

export async function reopen(java, logDir, settings, before) {
  const kafka = await startKafka({ jars: java.jars, dataDir: logDir, settings })
  try {
    const after = await snapshot(java, kafka.bootstrap)
    const gone = before.filter(line => !after.includes(line))
    const come = after.filter(line => !before.includes(line))
    assert.deepEqual(
      { gone: gone.slice(0, 20), come: come.slice(0, 20) },
      { gone: [], come: [] },
      `${gone.length} lines gone, ${come.length} come`,
    )
  } finally {
    await kafka.stop()
  }
}
