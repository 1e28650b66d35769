// Faults planted on purpose, to see that the simulation finds them: in the world that the broker runs in, or in its partitions.
//
// earlyWrite, noSync: a disk that lies (lying-disk.ts). shortSessions: members of consumer groups are fenced long before their session
// is over. dropsRecords: the cleaner loses the last records of what it keeps.
// passesOpen: readers of committed records see open transactions. forgetsAborted: they are not told which ones were aborted.
// swapsMarkers: in one partition commit and abort are mixed up.

import type { FilterInput, FilterOutput } from '../../broker/log/cleaner/filter-task.ts'
import type { PartitionLog } from '../../broker/log/partition-log.ts'
import type { Partition } from '../../broker/partition/partition.ts'
import type { Workers } from '../../io/worker.ts'
import type { World } from '../../io/world.ts'
import { buildBatch } from '../../protocol/records/batch-builder.ts'
import { isControlBatch, producerEpochOf, producerIdOf } from '../../protocol/records/batch-header.ts'
import { batches } from '../../protocol/records/batches.ts'
import { decodeControlRecord, encodeControlRecord } from '../../protocol/records/control-record.ts'
import { records } from '../../protocol/records/records.ts'
import { onLyingDisk } from './lying-disk.ts'

/** By plant: the violations that it may show as, one of which has to be the first. */
export const plantedViolations = {
  earlyWrite: ['acknowledgedRecordsLost'],
  noSync: ['acknowledgedRecordsLost'],
  shortSessions: ['partitionHasTwoOwners'],
  dropsRecords: ['lastValueLost', 'tombstoneGoneEarly', 'readEmpty'],
  passesOpen: ['openTransactionPassed', 'uncommittedRecordShown'],
  forgetsAborted: ['uncommittedRecordShown', 'inputTwice', 'inputAhead'],
  swapsMarkers: ['transactionTorn', 'uncommittedRecordShown', 'outcomeChanged', 'committedTransactionLost'],
} as const

export type Plant = keyof typeof plantedViolations
export const plants = Object.keys(plantedViolations) as readonly Plant[]

/** What is set otherwise than clients are told. */
export function plantedSettings(plant: Plant | undefined): readonly (readonly [string, string])[] {
  return plant === 'shortSessions' ? [['group.consumer.session.timeout.ms', '100']] : []
}

/** The same world, with what is planted in it. */
export function withPlant(world: World, plant: Plant | undefined): World {
  if (plant === 'earlyWrite' || plant === 'noSync') return onLyingDisk(world, plant)
  if (plant === 'dropsRecords') return withBadCleaner(world)
  return world
}

function withBadCleaner(world: World): World {
  const { workers } = world
  const run: Workers['run'] = async (task, input, transfer) => {
    if (!task.pathname.endsWith('/filter-task.ts')) return workers.run(task, input, transfer)
    const output = (await workers.run(task, input, transfer)) as FilterOutput
    const { into } = input as unknown as FilterInput
    const all = [...batches(Buffer.from(output.retained ?? Buffer.from(into, 0, output.retainedBytes)))]
    const lost = all.findLast(batch => !isControlBatch(batch))
    const kept = Buffer.concat(all.filter(batch => batch !== lost))
    return { ...output, retained: kept, retainedBytes: kept.length } as never
  }
  return { ...world, workers: { run, close: () => workers.close() } }
}

/** Once for each partition that the broker serves. */
export function plantInto(partition: Partition, plant: Plant | undefined): void {
  if (plant === 'passesOpen') passOpen(partition.log)
  else if (plant === 'forgetsAborted') forgetAborted(partition.log)
  else if (plant === 'swapsMarkers' && partition.index === 1) swapMarkers(partition)
}

function passOpen(log: PartitionLog): void {
  Object.defineProperty(log, 'lastStableOffset', { get: () => log.highWatermark })
}

function forgetAborted(log: PartitionLog): void {
  const read = log.read.bind(log)
  log.read = (offset, options) => read(offset, { ...options, withAbortedTransactions: false })
}

function swapMarkers(partition: Partition): void {
  const append = partition.append.bind(partition)
  partition.append = (batch, request) => append(isControlBatch(batch) ? swapped(batch) : batch, request)
}

function swapped(batch: Buffer): Buffer {
  const [record] = records(batch)
  const marker = decodeControlRecord(record!.key, record!.value)
  if (marker.type !== 'ABORT' && marker.type !== 'COMMIT') return batch
  const type = marker.type === 'ABORT' ? 'COMMIT' : 'ABORT'
  const content = encodeControlRecord({ type, coordinatorEpoch: marker.coordinatorEpoch })
  return buildBatch([{ ...content, timestamp: record!.timestamp }], {
    producerId: producerIdOf(batch),
    producerEpoch: producerEpochOf(batch),
    transactional: true,
    control: true,
  })
}
