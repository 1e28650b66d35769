// What every Disk promises, whether it is the machine's or simulated: one test per clause of io/disk.ts. What only shows
// after a crash is tested where crashes can be had (io/sim/disk.test.ts).

import { describe, expect, test } from 'vitest'
import type { Disk, DiskErrorCode, DiskFile } from '../disk.ts'
import type { Bench } from './bench.ts'

export interface DiskBench extends Bench {
  readonly disk: Disk
  /** Exists, is empty, and belongs to the test. */
  readonly directory: string
}

export function diskContract(name: string, make: () => Promise<DiskBench>): void {
  const check = (what: string, body: (disk: Disk, directory: string) => Promise<void>) =>
    test(what, async () => {
      const bench = await make()
      try {
        await bench.run(() => body(bench.disk, bench.directory))
      } finally {
        await bench.close()
      }
    })
  describe(`${name}: files`, () => fileClauses(check))
  describe(`${name}: what is in memory`, () => cacheClauses(check))
  describe(`${name}: descriptors`, () => descriptorClauses(check))
  describe(`${name}: names`, () => nameClauses(check))
  describe(`${name}: locks, replacement and space`, () => otherClauses(check))
}

type Check = (what: string, body: (disk: Disk, directory: string) => Promise<void>) => void

function fileClauses(check: Check): void {
  check('reads what was written, fewer bytes only where the file ends', async (disk, directory) => {
    const file = await disk.open(`${directory}/a`, 'create')
    await file.write([text('hello '), text(''), text('world')], 0)
    expect(String(await file.read(0, 11))).toBe('hello world')
    expect(String(await file.read(6, 100))).toBe('world')
    expect(await file.read(11, 10)).toHaveLength(0)
    expect(await file.read(500, 10)).toHaveLength(0)
    expect(await file.read(0, 0)).toHaveLength(0)
    expect(await file.size()).toBe(11)
    await file.close()
  })
  check('writes at positions, over what is there and past the end', async (disk, directory) => {
    const file = await disk.open(`${directory}/a`, 'create')
    await file.write([text('abcdef')], 0)
    await file.write([text('XY')], 2)
    await file.write([text('end')], 10_000)
    expect(String(await file.read(0, 6))).toBe('abXYef')
    expect(await file.read(6, 9994)).toEqual(Buffer.alloc(9994))
    expect(await file.size()).toBe(10_003)
    await file.write([], 50_000)
    expect(await file.size()).toBe(10_003)
    await file.close()
  })
  check('writes more buffers in one call than the operating system takes', async (disk, directory) => {
    const buffers = Array.from({ length: 3000 }, (_, index) => Buffer.alloc(1 + (index % 5), index))
    const file = await disk.open(`${directory}/a`, 'create')
    await file.write(buffers, 7)
    expect(await file.read(7, 100_000)).toEqual(Buffer.concat(buffers))
    await file.close()
  })
  check('reads a length far beyond the end without taking memory for it', async (disk, directory) => {
    const file = await withContent(disk, `${directory}/a`, 'short')
    expect(String(await file.read(0, 2 ** 40))).toBe('short')
    await file.close()
  })
  check('reads and writes many megabytes in one call', async (disk, directory) => {
    const large = Buffer.alloc(20 * 1024 * 1024 + 3, 'large')
    const file = await disk.open(`${directory}/a`, 'create')
    await file.write([large], 0)
    expect(large.equals(await file.read(0, large.length))).toBe(true)
    await file.close()
  })
  check('cuts a file, and extends it with zeros', async (disk, directory) => {
    const file = await withContent(disk, `${directory}/a`, 'abcdef')
    await file.truncate(3)
    expect(await file.size()).toBe(3)
    await file.truncate(6)
    expect(await file.read(0, 10)).toEqual(Buffer.from('abc\0\0\0'))
    await file.close()
  })
  check('syncs content', async (disk, directory) => {
    const file = await withContent(disk, `${directory}/a`, 'abc')
    await file.datasync()
    await file.datasync()
    await file.close()
  })
  check('takes operations on one file at the same time', async (disk, directory) => {
    const file = await disk.open(`${directory}/a`, 'create')
    await Promise.all([1, 2, 3, 4].map(count => file.write([Buffer.alloc(1000, count)], count * 1000)))
    const parts = await Promise.all([1, 2, 3, 4].map(count => file.read(count * 1000, 1000)))
    expect(parts.map(part => part.equals(Buffer.alloc(1000, part[0])) && part[0])).toEqual([1, 2, 3, 4])
    await file.close()
  })
}

