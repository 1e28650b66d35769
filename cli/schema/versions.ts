// Versions of a subject, read as schemas, and how they are named on the command line.

import type { AvroSchema } from '../../schema-registry/avro/avro-schema.ts'
import { avroType } from '../../schema-registry/avro/avro-type.ts'
import type { SubjectVersion } from '../../schema-registry/registry-client/answers.ts'
import type { RegistryClient } from '../../schema-registry/registry-client/registry-client.ts'
import { isNotFound } from '../../schema-registry/registry-client/registry-error.ts'
import { resolveReferences } from '../../schema-registry/registry-client/resolve-references.ts'
import { Failure, usage } from '../terminal/failure.ts'
import { advice } from '../topic/find.ts'

export function parseVersion(text: string): number | 'latest' {
  if (text === 'latest') return 'latest'
  const version = Number(text)
  if (/^\d+$/.test(text) && version >= 1 && Number.isSafeInteger(version)) return version
  throw usage(`${text}: a version is a whole number from 1, or "latest"`)
}

/** Throws a Failure with what was meant, perhaps, when there is no such subject or version. */
export async function findVersion(
  registry: RegistryClient,
  subject: string,
  version: number | 'latest',
  signal: AbortSignal,
): Promise<SubjectVersion> {
  try {
    return await registry.version(subject, version, { signal })
  } catch (error) {
    if (!isNotFound(error)) throw error
    throw await missing(registry, subject, version, signal)
  }
}

async function missing(
  registry: RegistryClient,
  subject: string,
  version: number | 'latest',
  signal: AbortSignal,
): Promise<Failure> {
  const versions = await versionsOf(registry, subject, signal)
  if (versions.length > 0) return new Failure(`${subject} has no version ${version}; it has ${versions.join(', ')}`)
  const subjects = await registry.subjects({ signal })
  return new Failure(
    `no subject "${subject}"; ${advice(subject, subjects, 'millrace schema list tells which there are')}`,
  )
}

/** Empty for a subject that is not there. */
export async function versionsOf(registry: RegistryClient, subject: string, signal: AbortSignal): Promise<number[]> {
  try {
    return await registry.versions(subject, { signal })
  } catch (error) {
    if (!isNotFound(error)) throw error
    return []
  }
}

export interface VersionSchema {
  readonly version: number
  readonly schema: AvroSchema
}

/** The schema with what it refers to. Throws a Failure for one that is no Avro. */
export async function parsedVersion(
  registry: RegistryClient,
  found: SubjectVersion,
  signal: AbortSignal,
): Promise<VersionSchema> {
  const { subject, version, schemaType, references } = found
  if (schemaType !== avroType.name)
    throw new Failure(`${subject} version ${version} is ${schemaType}; only Avro can be compared here`)
  const resolved = await resolveReferences(registry, references, signal)
  const schema = avroType.parse(found.schema, resolved, { isStored: true })
  return { version, schema }
}
