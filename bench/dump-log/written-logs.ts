// Log directories written by our log alone, for what no client can make it do yet: transactions with their markers, leader
// epochs that change, indexes that fill up.

import { brokerConfig } from '../../broker/config/broker-config.ts'
import { developmentProfile } from '../../broker/config/development-profile.ts'
import { logConfigOf } from '../../broker/config/log-config.ts'
import { LogManager } from '../../broker/log/log-manager.ts'
import type { AppendOptions, PartitionLog } from '../../broker/log/partition-log.ts'
import { realWorld } from '../../io/real-world.ts'
import { type BatchOptions, buildBatch } from '../../protocol/records/batch-builder.ts'
import { compressionTypes } from '../../protocol/records/compression-type.ts'
import { encodeControlRecord } from '../../protocol/records/control-record.ts'

const startMs = 1_750_000_000_000
const topicId = 'osfdB9rFShmMs2j6BzdIbw'

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
    append(log, batch(round, 3, { ...producer, baseSequence: sequence }), { verification: 'disabled' })
    sequence += 3
    const marker = encodeControlRecord({ type: round % 3 === 0 ? 'ABORT' : 'COMMIT', coordinatorEpoch: 1 })
    const control = buildBatch([{ ...marker, timestamp: startMs + round }], { ...producer, control: true })
    append(log, control, { origin: 'coordinator' })
  }
  await log.flush()
}

/** Logs of every kind; answers how many records they hold. */
export async function writeLogs(directory: string): Promise<number> {
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
  return records
}

/** Opens a directory again, appends to every log, and closes it. Answers how many records were added. */
export async function appendMore(directory: string): Promise<number> {
  const manager = await openManager(directory)
  let more = 0
  for (const log of manager.all()) {
    for (let round = 200; round < 230; round += 1) append(log, batch(round, 5), { leaderEpoch: 9 })
    more += 150
  }
  await manager.close()
  return more
}
