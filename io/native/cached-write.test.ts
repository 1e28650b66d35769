// Writes into the page cache on the thread that asks.

import { closeSync, constants, fdatasyncSync, fstatSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs' // biome-ignore format: one line
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { nativeAddon } from './addon.ts'
import { nativeCounters } from './native-counters.ts'

const { addon } = nativeAddon()
const pageBytes = 4096

describe.skipIf(!addon)('', () => {
  const { writeCached, isWarm, forget } = addon ?? ({} as NonNullable<typeof addon>)
  let folder: string
  let path: string
  let file: number

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-cached-write-'))
    path = join(folder, 'file')
    file = openSync(path, constants.O_RDWR | constants.O_CREAT)
  })
  afterEach(() => {
    closeSync(file)
    rmSync(folder, { recursive: true })
  })

  /** Of that many bytes on the disk, and none in memory; whether the file system does that at all. */
  function makeCold(bytes: number): boolean {
    writeSync(file, Buffer.alloc(bytes, 'x'))
    fdatasyncSync(file)
    forget(file)
    return !isWarm(file, 0, bytes)
  }

  test('all buffers follow one another, at the position', () => {
    const before = nativeCounters()
    expect(writeCached(file, [Buffer.from('hello '), Buffer.from('world')], 0)).toBe(11)
    expect(writeCached(file, [Buffer.from('W')], 6)).toBe(1)
    expect(readFileSync(path, 'latin1')).toBe('hello World')
    const { inlineWrites, inlineWriteBytes } = nativeCounters()
    expect([inlineWrites - before.inlineWrites, inlineWriteBytes - before.inlineWriteBytes]).toEqual([2, 12])
  })

  test('nothing is written where a page would have to be read first', context => {
    const bytes = 3 * pageBytes + 100
    if (!makeCold(bytes)) context.skip()
    expect(writeCached(file, [Buffer.from('in the last page')], bytes)).toBe(-1)
    expect(writeCached(file, [Buffer.from('within a page')], pageBytes + 10)).toBe(-1)
    expect(fstatSync(file).size).toBe(bytes)
    expect(writeCached(file, [Buffer.alloc(pageBytes, 'y')], pageBytes), 'a whole page').toBe(pageBytes)
    expect(writeCached(file, [Buffer.alloc(10, 'z')], 4 * pageBytes), 'behind the end').toBe(10)
  })

  test('once the last page was read, it can be written to', context => {
    if (!makeCold(pageBytes + 100)) context.skip()
    readFileSync(path)
    expect(writeCached(file, [Buffer.from('more')], pageBytes + 100)).toBe(4)
  })

  test('an error writes nothing, and whoever writes again is told of it', () => {
    const readOnly = openSync(path, 'r')
    expect(writeCached(readOnly, [Buffer.from('x')], 0)).toBe(-1)
    closeSync(readOnly)
    expect(writeCached(readOnly, [Buffer.from('x')], 0)).toBe(-1)
  })

  test('at most 64 buffers, of bytes', () => {
    const buffers = Array.from({ length: 65 }, () => Buffer.from('x'))
    expect(writeCached(file, buffers, 0)).toBe(-1)
    expect(writeCached(file, buffers.slice(1), 0)).toBe(64)
    expect(writeCached(file, [new Float64Array(1) as unknown as Uint8Array], 0)).toBe(-1)
    expect(writeCached(file, [], 0)).toBe(-1)
    expect(() => writeCached(file, 'text' as never, 0)).toThrow('not what writeCached takes')
    expect(() => writeCached(file, [Buffer.from('x')], -1)).toThrow('not what writeCached takes')
  })
})