function cacheClauses(check: Check): void {
  check('what is in memory anyway can be read at once, or not', async (disk, directory) => {
    const file = await disk.open(`${directory}/a`, 'create')
    await file.write([text('hello world')], 0)
    const into = Buffer.alloc(8, '.')
    for (const [position, expected] of [
      [6, 'world...'],
      [3, 'lo world'],
      [11, '........'],
    ] as const) {
      const count = file.readCached(into.fill('.'), position)
      expect([-1, Math.min(8, 11 - position)]).toContain(count)
      expect(String(into)).toBe(count < 0 ? '........' : expected)
    }
    await file.close()
    expect(file.readCached(into, 0)).toBe(-1)
  })
  check('what waits for nothing can be written at once, or not', async (disk, directory) => {
    const file = await disk.open(`${directory}/a`, 'create')
    const isWritten = file.writeCached([text('hello '), text('world')], 0)
    if (!isWritten) await file.write([text('hello world')], 0)
    if (!file.writeCached([text('W')], 6)) await file.write([text('W')], 6)
    expect(String(await file.read(0, 100))).toBe('hello World')
    await file.close()
    expect(file.writeCached([text('x')], 0)).toBe(false)
    const readOnly = await disk.open(`${directory}/a`, 'read')
    expect(readOnly.writeCached([text('x')], 0)).toBe(false)
    await readOnly.close()
  })
}

function descriptorClauses(check: Check): void {
  check('opens for reading and for writing only what is there', async (disk, directory) => {
    await refuses(disk.open(`${directory}/missing`, 'read'), 'NOT_FOUND', `${directory}/missing`)
    await refuses(disk.open(`${directory}/missing`, 'write'), 'NOT_FOUND', `${directory}/missing`)
    await refuses(disk.open(`${directory}/missing/a`, 'create'), 'NOT_FOUND', `${directory}/missing/a`)
    const created = await withContent(disk, `${directory}/a`, 'abc')
    const again = await disk.open(`${directory}/a`, 'create')
    expect(String(await again.read(0, 10))).toBe('abc')
    const reader = await disk.open(`${directory}/a`, 'read')
    expect(reader.path).toBe(`${directory}/a`)
    await refuses(reader.write([text('no')], 0), 'DISK_FAILED', `${directory}/a`)
    await refuses(reader.truncate(0), 'DISK_FAILED', `${directory}/a`)
    const writer = await disk.open(`${directory}/a`, 'write')
    await writer.write([text('X')], 0)
    expect(String(await reader.read(0, 10))).toBe('Xbc')
    for (const file of [created, again, reader, writer]) await file.close()
  })
  check('refuses a closed file; closing twice is closing once', async (disk, directory) => {
    const file = await withContent(disk, `${directory}/a`, 'abc')
    await file.close()
    await file.close()
    await refuses(file.read(0, 1), 'DISK_FAILED', `${directory}/a`)
    await refuses(file.write([text('x')], 0), 'DISK_FAILED', `${directory}/a`)
    await refuses(file.datasync(), 'DISK_FAILED', `${directory}/a`)
    expect(() => file.retain()).toThrow('closed')
  })
  check('finishes what is under way when the file is closed', async (disk, directory) => {
    const file = await disk.open(`${directory}/a`, 'create')
    const written = file.write([Buffer.alloc(5_000_000, 1)], 0)
    const closed = file.close()
    await Promise.all([written, closed])
    expect(await disk.stat(`${directory}/a`)).toMatchObject({ sizeBytes: 5_000_000 })
  })
  check('reads through a retained descriptor past close and removal, until it is let go', async (disk, directory) => {
    const file = await withContent(disk, `${directory}/a`, 'still here')
    const [first, second] = [file.retain(), file.retain()]
    await file.close()
    await disk.remove(`${directory}/a`)
    first()
    first()
    expect(String(await file.read(0, 100))).toBe('still here')
    second()
    await refuses(file.read(0, 1), 'DISK_FAILED', `${directory}/a`)
  })
  check('an open file follows its renaming', async (disk, directory) => {
    const file = await withContent(disk, `${directory}/a`, 'abc')
    await disk.rename(`${directory}/a`, `${directory}/b`)
    await file.write([text('X')], 0)
    expect(String(await disk.readFile(`${directory}/b`))).toBe('Xbc')
    await file.close()
  })
}

