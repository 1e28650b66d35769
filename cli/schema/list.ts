// `millrace schema list`

import type { RegistryClient } from '../../schema-registry/registry-client/registry-client.ts'
import type { Session } from '../terminal/session.ts'
import { findVersion, versionsOf } from './versions.ts'

interface Flags {
  readonly deleted?: boolean
  readonly prefix?: string
}

export async function listSchemas(
  session: Session,
  registry: RegistryClient,
  flags: Flags,
  subject: string | undefined,
): Promise<void> {
  if (subject === undefined) await listSubjects(session, registry, flags)
  else await listVersions(session, registry, subject)
}

async function listSubjects(session: Session, registry: RegistryClient, flags: Flags): Promise<void> {
  const { signal } = session
  const options = { subjectPrefix: flags.prefix ?? '', deleted: flags.deleted ?? false, signal }
  const schemas = await registry.schemas({ ...options, latestOnly: true })
  const rows = schemas.sort((a, b) => (a.subject < b.subject ? -1 : 1))
  session.show({
    columns: ['SUBJECT', 'LATEST', 'ID', 'TYPE'],
    rows: rows.map(({ subject, version, id, schemaType }) => [subject, version, id, schemaType]),
    json: rows.map(({ subject, version, id, schemaType, references }) => ({
      subject,
      version,
      id,
      schemaType,
      references,
    })),
    empty: `no subject at ${registry.url}; millrace schema register makes one`,
  })
}

async function listVersions(session: Session, registry: RegistryClient, subject: string): Promise<void> {
  const { signal } = session
  const numbers = await versionsOf(registry, subject, signal)
  // Of a subject that is not there the first question says so.
  const versions = numbers.length === 0 ? [await findVersion(registry, subject, 'latest', signal)] : []
  for (const number of numbers) versions.push(await findVersion(registry, subject, number, signal))
  const level = await registry.compatibilityLevel(subject, { signal })
  session.show({
    heading: [`${subject}  compatibility ${level}`],
    columns: ['VERSION', 'ID', 'TYPE', 'REFERS TO'],
    rows: versions.map(({ version, id, schemaType, references }) => {
      const names = references.map(each => `${each.subject}:${each.version}`).join(' ')
      return [version, id, schemaType, names === '' ? undefined : names]
    }),
    json: { subject, compatibility: level, versions },
  })
}
