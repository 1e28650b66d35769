// However a native connection ends, it leaves neither a descriptor nor a poll handle behind.

import { afterAll, beforeAll, expect, test as vitestTest } from 'vitest'
import type { DiskFile } from '../disk.ts'
import { descriptorOf } from '../real-file.ts'
import { nativeAddon } from './addon.ts'
import { NativeBench, type NativePair, openDescriptors, polls, until, untilFull } from './native-bench.ts'

const addon = nativeAddon().addon!
const test = vitestTest.skipIf(!addon)
const fileBytes = 8 * 1024 * 1024
const roundsAtOnce = 20
const batches = 10
const content = Buffer.alloc(fileBytes)

let bench: NativeBench
beforeAll(async () => {
  if (addon) bench = await NativeBench.start(addon)
})
afterAll(() => bench?.close())

type Ending = (pair: NativePair, file: DiskFile) => Promise<void>

/** Ends some hundred connections in this way and looks what is left of them. */
async function leavesNothing(ending: Ending): Promise<void> {
  const descriptors = openDescriptors()
  const pollsBefore = polls()
  for (let batch = 0; batch < batches; batch++) {
    const file = await bench.file(content)
    for (let round = 0; round < roundsAtOnce; round++) {
      const pair = await bench.pair()
      await ending(pair, file)
      await pair.closed
      pair.peer.destroy()
    }
    await file.close()
  }
  // Files are closed on the thread pool, handles at the end of a round of the loop.
  await until(() => openDescriptors() === descriptors && polls().open === pollsBefore.open)
  expect([openDescriptors() - descriptors, polls().open - pollsBefore.open]).toEqual([0, 0])
}

test('a response that is taken whole', () =>
  leavesNothing(async ({ connection, peer }, file) => {
    peer.resume()
    connection.send([Buffer.from('header'), { file, position: 0, length: 1_000_000 }])
    connection.end()
  }))

test('a file that is too short', () =>
  leavesNothing(async ({ connection, peer }, file) => {
    peer.resume()
    connection.send([{ file, position: fileBytes - 10, length: 20 }])
  }))

test('a peer that goes away in the middle of a response', () =>
  leavesNothing(async ({ connection, peer }, file) => {
    await untilFull(() => connection.send([{ file, position: 0, length: fileBytes }]))
    peer.resetAndDestroy()
  }))

test('a peer that has gone away before', () =>
  leavesNothing(async ({ connection, peer }, file) => {
    peer.destroy()
    const again = () => connection.send([{ file, position: 0, length: 100 }], again)
    again()
  }))

test('an abort in the middle of a response', () =>
  leavesNothing(async ({ connection, peer }, file) => {
    peer.resume()
    connection.send([{ file, position: 0, length: fileBytes }])
    await until(() => connection.pendingBytes < fileBytes)
    connection.destroy()
  }))

test('an abort while waiting for room', () =>
  leavesNothing(async ({ connection }, file) => {
    await untilFull(() => connection.send([content, { file, position: 0, length: fileBytes }]))
    connection.destroy()
  }))

test('a connection closed while its file is being read from the disk', () =>
  leavesNothing(async ({ connection }, file) => {
    addon.forget(descriptorOf(file)!)
    connection.send([{ file, position: 0, length: fileBytes }])
    await new Promise(resolve => setImmediate(resolve))
    connection.destroy()
  }))