function nameClauses(check: Check): void {
  check('makes directories with those above them, and does not mind those that exist', async (disk, directory) => {
    await disk.makeDirectory(`${directory}/x/y/z`)
    await disk.makeDirectory(`${directory}/x/y`)
    expect(await disk.stat(`${directory}/x/y/z`)).toMatchObject({ isDirectory: true })
    await (await withContent(disk, `${directory}/file`, '')).close()
    await refuses(disk.makeDirectory(`${directory}/file`), 'EXISTS', `${directory}/file`)
  })
  check('lists by name', async (disk, directory) => {
    for (const name of ['b', 'a', 'C']) await (await withContent(disk, `${directory}/${name}`, '')).close()
    await disk.makeDirectory(`${directory}/aa`)
    expect(await disk.list(directory)).toEqual([
      { name: 'C', isDirectory: false },
      { name: 'a', isDirectory: false },
      { name: 'aa', isDirectory: true },
      { name: 'b', isDirectory: false },
    ])
    await refuses(disk.list(`${directory}/missing`), 'NOT_FOUND', `${directory}/missing`)
    await refuses(disk.list(`${directory}/a`), 'DISK_FAILED', `${directory}/a`)
  })
  check('answers size, kind and absence', async (disk, directory) => {
    await (await withContent(disk, `${directory}/a`, 'abc')).close()
    expect(await disk.stat(`${directory}/a`)).toMatchObject({ isDirectory: false, sizeBytes: 3 })
    expect(typeof (await disk.stat(`${directory}/a`))?.modifiedMs).toBe('number')
    expect(await disk.stat(`${directory}/missing`)).toBeUndefined()
    expect(await disk.stat(`${directory}/a/below-a-file`)).toBeUndefined()
  })
  check('sets the time at which a file was changed, which goes with it to another name', async (disk, directory) => {
    const file = await withContent(disk, `${directory}/a`, 'abc')
    await disk.rename(`${directory}/a`, `${directory}/b`)
    await file.setModified(1_234_567_890_123)
    await file.close()
    expect((await disk.stat(`${directory}/b`))?.modifiedMs).toBeCloseTo(1_234_567_890_123, -1)
  })
  check('renames files and directories; a file takes the place of another', async (disk, directory) => {
    await (await withContent(disk, `${directory}/a`, 'new')).close()
    await (await withContent(disk, `${directory}/b`, 'old')).close()
    await disk.rename(`${directory}/a`, `${directory}/b`)
    expect(String(await disk.readFile(`${directory}/b`))).toBe('new')
    await refuses(disk.rename(`${directory}/a`, `${directory}/c`), 'NOT_FOUND', `${directory}/a`)
    await disk.makeDirectory(`${directory}/from`)
    await disk.rename(`${directory}/b`, `${directory}/from/b`)
    await disk.rename(`${directory}/from`, `${directory}/to`)
    expect(String(await disk.readFile(`${directory}/to/b`))).toBe('new')
    await disk.makeDirectory(`${directory}/other`)
    await refuses(disk.rename(`${directory}/other`, `${directory}/to`), 'EXISTS', `${directory}/other`)
    await refuses(disk.rename(`${directory}/to`, `${directory}/to/inside`), 'DISK_FAILED', `${directory}/to`)
  })
  check('removes a file, a directory with all in it, and what is not there', async (disk, directory) => {
    await disk.makeDirectory(`${directory}/d/e`)
    await (await withContent(disk, `${directory}/d/e/f`, 'abc')).close()
    await (await withContent(disk, `${directory}/g`, 'abc')).close()
    await disk.remove(`${directory}/d`)
    await disk.remove(`${directory}/g`)
    await disk.remove(`${directory}/never-there`)
    expect(await disk.list(directory)).toEqual([])
  })
  check('syncs a directory that is there', async (disk, directory) => {
    await disk.syncDirectory(directory)
    await refuses(disk.syncDirectory(`${directory}/missing`), 'NOT_FOUND', `${directory}/missing`)
  })
  check('resolves to one absolute path', async (disk, directory) => {
    expect(disk.resolve(`${directory}/x/../y/./z`)).toBe(`${directory}/y/z`)
    expect(disk.resolve(`${directory}/y/z/`)).toBe(`${directory}/y/z`)
    expect(disk.resolve('relative')).toMatch(/^\/.*relative$/)
  })
}

