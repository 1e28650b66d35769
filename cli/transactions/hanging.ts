// `millrace transactions hanging`

import type { Admin } from '../../client/admin/admin.ts'
import type { ActiveProducer } from '../../client/admin/producers.ts'
import { partitionKey } from '../../client/admin/topic-partition.ts'
import type { TopicPartition } from '../../protocol/types.ts'
import { parseDuration } from '../arguments/duration.ts'
import { Failure } from '../terminal/failure.ts'
import { elapsed } from '../terminal/figures.ts'
import type { Session } from '../terminal/session.ts'
import { findPartitions } from '../topic/partitions.ts'
import { type HangingTransaction, hangingAmong, type OpenTransaction } from './open-transactions.ts'

interface Flags {
  readonly olderThan: string
}

export async function listHanging(session: Session, flags: Flags, topics: readonly string[]): Promise<void> {
  const silentMs = parseDuration(flags.olderThan, '--older-than')
  const admin = await session.admin()
  const { hanging, unasked } = await findHanging(admin, topics, silentMs, session.signal)
  if (hanging.length > 0 || unasked.length === 0) showHanging(session, [], hanging)
  if (unasked.length > 0) throw new Failure(unasked.join('\n'))
}

export function showHanging(
  session: Session,
  heading: readonly string[],
  hanging: readonly HangingTransaction[],
  more = {},
): void {
  // biome-ignore format: a signature
  const nowMs = Date.now()
  session.show({
    heading,
    columns: ['TOPIC', 'PARTITION', 'PRODUCER', 'EPOCH', 'START OFFSET', 'SILENT FOR', 'TRANSACTIONAL ID'],
    rows: hanging.map(each => [
      each.topic,
      each.partition,
      String(each.producerId),
      each.producerEpoch,
      each.startOffset,
      elapsed(nowMs - Number(each.lastTimestampMs)),
      each.transactionalId,
    ]),
    json: hanging.map(each => ({ ...each, transactionalId: each.transactionalId ?? null, ...more })),
    empty: 'no transaction hangs',
  })
}

export interface Found {
  readonly hanging: readonly HangingTransaction[]
  /** Sentences about partitions that could not be asked. */
  readonly unasked: readonly string[]
}

/** In all partitions when none are named. Those whose producer has been silent for so long only: it may just be about to begin. */
export async function findHanging(
  admin: Admin,
  topics: readonly string[],
  silentMs: number,
  signal: AbortSignal,
): Promise<Found> {
  const names = topics.length > 0 ? topics : (await admin.topics.list({ internal: true, signal })).map(({ name }) => name) // biome-ignore format: one thought
  const partitions = await findPartitions(admin, names, 'topics', signal)
  const producers = await admin.producers.describeAll(partitions, { signal })
  const unasked = [...producers.failures].map(([key, error]) => `${key} could not be asked: ${error.message}`)
  const open = openIn(partitions, producers.successes, Date.now() - silentMs)
  if (open.length === 0) return { hanging: [], unasked }
  const producerIds = [...new Set(open.map(({ producerId }) => producerId))]
  const listed = await admin.transactions.list({ producerIds, signal })
  const described = await admin.transactions.describeAll(listed.map(({ transactionalId }) => transactionalId), { signal }) // biome-ignore format: one thought
  // One that has ended in the meantime is not open any more either.
  for (const error of described.failures.values()) if (error.code !== 'TRANSACTIONAL_ID_NOT_FOUND') throw error
  return { hanging: hangingAmong(open, [...described.successes.values()]), unasked }
}

function openIn(
  partitions: readonly TopicPartition[],
  producers: ReadonlyMap<string, readonly ActiveProducer[]>,
  silentSinceMs: number,
): OpenTransaction[] {
  return partitions.flatMap(({ topic, partition }) =>
    (producers.get(partitionKey({ topic, partition })) ?? []).flatMap(({ transactionStartOffset, ...producer }) => {
      const { producerId, producerEpoch, coordinatorEpoch, lastTimestampMs } = producer
      if (transactionStartOffset === undefined || Number(lastTimestampMs) > silentSinceMs) return []
      const startOffset = transactionStartOffset
      return [{ topic, partition, producerId, producerEpoch, coordinatorEpoch, startOffset, lastTimestampMs }]
    }),
  )
}
