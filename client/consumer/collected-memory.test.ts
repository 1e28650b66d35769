import { expect, test } from 'vitest'
import { CollectedMemory } from './collected-memory.ts'

const mebibyte = 1024 * 1024

test('twice as much young garbage is made as memory is taken, and none for little', () => {
  const memory = new CollectedMemory()
  memory.allocate(mebibyte / 2)
  expect(memory.filledBytes).toBe(0)
  for (let taken = 0; taken < 8; taken += 1) memory.allocate(mebibyte)
  expect(memory.filledBytes).toBe(16 * mebibyte)
})

test('each answer has memory of its own', () => {
  const memory = new CollectedMemory()
  const first = memory.allocate(mebibyte)
  expect(memory.allocate(mebibyte)).not.toBe(first)
})

const hasGlibc = 'glibcVersionRuntime' in (process.report.getReport() as { header: object }).header

test.runIf(hasGlibc)('what is freed stays with the process: pages are not new each time', () => {
  const memory = new CollectedMemory()
  const takeAndWrite = (mebibytes: number) => {
    for (let taken = 0; taken < mebibytes; taken += 1) new Uint8Array(memory.allocate(mebibyte)).fill(1)
  }
  takeAndWrite(128)
  const before = process.resourceUsage().minorPageFault
  takeAndWrite(256)
  const faultsOfEveryPage = (256 * mebibyte) / 4096
  expect(process.resourceUsage().minorPageFault - before).toBeLessThan(faultsOfEveryPage / 2)
})
