// Records as the command line has them: values, or lines that may hold a key.

import { createReadStream, existsSync } from 'node:fs'
import { parseSettings, parseWhole } from '../arguments/settings.ts'
import { Failure, usage } from '../terminal/failure.ts'
import { linesOf } from './lines.ts'

export interface InputFlags {
  readonly key?: string
  readonly value?: readonly string[]
  readonly tombstone?: boolean
  readonly file?: readonly string[]
  readonly keySeparator?: string
  readonly header?: readonly string[]
  readonly partition?: string
}

export interface InputRecord {
  readonly key?: string | Buffer
  readonly value: string | Buffer | null
  readonly headers: Readonly<Record<string, string>>
  readonly partition?: number
}

export const standardInput = '-'

/** The records come as they are asked for. Throws a Failure for what is typed wrongly before the first of them. */
export function recordsOf(flags: InputFlags): AsyncIterable<InputRecord> {
  const { key, value: values = [], tombstone = false, file: files = [], keySeparator } = flags
  const headers = parseSettings(flags.header ?? [], '--header')
  const partition = flags.partition === undefined ? {} : { partition: parseWhole(flags.partition, '--partition') }
  const common = { ...(key !== undefined && { key }), headers, ...partition }
  if (tombstone && key === undefined) throw usage('--tombstone deletes a key: give --key')
  if ((tombstone || values.length > 0) && files.length > 0) throw usage('give values or files, not both')
  if (keySeparator === '') throw usage('--key-separator: give at least one character')
  for (const path of files)
    if (path !== standardInput && !existsSync(path)) throw usage(`--file ${path}: there is no such file`)
  if (tombstone || values.length > 0) return ofValues([...values, ...(tombstone ? [null] : [])], common)
  return ofLines(files.length === 0 ? [standardInput] : files, keySeparator, common)
}

type Common = Omit<InputRecord, 'value'>

async function* ofValues(values: readonly (string | null)[], common: Common): AsyncGenerator<InputRecord> {
  for (const value of values) yield { ...common, value }
}

async function* ofLines(
  files: readonly string[],
  separator: string | undefined,
  common: Common,
): AsyncGenerator<InputRecord> {
  const between = separator === undefined ? undefined : Buffer.from(separator)
  for (const path of files) {
    const chunks = (path === standardInput ? process.stdin : createReadStream(path)) as AsyncIterable<Buffer>
    const name = path === standardInput ? 'standard input' : path
    let number = 0
    for await (const line of linesOf(chunks, name)) {
      number += 1
      yield { ...common, ...partsOf(line, between, `${name}, line ${number}`) }
    }
  }
}

function partsOf(line: Buffer, separator: Buffer | undefined, place: string): { key?: Buffer; value: Buffer } {
  if (separator === undefined) return { value: line }
  const at = line.indexOf(separator)
  if (at < 0)
    throw new Failure(`${place}: there is no "${separator}" between key and value. What came before it was sent.`)
  return { key: line.subarray(0, at), value: line.subarray(at + separator.length) }
}
