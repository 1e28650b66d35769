// `millrace topic create`

import { ClientError } from '../../client/client-error.ts'
import { parseSettings, parseWhole } from '../arguments/settings.ts'
import { Failure } from '../terminal/failure.ts'
import { counted } from '../terminal/figures.ts'
import type { Session } from '../terminal/session.ts'

interface Flags {
  readonly partitions?: string
  readonly replication?: string
  readonly config?: readonly string[]
  readonly ifMissing?: boolean
  readonly dryRun?: boolean
}

export async function createTopic(session: Session, flags: Flags, name: string): Promise<void> {
  const { partitions, replication, config = [], dryRun: validateOnly = false } = flags
  const wanted = {
    name,
    ...(partitions !== undefined && { partitions: parseWhole(partitions, '--partitions', 1) }),
    ...(replication !== undefined && { replicationFactor: parseWhole(replication, '--replication', 1) }),
    configs: parseSettings(config, '--config'),
  }
  const admin = await session.admin()
  try {
    const created = await admin.topics.create(wanted, { validateOnly, signal: session.signal })
    const { replicationFactor } = created
    const said = validateOnly ? 'would create' : 'created'
    const text = `${said} ${name}  ${counted(created.partitions, 'partition')}  replication ${replicationFactor}`
    session.tell(text, { name, topicId: created.topicId, partitions: created.partitions, replicationFactor })
  } catch (error) {
    if (!(error instanceof ClientError) || error.code !== 'TOPIC_ALREADY_EXISTS') throw error
    if (!flags.ifMissing) throw new Failure(`topic "${name}" is there already; --if-missing leaves it as it is`)
    session.tell(`${name} is there already`, { name, exists: true })
  }
}
