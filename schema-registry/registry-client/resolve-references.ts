// The schemas that a schema refers to, and those that these refer to, in an order in which each can be read.
// As Confluent's resolveReferences: each name once, whoever refers to it first.

import type { ResolvedReference } from '../types/schema-type.ts'
import type { SchemaReference, SubjectVersion } from './answers.ts'
import { RegistryError } from './registry-error.ts'

/** Of one schema, all in all. More is no schema but a mistake, or an attack on whoever reads. */
export const referencesMax = 1000

export interface ReferenceSource {
  version(
    subject: string,
    version: number,
    options?: { readonly deleted?: boolean; readonly signal?: AbortSignal | undefined },
  ): Promise<SubjectVersion>
}

/** Versions that were deleted softly count: what refers to them was registered before. */
export async function resolveReferences(
  registry: ReferenceSource,
  references: readonly SchemaReference[],
  signal?: AbortSignal,
): Promise<ResolvedReference[]> {
  const seen = new Set<string>()
  const resolved: ResolvedReference[] = []
  const add = async (each: readonly SchemaReference[]): Promise<void> => {
    for (const { name, subject, version } of each) {
      if (seen.has(name)) continue
      seen.add(name)
      if (seen.size > referencesMax) {
        throw new RegistryError('INVALID_SCHEMA', `it refers to more than ${referencesMax} schemas`, {
          help: 'put schemas together that are used together',
        })
      }
      const found = await registry.version(subject, version, { deleted: true, signal })
      await add(found.references)
      resolved.push({ name, subject, version, text: found.schema })
    }
  }
  await add(references)
  return resolved
}
