// `millrace group describe`

import type { Admin } from '../../client/admin/admin.ts'
import type { GroupDescription, MemberDescription } from '../../client/admin/group-descriptions.ts'
import { partitionKey, type TopicPartition } from '../../client/admin/topic-partition.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'
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

export async function describeGroup(
  session: Session,
  { members = false }: { members?: boolean },
  groupId: string,
): Promise<void> {
  const admin = await session.admin()
  const [group] = await findGroups(admin, [groupId], session.signal)
  if (members) showMembers(session, group!)
  else showOffsets(session, group!, await rowsOf(admin, group!, session.signal))
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

function showOffsets(session: Session, group: GroupDescription, rows: readonly Row[]): void {
  session.show({
    heading: [headingOf(group)],
    columns: ['TOPIC', 'PARTITION', 'COMMITTED', 'END', 'LAG', 'MEMBER', 'HOST'],
    rows: rows.map(({ topic, partition, committed, end, lag, member }) => {
      return [topic, partition, committed, end, lag, member && nameOf(member), member && hostOf(member)]
    }),
    json: {
      ...summaryOf(group),
      offsets: rows.map(({ member, ...rest }) => ({ ...rest, memberId: member?.memberId ?? null })),
    },
    empty: 'it has committed nothing',
  })
}

function showMembers(session: Session, group: GroupDescription): void {
  session.show({
    heading: [headingOf(group)],
    columns: ['MEMBER', 'CLIENT', 'HOST', 'PARTITIONS'],
    rows: group.members.map(member => {
      const partitions = member.assignment?.map(partitionKey).join(' ')
      return [nameOf(member), member.clientId, hostOf(member), partitions]
    }),
    json: {
      ...summaryOf(group),
      members: group.members.map(({ metadata: _, assignmentBytes: __, ...rest }) => rest),
    },
    empty: 'it has no members',
  })
}

function summaryOf(group: GroupDescription) {
  const { groupId, type, state, protocolType, assignor, isSimple, coordinator, groupEpoch, assignmentEpoch } = group
  return { groupId, type, state, protocolType, assignor, isSimple, coordinator, groupEpoch, assignmentEpoch }
}

const nameOf = ({ instanceId, memberId }: MemberDescription) => instanceId ?? memberId
const hostOf = ({ clientHost }: MemberDescription) => clientHost.replace(/^\//, '')
