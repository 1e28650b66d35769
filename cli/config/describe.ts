// `millrace config describe`

import type { ConfigEntry } from '../../client/admin/config-entry.ts'
import { usage } from '../terminal/failure.ts'
import type { Session } from '../terminal/session.ts'
import { findTopics } from '../topic/find.ts'
import { parseResource } from './resource.ts'

export async function describeConfig(
  session: Session,
  { all = false }: { all?: boolean },
  kind: string,
  name: string | undefined,
): Promise<void> {
  const { resource, text, rest } = parseResource(kind, name === undefined ? [] : [name])
  if (rest.length > 0) throw usage('`brokers` has no name: `broker ID` is one of them')
  const admin = await session.admin()
  const { signal } = session
  if (resource.type === 'TOPIC') await findTopics(admin, [resource.name], signal)
  const described = [...(await admin.configs.describe(resource, { synonyms: true, signal })).values()]
  const entries = (all ? described : described.filter(isSet)).sort((a, b) => (a.name < b.name ? -1 : 1))
  session.show({
    columns: ['SETTING', 'VALUE', 'FROM'],
    rows: entries.map(entry => [entry.name, shownValue(entry), sourceOf(entry)]),
    json: entries,
    empty: `nothing is set for ${text}; --all shows the defaults`,
  })
}

/** Not at its default. */
function isSet({ source }: ConfigEntry): boolean {
  return source !== 'DEFAULT_CONFIG'
}

function shownValue({ value, isSensitive }: ConfigEntry): string {
  return value ?? (isSensitive ? '(secret)' : '')
}

/** "dynamic topic", "static broker", "default". */
function sourceOf({ source }: ConfigEntry): string {
  return source
    .replace(/_CONFIG$/, '')
    .replace(/_/g, ' ')
    .toLowerCase()
}
