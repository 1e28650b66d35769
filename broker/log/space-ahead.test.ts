import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { DiskFile } from '../../io/disk.ts'
import { nativeAddon } from '../../io/native/addon.ts'
import { realWorld } from '../../io/real-world.ts'
import { batchOf, LogBench } from '../../testing/log-bench.ts'
import type { LogSegment } from './segment.ts'
import { aheadBytesMax, reservationEnd, reservedFromBytes, SpaceAhead } from './space-ahead.ts'

const mebibyte = 1024 * 1024

describe('how far', () => {
  test('nothing for a small segment, then as much as it holds, at most 64 MiB, never beyond a full segment', () => {
    expect(reservationEnd(reservedFromBytes - 1, 0, 1024 * mebibyte)).toBeUndefined()
    expect(reservationEnd(5 * mebibyte, 0, 1024 * mebibyte)).toBe(10 * mebibyte)
    expect(reservationEnd(300 * mebibyte, 0, 1024 * mebibyte)).toBe(300 * mebibyte + aheadBytesMax)
    expect(reservationEnd(1000 * mebibyte, 0, 1024 * mebibyte)).toBe(1024 * mebibyte)
    expect(reservationEnd(1024 * mebibyte, 1024 * mebibyte, 1024 * mebibyte)).toBeUndefined()
  })

  test('more is set aside when three quarters are used up, not before', () => {
    expect(reservationEnd(100 * mebibyte, 130 * mebibyte, 1024 * mebibyte)).toBeUndefined()
    expect(reservationEnd(115 * mebibyte, 130 * mebibyte, 1024 * mebibyte)).toBe(115 * mebibyte + aheadBytesMax)
  })
})

/** A segment and a file that notes what is set aside. */
function played(writtenBytes: number, succeeds = true) {
  const ranges: [number, number][] = []
  const segment = { writtenBytes, reservedBytes: 0, aheadBytes: 0 } as LogSegment
  const reserve = (position: number, length: number) => {
    ranges.push([position / mebibyte, length / mebibyte])
    return Promise.resolve(succeeds)
  }
  return { segment, file: { reserve } as DiskFile, ranges }
}

describe('in all', () => {
  test('full: nothing is set aside until a segment is done', () => {
    const ahead = new SpaceAhead(100 * mebibyte)
    const [first, second] = [played(64 * mebibyte), played(64 * mebibyte)]
    ahead.noteWritten(first.segment, first.file, 1024 * mebibyte)
    ahead.noteWritten(second.segment, second.file, 1024 * mebibyte)
    expect([first.ranges, second.ranges]).toEqual([[[64, 64]], []])
    expect(ahead.noteDone(first.segment)).toBe(true)
    ahead.noteWritten(second.segment, second.file, 1024 * mebibyte)
    expect(second.ranges).toEqual([[64, 64]])
    expect(ahead.bytes).toBe(64 * mebibyte)
  })

  test('what is written does not count any more', () => {
    const ahead = new SpaceAhead()
    const { segment, file, ranges } = played(64 * mebibyte)
    ahead.noteWritten(segment, file, 1024 * mebibyte)
    segment.writtenBytes = 120 * mebibyte
    ahead.noteWritten(segment, file, 1024 * mebibyte)
    expect(ranges).toEqual([
      [64, 64],
      [128, 56],
    ])
    expect(ahead.bytes).toBe(64 * mebibyte)
  })

  test('where it cannot be had it is asked for once, and there is nothing to give back', async () => {
    const ahead = new SpaceAhead()
    const { segment, file, ranges } = played(64 * mebibyte, false)
    ahead.noteWritten(segment, file, 1024 * mebibyte)
    await Promise.resolve()
    segment.writtenBytes = 200 * mebibyte
    ahead.noteWritten(segment, file, 1024 * mebibyte)
    expect(ranges).toHaveLength(1)
    expect(ahead.noteDone(segment)).toBe(false)
  })
})

describe('a log gives back what was set aside', () => {
  /** Lengths to which the first segment's file and the second one's are cut. */
  async function cuts(after: 'roll' | 'close'): Promise<string[]> {
    const lines: string[] = []
    const bench = new LogBench({ disk: { trace: line => void (/^truncate .*\.log /.test(line) && lines.push(line)) } })
    const log = await bench.open({ 'segment.bytes': 6 * mebibyte })
    const batch = () => batchOf(1, { valueBytes: mebibyte - 1000 })
    for (let count = 0; count < (after === 'roll' ? 7 : 5); count += 1)
      log.append(batch(), { leaderEpoch: 0, origin: 'client' })
    await bench.done(after === 'roll' ? log.flush() : log.close())
    return lines.filter(line => !/ 0( |$)/.test(line))
  }

  test('of a segment that is rolled', async () => {
    expect(await cuts('roll')).toHaveLength(1)
  })

  test('of the active one when it is closed', async () => {
    expect(await cuts('close')).toHaveLength(1)
  })
})

describe.skipIf(nativeAddon().addon === undefined)('on the disk of this machine', () => {
  let directory: string
  beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'millrace-ahead-'))))
  afterEach(() => rm(directory, { recursive: true }))

  test('blocks are there, the size is not changed, and cutting to the size gives them back', async () => {
    const path = join(directory, 'a.log')
    const file = await realWorld().disk.open(path, 'create')
    await file.write([Buffer.alloc(10_000, 1)], 0)
    await file.datasync()
    const blocks = async () => (await stat(path)).blocks * 512
    const before = await blocks()
    if (!(await file.reserve(10_000, 8 * mebibyte))) return // a file system that cannot
    expect(await blocks()).toBeGreaterThan(8 * mebibyte)
    expect(await file.size()).toBe(10_000)
    expect(await file.read(0, 20_000)).toEqual(Buffer.alloc(10_000, 1))
    await file.truncate(10_000)
    expect(await blocks()).toBe(before)
    await file.close()
  })

  test('meanwhile a write takes a thread, and neither is lost', async () => {
    const file = await realWorld().disk.open(join(directory, 'a.log'), 'create')
    const reserved = file.reserve(0, 64 * mebibyte)
    expect(file.writeCached([Buffer.alloc(10)], 0)).toBe(false)
    await file.write([Buffer.from('written')], 0)
    await reserved
    expect(String(await file.read(0, 100))).toBe('written')
    await file.close()
  })
})
