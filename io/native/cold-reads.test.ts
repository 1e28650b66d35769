import { expect, test } from 'vitest'
import type { DiskFile } from '../disk.ts'
import { type ColdRead, ColdReads, coldReadsAtOnceMax } from './cold-reads.ts'

class Bench {
  /** Under way on the thread pool, by their positions. */
  readonly reading = new Map<number, (result: number) => void>()
  readonly retained = new Set<number>()
  readonly results: [number, number][] = []
  readonly coldReads = new ColdReads((_file, position, _length, done) => this.reading.set(position, done))

  start(position: number): ColdRead {
    const retain = () => {
      this.retained.add(position)
      return () => this.retained.delete(position)
    }
    const file = { retain } as unknown as DiskFile
    const done = (result: number) => this.results.push([position, result])
    const read = { file, descriptor: 1, position, length: 10, done }
    this.coldReads.start(read)
    return read
  }

  finish(position: number, result: number): void {
    const done = this.reading.get(position)!
    this.reading.delete(position)
    done(result)
  }
}

test('half of the thread pool at most', () => {
  expect(coldReadsAtOnceMax).toBe(2)
})

test('reads above the limit wait in line, and start as others end', () => {
  const bench = new Bench()
  for (const position of [1, 2, 3, 4]) bench.start(position)
  expect([...bench.reading.keys()]).toEqual([1, 2])
  expect([bench.coldReads.running, bench.coldReads.waiting]).toEqual([2, 2])
  bench.finish(2, 10)
  expect([...bench.reading.keys()]).toEqual([1, 3])
  bench.finish(1, -5)
  expect([...bench.reading.keys()]).toEqual([3, 4])
  bench.finish(3, 10)
  bench.finish(4, 10)
  expect(bench.results).toEqual([
    [2, 10],
    [1, -5],
    [3, 10],
    [4, 10],
  ])
  expect([bench.coldReads.running, bench.coldReads.waiting]).toEqual([0, 0])
})

test('what is given up in the line is never read, and its file is let go at once', () => {
  const bench = new Bench()
  const [, , third] = [1, 2, 3, 4].map(position => bench.start(position))
  bench.coldReads.giveUp(third!)
  bench.coldReads.giveUp(third!)
  expect([...bench.retained]).toEqual([1, 2, 4])
  bench.finish(1, 10)
  expect([...bench.reading.keys()]).toEqual([2, 4])
})

test('a file is retained until its read is over, also when that was given up meanwhile', () => {
  const bench = new Bench()
  const first = bench.start(1)
  bench.coldReads.giveUp(first)
  expect([...bench.retained]).toEqual([1])
  bench.finish(1, 10)
  expect([...bench.retained]).toEqual([])
  expect(bench.coldReads.running).toBe(0)
})
