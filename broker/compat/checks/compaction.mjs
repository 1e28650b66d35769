// A broker of its own that compacts all the time: Kafka's LogCompactionTester writes keys again and again, with each codec, and reads
// what is left of them. What the broker leaves behind is then opened by real Kafka.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startKafka } from '../kafka-target.mjs'
import { startMillrace } from '../millrace-target.mjs'
import { reopen, snapshot } from './disk.mjs'

/** Small segments, rolled and cleaned as soon as that can be: well compressed, all messages fit into one and take less than half a second. */
const ownSettings = {
  'log.segment.bytes': 1_048_576,
  'log.roll.ms': 50,
  'log.cleaner.backoff.ms': 100,
  'log.cleaner.min.cleanable.ratio': 0.01,
  'log.cleaner.delete.retention.ms': 1000,
  'log.initial.task.delay.ms': 100,
}

const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
const messages = 100_000

export const compaction = {
  name: 'compaction',
  needs: ['java'],
  async run({ target, report, tools, settings }) {
    if (!report.wantsSuite('compaction')) return
    const java = await tools.java
    const dataDir = mkdtempSync(join(tmpdir(), 'millrace-compat-compaction-'))
    const options = { dataDir, settings: { ...settings, ...ownSettings } }
    const broker = target === 'kafka' ? await startKafka({ ...options, jars: java.jars }) : await startMillrace(options)
    try {
      for (const codec of codecs) {
        await report.check(`compaction/LogCompactionTester: ${codec}`, () => testCodec(java, broker, codec))
      }
      await report.check('compaction/every topic was compacted, the committed offsets, too', () => compacted(broker))
      const before = await snapshot(java, broker.bootstrap)
      await report.check('compaction/the broker stops cleanly', () => broker.stop())
      await report.check('compaction/real Kafka opens what was compacted and serves the same', () =>
        reopen(java, dataDir, settings, before),
      )
    } finally {
      await broker.kill()
      rmSync(dataDir, { recursive: true, force: true })
    }
  },
}

async function testCodec(java, broker, codec) {
  const args = ['--bootstrap-server', broker.bootstrap, '--messages', String(messages), '--duplicates', '10']
  const more = ['--percent-deletes', '20', '--compression-type', codec, '--sleep', '3']
  const { stdout } = await java.tool('compactionTester', [...args, ...more], { timeoutMs: 120_000 })
  assert.match(stdout, /Validated \d+ values, 0 mismatches/)
  const [, reduction] = /\((-?[\d.]+)% reduction\)/.exec(stdout)
  assert.ok(Number(reduction) > 10, `nothing was compacted before it was read:\n${stdout}`)
}

/** By the checkpoint that the cleaner of either broker leaves. */
function compacted(broker) {
  const [, count, ...lines] = readFileSync(join(broker.logDirs[0], 'cleaner-offset-checkpoint'), 'utf8')
    .trim()
    .split('\n')
  assert.equal(lines.length, Number(count))
  const cleaned = lines.map(line => line.split(' ')).filter(([, , offset]) => Number(offset) > 0)
  assert.equal(
    cleaned.filter(([topic]) => topic.startsWith('log-cleaner-test')).length,
    codecs.length,
    lines.join('; '),
  )
  assert.ok(
    cleaned.some(([topic]) => topic === '__consumer_offsets'),
    lines.join('; '),
  )
}
