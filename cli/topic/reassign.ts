// `millrace topic reassign`: a plan of which brokers are to hold what; carried out, watched, given up.

import type { Admin } from '../../client/admin/admin.ts'
import { partitionKey } from '../../client/admin/topic-partition.ts'
import { ClientError } from '../../client/client-error.ts'
import { wait } from '../../client/resilience/wait.ts'
import { realClock } from '../../io/real-clock.ts'
import { parseNumbers, parseWhole } from '../arguments/settings.ts'
import { Failure, usage } from '../terminal/failure.ts'
import { byteSize, counted } from '../terminal/figures.ts'
import { Progress } from '../terminal/progress.ts'
import type { Session } from '../terminal/session.ts'
import { type FoundPartition, findPartitions } from './partitions.ts'
import { spread } from './reassignment-plan.ts'
import { cancelMoves, movedBytes, showMoves, sizesOf } from './reassignments-under-way.ts'

export interface ReassignFlags {
  readonly brokers?: string
  readonly replication?: string
  readonly to?: readonly string[]
  readonly partitions?: string
  readonly wait: boolean
  readonly status?: boolean
  readonly cancel?: boolean
  readonly dryRun?: boolean
}

/** From where to where. */
interface Move {
  readonly topic: string
  readonly partition: number
  readonly replicas: readonly number[]
  readonly newReplicas: readonly number[]
}

const askEveryMs = 500
/** Sizes are asked of all brokers. */
const roundsPerSize = 4

export async function reassignTopic(session: Session, flags: ReassignFlags, name: string): Promise<void> {
  checkTogether(flags)
  const admin = await session.admin()
  const { signal } = session
  const numbers = flags.partitions === undefined ? '' : `:${flags.partitions}`
  const found = await findPartitions(admin, [`${name}${numbers}`], '--partitions', signal)
  if (flags.status) return showMoves(session, admin, name, found)
  if (flags.cancel) return cancelMoves(session, admin, name, { found, dryRun: flags.dryRun ?? false })
  const moves = (await movesOf(admin, found, flags, signal)).filter(isChange)
  if (moves.length === 0) {
    session.tell(`${name} is where it should be: nothing to move`, { topic: name, moves: 0 })
    return
  }
  const text = `${counted(moves.length, 'partition')} of ${name}  ${await costOf(admin, moves, signal)}`
  if (flags.dryRun) {
    showPlan(session, `would move ${text}`, moves, 'planned')
    return
  }
  const wanted = moves.map(({ topic, partition, newReplicas }) => ({ topic, partition, replicas: newReplicas }))
  const started = await admin.reassignments.alterAll(wanted, { signal })
  const refused = [...started.failures].map(([key, error]) => `${key} does not move: ${error.message}`)
  const begun = moves.filter(move => !started.failures.has(partitionKey(move)))
  if (flags.wait) await untilMoved(admin, name, begun, signal)
  const heading = flags.wait
    ? `moved ${text}`
    : `moving ${text}: \`millrace topic reassign ${name} --status\` tells how far`
  if (begun.length > 0) showPlan(session, heading, begun, flags.wait ? 'moved' : 'moving')
  if (refused.length > 0) throw new Failure(refused.join('\n'))
}

function checkTogether({ status, cancel, brokers, replication, to, dryRun }: ReassignFlags): void {
  const isPlan = brokers !== undefined || replication !== undefined || to !== undefined
  if (status && cancel) throw usage('give either --status or --cancel')
  if ((status || cancel) && isPlan)
    throw usage('--status and --cancel are for what is under way: give no plan with them')
  if (status && dryRun) throw usage('--status changes nothing: leave out --dry-run')
  if (to !== undefined && (brokers !== undefined || replication !== undefined)) {
    throw usage('--to says it all: leave out --brokers and --replication')
  }
}

const isChange = ({ replicas, newReplicas }: Move) => replicas.join() !== newReplicas.join()

