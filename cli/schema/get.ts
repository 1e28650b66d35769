// `millrace schema get`: a schema as text, by subject and version, by id or by GUID.

import type { StoredSchema, SubjectVersion } from '../../schema-registry/registry-client/answers.ts'
import type { RegistryClient } from '../../schema-registry/registry-client/registry-client.ts'
import { parseWhole } from '../arguments/settings.ts'
import { usage } from '../terminal/failure.ts'
import type { Session } from '../terminal/session.ts'
import { findVersion, parseVersion } from './versions.ts'

interface Flags {
  readonly id?: string
  readonly guid?: string
  readonly raw?: boolean
}

export async function getSchema(
  session: Session,
  registry: RegistryClient,
  flags: Flags,
  subject: string | undefined,
  version = 'latest',
): Promise<void> {
  const found = await asked(session, registry, flags, subject, version)
  session.tell(flags.raw ? found.schema : indented(found.schema), found)
}

async function asked(
  { signal }: Session,
  registry: RegistryClient,
  { id, guid }: Flags,
  subject: string | undefined,
  version: string,
): Promise<StoredSchema | SubjectVersion> {
  const ways = [id, guid, subject].filter(each => each !== undefined)
  if (ways.length !== 1) throw usage('say which schema: a subject, --id or --guid, and only one of them')
  if (id !== undefined) return registry.schemaById(parseWhole(id, '--id', 1), { signal })
  if (guid !== undefined) return registry.schemaByGuid(guid, { signal })
  return findVersion(registry, subject!, parseVersion(version), signal)
}

/** Schemas are stored in one line. Numbers beyond 2^53 would change: such a text stays as it is. */
function indented(text: string): string {
  try {
    const value = JSON.parse(text)
    return JSON.stringify(value) === text.trim() ? JSON.stringify(value, null, 2) : text
  } catch {
    return text
  }
}
