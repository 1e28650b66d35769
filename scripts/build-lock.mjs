// One process at a time: who comes while another one installs or builds waits for it, and then finds that done.
// The lock is a file with the process id of its holder. A holder that is gone (killed, power lost) holds nothing: of those that find
// its file exactly one takes over, the one that creates a marker with the dead holder's id.
// Plain JavaScript without imports of ours or of packages, because it runs on a clone that has neither.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

const pollMs = 100
/** An install from a slow network and a build on a slow machine take less. */
const waitMsMax = 15 * 60_000

/** Runs the body while no other process runs one under this lock. The body may end the process. */
export function whileLocked(path, body) {
  const release = acquire(path)
  const onExit = () => release()
  process.on('exit', onExit)
  try {
    return body()
  } finally {
    process.off('exit', onExit)
    release()
  }
}

function acquire(path) {
  mkdirSync(dirname(path), { recursive: true })
  const untilMs = Date.now() + waitMsMax
  for (let isTold = false; ; ) {
    if (create(path)) return () => rmSync(path, { force: true })
    const holder = holderOf(path)
    if (holder !== undefined && !isAlive(holder) && takeOver(path, holder)) {
      return () => rmSync(path, { force: true })
    }
    if (!isTold) console.log(`waiting for another install or build in this folder (process ${holder ?? 'unknown'}) ...`)
    isTold = true
    if (Date.now() > untilMs) throw new Error(`${path} is still held by process ${holder}. If that is none of ours, remove the file and those beside it that begin with its name.`) // biome-ignore format: one thought
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pollMs)
  }
}

/** False: it is there already. */
function create(path) {
  try {
    writeFileSync(path, `${process.pid}\n`, { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
}

/** Undefined: released meanwhile, or not written yet. */
function holderOf(path) {
  try {
    return Number.parseInt(readFileSync(path, 'utf8'), 10) || undefined
  } catch {
    return undefined
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function takeOver(path, holder) {
  const marker = `${path}.${holder}`
  if (!create(marker)) return false
  // The lock may have been taken over and released, between the look at it and the marker.
  const isStill = holderOf(path) === holder
  if (isStill) {
    writeFileSync(`${marker}.next`, `${process.pid}\n`)
    renameSync(`${marker}.next`, path)
  }
  rmSync(marker)
  return isStill
}
