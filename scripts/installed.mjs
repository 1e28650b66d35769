// What must be there before anything of ours can run: the locked dependencies, and dist/ built from the sources as they are.
// Plain JavaScript without imports of ours or of packages, because it runs on a clone that has neither.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureNative } from './native.mjs'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
const sourceFolders = ['protocol', 'io', 'client', 'broker', 'testing', 'cli', 'bench']
const buildStamp = join(root, 'dist', '.built')
const installStamp = join(root, 'node_modules', '.package-lock.json')

/** Runs a command in the repository's root with our terminal; exits with its code when it fails. */
export function run(command, args, env = process.env) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env })
  if (error) throw error
  if (status !== 0) process.exit(status ?? 1)
}

function modifiedMs(path) {
  return existsSync(path) ? statSync(path).mtimeMs : 0
}

function newestSourceMs(folder) {
  let newest = 0
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === 'node_modules' || entry.name === 'testdata' || entry.name === 'target') continue
    const path = join(folder, entry.name)
    if (entry.isDirectory()) newest = Math.max(newest, newestSourceMs(path))
    else if (entry.name.endsWith('.ts')) newest = Math.max(newest, modifiedMs(path))
  }
  return newest
}

/** Installs with `npm ci` when node_modules is missing or older than the lock file. */
export function ensureInstalled() {
  if (modifiedMs(installStamp) >= modifiedMs(join(root, 'package-lock.json'))) return
  console.log('installing dependencies (once) ...')
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
}

/** Builds dist/ when any source, the compiler's settings or the bundle's parts are newer than the last build. */
export function ensureBuilt() {
  ensureNative()
  const folders = sourceFolders.map(name => join(root, name)).filter(existsSync)
  const settings = ['tsconfig.json', 'scripts/bundle.mjs'].map(name => modifiedMs(join(root, name)))
  const newest = Math.max(...settings, ...folders.map(newestSourceMs))
  if (modifiedMs(buildStamp) >= newest) return
  const startedAt = newest
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'])
  run(process.execPath, [join(root, 'scripts/bundle.mjs')])
  writeFileSync(buildStamp, `${startedAt}\n`)
}
