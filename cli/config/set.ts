// `millrace config set` and `millrace config unset`: all of the settings are changed, or none.

import { closestName } from '../../broker/config/closest-name.ts'
import type { Admin } from '../../client/admin/admin.ts'
import type { ConfigResource } from '../../client/admin/config-entry.ts'
import { ClientError } from '../../client/client-error.ts'
import { parseSettings } from '../arguments/settings.ts'
import { Failure, usage } from '../terminal/failure.ts'
import type { Session } from '../terminal/session.ts'
import { findTopics } from '../topic/find.ts'
import { parseResource, type Typed } from './resource.ts'

interface Flags {
  readonly dryRun?: boolean
}

export async function setConfig(
  session: Session,
  flags: Flags,
  kind: string,
  first: string,
  others: readonly string[],
): Promise<void> {
  const typed = parseResource(kind, [first, ...others])
  await change(session, flags, typed, parseSettings(typed.rest, `config set ${kind}`))
}

export async function unsetConfig(
  session: Session,
  flags: Flags,
  kind: string,
  first: string,
  others: readonly string[],
): Promise<void> {
  const typed = parseResource(kind, [first, ...others])
  await change(session, flags, typed, Object.fromEntries(typed.rest.map(name => [name, null])))
}

async function change(
  session: Session,
  { dryRun: validateOnly = false }: Flags,
  { resource, text }: Typed,
  changes: Readonly<Record<string, string | null>>,
): Promise<void> {
  const names = Object.keys(changes)
  if (names.length === 0) throw usage('name the settings')
  const admin = await session.admin()
  const { signal } = session
  if (resource.type === 'TOPIC') await findTopics(admin, [resource.name], signal)
  try {
    await admin.configs.alter(resource, changes, { validateOnly, signal })
  } catch (error) {
    throw (await withAdvice(admin, resource, names, error, signal)) ?? error
  }
  const said = names.map(name => (changes[name] === null ? `${name} unset` : `${name}=${changes[name]}`))
  session.tell(`${validateOnly ? 'would alter' : 'altered'} ${text}  ${said.join('  ')}`, {
    ...resource,
    settings: changes,
    dryRun: validateOnly,
  })
}

/** A setting that there is not, with the one that may have been meant. */
async function withAdvice(
  admin: Admin,
  resource: ConfigResource,
  names: readonly string[],
  error: unknown,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  if (!(error instanceof ClientError) || error.code !== 'INVALID_CONFIG') return undefined
  const known = await admin.configs.describe(resource, { signal })
  const wrong = names.find(name => !known.has(name))
  const closest = wrong === undefined ? null : closestName(wrong, known.keys())
  return closest === null ? undefined : new Failure(`no setting "${wrong}"; did you mean "${closest}"?`)
}