async function movesOf(
  admin: Admin,
  found: readonly FoundPartition[],
  { to, brokers, replication }: ReassignFlags,
  signal: AbortSignal,
): Promise<Move[]> {
  const serving = (await admin.cluster.describe({ signal })).brokers
  const known = serving.map(({ nodeId }) => nodeId)
  const checked = (nodeIds: readonly number[], option: string) => {
    const missing = nodeIds.find(nodeId => !known.includes(nodeId))
    if (missing === undefined) return nodeIds
    throw usage(`${option}: there is no broker ${missing} that serves; there are ${known.join(', ')}`)
  }
  if (to !== undefined) return exactly(found, to, checked)
  const wanted = brokers === undefined ? known : checked(parseNumbers(brokers, '--brokers'), '--brokers')
  const most = Math.max(...found.map(({ replicas }) => replicas.length))
  const count = replication === undefined ? most : parseWhole(replication, '--replication', 1)
  if (count > wanted.length) {
    throw usage(`${counted(count, 'replica')} of each partition cannot be on ${counted(wanted.length, 'broker')}: give more --brokers or a smaller --replication`) // biome-ignore format: one thought
  }
  const chosen = serving.filter(({ nodeId }) => wanted.includes(nodeId))
  const plan = spread(found, chosen.map(({ nodeId, rack }) => ({ nodeId, rack: rack ?? undefined })), count) // biome-ignore format: one thought
  return found.map(({ topic, partition, replicas }, index) => ({
    topic,
    partition,
    replicas,
    newReplicas: plan[index]!,
  }))
}

/** "0=1,2": the first of them leads. */
function exactly(
  found: readonly FoundPartition[],
  texts: readonly string[],
  checked: (nodeIds: readonly number[], option: string) => readonly number[],
): Move[] {
  const wanted = new Map<number, readonly number[]>()
  for (const text of texts) {
    const parts = /^(\d+)=(\d+(?:,\d+)*)$/.exec(text)
    if (parts === null) throw usage(`--to ${text}: give partition=brokers, such as 0=1,2`)
    const [partition, nodeIds] = [Number(parts[1]), parts[2]!.split(',').map(Number)]
    if (new Set(nodeIds).size < nodeIds.length) throw usage(`--to ${text}: a broker is named twice`)
    if (!found.some(each => each.partition === partition))
      throw usage(`--to ${text}: there is no partition ${partition}`)
    if (wanted.has(partition)) throw usage(`--to ${text}: partition ${partition} is named twice`)
    wanted.set(partition, checked(nodeIds, `--to ${text}`))
  }
  const named = found.filter(({ partition }) => wanted.has(partition))
  return named.map(({ topic, partition, replicas }) => ({ topic, partition, replicas, newReplicas: wanted.get(partition)! })) // biome-ignore format: one thought
}

/** "2 replicas to copy, 1.5 GiB". */
async function costOf(admin: Admin, moves: readonly Move[], signal: AbortSignal): Promise<string> {
  const sizes = await sizesOf(admin, moves, signal)
  const added = moves.map(move => ({ move, count: addedBy(move).length }))
  const count = added.reduce((sum, each) => sum + each.count, 0)
  const bytes = added.reduce((sum, each) => sum + each.count * (sizes.largest.get(partitionKey(each.move)) ?? 0), 0)
  return count === 0 ? 'nothing to copy' : `${counted(count, 'replica')} to copy, ${byteSize(bytes)}`
}

const addedBy = ({ replicas, newReplicas }: Move) => newReplicas.filter(nodeId => !replicas.includes(nodeId))

async function untilMoved(admin: Admin, name: string, moves: readonly Move[], signal: AbortSignal): Promise<void> {
  const progress = new Progress({ verb: 'moving', total: undefined, amount: byteSize })
  const clock = realClock()
  let left = moves.length
  try {
    for (let round = 0; left > 0; round++) {
      const ongoing = await admin.reassignments.list({ partitions: moves, signal })
      left = ongoing.size
      if (left > 0 && round % roundsPerSize === 0) {
        const { doneBytes, ofBytes } = movedBytes(moves, ongoing, await sizesOf(admin, moves, signal))
        progress.done = doneBytes
        progress.total = ofBytes
      }
      if (left > 0) await wait(clock, askEveryMs, signal)
    }
  } catch (error) {
    if (!(error instanceof ClientError) || error.code !== 'ABORTED') throw error
    throw new Failure(
      `stopped waiting: ${counted(left, 'partition')} may still be moving. \`millrace topic reassign ${name} --status\` tells how far, --cancel gives it up.`,
      130,
    )
  } finally {
    progress.end()
  }
}

function showPlan(
  session: Session,
  heading: string,
  moves: readonly Move[],
  state: 'planned' | 'moving' | 'moved',
): void {
  session.show({
    heading: [heading],
    columns: ['PARTITION', 'REPLICAS', 'NEW REPLICAS', 'LEADER'],
    rows: moves.map(({ partition, replicas, newReplicas }) => {
      const [before, after] = [replicas[0], newReplicas[0]]
      const leader = before === after ? `${after}` : `${before} -> ${after}`
      return [String(partition), replicas.join(','), newReplicas.join(','), leader]
    }),
    json: moves.map(move => ({ ...move, state })),
  })
}
