// `millrace topic describe`

import type { Admin } from '../../client/admin/admin.ts'
import type { ConfigEntry } from '../../client/admin/config-entry.ts'
import type { TopicDescription } from '../../client/admin/topic-descriptions.ts'
import { partitionKey } from '../../client/admin/topic-partition.ts'
import { counted } from '../terminal/figures.ts'
import type { Session } from '../terminal/session.ts'
import { findTopics } from './find.ts'
import { between, type Extent, extents } from './offsets.ts'

const columns = ['TOPIC', 'PARTITION', 'LEADER', 'REPLICAS', 'IN SYNC', 'BEGIN', 'END', 'RECORDS']

export async function describeTopics(session: Session, _: unknown, names: readonly string[]): Promise<void> {
  const admin = await session.admin()
  const topics = await findTopics(admin, names, session.signal)
  const partitions = topics.flatMap(topic =>
    topic.partitions.map(({ partition }) => ({ topic: topic.name, partition })),
  )
  const within = await extents(admin, partitions, session.signal)
  const settings = await settingsOf(admin, topics, session.signal)
  const extentOf = (topic: string, partition: number): Extent => within.get(partitionKey({ topic, partition }))!
  session.show({
    heading: topics.flatMap(topic => headingOf(topic, settings.get(topic.name)!)),
    columns,
    rows: topics.flatMap(topic => {
      return topic.partitions.map(({ partition, leaderId, replicas, inSyncReplicas }) => {
        const { begin, end } = extentOf(topic.name, partition)
        const leader = leaderId < 0 ? 'none' : String(leaderId)
        return [
          topic.name,
          partition,
          leader,
          replicas.join(','),
          inSyncReplicas.join(','),
          begin,
          end,
          between(begin, end),
        ]
      })
    }),
    json: topics.map(topic => ({
      ...topic,
      partitions: topic.partitions.map(each => ({ ...each, ...extentOf(topic.name, each.partition) })),
      settings: Object.fromEntries(settings.get(topic.name)!.map(({ name, value }) => [name, value])),
    })),
  })
}

/** What was set for the topic itself, by topic. */
async function settingsOf(
  admin: Admin,
  topics: readonly TopicDescription[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ConfigEntry[]>> {
  const resources = topics.map(({ name }) => ({ type: 'TOPIC', name }) as const)
  const described = (await admin.configs.describeAll(resources, { signal })).orThrow()
  return new Map(
    topics.map(({ name }) => {
      const entries = [...described.get(`TOPIC ${name}`)!.values()]
      return [name, entries.filter(({ source }) => source === 'DYNAMIC_TOPIC_CONFIG')]
    }),
  )
}

function headingOf({ name, topicId, partitions }: TopicDescription, settings: readonly ConfigEntry[]): string[] {
  const replication = partitions[0]?.replicas.length ?? 0
  const first = `${name}  ${counted(partitions.length, 'partition')}  replication ${replication}  id ${topicId}`
  const set = settings.map(({ name: setting, value }) => `${setting}=${value}`)
  return set.length === 0 ? [first] : [first, `  ${set.join('  ')}`]
}
