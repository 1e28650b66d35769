// Where partitions begin and end, as topic and group commands show it.

import type { Admin } from '../../client/admin/admin.ts'
import type { OffsetPlace } from '../../client/admin/offsets.ts'
import { partitionKey } from '../../client/admin/topic-partition.ts'
import type { TopicPartition } from '../../protocol/types.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'
import type { Place } from '../arguments/place.ts'
import { offsetPlaceOf } from '../arguments/place.ts'

/** Undefined of a partition that has no leader, or whose leader does not know them at present. */
export type Offsets = ReadonlyMap<string, Int64 | undefined>

/** By "orders-3". Rejects with what is wrong with all of them, unless that may pass: then there are none at present. */
export async function offsetsAt(
  admin: Admin,
  partitions: readonly TopicPartition[],
  at: OffsetPlace,
  signal: AbortSignal,
): Promise<Offsets> {
  const found = await admin.offsets.findAll(
    partitions.map(({ topic, partition }) => ({ topic, partition, at })),
    { signal },
  )
  if (found.successes.size === 0) for (const error of found.failures.values()) if (!error.retriable) throw error
  return new Map([...found].map(([key, outcome]) => [key, outcome instanceof Error ? undefined : outcome.offset]))
}

export interface Extent {
  readonly begin: Int64 | undefined
  readonly end: Int64 | undefined
}

/** By "orders-3". */
export async function extents(
  admin: Admin,
  partitions: readonly TopicPartition[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Extent>> {
  const [begins, ends] = await Promise.all([
    offsetsAt(admin, partitions, 'earliest', signal),
    offsetsAt(admin, partitions, 'latest', signal),
  ])
  return new Map([...ends].map(([key, end]) => [key, { begin: begins.get(key), end }]))
}

/** How many offsets lie between, as far as is known. */
export function between(from: Int64 | undefined, to: Int64 | undefined): Int64 | undefined {
  if (from === undefined || to === undefined) return undefined
  const difference = BigInt(to) - BigInt(from)
  return Number.isSafeInteger(Number(difference)) ? Number(difference) : difference
}

/**
 * The offset that a place stands for in each partition, never outside of what the partition holds; undefined where the
 * partition has no leader. A moment after the last record is the end.
 */
export async function resolvePlace(
  admin: Admin,
  partitions: readonly TopicPartition[],
  place: Place,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Extent & { readonly offset: Int64 | undefined }>> {
  const within = await extents(admin, partitions, signal)
  const found = place.kind === 'time' ? await offsetsAt(admin, partitions, offsetPlaceOf(place), signal) : undefined
  return new Map(
    partitions.map(each => {
      const extent = within.get(partitionKey(each)) ?? { begin: undefined, end: undefined }
      return [partitionKey(each), { ...extent, offset: offsetOf(place, extent, found?.get(partitionKey(each))) }]
    }),
  )
}

function offsetOf(place: Place, { begin, end }: Extent, found: Int64 | undefined): Int64 | undefined {
  if (begin === undefined || end === undefined) return undefined
  if (place.kind === 'offset') return clamped(place.offset, { begin, end })
  if (place.kind === 'last') return clamped(BigInt(end) - BigInt(place.count), { begin, end })
  if (place.kind === 'time') return found === undefined || found < 0 ? end : found
  return place.kind === 'beginning' ? begin : end
}

/** The nearest offset that the partition holds, its end included. */
export function clamped(offset: Int64, { begin, end }: { readonly begin: Int64; readonly end: Int64 }): Int64 {
  if (offset < begin) return begin
  if (offset > end) return end
  const narrowed = Number(offset)
  return Number.isSafeInteger(narrowed) ? narrowed : offset
}
