// Which subject a schema file belongs to: its name without the ending, or, where other files refer to it, the full name of what it
// defines, as Confluent's clients name the subjects of references.

import { basename } from 'node:path'
import { type SchemaFile, withAllNeeds } from '../../schema-registry/schema-files/schema-files.ts'
import { usage } from '../terminal/failure.ts'

export interface SubjectFlags {
  readonly subject?: string
}

/** By file. Throws a Failure where two files would have the same subject. */
export function subjectsOf(files: readonly SchemaFile[], flags: SubjectFlags): ReadonlyMap<SchemaFile, string> {
  const needed = new Set(withAllNeeds(files.flatMap(({ needs }) => needs)))
  const own = files.filter(file => !needed.has(file))
  if (flags.subject !== undefined && own.length !== 1)
    throw usage(`--subject names one subject, and there are ${own.length} schemas: name one file and what it refers to`)
  const subjects = new Map<SchemaFile, string>()
  const taken = new Map<string, SchemaFile>()
  for (const file of files) {
    const subject = needed.has(file) ? (file.name ?? nameOf(file)) : (flags.subject ?? nameOf(file))
    const other = taken.get(subject)
    if (other !== undefined)
      throw usage(`${other.path} and ${file.path} both belong to the subject ${subject}: rename one of them`)
    taken.set(subject, file)
    subjects.set(file, subject)
  }
  return subjects
}

const nameOf = ({ path }: SchemaFile) => basename(path).replace(/\.avsc$/, '')
