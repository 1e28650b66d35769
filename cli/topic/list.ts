// `millrace topic list`

import type { Session } from '../terminal/session.ts'

export async function listTopics(session: Session, { internal = false }: { internal?: boolean }): Promise<void> {
  const admin = await session.admin()
  const topics = await admin.topics.list({ internal, signal: session.signal })
  session.show({
    columns: ['TOPIC', 'PARTITIONS', 'REPLICATION'],
    rows: topics.map(({ name, partitions, replicationFactor }) => [name, partitions, replicationFactor]),
    json: topics,
    empty: 'no topics; `millrace topic create NAME` makes one',
  })
}
