// Partitions on their way to other brokers: how far they are, and giving it up.

import type { Admin } from '../../client/admin/admin.ts'
import type { OngoingReassignment } from '../../client/admin/reassignments.ts'
import { partitionKey } from '../../client/admin/topic-partition.ts'
import type { TopicPartition } from '../../protocol/types.ts'
import { Failure } from '../terminal/failure.ts'
import { byteSize, counted } from '../terminal/figures.ts'
import type { Session } from '../terminal/session.ts'

export interface Sizes {
  /** Bytes of the largest replica, by "orders-3": what a whole copy comes to. */
  readonly largest: ReadonlyMap<string, number>
  /** By "orders-3@1". */
  readonly byReplica: ReadonlyMap<string, number>
}

/** Of all replicas that brokers tell of; one that does not answer is left out. */
export async function sizesOf(
  admin: Admin,
  partitions: readonly TopicPartition[],
  signal: AbortSignal,
): Promise<Sizes> {
  const wanted = partitions.map(({ topic, partition }) => ({ topic, partition }))
  const byBroker = await admin.logDirs.describeAll(undefined, { partitions: wanted, signal })
  const [largest, byReplica] = [new Map<string, number>(), new Map<string, number>()]
  for (const [brokerId, dirs] of byBroker.successes) {
    for (const replica of dirs.flatMap(({ replicas }) => replicas)) {
      const [key, bytes] = [partitionKey(replica), Number(replica.sizeBytes)]
      largest.set(key, Math.max(largest.get(key) ?? 0, bytes))
      if (!replica.isFuture) byReplica.set(`${key}@${brokerId}`, bytes)
    }
  }
  return { largest, byReplica }
}

/** How much of the copies that are being made is there, in bytes; undefined where nothing is copied. */
export function copied(move: OngoingReassignment, { largest, byReplica }: Sizes) {
  if (move.adding.length === 0) return undefined
  const whole = largest.get(partitionKey(move)) ?? 0
  const done = move.adding.map(nodeId => byReplica.get(`${partitionKey(move)}@${nodeId}`) ?? 0)
  return { bytes: done.reduce((sum, bytes) => sum + bytes, 0), ofBytes: whole * move.adding.length }
}

/** Of all copies that the moves take: those that are over count whole. */
export function movedBytes(
  moves: readonly (TopicPartition & {
    readonly replicas: readonly number[]
    readonly newReplicas: readonly number[]
  })[],
  ongoing: ReadonlyMap<string, OngoingReassignment>,
  sizes: Sizes,
): { readonly doneBytes: number; readonly ofBytes: number } {
  let [doneBytes, ofBytes] = [0, 0]
  for (const move of moves) {
    const added = move.newReplicas.filter(nodeId => !move.replicas.includes(nodeId))
    const whole = added.length * (sizes.largest.get(partitionKey(move)) ?? 0)
    const underWay = ongoing.get(partitionKey(move))
    ofBytes += whole
    doneBytes += underWay === undefined ? whole : Math.min(whole, copied(underWay, sizes)?.bytes ?? 0)
  }
  return { doneBytes, ofBytes }
}

export async function showMoves(
  session: Session,
  admin: Admin,
  name: string,
  partitions: readonly TopicPartition[],
): Promise<void> {
  const { signal } = session
  const moves = [...(await admin.reassignments.list({ partitions, signal })).values()]
  const sizes = await sizesOf(admin, moves, signal)
  const all = moves.map(move => ({ ...move, copied: copied(move, sizes) }))
  session.show({
    heading: moves.length === 0 ? [] : [`${counted(moves.length, 'partition')} of ${name} on the way`],
    columns: ['PARTITION', 'REPLICAS', 'ADDING', 'REMOVING', 'COPIED'],
    rows: all.map(({ partition, replicas, adding, removing, copied: done }) => {
      const share = done && `${byteSize(done.bytes)} of ${byteSize(done.ofBytes)}`
      return [String(partition), replicas.join(','), adding.join(',') || undefined, removing.join(',') || undefined, share] // biome-ignore format: one thought
    }),
    json: all.map(({ copied: done, ...move }) => ({ ...move, copiedBytes: done?.bytes ?? null, ofBytes: done?.ofBytes ?? null })), // biome-ignore format: one thought
    empty: `nothing of ${name} is on the way`,
  })
}

export async function cancelMoves(
  session: Session,
  admin: Admin,
  name: string,
  { found, dryRun }: { readonly found: readonly TopicPartition[]; readonly dryRun: boolean },
): Promise<void> {
  const { signal } = session
  const moves = [...(await admin.reassignments.list({ partitions: found, signal })).values()]
  if (moves.length === 0) {
    session.tell(`nothing of ${name} is on the way`, { topic: name, cancelled: 0 })
    return
  }
  const given = moves.map(({ topic, partition }) => ({ topic, partition, replicas: null }))
  const outcomes = dryRun ? undefined : await admin.reassignments.alterAll(given, { signal })
  for (const { topic, partition, adding, removing, replicas } of moves) {
    const error = outcomes?.failures.get(partitionKey({ topic, partition }))
    // It may have come to its end in the meantime.
    if (error !== undefined) continue
    const stays = replicas.filter(nodeId => !adding.includes(nodeId) || removing.includes(nodeId))
    const text = `${dryRun ? 'would give up' : 'gave up'} moving ${topic}-${partition}: it stays on ${stays.join(',')}`
    session.tell(text, { topic, partition, replicas: stays, dryRun })
  }
  const failures = [...(outcomes?.failures ?? [])].map(([key, error]) => `${key}: ${error.message}`)
  if (failures.length > 0) throw new Failure(failures.join('\n'))
}
