// Writes log directories of every kind with our log and has Kafka's own kafka-dump-log look at them: deep iteration over the
// segments, a check of every index entry against its segment, producer snapshots, aborted transactions.
// `KAFKA_LIBS=<folder with Kafka's jars> npm run show -- main-job.3`.

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brokerConfig } from '../../broker/config/broker-config.ts'
import { developmentProfile } from '../../broker/config/development-profile.ts'
import { logConfigOf } from '../../broker/config/log-config.ts'
import { LogManager } from '../../broker/log/log-manager.ts'
import type { AppendOptions, PartitionLog } from '../../broker/log/partition-log.ts'
import { realWorld } from '../../io/real-world.ts'
import { type BatchOptions, buildBatch } from '../../protocol/records/batch-builder.ts'
import { compressionTypes } from '../../protocol/records/compression-type.ts'
import { encodeControlRecord } from '../../protocol/records/control-record.ts'
import { runCommand } from '../run-command.ts'
import type { ShowResult } from './show.ts'

const startMs = 1_750_000_000_000
const topicId = 'osfdB9rFShmMs2j6BzdIbw'

interface Written {
  readonly directory: string
  readonly records: number
}

export interface DumpResult {
  readonly files: number
  readonly records: number
  readonly complaints: readonly string[]
}

const isComplaint =
  /mismatch|corrupt|invalid|exception|is followed by|isvalid: false|out of order|not found|error|trailing/i
/** The tool finds that the first record of every segment but the first does not follow offset -1. */
const isNoise = /^ *-1 is followed by|^Non-consecutive offsets in/

/** Runs kafka-dump-log over all files of the partition directories below a log directory; answers what it complains about. */
export async function dumpLog(directory: string, libs: string): Promise<DumpResult> {
  const paths = readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter(entry => entry.isFile() && /\.(log|index|timeindex|txnindex|snapshot)$/.test(entry.name))
    .map(entry => join(entry.parentPath, entry.name))
  // Kafka's tool knows the two index files of a segment only one way at a time.
  const runs = [
    ['--deep-iteration', '--files', paths.join(',')],
    [
      '--index-sanity-check',
      '--files',
      paths.filter(path => path.endsWith('index') && !path.endsWith('txnindex')).join(','),
    ],
  ]
  const outputs = await Promise.all(
    runs.map(args => runCommand('java', ['-cp', `${libs}/*`, 'org.apache.kafka.tools.DumpLogSegments', ...args])),
  )
  const output = outputs.map(run => run.output).join('\n')
  const lines = output.split('\n')
  const complaints = lines.filter(line => isComplaint.test(line) && !isNoise.test(line))
  for (const run of outputs)
    if (run.code !== 0) complaints.push(`kafka-dump-log ended with ${run.code}: ${run.output.slice(-500)}`)
  const records = lines.filter(line => /^\| offset: /.test(line)).length
  return { files: paths.length, complaints, records }
}

const config = (overrides: Record<string, string>) =>
  logConfigOf(
    brokerConfig({ profile: developmentProfile() }),
    new Map(Object.entries({ 'internal.segment.bytes': '16384', 'index.interval.bytes': '600', ...overrides })),
  )

async function openManager(directory: string): Promise<LogManager> {
  const manager = await LogManager.open({
    world: realWorld(),
    config: brokerConfig({ profile: developmentProfile({ dataDir: directory }) }),
  })
  await manager.format({ clusterId: 'VcE87dc19XIURd9KuS8Lww', nodeId: 1 })
  await manager.load({ configOf: () => config({}) })
  return manager
}

function batch(round: number, count: number, options: BatchOptions = {}): Buffer {
  const inputs = Array.from({ length: count }, (_, index) => ({
    key: Buffer.from(`key ${index}`),
    value: Buffer.from(`value ${round} `.padEnd(40 + ((round * 7 + index) % 90), 'x')),
    // Now and then a step back in time, which indexes have to bear.
    timestamp: startMs + round * 1000 - (round % 5 === 0 ? 20_000 : 0) + index,
    headers: index % 3 === 0 ? [{ key: 'h', value: Buffer.from('v') }] : [],
  }))
  return buildBatch(inputs, options)
}

function append(log: PartitionLog, bytes: Buffer, options: Partial<AppendOptions> = {}): void {
  const outcome = log.append(bytes, { leaderEpoch: 0, origin: 'client', ...options })
  if (!outcome.ok) throw new Error(`append refused: ${outcome.message}`)
}

