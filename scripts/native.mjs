// Compiles io/native/ into dist/native/millrace-<platform>-<arch>.node with the C compiler of the machine and nothing else.
// A machine without one, and a compiler that fails, cost one line and nothing more: io/ then sends through JavaScript.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = dirname(import.meta.dirname)
const sources = join(root, 'io/native')
const headers = join(root, 'node_modules/node-api-headers/include')
const flags = ['-std=c11', '-shared', '-fPIC', '-fvisibility=hidden', '-D_FILE_OFFSET_BITS=64', '-DNAPI_VERSION=8']
const warnings = ['-Wall', '-Wextra', '-Werror']

/** Where the addon is for this platform. */
export const addonPath = join(root, `dist/native/millrace-${process.platform}-${process.arch}.node`)

function filesOf(folder, ...endings) {
  const names = readdirSync(folder).filter(name => endings.some(ending => name.endsWith(ending)))
  return names.map(name => join(folder, name))
}

/** The C compiler of this machine, if it has one. */
export function compiler() {
  const candidates = [process.env.CC, 'cc', 'gcc', 'clang'].filter(Boolean)
  return candidates.find(name => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0)
}

/** Compiles to `output` with these options besides the usual; answers why that did not work. */
export function compileAddon(output, options) {
  const name = compiler()
  if (name === undefined) return 'there is no C compiler (cc, gcc, clang)'
  mkdirSync(join(output, '..'), { recursive: true })
  // Into place in one step: another process may be loading the old one.
  const fresh = `${output}.${process.pid}`
  const args = [...options, ...flags, ...warnings, `-I${headers}`, '-o', fresh, ...filesOf(sources, '.c')]
  const { status, stderr } = spawnSync(name, args, { encoding: 'utf8' })
  if (status !== 0) return `${name} failed: ${stderr.trim().split('\n').slice(0, 3).join(' ')}`
  renameSync(fresh, output)
}

/** Whether the addon is there, and not older than its sources; true where there is none to be. */
export function isNativeBuilt() {
  if (process.platform !== 'linux') return true // sendfile as it is used here is Linux's
  const newest = Math.max(...filesOf(sources, '.c', '.h').map(path => statSync(path).mtimeMs))
  return existsSync(addonPath) && statSync(addonPath).mtimeMs >= newest
}

/** Compiles the addon when it is missing or older than its sources. */
export function ensureNative() {
  if (isNativeBuilt()) return
  const failure = compileAddon(addonPath, ['-O2'])
  if (failure !== undefined) console.log(`native addon not built: ${failure}`)
}
