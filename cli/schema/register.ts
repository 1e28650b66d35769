// `millrace schema register`: files as new versions of their subjects, what others refer to first.

import type { SchemaReference, SchemaText, SubjectVersion } from '../../schema-registry/registry-client/answers.ts'
import type { RegistryClient } from '../../schema-registry/registry-client/registry-client.ts'
import { isNotFound, RegistryError } from '../../schema-registry/registry-client/registry-error.ts'
import type { SchemaFile } from '../../schema-registry/schema-files/schema-files.ts'
import { Failure } from '../terminal/failure.ts'
import type { Session } from '../terminal/session.ts'
import { checkFile, refusedText } from './check.ts'
import { readSchemaFiles } from './files.ts'
import { type SubjectFlags, subjectsOf } from './subjects.ts'

interface Flags extends SubjectFlags {
  readonly normalize?: boolean
  readonly dryRun?: boolean
}

interface Registered {
  readonly file: SchemaFile
  readonly subject: string
  readonly version: number
  readonly id: number
  readonly isNew: boolean
}

export async function registerSchemas(
  session: Session,
  registry: RegistryClient,
  flags: Flags,
  paths: readonly string[],
): Promise<void> {
  const { files } = readSchemaFiles(paths)
  const subjects = subjectsOf(files, flags)
  await refuseIncompatible(session, registry, subjects)
  if (flags.dryRun) {
    for (const [file, subject] of subjects)
      session.tell(`would register ${file.path} under ${subject}`, { file: file.path, subject, dryRun: true })
    return
  }
  const done = new Map<SchemaFile, Registered>()
  try {
    for (const [file, subject] of subjects)
      done.set(file, await registerFile(session, registry, flags, file, subject, done))
  } finally {
    show(session, [...done.values()])
  }
}

/** All of them or none: what the registry would refuse is found before anything is registered. */
async function refuseIncompatible(
  session: Session,
  registry: RegistryClient,
  subjects: ReadonlyMap<SchemaFile, string>,
): Promise<void> {
  const refused = []
  for (const [file, subject] of subjects) {
    const checked = await checkFile(session, registry, file, subject, undefined)
    if (checked.outcome === 'incompatible') refused.push(checked)
  }
  if (refused.length > 0) throw new Failure(`${refusedText(refused)}\nNothing was registered.`)
}

async function registerFile(
  session: Session,
  registry: RegistryClient,
  flags: Flags,
  file: SchemaFile,
  subject: string,
  done: ReadonlyMap<SchemaFile, Registered>,
): Promise<Registered> {
  const { signal } = session
  const { normalize } = flags
  const text = { schema: file.schema.canonicalText, references: referencesOf(file, done) }
  const there = await lookup(registry, subject, text, { normalize, signal })
  if (there !== undefined) return { file, subject, version: there.version, id: there.id, isNew: false }
  const { id } = await registry.register(subject, text, { normalize, signal })
  const registered = await lookup(registry, subject, text, { normalize, signal })
  if (registered === undefined)
    throw new Failure(`${subject}: the registry gave the id ${id}, and does not find it now`)
  return { file, subject, version: registered.version, id, isNew: true }
}

/** One for each file that is needed, by the name of what it defines. */
function referencesOf(file: SchemaFile, done: ReadonlyMap<SchemaFile, Registered>): SchemaReference[] {
  return file.needs.map(need => {
    const { subject, version } = done.get(need)!
    const name = need.name ?? file.references.find(reference => reference.file === need)!.name
    return { name, subject, version }
  })
}

async function lookup(
  registry: RegistryClient,
  subject: string,
  text: SchemaText,
  options: { readonly normalize: boolean | undefined; readonly signal: AbortSignal },
): Promise<SubjectVersion | undefined> {
  try {
    return await registry.lookup(subject, text, options)
  } catch (error) {
    if (isNotFound(error) || isRefused(error)) return undefined
    throw error
  }
}

/** A registry that has the subject and not the schema may say 422 in place of 404 for references that it does not know. */
const isRefused = (error: unknown) => error instanceof RegistryError && error.status === 422

function show(session: Session, registered: readonly Registered[]): void {
  if (registered.length === 0) return
  session.show({
    columns: ['SUBJECT', 'VERSION', 'ID', 'FILE', 'WHAT'],
    rows: registered.map(({ subject, version, id, file, isNew }) => [
      subject,
      version,
      String(id),
      file.path,
      isNew ? 'registered' : 'was there',
    ]),
    json: registered.map(({ subject, version, id, file, isNew }) => ({ subject, version, id, file: file.path, isNew })),
  })
}
