// `millrace schema types`: TypeScript types from schema files, once, or again whenever they change.

import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { LongForm } from '../../schema-registry/avro/codec/decoder.ts'
import { typeFile } from '../../schema-registry/typescript/type-file.ts'
import { Failure, usage } from '../terminal/failure.ts'
import { counted } from '../terminal/figures.ts'
import type { Session } from '../terminal/session.ts'
import { readSchemaFiles } from './files.ts'
import { changesOf } from './watch.ts'

interface Flags {
  readonly out: string
  readonly name: string
  readonly longs: LongForm
  readonly check?: boolean
  readonly watch?: boolean
}

export async function writeTypes(session: Session, flags: Flags, paths: readonly string[]): Promise<void> {
  if (flags.check && flags.watch) throw usage('give --check or --watch, not both')
  if (flags.check) return checkTypes(session, flags, paths)
  if (!flags.watch) return writeOnce(session, flags, paths)
  writeOrWarn(session, flags, paths)
  session.warn('watching; Ctrl-C ends')
  for await (const _ of changesOf(paths, session.signal)) writeOrWarn(session, flags, paths)
}

/** `isQuiet`: says nothing when there is nothing new. */
function writeOnce(session: Session, flags: Flags, paths: readonly string[], { isQuiet = false } = {}): void {
  const { path, text, count } = generated(flags, paths)
  const isNew = !existsSync(path) || readFileSync(path, 'utf8') !== text
  if (isNew) replace(path, text)
  else if (isQuiet) return
  const what = isNew ? 'wrote' : 'nothing new for'
  session.tell(`${what} ${path}  ${counted(count, 'schema')}`, { path, schemas: count, isNew })
}

/** A schema that is being edited is wrong for a moment. */
function writeOrWarn(session: Session, flags: Flags, paths: readonly string[]): void {
  try {
    writeOnce(session, flags, paths, { isQuiet: true })
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    session.warn(`${error.message}\nthe types are as they were before`)
  }
}

function checkTypes(session: Session, flags: Flags, paths: readonly string[]): void {
  const { path, text, count } = generated(flags, paths)
  if (!existsSync(path)) throw new Failure(`${path} is not there: write it with millrace schema types`)
  if (readFileSync(path, 'utf8') !== text)
    throw new Failure(`${path} is not what the schemas say: write it anew with millrace schema types`)
  session.tell(`${path} is as the schemas say  ${counted(count, 'schema')}`, { path, schemas: count })
}

function generated({ out, name, longs }: Flags, paths: readonly string[]) {
  if (!name.endsWith('.ts')) throw usage(`--name ${name}: it is a TypeScript file, such as schemas.gen.ts`)
  const { files } = readSchemaFiles(paths)
  return { path: join(out, name), text: typeFile(files, { longs }), count: files.length }
}

/** Who compiles meanwhile finds the old file or the new one, never a part. */
function replace(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  const unfinished = `${path}.${process.pid}.tmp`
  writeFileSync(unfinished, text)
  renameSync(unfinished, path)
}
