// Topics that were named on the command line: there they are, or a word about what was meant.

import { closestName } from '../../broker/config/closest-name.ts'
import type { Admin } from '../../client/admin/admin.ts'
import type { TopicDescription } from '../../client/admin/topic-descriptions.ts'
import { ClientError } from '../../client/client-error.ts'
import { Failure } from '../terminal/failure.ts'

/** In the order of their names on the command line. Throws a Failure for the first that is not there. */
export async function findTopics(
  admin: Admin,
  names: readonly string[],
  signal: AbortSignal,
): Promise<TopicDescription[]> {
  const wanted = [...new Set(names)]
  const described = await admin.topics.describeAll(wanted, { signal })
  for (const [name, error] of described.failures) {
    throw error.code === 'UNKNOWN_TOPIC_OR_PARTITION' ? await missing(admin, name, signal) : error
  }
  return wanted.map(name => described.value(name))
}

async function missing(admin: Admin, name: string, signal: AbortSignal): Promise<Failure> {
  const listed = await admin.topics.list({ internal: true, signal })
  const names = listed.map(each => each.name)
  return new Failure(`no topic "${name}"; ${advice(name, names, 'millrace topic list tells which there are')}`)
}

/** "did you mean …?", or else where to look. */
export function advice(typed: string, names: readonly string[], otherwise: string): string {
  const closest = closestName(typed, names)
  return closest === null ? otherwise : `did you mean "${closest}"?`
}

/** Whether the error says that there is no such topic. */
export function isMissing(error: unknown): boolean {
  return error instanceof ClientError && error.code === 'UNKNOWN_TOPIC_OR_PARTITION'
}
