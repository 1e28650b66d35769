// `millrace group reset`: what a group reads next. One commit to its coordinator: all of it is set, or nothing.

import type { Admin } from '../../client/admin/admin.ts'
import type { CommittedOffsets } from '../../client/admin/group-offsets.ts'
import { partitionKey } from '../../client/admin/topic-partition.ts'
import { ClientError } from '../../client/client-error.ts'
import type { TopicPartition } from '../../protocol/types.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'
import { type Place, parsePlace } from '../arguments/place.ts'
import { Failure, usage } from '../terminal/failure.ts'
import { counted } from '../terminal/figures.ts'
import type { Session } from '../terminal/session.ts'
import { between, clamped, type Extent, resolvePlace } from '../topic/offsets.ts'
import { findPartitions } from '../topic/partitions.ts'
import { findGroups } from './find.ts'

interface Flags {
  readonly to?: string
  readonly shift?: string
  readonly topic?: readonly string[]
  readonly dryRun?: boolean
}

type Target = Place | { readonly kind: 'shift'; readonly records: number }

interface Step extends TopicPartition, Extent {
  readonly from: Int64 | undefined
  readonly to: Int64
}

export async function resetGroup(session: Session, flags: Flags, groupId: string): Promise<void> {
  const { dryRun = false } = flags
  const target = targetOf(flags)
  const admin = await session.admin()
  const { signal } = session
  await checkIdle(admin, groupId, flags.topic !== undefined, signal)
  const committed = await admin.groupOffsets.list(groupId, { signal })
  const partitions = await partitionsOf(admin, flags.topic, committed, signal)
  if (partitions.length === 0) throw new Failure(`group ${groupId} has committed nothing: name topics with --topic`)
  const plan = await planOf(admin, partitions, committed, target, signal)
  if (!dryRun) {
    const offsets = plan.map(({ topic, partition, to }) => ({ topic, partition, offset: to }))
    await admin.groupOffsets.alter(groupId, offsets, { signal })
  }
  session.show({
    heading: [`${dryRun ? 'would reset' : 'reset'} ${counted(plan.length, 'partition')} of ${groupId}`],
    columns: ['TOPIC', 'PARTITION', 'COMMITTED', 'NEW', 'END', 'LAG'],
    rows: plan.map(({ topic, partition, from, to, end }) => [topic, partition, from, to, end, between(to, end)]),
    json: plan.map(({ topic, partition, from, to, end }) => ({ groupId, topic, partition, from, to, end, dryRun })),
  })
}

function targetOf({ to, shift }: Flags): Target {
  if ((to === undefined) === (shift === undefined)) throw usage('give either --to PLACE or --shift RECORDS')
  if (to !== undefined) return parsePlace(to, '--to', Date.now())
  const records = Number(shift)
  if (/^[+-]?\d+$/.test(shift!) && Number.isSafeInteger(records)) return { kind: 'shift', records }
  throw usage(`--shift ${shift}: give a whole number of records, such as -100`)
}

/** With topics named it may be a group that there is not yet. */
async function checkIdle(admin: Admin, groupId: string, mayBeNew: boolean, signal: AbortSignal): Promise<void> {
  try {
    const [group] = mayBeNew
      ? [await admin.groups.describe(groupId, { signal })]
      : await findGroups(admin, [groupId], signal)
    if (group!.members.length === 0) return
    const members = counted(group!.members.length, 'member')
    throw new Failure(
      `group ${groupId} has ${members}: stop them first, what they commit would undo it. Nothing was set.`,
    )
  } catch (error) {
    if (!(mayBeNew && error instanceof ClientError && error.code === 'GROUP_ID_NOT_FOUND')) throw error
  }
}

async function partitionsOf(
  admin: Admin,
  names: readonly string[] | undefined,
  committed: CommittedOffsets,
  signal: AbortSignal,
): Promise<TopicPartition[]> {
  if (names === undefined) return [...committed.values()].map(({ topic, partition }) => ({ topic, partition }))
  const found = await findPartitions(admin, names, '--topic', signal)
  return found.map(({ topic, partition }) => ({ topic, partition }))
}

/** Never outside of what a partition holds. */
async function planOf(
  admin: Admin,
  partitions: readonly TopicPartition[],
  committed: CommittedOffsets,
  target: Target,
  signal: AbortSignal,
): Promise<Step[]> {
  const place: Place = target.kind === 'shift' ? { kind: 'end' } : target
  const places = await resolvePlace(admin, partitions, place, signal)
  return partitions.map(each => {
    const key = partitionKey(each)
    const { begin, end, offset } = places.get(key)!
    if (begin === undefined || end === undefined || offset === undefined) {
      throw new Failure(`${key} has no leader at present, or is gone: nothing was set`)
    }
    const from = committed.get(key)?.offset
    if (target.kind !== 'shift') return { ...each, begin, end, from, to: offset }
    if (from === undefined)
      throw new Failure(`the group has committed nothing in ${key}: it cannot be shifted, give --to`)
    return { ...each, begin, end, from, to: clamped(BigInt(from) + BigInt(target.records), { begin, end }) }
  })
}
