// Where fetched and compiled programs stay between runs: outside the clone, one folder per tool and hash of its manifests.
// Invariant: a folder under its final name is complete; it is filled under another name and renamed when it is done.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

export const cacheFolder =
  process.env.MILLRACE_COMPAT_CACHE ?? join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'millrace-compat')

/** All files below a folder, or the file itself, in a stable order. */
function filesOf(path) {
  if (!statSync(path).isDirectory()) return [path]
  const names = readdirSync(path).filter(name => name !== 'node_modules')
  return names.sort().flatMap(name => filesOf(join(path, name)))
}

/**
 * The folder of one tool, filled by `fill(folder)` when no run has done so for these inputs.
 * `inputs` are paths (hashed by content) and `extra` strings that the result also depends on.
 */
export async function cached(name, { inputs, extra = [] }, fill) {
  const hash = createHash('sha256')
  for (const path of inputs.flatMap(filesOf)) hash.update(path.split('/').at(-1)).update(readFileSync(path))
  for (const text of [process.platform, process.arch, ...extra]) hash.update(text)
  const folder = join(cacheFolder, `${name}-${hash.digest('hex').slice(0, 16)}`)
  if (existsSync(folder)) {
    const now = new Date()
    utimesSync(folder, now, now)
    return folder
  }
  sweep(name)
  const unfinished = `${folder}.unfinished-${process.pid}`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { recursive: true })
  try {
    await fill(unfinished)
    if (!existsSync(folder)) renameSync(unfinished, folder) // another run may have been quicker; its folder is as good
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
  return folder
}

const keptDays = 14

/** Removes what runs left behind that were killed, and what no run has used for long. */
function sweep(tool) {
  const own = existsSync(cacheFolder) ? readdirSync(cacheFolder).filter(name => name.startsWith(`${tool}-`)) : []
  for (const name of own) {
    const path = join(cacheFolder, name)
    const owner = /\.unfinished-(\d+)$/.exec(name)?.[1]
    const isStale = owner ? !isAlive(Number(owner)) : Date.now() - statSync(path).mtimeMs > keptDays * 86_400_000
    if (isStale) rmSync(path, { recursive: true, force: true })
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0)
  } catch (cause) {
    return cause.code !== 'ESRCH'
  }
}
