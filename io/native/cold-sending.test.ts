// Files that the page cache does not have: they are read on the thread pool, and the connection sends when that is done.

import { afterEach, expect, test as vitestTest } from 'vitest'
import type { DiskFile } from '../disk.ts'
import { descriptorOf } from '../real-file.ts'
import { type NativeAddon, nativeAddon } from './addon.ts'
import { coldReadsAtOnceMax } from './cold-reads.ts'
import { NativeBench, type NativePair, readToEnd, until, withColdDisk } from './native-bench.ts'
import { nativeCounters } from './native-counters.ts'

const addon = nativeAddon().addon!
const test = vitestTest.skipIf(!addon)
const fileBytes = 3 * 1024 * 1024

let bench: NativeBench
afterEach(() => bench?.close())

/** A file that is on the disk only; undefined where files have no other place than memory. */
async function coldFile(content: Buffer): Promise<DiskFile | undefined> {
  const file = await bench.file(content)
  addon.forget(descriptorOf(file)!)
  if (!addon.isWarm(descriptorOf(file)!, 0, content.length)) return file
  await file.close()
  return undefined
}

/** A disk that answers when the test says so. */
class SlowDisk {
  readonly reads: { position: number; length: number; done: (result: number) => void }[] = []
  readonly addon: NativeAddon = withColdDisk(addon, (_file, position, length, done) =>
    this.reads.push({ position, length, done }),
  )

  answer(result?: number): void {
    const { length, done } = this.reads.shift()!
    done(result ?? length)
  }
}

test('the page cache is asked, filled, and asked again', async context => {
  bench = await NativeBench.start(addon)
  const file = await coldFile(Buffer.alloc(fileBytes, 1))
  if (!file) return context.skip('the temporary folder is in memory: nothing in it is ever cold')
  const descriptor = descriptorOf(file)!
  const warm = (position: number, length: number) =>
    new Promise<number>(resolve => addon.warm(descriptor, position, length, resolve))
  expect(addon.isWarm(descriptor, 0, 1)).toBe(false)
  expect(await warm(0, 1_000_000)).toBe(1_000_000)
  expect(addon.isWarm(descriptor, 0, 1_000_000)).toBe(true)
  expect(addon.isWarm(descriptor, 0, fileBytes)).toBe(false)
  expect(await warm(fileBytes - 10, 100)).toBe(10)
  expect(await warm(fileBytes, 100)).toBe(0)
  expect(await new Promise(resolve => addon.warm(-1, 0, 10, resolve))).toBeLessThan(0)
  await file.close()
})

test('a cold file arrives whole, and is counted', async context => {
  bench = await NativeBench.start(addon)
  const content = Buffer.from(Array.from({ length: fileBytes }, (_, index) => index % 251))
  const file = await coldFile(content)
  if (!file) return context.skip('the temporary folder is in memory: nothing in it is ever cold')
  const { connection, peer } = await bench.pair()
  const { coldRanges } = nativeCounters()
  connection.send([Buffer.from('<'), { file, position: 0, length: fileBytes }, Buffer.from('>')])
  connection.end()
  const received = await readToEnd(peer)
  expect(received.equals(Buffer.concat([Buffer.from('<'), content, Buffer.from('>')]))).toBe(true)
  expect(nativeCounters().coldRanges).toBeGreaterThan(coldRanges)
  await file.close()
})

test('what was read is sent at once, even if the page cache has lost it again', async () => {
  const disk = new SlowDisk()
  bench = await NativeBench.start(disk.addon)
  const { connection, peer } = await bench.pair()
  const file = await bench.file(Buffer.alloc(1_300_000, 'content'))
  connection.send([Buffer.from('<'), { file, position: 5, length: 1_200_000 }])
  connection.end()
  const received = readToEnd(peer)
  const windows: [number, number][] = []
  for (let count = 0; count < 3; count++) {
    await until(() => disk.reads.length === 1)
    windows.push([disk.reads[0]!.position, disk.reads[0]!.length])
    disk.answer()
  }
  expect((await received).length).toBe(1_200_001)
  expect(windows).toEqual([
    [5, 524_288],
    [524_293, 524_288],
    [1_048_581, 151_424],
  ])
  await file.close()
})

test('a disk that fails ends the connection, and so does a file that has become shorter', async () => {
  const disk = new SlowDisk()
  bench = await NativeBench.start(disk.addon)
  const file = await bench.file(Buffer.alloc(1000))
  for (const [result, words] of [
    [-5, 'EIO'],
    [0, 'ends before 1000'],
  ] as const) {
    const { connection, closed } = await bench.pair()
    connection.send([{ file, position: 0, length: 1000 }])
    await until(() => disk.reads.length === 1)
    disk.answer(result)
    const error = await closed
    expect(error).toMatchObject({ name: 'NetError', code: 'FAILED' })
    expect(error!.message).toContain(words)
  }
  await file.close()
})

test('a few cold connections read at once; the others wait, and one that is closed leaves the line', async () => {
  const disk = new SlowDisk()
  bench = await NativeBench.start(disk.addon)
  const file = await bench.file(Buffer.alloc(1000))
  const pairs: NativePair[] = []
  while (pairs.length < coldReadsAtOnceMax + 2) pairs.push(await bench.pair())
  for (const [index, { connection }] of pairs.entries()) {
    connection.send([{ file, position: index, length: 10 }])
    await new Promise(resolve => setImmediate(resolve))
  }
  await until(() => disk.reads.length === coldReadsAtOnceMax)
  pairs[coldReadsAtOnceMax]!.connection.destroy()
  await pairs[coldReadsAtOnceMax]!.closed
  disk.answer()
  await until(() => disk.reads.length === coldReadsAtOnceMax)
  expect(disk.reads.map(({ position }) => position)).toEqual([1, 3])
  for (const { connection } of pairs) connection.destroy()
  await Promise.all(pairs.map(({ closed }) => closed))
  while (disk.reads.length > 0) disk.answer()
  await file.close()
})

test('a read that ends after its connection changes nothing; its file is let go then', async () => {
  const disk = new SlowDisk()
  bench = await NativeBench.start(disk.addon)
  const { connection, closed } = await bench.pair()
  const file = await bench.file(Buffer.alloc(1000))
  connection.send([{ file, position: 0, length: 1000 }])
  await until(() => disk.reads.length === 1)
  connection.destroy()
  expect(await closed).toBeUndefined()
  await file.close()
  file.retain()()
  disk.answer()
  expect(() => file.retain()).toThrow('closed')
})
