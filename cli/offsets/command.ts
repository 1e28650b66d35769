// `millrace offsets`: where partitions begin and end, or which record is at a place.

import type { Command } from 'commander'
import { partitionKey } from '../../client/admin/topic-partition.ts'
import { parsePlace } from '../arguments/place.ts'
import { running, withClusterOptions } from '../terminal/cluster-command.ts'
import type { Session } from '../terminal/session.ts'
import { findTopics } from '../topic/find.ts'
import { between, extents, resolvePlace } from '../topic/offsets.ts'

export function define(offsets: Command): void {
  withClusterOptions(offsets.argument('<topics...>'), [
    'millrace offsets orders',
    'millrace offsets orders --at 2026-11-01T10:00',
  ])
    .option('--at <place>', 'which record is there: beginning, end, -10, 2026-11-01T10:00, or 15m (ago)')
    .action(running(showOffsets))
}

async function showOffsets(session: Session, { at }: { at?: string }, names: readonly string[]): Promise<void> {
  const place = at === undefined ? undefined : parsePlace(at, '--at', Date.now())
  const admin = await session.admin()
  const { signal } = session
  const topics = await findTopics(admin, names, signal)
  const partitions = topics.flatMap(({ name: topic, partitions: all }) =>
    all.map(({ partition }) => ({ topic, partition })),
  )
  if (place === undefined) {
    const within = await extents(admin, partitions, signal)
    const all = partitions.map(each => ({ ...each, ...within.get(partitionKey(each))! }))
    session.show({
      columns: ['TOPIC', 'PARTITION', 'BEGIN', 'END', 'RECORDS'],
      rows: all.map(({ topic, partition, begin, end }) => [topic, partition, begin, end, between(begin, end)]),
      json: all,
    })
    return
  }
  const places = await resolvePlace(admin, partitions, place, signal)
  const all = partitions.map(each => ({ ...each, ...places.get(partitionKey(each))! }))
  session.show({
    columns: ['TOPIC', 'PARTITION', 'OFFSET', 'END', 'RECORDS AFTER'],
    rows: all.map(({ topic, partition, offset, end }) => [topic, partition, offset, end, between(offset, end)]),
    json: all,
  })
}
