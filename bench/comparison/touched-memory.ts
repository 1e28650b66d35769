// Memory that this machine has not used before is made ready by its host when it is first touched, where the machine is a
// virtual one: 2 s of CPU for a GB, charged to whoever writes, ten times what the write itself costs. Whether a pass of a
// broker gets such pages is chance. So all free memory is touched once, before anything is measured, by a process that ends.

import { readFileSync } from 'node:fs'
import { runCommand } from '../run-command.ts'

const meminfoPath = '/proc/meminfo'
const chunkBytes = 256 * 1024 * 1024
/** Left for the machine and for the one who touches. */
const spareBytes = 256 * 1024 * 1024

/** Resolves with a sentence about how long it took. */
export async function touchFreeMemory(): Promise<string> {
  const chunks = Math.max(0, Math.floor((freeBytes(readFileSync(meminfoPath, 'utf8')) - spareBytes) / chunkBytes))
  const startedMs = performance.now()
  const program = `const held = []; for (let i = 0; i < ${chunks}; i++) held.push(Buffer.alloc(${chunkBytes}, 1))`
  const { code } = await runCommand(process.execPath, ['-e', program])
  const touched = `${((chunks * chunkBytes) / 1e9).toFixed(1)} GB of free memory`
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(0)
  return code === 0
    ? `${touched} touched once, ${seconds} s`
    : `${touched} could not be touched: the first passes may be slow`
}

/** Of the text of /proc/meminfo: what nothing is in. */
export function freeBytes(meminfo: string): number {
  return Number(/^MemFree:\s+(\d+) kB$/m.exec(meminfo)?.[1] ?? 0) * 1024
}
