// franz-go's fake cluster (package kfake), compiled from our few lines around it.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cached } from '../cache.mjs'
import { run, works } from '../process.mjs'

const sources = join(dirname(dirname(fileURLToPath(import.meta.url))), 'kfake')

/** The program's path; fetched and compiled once. Throws when there is no Go. */
export async function setupKfake() {
  if (!(await works('go', 'version'))) throw new Error('no `go`: install Go 1.26 or newer')
  const { stdout: version } = await run('go', ['version'])
  const folder = await cached('kfake', { inputs: [sources], extra: [version] }, unfinished =>
    run('go', ['build', '-o', join(unfinished, 'kfake'), '.'], { cwd: sources, timeoutMs: 300_000 }),
  )
  return join(folder, 'kfake')
}
