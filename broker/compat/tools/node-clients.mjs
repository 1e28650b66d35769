// The npm clients: installed from their own lock file without running install scripts, then node-rdkafka's two parts are
// compiled here: librdkafka without what plain connections do not need, on two cores, and its binding.
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cached } from '../cache.mjs'
import { run } from '../process.mjs'
import { installed } from './apt.mjs'

const sources = join(dirname(dirname(fileURLToPath(import.meta.url))), 'clients', 'node')
const manifests = ['package.json', 'package-lock.json', '.npmrc'].map(name => join(sources, name))
const jobs = '2'

/** `{ program(client) }`: the command that runs one npm client. node-rdkafka needs `setupRdkafka` as well. */
export async function setupNodeClients() {
  const packages = await cached(
    'npm-clients',
    { inputs: manifests, extra: [process.versions.modules] },
    installPackages,
  )
  return programsWith(packages)
}

/** The same with node-rdkafka compiled. */
export async function setupRdkafka() {
  const inputs = [...manifests, fileURLToPath(import.meta.url)]
  const packages = await cached('npm-rdkafka', { inputs, extra: [process.versions.modules] }, async folder => {
    await installPackages(folder)
    await compileRdkafka(join(folder, 'node_modules', 'node-rdkafka'))
  })
  return programsWith(packages)
}

async function installPackages(folder) {
  for (const path of manifests) cpSync(path, join(folder, path.split('/').at(-1)))
  await run('npm', ['ci', '--ignore-scripts', '--loglevel=error'], { cwd: folder, timeoutMs: 300_000 })
}

async function compileRdkafka(folder) {
  if (!existsSync('/usr/include/zstd.h')) await installed('libzstd-dev')
  const librdkafka = join(folder, 'deps', 'librdkafka')
  const output = join(folder, 'build', 'deps')
  const without = ['ssl', 'gssapi', 'curl', 'syslog'].map(feature => `--disable-${feature}`)
  const env = { CFLAGS: '-O1', CXXFLAGS: '-O1', JOBS: jobs }
  await run('./configure', [`--prefix=${output}`, `--libdir=${output}`, ...without], { cwd: librdkafka, env })
  await run('make', [`-j${jobs}`, 'libs'], { cwd: librdkafka, env, timeoutMs: 400_000 })
  // "configure" and "build" rather than "rebuild", which would begin by removing what was just made.
  await run('npm', ['run', 'configure', '--', ...headersHere()], { cwd: folder, env })
  await run('npm', ['run', 'build'], { cwd: folder, env, timeoutMs: 400_000 })
}

/** Where Node's own headers lie beside it nothing has to be fetched. */
function headersHere() {
  const prefix = dirname(dirname(process.execPath))
  return existsSync(join(prefix, 'include', 'node', 'node.h')) ? [`--nodedir=${prefix}`] : []
}

/**
 * Our programs stand beside a link to the packages that they import, in a folder of this run alone: the packages are shared
 * with runs of other clones, whose programs may be others.
 */
function programsWith(packages) {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-compat-node-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  for (const name of readdirSync(sources).filter(each => each.endsWith('.mjs')))
    cpSync(join(sources, name), join(folder, name))
  symlinkSync(join(packages, 'node_modules'), join(folder, 'node_modules'))
  return { program: client => ({ command: process.execPath, args: [join(folder, 'main.mjs'), client] }) }
}
