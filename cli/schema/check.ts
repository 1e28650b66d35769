// `millrace schema check`: would the registry take these files? For CI: the exit code is 1 when it would not take one of them.
// The verdict is the registry's; what is wrong, and what to do, is worked out here.

import {
  type CompatibilityLevel,
  compatibilityLevels,
  isCompatibilityLevel,
  type LevelVerdict,
  verdictAt,
} from '../../schema-registry/evolution/compatibility-levels.ts'
import type { CompatibilityVerdict } from '../../schema-registry/registry-client/answers.ts'
import type { RegistryClient } from '../../schema-registry/registry-client/registry-client.ts'
import { isNotFound } from '../../schema-registry/registry-client/registry-error.ts'
import type { SchemaFile } from '../../schema-registry/schema-files/schema-files.ts'
import { Failure, usage } from '../terminal/failure.ts'
import { counted } from '../terminal/figures.ts'
import type { Session } from '../terminal/session.ts'
import type { Cell } from '../terminal/view.ts'
import { readSchemaFiles } from './files.ts'
import { type SubjectFlags, subjectsOf } from './subjects.ts'
import { faultLines, faultValue } from './verdict.ts'
import { findVersion, parsedVersion, type VersionSchema, versionsOf } from './versions.ts'

interface Flags extends SubjectFlags {
  readonly level?: string
}

export interface Checked {
  readonly file: SchemaFile
  readonly subject: string
  readonly outcome: 'new' | 'unchanged' | 'compatible' | 'incompatible'
  /** Of the level that applies. */
  readonly verdict: LevelVerdict
  /** What the registry says, where it says more than was found here. */
  readonly messages: readonly string[]
}

export async function checkSchemas(
  session: Session,
  registry: RegistryClient,
  flags: Flags,
  paths: readonly string[],
): Promise<void> {
  const level = flags.level === undefined ? undefined : parseLevel(flags.level)
  const { files } = readSchemaFiles(paths)
  const subjects = subjectsOf(files, flags)
  const checked: Checked[] = []
  for (const [file, subject] of subjects) checked.push(await checkFile(session, registry, file, subject, level))
  session.show({
    columns: ['FILE', 'SUBJECT', 'VERDICT', 'LEVEL', 'COMPARED WITH'],
    rows: checked.map(rowOf),
    json: checked.map(({ file, subject, outcome, verdict, messages }) => ({
      file: file.path,
      subject,
      outcome,
      level: verdict.level,
      comparedWith: verdict.comparedWith,
      faults: verdict.faults.map(faultValue),
      messages,
    })),
  })
  const refused = checked.filter(({ outcome }) => outcome === 'incompatible')
  if (refused.length > 0) throw new Failure(refusedText(refused))
}

export function parseLevel(text: string): CompatibilityLevel {
  const level = text.toUpperCase()
  if (isCompatibilityLevel(level)) return level
  throw usage(`--level ${text}: it is one of ${compatibilityLevels.join(', ')}`)
}

function rowOf({ file, subject, outcome, verdict }: Checked): Cell[] {
  const { level, comparedWith } = verdict
  const versions = comparedWith.map(version => `version ${version}`).join(', ')
  return [file.path, subject, outcome, level, versions === '' ? undefined : versions]
}

export function refusedText(refused: readonly Checked[]): string {
  const parts = refused.map(({ subject, file, verdict, messages }) => {
    const head = `${file.path} is incompatible with ${subject} under ${verdict.level}`
    return [head, ...faultLines(verdict), ...messages.map(message => `  ${message}`)].join('\n')
  })
  const what = counted(refused.length, 'schema')
  return `${parts.join('\n')}\n${what} would be refused; millrace schema evolve FILE says what each level allows.`
}

/** `level`: in place of the one that applies. */
export async function checkFile(
  session: Session,
  registry: RegistryClient,
  file: SchemaFile,
  subject: string,
  level: CompatibilityLevel | undefined,
): Promise<Checked> {
  const { signal } = session
  const applying = level ?? (await registry.compatibilityLevel(subject, { signal }))
  const earlier = await earlierVersions(registry, subject, signal)
  const verdict = verdictAt(applying, file.schema, earlier)
  const common = { file, subject, verdict, messages: [] }
  if (earlier.length === 0) return { ...common, outcome: 'new' }
  if (earlier.some(({ schema }) => isSame(schema, file.schema))) return { ...common, outcome: 'unchanged' }
  // The registry may know more: rules, groups of versions. At another level than its own it is not asked.
  const said = level === undefined ? await askRegistry(registry, file, subject, signal) : undefined
  const isCompatible = said?.isCompatible ?? verdict.faults.length === 0
  if (isCompatible) return { ...common, outcome: 'compatible' }
  const messages = verdict.faults.length === 0 ? (said?.messages ?? []) : []
  return { ...common, messages, outcome: 'incompatible' }
}

const isSame = (a: SchemaFile['schema'], b: SchemaFile['schema']) => a.formatted('resolved') === b.formatted('resolved')

export async function earlierVersions(
  registry: RegistryClient,
  subject: string,
  signal: AbortSignal,
): Promise<VersionSchema[]> {
  const earlier: VersionSchema[] = []
  for (const number of await versionsOf(registry, subject, signal))
    earlier.push(await parsedVersion(registry, await findVersion(registry, subject, number, signal), signal))
  return earlier
}

/** The schema is sent with what it refers to inside it: that need not be registered yet. Undefined: there is nothing to compare with. */
async function askRegistry(
  registry: RegistryClient,
  file: SchemaFile,
  subject: string,
  signal: AbortSignal,
): Promise<CompatibilityVerdict | undefined> {
  try {
    return await registry.checkCompatibility(subject, { schema: file.schema.formatted('resolved') }, { signal })
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
