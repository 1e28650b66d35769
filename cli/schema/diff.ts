// `millrace schema diff`: what is different between two versions of a subject, or between a version and a file.

import { statSync } from 'node:fs'
import type { AvroNode } from '../../schema-registry/avro/avro-node.ts'
import type { AvroSchema } from '../../schema-registry/avro/avro-schema.ts'
import { type SchemaChange, schemaChanges } from '../../schema-registry/evolution/schema-changes.ts'
import type { RegistryClient } from '../../schema-registry/registry-client/registry-client.ts'
import { Failure } from '../terminal/failure.ts'
import type { Session } from '../terminal/session.ts'
import type { View } from '../terminal/view.ts'
import { readSchemaFiles } from './files.ts'
import { findVersion, parsedVersion, parseVersion, versionsOf } from './versions.ts'

/** `from` and `to`: versions, or paths of files. */
export async function diffSchemas(
  session: Session,
  registry: RegistryClient,
  _flags: object,
  subject: string,
  from: string | undefined,
  to = 'latest',
): Promise<void> {
  const { signal } = session
  const earlier = from ?? String(await versionBefore(registry, subject, to, signal))
  const [before, after] = [
    await sideOf(registry, subject, earlier, signal),
    await sideOf(registry, subject, to, signal),
  ]
  const changes = schemaChanges(before.node, after.node)
  session.show(changesView(`${subject}  ${before.name} -> ${after.name}`, changes))
}

export function changesView(heading: string, changes: readonly SchemaChange[]): View {
  const signs = { added: '+', removed: '-', renamed: '~', changed: '~' } as const
  return {
    heading: [heading],
    columns: ['', 'WHERE', 'WHAT'],
    rows: changes.map(({ kind, path, sentence }) => [signs[kind], path === '' ? undefined : path, sentence]),
    json: changes,
    empty: 'nothing is different but spelling, documentation and attributes of one’s own',
  }
}

interface Side {
  readonly name: string
  readonly node: AvroNode
}

async function sideOf(registry: RegistryClient, subject: string, text: string, signal: AbortSignal): Promise<Side> {
  if (isFile(text)) return { name: text, node: fileSchema(text).node }
  const found = await findVersion(registry, subject, parseVersion(text), signal)
  const { version, schema } = await parsedVersion(registry, found, signal)
  return { name: `version ${version}`, node: schema.node }
}

const isFile = (text: string) => statSync(text, { throwIfNoEntry: false })?.isFile() === true

function fileSchema(path: string): AvroSchema {
  return readSchemaFiles([path]).files[0]!.schema
}

/** What `to` is compared with when nothing is said: the version before it; for a file the latest one. */
async function versionBefore(
  registry: RegistryClient,
  subject: string,
  to: string,
  signal: AbortSignal,
): Promise<number | 'latest'> {
  if (isFile(to)) return 'latest'
  const { version } = await findVersion(registry, subject, parseVersion(to), signal)
  const before = (await versionsOf(registry, subject, signal)).filter(each => each < version).at(-1)
  if (before !== undefined) return before
  throw new Failure(`${subject} has no version before ${version}: there is nothing to compare it with`)
}
