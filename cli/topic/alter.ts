// `millrace topic alter`: settings first, since they can be taken back, and partitions cannot.

import { parseSettings, parseWhole } from '../arguments/settings.ts'
import { Failure, usage } from '../terminal/failure.ts'
import type { Session } from '../terminal/session.ts'
import { findTopics } from './find.ts'

interface Flags {
  readonly partitions?: string
  readonly config?: readonly string[]
  readonly unset?: readonly string[]
  readonly dryRun?: boolean
}

export async function alterTopic(session: Session, flags: Flags, name: string): Promise<void> {
  const { config = [], unset = [], dryRun: validateOnly = false } = flags
  const count = flags.partitions === undefined ? undefined : parseWhole(flags.partitions, '--partitions', 1)
  const changes: Record<string, string | null> = parseSettings(config, '--config')
  for (const setting of unset) changes[setting] = null
  if (count === undefined && Object.keys(changes).length === 0) {
    throw usage('nothing to alter: give --partitions, --config or --unset')
  }
  const admin = await session.admin()
  const [topic] = await findTopics(admin, [name], session.signal)
  const now = topic!.partitions.length
  if (count !== undefined && count < now) throw new Failure(fewer(name, now, count))
  const options = { validateOnly, signal: session.signal }
  if (Object.keys(changes).length > 0) await admin.configs.alter({ type: 'TOPIC', name }, changes, options)
  if (count !== undefined && count > now) await admin.topics.addPartitions(name, count, options)
  const said = [
    ...(count === undefined ? [] : [count === now ? `${now} partitions already` : `${now} -> ${count} partitions`]),
    ...Object.entries(changes).map(([setting, value]) => (value === null ? `${setting} unset` : `${setting}=${value}`)),
  ]
  const text = `${validateOnly ? 'would alter' : 'altered'} ${name}  ${said.join('  ')}`
  session.tell(text, { name, partitions: count ?? now, settings: changes, dryRun: validateOnly })
}

function fewer(name: string, now: number, count: number): string {
  return `${name} has ${now} partitions: it cannot have ${count}, because partitions are never taken away. Create another topic and copy the records.`
}
