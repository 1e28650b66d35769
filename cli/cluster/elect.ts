// `millrace cluster elect`: the preferred replicas lead again; or, where no replica in sync is left, any that is there.

import type { Admin } from '../../client/admin/admin.ts'
import type { ElectionType } from '../../client/admin/elections.ts'
import type { PartitionDescription } from '../../client/admin/topic-descriptions.ts'
import { partitionKey } from '../../client/admin/topic-partition.ts'
import { Failure, usage } from '../terminal/failure.ts'
import { counted } from '../terminal/figures.ts'
import type { Session } from '../terminal/session.ts'
import { type FoundPartition, findPartitions } from '../topic/partitions.ts'

interface Flags {
  readonly type: string
  readonly dryRun?: boolean
}

export async function electLeaders(session: Session, flags: Flags, texts: readonly string[]): Promise<void> {
  const { dryRun = false } = flags
  const type = typeOf(flags.type)
  if (type === 'UNCLEAN' && texts.length === 0) {
    throw usage('name the topics: an unclean election loses records, it is not for whatever there is')
  }
  const admin = await session.admin()
  const { signal } = session
  const found = await findPartitions(admin, texts.length > 0 ? texts : await allTopics(admin, signal), 'topics', signal)
  const candidates = found.filter(type === 'UNCLEAN' ? isLeaderless : isLedByAnother)
  if (candidates.length === 0) {
    session.tell(nothingToDo[type], { elected: 0, partitions: found.length })
    return
  }
  const outcomes = dryRun ? undefined : await admin.elections.electAll(type, candidates, { signal })
  const failures = [...(outcomes?.failures ?? [])].filter(([, { code }]) => code !== 'ELECTION_NOT_NEEDED')
  const failed = new Map(failures)
  const elected = candidates.filter(each => !failed.has(partitionKey(each)))
  if (elected.length > 0) await showElected(session, admin, elected, { type, dryRun })
  if (failed.size > 0) throw new Failure(failures.map(([key, error]) => `${key}: ${error.message}`).join('\n'))
}

const nothingToDo: Readonly<Record<ElectionType, string>> = {
  PREFERRED: 'each partition is led by its preferred replica: nothing to elect',
  UNCLEAN: 'each partition has a leader: nothing to elect',
}

function typeOf(text: string): ElectionType {
  if (text === 'preferred' || text === 'unclean') return text.toUpperCase() as ElectionType
  throw usage(`--type ${text}: it is preferred or unclean`)
}

async function allTopics(admin: Admin, signal: AbortSignal): Promise<string[]> {
  return (await admin.topics.list({ internal: true, signal })).map(({ name }) => name)
}

const isLeaderless = ({ leaderId }: PartitionDescription) => leaderId < 0
const isLedByAnother = ({ leaderId, replicas }: PartitionDescription) => leaderId !== replicas[0]

async function showElected(
  session: Session,
  admin: Admin,
  elected: readonly FoundPartition[],
  { type, dryRun }: { readonly type: ElectionType; readonly dryRun: boolean },
): Promise<void> {
  const leaders = dryRun ? undefined : await leadersOf(admin, elected, session.signal)
  // What was elected counts, also where the broker that is asked has not heard of it yet.
  const leaderOf = (each: FoundPartition) => {
    const [preferred] = each.replicas
    if (type === 'PREFERRED') return dryRun && !each.inSyncReplicas.includes(preferred!) ? undefined : preferred
    const now = leaders?.get(partitionKey(each)) ?? -1
    return now < 0 ? undefined : now
  }
  session.show({
    heading: [`${dryRun ? 'would elect' : 'elected'} ${counted(elected.length, 'leader')}`],
    columns: ['TOPIC', 'PARTITION', 'WAS', 'LEADER', 'IN SYNC'],
    rows: elected.map(each => {
      const { topic, partition, leaderId, inSyncReplicas } = each
      const now = leaderOf(each)
      return [topic, partition, nameOf(leaderId), now === undefined ? undefined : nameOf(now), inSyncReplicas.join(',')]
    }),
    json: elected.map(each => {
      const { topic, partition, leaderId } = each
      return { topic, partition, previousLeaderId: leaderId, leaderId: leaderOf(each) ?? null, type, dryRun }
    }),
  })
}

const nameOf = (nodeId: number) => (nodeId < 0 ? 'none' : String(nodeId))

async function leadersOf(
  admin: Admin,
  partitions: readonly FoundPartition[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const names = [...new Set(partitions.map(({ topic }) => topic))]
  const described = await admin.topics.describeAll(names, { signal })
  return new Map(
    [...described.successes].flatMap(([topic, { partitions: all }]) =>
      all.map(({ partition, leaderId }) => [partitionKey({ topic, partition }), leaderId] as const),
    ),
  )
}
