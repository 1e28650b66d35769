// franz-go: our Go program, compiled with its modules, and the client's own tests as the same module brings them.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cached } from '../cache.mjs'
import { run, works } from '../process.mjs'

const sources = join(dirname(dirname(fileURLToPath(import.meta.url))), 'clients', 'go')
const manifests = ['go.mod', 'go.sum'].map(name => join(sources, name))
const clientPackage = 'github.com/twmb/franz-go/pkg/kgo'

async function goVersion() {
  if (!(await works('go', 'version'))) throw new Error('no `go`: install Go 1.26 or newer')
  return (await run('go', ['version'])).stdout
}

const go = (...args) => run('go', args, { cwd: sources, timeoutMs: 300_000 })

export async function setupGo() {
  const version = await goVersion()
  const folder = await cached('go', { inputs: [sources], extra: [version] }, unfinished =>
    go('build', '-o', join(unfinished, 'compat'), '.'),
  )
  return { program: { command: join(folder, 'compat'), args: [] } }
}

/**
 * The tests of package kgo, in the version that our own program uses: `command`, the compiled tests, and `cwd`, the package's
 * files, where they are to run because some of them read its source.
 */
export async function setupKgo() {
  const version = await goVersion()
  const folder = await cached('kgo', { inputs: manifests, extra: [version] }, async unfinished => {
    await go('test', '-c', '-o', join(unfinished, 'kgo.test'), clientPackage)
    const { stdout } = await go('list', '-f', '{{.Dir}}', clientPackage)
    copySources(stdout.trim(), join(unfinished, 'sources'))
  })
  return { command: join(folder, 'kgo.test'), cwd: join(folder, 'sources') }
}

/** The module cache is read-only, and stays so when its folders are copied: the files alone, or nobody could remove them. */
function copySources(from, to) {
  mkdirSync(to)
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (entry.isFile()) writeFileSync(join(to, entry.name), readFileSync(join(from, entry.name)))
  }
}
