// What must be there before anything of ours can run: the locked dependencies, and dist/ built from the sources as they are.
// Plain JavaScript without imports of ours or of packages, because it runs on a clone that has neither.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { whileLocked } from './build-lock.mjs'
import { ensureNative, isNativeBuilt } from './native.mjs'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
const sourceFolders = ['protocol', 'io', 'client', 'broker', 'schema-registry', 'testing', 'cli', 'bench']
const buildStamp = join(root, 'dist', '.built')
const lock = join(root, 'dist', '.lock')
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
  const isInstalled = () => modifiedMs(installStamp) >= modifiedMs(join(root, 'package-lock.json'))
  if (isInstalled()) return
  whileLocked(lock, () => {
    if (isInstalled()) return
    console.log('installing dependencies (once) ...')
    run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
  })
}

function newestMs() {
  const folders = sourceFolders.map(name => join(root, name)).filter(existsSync)
  const settings = ['tsconfig.json', 'scripts/bundle.mjs'].map(name => modifiedMs(join(root, name)))
  return Math.max(...settings, ...folders.map(newestSourceMs))
}

const isBuilt = () => modifiedMs(buildStamp) >= newestMs()

/** Builds dist/ when any source, the compiler's settings or the bundle's parts are newer than the last build. */
export function ensureBuilt() {
  if (isBuilt() && isNativeBuilt()) return
  whileLocked(lock, build)
}

/** Two that build at once would read what the other one is writing. */
function build() {
  ensureNative()
  if (isBuilt()) return
  const builtMs = newestMs()
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'])
  run(process.execPath, [join(root, 'scripts/bundle.mjs')])
  writeFileSync(buildStamp, '')
  // What is saved while the compiler runs is newer than the build. Times of files have fractions that are not kept here.
  const seconds = (builtMs + 1) / 1000
  utimesSync(buildStamp, seconds, seconds)
}
