// `millrace group describe`

import type { Admin } from '../../client/admin/admin.ts'
import type { GroupDescription, MemberDescription } from '../../client/admin/group-descriptions.ts'
import { partitionKey } from '../../client/admin/topic-partition.ts'
import type { TopicPartition } from '../../protocol/types.ts'
import { type Int64, normalizeInt64 } from '../../protocol/wire/int64.ts'
import { usage } from '../terminal/failure.ts'
import { counted } from '../terminal/figures.ts'
import type { Session } from '../terminal/session.ts'
import { between, offsetsAt } from '../topic/offsets.ts'
import { findGroups } from './find.ts'

interface Row extends TopicPartition {
  readonly committed: Int64 | undefined
  readonly end: Int64 | undefined
  readonly lag: Int64 | undefined
  readonly member: MemberDescription | undefined
}

interface Flags {
  readonly members?: boolean
  readonly state?: boolean
}

/** As JSON it is all of it: state, members, offsets, whatever is shown to people. */
export async function describeGroup(session: Session, flags: Flags, groupId: string): Promise<void> {
  const { members = false, state = false } = flags
  if (members && state) throw usage('give either --members or --state')
  const admin = await session.admin()
  const [found] = await findGroups(admin, [groupId], session.signal)
  const group = found!
  const rows = await rowsOf(admin, group, session.signal)
  const json = jsonOf(group, rows)
  if (state) session.show({ ...stateView(group, rows), json })
  else session.show({ ...(members ? membersView(group, rows) : offsetsView(group, rows)), json })
}

/** What it has committed, and what its members have without having committed anything. */
async function rowsOf(admin: Admin, group: GroupDescription, signal: AbortSignal): Promise<Row[]> {
  const committed = await admin.groupOffsets.list(group.groupId, { signal })
  const owners = new Map<string, MemberDescription>()
  const partitions = new Map<string, TopicPartition>([...committed])
  for (const member of group.members) {
    for (const at of member.assignment ?? []) {
      owners.set(partitionKey(at), member)
      if (!partitions.has(partitionKey(at))) partitions.set(partitionKey(at), at)
    }
  }
  const all = [...partitions.values()].sort((a, b) =>
    a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1,
  )
  // Of a topic that is gone the group may still have offsets.
  const ends = await offsetsAt(admin, all, 'latest', signal).catch(() => new Map<string, Int64>())
  return all.map(({ topic, partition }) => {
    const key = partitionKey({ topic, partition })
    const offset = committed.get(key)?.offset
    const end = ends.get(key)
    return { topic, partition, committed: offset, end, lag: between(offset, end), member: owners.get(key) }
  })
}

function headingOf(group: GroupDescription): string {
  const { type, protocolType, members, coordinator } = group
  const protocol = type === 'Consumer' ? 'protocol consumer (KIP-848)' : `protocol ${protocolType || 'none'} (classic)`
  const kind = group.isSimple ? 'offsets only' : protocol
  const state = group.state.toLowerCase()
  return `group ${group.groupId}  ${state}  ${kind}  ${counted(members.length, 'member')}  coordinator ${coordinator}`
}

function offsetsView(group: GroupDescription, rows: readonly Row[]) {
  return {
    heading: [headingOf(group)],
    columns: ['TOPIC', 'PARTITION', 'COMMITTED', 'END', 'LAG', 'MEMBER', 'HOST'],
    rows: rows.map(({ topic, partition, committed, end, lag, member }) => {
      return [topic, partition, committed, end, lag, member && nameOf(member), member && hostOf(member)]
    }),
    empty: 'it has committed nothing',
  }
}

function membersView(group: GroupDescription, rows: readonly Row[]) {
  return {
    heading: [headingOf(group)],
    columns: ['MEMBER', 'CLIENT', 'HOST', 'LAG', 'PARTITIONS'],
    rows: group.members.map(member => {
      const partitions = member.assignment?.map(partitionKey).join(' ')
      const lag = totalLag(rows.filter(row => row.member === member))
      return [nameOf(member), member.clientId, hostOf(member), lag, partitions]
    }),
    empty: 'it has no members',
  }
}

function stateView(group: GroupDescription, rows: readonly Row[]) {
  const { groupId, type, state, assignor, members, coordinator } = group
  return {
    columns: ['GROUP', 'STATE', 'TYPE', 'ASSIGNOR', 'MEMBERS', 'LAG', 'COORDINATOR'],
    rows: [[groupId, state, type, assignor || undefined, members.length, totalLag(rows), coordinator]],
  }
}

/** Undefined when it is not known of any partition. */
function totalLag(rows: readonly Row[]): Int64 | undefined {
  const known = rows.flatMap(({ lag }) => (lag === undefined ? [] : [BigInt(lag)]))
  return known.length === 0 ? undefined : normalizeInt64(known.reduce((sum, lag) => sum + lag))
}

function jsonOf(group: GroupDescription, rows: readonly Row[]) {
  return {
    ...summaryOf(group),
    lag: totalLag(rows) ?? null,
    members: group.members.map(({ metadata: _, assignmentBytes: __, ...rest }) => {
      return { ...rest, lag: totalLag(rows.filter(({ member }) => member?.memberId === rest.memberId)) ?? null }
    }),
    offsets: rows.map(({ member, ...rest }) => ({ ...rest, memberId: member?.memberId ?? null })),
  }
}

function summaryOf(group: GroupDescription) {
  const { groupId, type, state, protocolType, assignor, isSimple, coordinator, groupEpoch, assignmentEpoch } = group
  return { groupId, type, state, protocolType, assignor, isSimple, coordinator, groupEpoch, assignmentEpoch }
}

const nameOf = ({ instanceId, memberId }: MemberDescription) => instanceId ?? memberId
const hostOf = ({ clientHost }: MemberDescription) => clientHost.replace(/^\//, '')