function otherClauses(check: Check): void {
  check('reads a whole file', async (disk, directory) => {
    await (await withContent(disk, `${directory}/a`, 'whole')).close()
    expect(String(await disk.readFile(`${directory}/a`))).toBe('whole')
    await refuses(disk.readFile(`${directory}/missing`), 'NOT_FOUND', `${directory}/missing`)
  })
  check('replaces a file, also a longer one, and leaves nothing beside it', async (disk, directory) => {
    await disk.replaceFile(`${directory}/a`, text('first and long'))
    await disk.replaceFile(`${directory}/a`, text('second'))
    expect(String(await disk.readFile(`${directory}/a`))).toBe('second')
    expect(await disk.list(directory)).toEqual([{ name: 'a', isDirectory: false }])
    await refuses(disk.replaceFile(`${directory}/missing/a`, text('x')), 'NOT_FOUND')
  })
  check('replaces over what an earlier crash left, and one after the other', async (disk, directory) => {
    await (await withContent(disk, `${directory}/a.tmp`, 'a longer half of something')).close()
    await disk.replaceFile(`${directory}/a`, text('short'))
    expect(String(await disk.readFile(`${directory}/a`))).toBe('short')
    await Promise.all(['one', 'two', 'three'].map(content => disk.replaceFile(`${directory}/a`, text(content))))
    expect(String(await disk.readFile(`${directory}/a`))).toBe('three')
    expect(await disk.list(directory)).toHaveLength(1)
  })
  check('locks exclusively, names the holder, and lets go', async (disk, directory) => {
    const release = await disk.lock(`${directory}/.lock`)
    await refuses(disk.lock(`${directory}/.lock`), 'LOCKED', `${directory}/.lock`)
    await expect(disk.lock(`${directory}/.lock`)).rejects.toThrow(/locked by process \d+/)
    const other = await disk.lock(`${directory}/.other`)
    await release()
    await release()
    const next = await disk.lock(`${directory}/.lock`)
    await refuses(disk.lock(`${directory}/.lock`), 'LOCKED')
    await Promise.all([next(), other()])
    await refuses(disk.lock(`${directory}/missing/.lock`), 'NOT_FOUND')
  })
  check('gives a lock to one of many that want it at the same time', async (disk, directory) => {
    const attempts = await Promise.allSettled([1, 2, 3, 4, 5].map(() => disk.lock(`${directory}/.lock`)))
    const held = attempts.filter(attempt => attempt.status === 'fulfilled')
    expect(held).toHaveLength(1)
    await held[0]!.value()
  })
  check('a lock that was released does not release that of the next', async (disk, directory) => {
    const first = await disk.lock(`${directory}/.lock`)
    await first()
    const second = await disk.lock(`${directory}/.lock`)
    await first()
    await refuses(disk.lock(`${directory}/.lock`), 'LOCKED')
    await second()
  })
  check('answers the space', async (disk, directory) => {
    const { freeBytes, totalBytes } = await disk.space(directory)
    expect(freeBytes).toBeGreaterThan(0)
    expect(totalBytes).toBeGreaterThanOrEqual(freeBytes)
    await refuses(disk.space(`${directory}/missing`), 'NOT_FOUND')
  })
}

function text(content: string): Buffer {
  return Buffer.from(content)
}

async function withContent(disk: Disk, path: string, content: string): Promise<DiskFile> {
  const file = await disk.open(path, 'create')
  await file.write([text(content)], 0)
  return file
}

async function refuses(operation: Promise<unknown>, code: DiskErrorCode, path?: string): Promise<void> {
  await expect(operation).rejects.toMatchObject({ name: 'DiskError', code, ...(path && { path }) })
}
