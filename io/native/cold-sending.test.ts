// Files that the page cache does not have: they are read on the thread pool, and the connection sends when that is done.

import { statfsSync } from 'node:fs'
import { release, tmpdir } from 'node:os'
import { afterEach, expect, test as vitestTest } from 'vitest'
import type { DiskFile } from '../disk.ts'
import { descriptorOf } from '../real-file.ts'
import { descriptorOfSocket } from '../transport.ts'
import { type NativeAddon, nativeAddon, outcomes, places } from './addon.ts'
import { coldReadsAtOnceMax } from './cold-reads.ts'
import { NativeBench, type NativePair, readToEnd, until, withColdDisk, withWarmDisk } from './native-bench.ts'
import { nativeCounters } from './native-counters.ts'

const addon = nativeAddon().addon!
const test = vitestTest.skipIf(!addon)
const fileBytes = 3 * 1024 * 1024

let bench: NativeBench
afterEach(() => bench?.close())

const tmpfs = 0x01021994
/** Where files have no other place than memory, nothing is ever cold. */
const isOnDisk = addon && statfsSync(tmpdir()).type !== tmpfs
const testOnDisk = vitestTest.skipIf(!isOnDisk)

/** A file that is on the disk only. */
async function coldFile(content: Buffer): Promise<DiskFile> {
  const file = await bench.file(content)
  addon.forget(descriptorOf(file)!)
  return file
}

/** What a test counts or disturbs, for example; it has no descriptor. */
function wrap(file: DiskFile): DiskFile {
  return Object.assign(Object.create(file) as DiskFile, {
    retain: () => file.retain(),
    read: (position: number, length: number) => file.read(position, length),
  })
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

testOnDisk('the page cache is asked, filled, and asked again', async () => {
  bench = await NativeBench.start(addon)
  const file = await coldFile(Buffer.alloc(fileBytes, 1))
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

const [major = 0, minor = 0] = release().split('.').map(Number)
const hasCachestat = major > 6 || (major === 6 && minor >= 5)

vitestTest.skipIf(!isOnDisk || !hasCachestat)(
  'a range of which only every sixteenth page is there is cold',
  async () => {
    bench = await NativeBench.start(addon)
    const rangeBytes = 512 * 1024
    const file = await coldFile(Buffer.alloc(rangeBytes))
    const descriptor = descriptorOf(file)!
    for (let position = 0; position < rangeBytes; position += 64 * 1024) {
      for (const one of [position, rangeBytes - 1])
        await new Promise<number>(resolve => addon.warm(descriptor, one, 1, resolve))
      expect(addon.isWarm(descriptor, position, 1)).toBe(true)
    }
    expect(addon.isWarm(descriptor, 0, rangeBytes)).toBe(false)
    await file.close()
  },
)

testOnDisk('a cold file arrives whole, and is counted', async () => {
  bench = await NativeBench.start(addon)
  const content = Buffer.from(Array.from({ length: fileBytes }, (_, index) => index % 251))
  const file = await coldFile(content)
  const { connection, peer } = await bench.pair()
  const { coldRanges } = nativeCounters()
  connection.send([Buffer.from('<'), { file, position: 0, length: fileBytes }, Buffer.from('>')])
  connection.end()
  const received = await readToEnd(peer)
  expect(received.equals(Buffer.concat([Buffer.from('<'), content, Buffer.from('>')]))).toBe(true)
  expect(nativeCounters().coldRanges).toBeGreaterThan(coldRanges)
  await file.close()
})

testOnDisk('a send stops at what is cold, unless it is told that this was just read', async () => {
  bench = await NativeBench.start(addon)
  const file = await coldFile(Buffer.alloc(10_000))
  const { socket, peer } = await bench.sockets()
  const channel = new addon.Channel(
    descriptorOfSocket(socket)!,
    () => {},
    () => {},
  )
  addon.numbers.set([-1, 0, 1, descriptorOf(file)!, 0, 10_000], places.firstPart)
  expect(channel.send([Buffer.from('<')], 2, false)).toBe(outcomes.cold)
  expect(addon.numbers[places.takenBytes]).toBe(1)
  addon.numbers.set([descriptorOf(file)!, 0, 10_000], places.firstPart)
  expect(channel.send([], 1, true)).toBe(outcomes.allTaken)
  expect(addon.numbers[places.takenBytes]).toBe(10_000)
  channel.close()
  for (const end of [socket, peer]) end.destroy()
  await file.close()
})

test('files that only look like those of the machine pass through memory, in order', async () => {
  bench = await NativeBench.start(addon)
  const { connection, peer } = await bench.pair()
  const file = await bench.file(Buffer.from('0123456789'))
  const wrapped = wrap(file)
  connection.send([
    { file: wrapped, position: 1, length: 3 },
    { file: wrapped, position: 7, length: 2 },
    { file, position: 0, length: 2 },
    { file: wrapped, position: 4, length: 1 },
    Buffer.from('.'),
  ])
  connection.end()
  expect(String(await readToEnd(peer))).toBe('12378014.')
  await file.close()
})

test('what was read is sent at once, even if the page cache has lost it again', async () => {
  const disk = new SlowDisk()
  bench = await NativeBench.start(disk.addon)
  const { connection, peer } = await bench.pair()
  const file = await bench.file(Buffer.alloc(1_300_000, 'content'))
  const range = { file, position: 5, length: 1_200_000 }
  connection.send([Buffer.from('<'), range, { file, position: 0, length: 10 }])
  connection.end()
  const received = readToEnd(peer)
  const windows: [number, number][] = []
  for (let count = 0; count < 4; count++) {
    await until(() => disk.reads.length === 1)
    windows.push([disk.reads[0]!.position, disk.reads[0]!.length])
    disk.answer()
  }
  expect((await received).length).toBe(1_200_011)
  expect(windows).toEqual([
    [5, 524_288],
    [524_293, 524_288],
    [1_048_581, 151_424],
    [0, 10],
  ])
  await file.close()
})

test('a read that got less than it was asked for is sent, and the rest is read', async () => {
  const disk = new SlowDisk()
  bench = await NativeBench.start(disk.addon)
  const { connection, peer } = await bench.pair()
  const file = await bench.file(Buffer.alloc(1000, 'content'))
  connection.send([{ file, position: 0, length: 1000 }])
  connection.end()
  const received = readToEnd(peer)
  for (const [position, bytes] of [
    [0, 100],
    [100, 300],
    [400, 600],
  ] as const) {
    await until(() => disk.reads.length === 1)
    expect(disk.reads[0]).toMatchObject({ position, length: 1000 - position })
    disk.answer(bytes)
  }
  expect((await received).length).toBe(1000)
  await file.close()
})

test('a file that ends ends the connection: where the page cache claims to have it all, and where there is no descriptor', async () => {
  bench = await NativeBench.start(withWarmDisk(addon))
  const file = await bench.file(Buffer.alloc(1000))
  for (const short of [file, wrap(file)]) {
    const { connection, closed } = await bench.pair()
    connection.send([{ file: short, position: 500, length: 1000 }])
    const error = await closed
    expect(error).toMatchObject({ name: 'NetError', code: 'FAILED' })
    expect(error!.message).toContain(`${file.path} ends before 1500`)
  }
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
