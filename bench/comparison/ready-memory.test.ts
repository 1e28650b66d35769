import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { freeBytes, ReadyMemory } from './ready-memory.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('what is free is what nothing is in', () => {
  const meminfo = 'MemTotal:       24684316 kB\nMemFree:        23190416 kB\nMemAvailable:   23811184 kB\n'
  expect(freeBytes(meminfo)).toBe(23190416 * 1024)
  expect(freeBytes('')).toBe(0)
})

/** A machine with so much memory, in which a pass may take some. */
function machine(bytes: number) {
  const folder = mkdtempSync(join(tmpdir(), 'ready-memory-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const taken = { bytes: 0 }
  const sizes = { heldBytesMax: 60, spareBytes: 30, aheadBytes: 20, chunkBytes: 10, lookMs: 10 }
  const memory: ReadyMemory = new ReadyMemory({ folder, freeBytes: () => bytes - held() - taken.bytes, ...sizes })
  const held = () => memory.heldBytes
  return { folder, held, taken, memory }
}

const looked = () => vi.advanceTimersByTimeAsync(10)

test('memory is held before a pass, and given free as fast as the pass takes it', async () => {
  const { held, taken, memory } = machine(200)
  for (let pass = 0; pass < 2; pass++) {
    await memory.during(async () => {
      expect(held()).toBe(40)
      taken.bytes = 25
      await looked()
      expect(held()).toBe(10)
      taken.bytes = 100
      await looked()
      expect(held()).toBe(0)
    })
    taken.bytes = 0
  }
})

test('some is left free, and nothing of what is held has a name that could stay', async () => {
  const { folder, held, memory } = machine(65)
  await memory.during(async () => expect(held()).toBe(10))
  expect(readdirSync(folder)).toEqual([])
})

test('a pass that fails fails, and looks no more', async () => {
  const { held, taken, memory } = machine(200)
  const failing = memory.during(async () => Promise.reject(new Error('no')))
  await expect(failing).rejects.toThrow('no')
  taken.bytes = 100
  await looked()
  expect(held()).toBe(40)
})
