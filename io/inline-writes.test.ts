import { describe, expect, test } from 'vitest'
import { dirtyRoomBytes, roomIn } from './dirty-pages.ts'
import { InlineWrites, inlineBytesMax } from './inline-writes.ts'

const mebibyte = 1024 * 1024

class Bench {
  nowMs = 0
  roomBytes = 1024 * mebibyte
  asked = 0
  waits = 0
  /** What the next write does besides writing. */
  during: () => void = () => {}
  readonly writes = new InlineWrites({
    now: () => this.nowMs,
    waits: () => this.waits,
    roomBytes: () => {
      this.asked += 1
      return this.roomBytes
    },
  })

  /** Whether it was made at once. */
  write(bytes: number): boolean {
    return this.writes.attempt(bytes, () => {
      this.during()
      return bytes
    }) >= 0 // biome-ignore format: one thought
  }
}

describe('a write is made at once', () => {
  test('when it is small', () => {
    const bench = new Bench()
    expect(bench.write(100)).toBe(true)
    expect(bench.write(inlineBytesMax)).toBe(true)
    expect(bench.write(inlineBytesMax + 1)).toBe(false)
  })

  test('unless the kernel may soon hold up those who write', () => {
    const bench = new Bench()
    bench.roomBytes = 256 * mebibyte
    expect(bench.write(100)).toBe(false)
    bench.roomBytes = 257 * mebibyte
    bench.nowMs += 99
    expect(bench.write(100)).toBe(false)
    bench.nowMs += 1
    expect(bench.write(100)).toBe(true)
    expect(bench.asked).toBe(2)
  })

  test('and what was written since the kernel was asked counts', () => {
    const bench = new Bench()
    bench.roomBytes = 260 * mebibyte
    for (let written = 0; written < 4; written++) expect(bench.write(mebibyte)).toBe(true)
    expect(bench.write(mebibyte)).toBe(false)
    bench.roomBytes = 1024 * mebibyte
    bench.nowMs += 100
    for (let written = 0; written < 16; written++) expect(bench.write(mebibyte)).toBe(true)
    expect(bench.asked).toBe(2)
    bench.write(mebibyte)
    expect(bench.asked).toBe(3)
  })

  test('unless one waited lately: for a thousand times as long', () => {
    const bench = new Bench()
    bench.during = () => {
      bench.nowMs += 3
    }
    expect(bench.write(100), 'slow, as when others want the processor, but it waited for nothing').toBe(true)
    bench.during = () => {
      bench.nowMs += 2
      bench.waits += 1
    }
    expect(bench.write(100)).toBe(true)
    bench.during = () => {}
    bench.nowMs += 1999
    expect(bench.write(100)).toBe(false)
    bench.nowMs += 1
    expect(bench.write(100)).toBe(true)
  })

  test('unless it cannot be: then that is the answer', () => {
    const { writes } = new Bench()
    expect(writes.attempt(100, () => -1)).toBe(-1)
    expect(writes.attempt(100, () => 40)).toBe(40)
  })
})

// Of Linux 6.18, shortened.
const vmstat = `nr_free_pages 5798912
nr_dirty 1200
nr_writeback 300
nr_writeback_temp 0
nr_dirty_threshold 1189044
nr_dirty_background_threshold 593796
pgpgin 2200`

test('the room that is left is to the middle between the thresholds, in bytes', () => {
  expect(roomIn(vmstat)).toBe(((1189044 + 593796) / 2 - 1500) * 4096)
  expect(roomIn(vmstat.replace('nr_dirty 1200', 'nr_dirty 1189044'))).toBe(0)
  expect(roomIn('nothing of the kind')).toBe(0)
})

test.runIf(process.platform === 'linux')('this machine says how much room there is', () => {
  expect(dirtyRoomBytes()).toBeGreaterThan(0)
})
