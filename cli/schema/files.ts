// Schema files as they are named on the command line: files, and folders in which all .avsc files count.

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, normalize } from 'node:path'
import { type FileText, type SchemaFiles, schemaFilesOf } from '../../schema-registry/schema-files/schema-files.ts'
import { Failure, usage } from '../terminal/failure.ts'
import { byteSize, grouped } from '../terminal/figures.ts'

/** A folder with more was hardly meant. */
const filesMax = 10_000
/** No registry takes larger ones. */
const fileBytesMax = 10 * 1024 * 1024

const extension = '.avsc'

/** Each file once, in the order of their names within a folder. Throws a Failure for what is not there. */
export function schemaPaths(paths: readonly string[]): string[] {
  const found = new Set<string>()
  for (const path of paths) for (const each of below(path)) found.add(normalize(each))
  if (found.size === 0) throw usage(`${paths.join(', ')}: there is no ${extension} file`)
  if (found.size <= filesMax) return [...found]
  throw usage(`${paths.join(', ')}: there are more than ${grouped(filesMax)} ${extension} files; name a smaller folder`)
}

function below(path: string): string[] {
  if (!statOf(path).isDirectory()) return [path]
  const entries = readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  return entries.flatMap(entry => {
    const inside = join(path, entry.name)
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : below(inside)
    return entry.name.endsWith(extension) ? [inside] : []
  })
}

function statOf(path: string): ReturnType<typeof statSync> & { isDirectory(): boolean } {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) throw usage(`${path}: there is no such file or folder`)
  return stat
}

export function readTexts(paths: readonly string[]): FileText[] {
  return paths.map(path => {
    const bytes = readFileSync(path)
    if (bytes.length > fileBytesMax)
      throw new Failure(`${path}: ${byteSize(bytes.length)}, and a schema has at most ${byteSize(fileBytesMax)}`)
    return { path, text: textOf(path, bytes) }
  })
}

function textOf(path: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Failure(`${path}: it is not UTF-8; save it as that`)
  }
}

/** All of the files, or a Failure that says what is wrong with each that cannot be used. */
export function readSchemaFiles(paths: readonly string[]): SchemaFiles {
  const read = schemaFilesOf(readTexts(schemaPaths(paths)))
  if (read.faults.length > 0) throw new Failure(faultsText(read))
  return read
}

export function faultsText({ faults }: SchemaFiles): string {
  return faults.map(({ path, sentence }) => `${path}: ${sentence}`).join('\n')
}
