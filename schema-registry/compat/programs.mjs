// Other people's clients of schema registries as programs: fetched and built once, into the compatibility run's cache, from the manifests
// beside them. Each knows `write`, `read` and `manage`, with its options as JSON, and prints `@{...}` lines.

import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cached } from '../../broker/compat/cache.mjs'
import { run, works } from '../../broker/compat/process.mjs'

const clients = join(dirname(fileURLToPath(import.meta.url)), 'clients')
const fetchMsMax = 300_000

/** By name: what stands before the action. Throws a sentence about what this machine lacks. */
export async function registryPrograms() {
  const [node, python, go] = [await nodePrograms(), await pythonProgram(), await goProgram()]
  return {
    '@kafkajs/confluent-schema-registry': [...node, 'kafkajs'],
    '@confluentinc/schemaregistry': [...node, 'confluent'],
    'confluent-kafka-python': python,
    'franz-go sr': go,
  }
}

async function nodePrograms() {
  const sources = join(clients, 'node')
  const manifests = ['package.json', 'package-lock.json', '.npmrc'].map(name => join(sources, name))
  const packages = await cached('registry-npm', { inputs: manifests }, async folder => {
    for (const path of manifests) cpSync(path, join(folder, path.split('/').at(-1)))
    await run('npm', ['ci', '--ignore-scripts', '--loglevel=error'], { cwd: folder, timeoutMs: fetchMsMax })
  })
  // Our programs beside a link to the packages that they import: those are shared with other clones.
  const folder = mkdtempSync(join(tmpdir(), 'millrace-registry-node-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  for (const name of readdirSync(sources).filter(each => each.endsWith('.mjs')))
    cpSync(join(sources, name), join(folder, name))
  symlinkSync(join(packages, 'node_modules'), join(folder, 'node_modules'))
  return [process.execPath, join(folder, 'main.mjs')]
}

async function pythonProgram() {
  if (!(await works('python3', '--version'))) throw new Error('no `python3`: install Python 3.8 or newer')
  const { stdout: version } = await run('python3', ['--version'])
  const requirements = join(clients, 'python', 'requirements.txt')
  const folder = await cached('registry-python', { inputs: [requirements], extra: [version] }, async unfinished => {
    await run('python3', ['-m', 'venv', unfinished])
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary=:all:']
    await run(join(unfinished, 'bin', 'python'), [...pip, '-r', requirements], { timeoutMs: fetchMsMax })
  })
  return [join(folder, 'bin', 'python'), join(clients, 'python', 'main.py')]
}

async function goProgram() {
  if (!(await works('go', 'version'))) throw new Error('no `go`: install Go 1.26 or newer')
  const { stdout: version } = await run('go', ['version'])
  const sources = join(clients, 'go')
  const folder = await cached('registry-go', { inputs: [sources], extra: [version] }, unfinished =>
    run('go', ['build', '-o', join(unfinished, 'registry-compat'), '.'], { cwd: sources, timeoutMs: fetchMsMax }),
  )
  return [join(folder, 'registry-compat')]
}
