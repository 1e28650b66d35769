import { errors } from '../errors.ts'
import type { Registry } from '../registry.ts'
import type { SchemaVersion } from '../store/entities.ts'
import { findVersionInContexts } from '../store/queries.ts'

/** A version that a path names. @throws RegistryError 40401 when nothing is known of the subject, 40402 when only the version is not */
export function existingVersion(
  registry: Registry,
  name: string,
  asked: number,
  includeDeleted: boolean,
): SchemaVersion {
  const found = findVersionInContexts(registry.state, name, asked, includeDeleted)
  if (found) return found
  throw registry.state.hasSubjects(name, includeDeleted) ? errors.versionNotFound(asked) : errors.subjectNotFound(name)
}
