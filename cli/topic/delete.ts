// `millrace topic delete`

import { partitionKey } from '../../client/admin/topic-partition.ts'
import { Failure } from '../terminal/failure.ts'
import { counted } from '../terminal/figures.ts'
import type { Session } from '../terminal/session.ts'
import { findTopics } from './find.ts'
import { between, extents } from './offsets.ts'

/** Nothing is deleted unless all of the names are there. */
export async function deleteTopics(
  session: Session,
  { dryRun = false }: { dryRun?: boolean },
  names: readonly string[],
): Promise<void> {
  const admin = await session.admin()
  const topics = await findTopics(admin, names, session.signal)
  if (dryRun) {
    const partitions = topics.flatMap(({ name, partitions: all }) =>
      all.map(({ partition }) => ({ topic: name, partition })),
    )
    const within = await extents(admin, partitions, session.signal)
    for (const { name, topicId, partitions: all } of topics) {
      const counts = all.map(({ partition }) => {
        const { begin, end } = within.get(partitionKey({ topic: name, partition }))!
        return Number(between(begin, end) ?? 0)
      })
      const records = counts.reduce((sum, count) => sum + count, 0)
      const text = `would delete ${name}  ${counted(all.length, 'partition')}  up to ${counted(records, 'record')}`
      session.tell(text, { name, topicId, partitions: all.length, recordsMax: records, dryRun })
    }
    return
  }
  const deleted = await admin.topics.deleteAll(
    topics.map(({ name }) => name),
    { signal: session.signal },
  )
  for (const name of deleted.successes.keys()) session.tell(`deleted ${name}`, { name, deleted: true })
  const failures = [...deleted.failures].map(([name, error]) => `${name} was not deleted: ${error.message}`)
  if (failures.length > 0) throw new Failure(failures.join('\n'))
}
