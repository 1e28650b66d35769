// `millrace topic trim`

import { partitionKey } from '../../client/admin/topic-partition.ts'
import { parsePlace } from '../arguments/place.ts'
import { parseNumbers } from '../arguments/settings.ts'
import { Failure, usage } from '../terminal/failure.ts'
import type { Session } from '../terminal/session.ts'
import { findTopics } from './find.ts'
import { between, resolvePlace } from './offsets.ts'

interface Flags {
  readonly before: string
  readonly partitions?: string
  readonly dryRun?: boolean
}

export async function trimTopic(session: Session, flags: Flags, name: string): Promise<void> {
  const { dryRun = false } = flags
  const place = parsePlace(flags.before, '--before', Date.now())
  const numbers = flags.partitions === undefined ? undefined : parseNumbers(flags.partitions, '--partitions')
  const admin = await session.admin()
  const [topic] = await findTopics(admin, [name], session.signal)
  const all = topic!.partitions.map(({ partition }) => partition)
  const missing = numbers?.find(number => !all.includes(number))
  if (missing !== undefined) throw usage(`--partitions: ${name} has no partition ${missing}, it has ${all.length}`)
  const wanted = (numbers ?? all).map(partition => ({ topic: name, partition }))
  const places = await resolvePlace(admin, wanted, place, session.signal)
  const plan = wanted.map(each => ({ ...each, ...places.get(partitionKey(each))! }))
  const leaderless = plan.find(({ offset }) => offset === undefined)
  if (leaderless !== undefined)
    throw new Failure(`${partitionKey(leaderless)} has no leader at present: nothing was trimmed`)
  if (!dryRun) {
    const records = plan.map(({ topic: of, partition, offset }) => ({ topic: of, partition, before: offset! }))
    ;(await admin.records.deleteAll(records, { signal: session.signal })).orThrow()
  }
  session.show({
    heading: [`${dryRun ? 'would trim' : 'trimmed'} ${name}`],
    columns: ['PARTITION', 'BEGIN', 'NEW BEGIN', 'END', 'DELETED'],
    rows: plan.map(({ partition, begin, offset, end }) => [partition, begin, offset, end, between(begin, offset)]),
    json: plan.map(({ topic: of, partition, begin, offset, end }) => ({
      topic: of,
      partition,
      begin,
      newBegin: offset,
      end,
      dryRun,
    })),
  })
}