async function writePlain(log: PartitionLog, rounds: number, options: BatchOptions = {}): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    append(log, batch(round, 1 + (round % 9), options), { leaderEpoch: round < rounds / 2 ? 0 : 3 })
    if (round % 10 === 0) await log.flush()
  }
}

async function writeIdempotent(log: PartitionLog, rounds: number): Promise<void> {
  const sequences = [0, 0, 0]
  for (let round = 0; round < rounds; round += 1) {
    const producer = round % 3
    const count = 1 + (round % 4)
    append(
      log,
      batch(round, count, { producerId: 1000 + producer, producerEpoch: 0, baseSequence: sequences[producer]! }),
    )
    sequences[producer]! += count
  }
  await log.flush()
}

async function writeTransactions(log: PartitionLog, rounds: number): Promise<void> {
  let sequence = 0
  for (let round = 0; round < rounds; round += 1) {
    const producer = { producerId: 7, producerEpoch: 0, transactional: true }
    append(log, batch(round, 3, { ...producer, baseSequence: sequence }), { transactionVerified: true })
    sequence += 3
    const marker = encodeControlRecord({ type: round % 3 === 0 ? 'ABORT' : 'COMMIT', coordinatorEpoch: 1 })
    const control = buildBatch([{ ...marker, timestamp: startMs + round }], { ...producer, control: true })
    append(log, control, { origin: 'coordinator' })
  }
  await log.flush()
}

async function writeDirectory(directory: string): Promise<Written> {
  const manager = await openManager(directory)
  const create = (topic: string, overrides: Record<string, string> = {}) =>
    manager.create(topic, 0, topicId, config(overrides))
  for (const compression of compressionTypes)
    await writePlain(await create(`codec-${compression}`), 120, { compression })
  await writePlain(await create('recompressed', { 'compression.type': 'zstd' }), 120)
  await writePlain(await create('stamped', { 'message.timestamp.type': 'LogAppendTime' }), 120)
  await writePlain(await create('full-index', { 'segment.index.bytes': '60' }), 120)
  await writeIdempotent(await create('idempotent'), 200)
  await writeTransactions(await create('transactions'), 80)
  const trimmed = await create('trimmed', { 'retention.bytes': '30000' })
  await writePlain(trimmed, 200)
  await trimmed.deleteOldSegments(startMs)
  await create('empty')
  let records = 0
  for (const log of manager.all()) records += log.nextOffset - log.firstSegmentOffset
  await manager.close()
  return { directory, records }
}

/** Opens a directory again, appends to every log, and closes it. */
async function appendMore({ directory, records }: Written): Promise<Written> {
  const manager = await openManager(directory)
  let more = 0
  for (const log of manager.all()) {
    for (let round = 200; round < 230; round += 1) append(log, batch(round, 5), { leaderEpoch: 9 })
    more += 150
  }
  await manager.close()
  return { directory, records: records + more }
}

/** Shows that the tool's complaints are heard: an index entry that points elsewhere. */
async function isDamageHeard(directory: string, libs: string): Promise<boolean> {
  const partition = join(directory, 'codec-none-0')
  const name = readdirSync(partition).find(each => each.endsWith('.index') && statSync(join(partition, each)).size > 0)
  const index = readFileSync(join(partition, name!))
  index.writeInt32BE(index.readInt32BE(0) + 1, 0)
  writeFileSync(join(partition, name!), index)
  return (await dumpLog(directory, libs)).complaints.length > 0
}

/** Writes, checks, appends after a restart, checks again. `libs`: a folder with Kafka 4.3.0's jars. */
export async function kafkaDumpLogShow(libs: string): Promise<ShowResult> {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-dump-log-'))
  try {
    const written = await writeDirectory(directory)
    const first = await dumpLog(directory, libs)
    const grown = await appendMore(written)
    const second = await dumpLog(directory, libs)
    const complaints = [...first.complaints, ...second.complaints]
    const isComplete = first.records === written.records && second.records === grown.records
    const isHeard = await isDamageHeard(directory, libs)
    const figure = `${first.files} and, after a restart, ${second.files} files; ${second.records} of ${grown.records} records; ${complaints.length} complaints, planted damage ${isHeard ? 'found' : 'NOT found'}`
    const pass = complaints.length === 0 && isComplete && isHeard
    return { pass, figure: [figure, ...complaints.slice(0, 20)].join('\n') }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
