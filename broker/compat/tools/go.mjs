// franz-go: our Go program, compiled with its modules.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cached } from '../cache.mjs'
import { run, works } from '../process.mjs'

const sources = join(dirname(dirname(fileURLToPath(import.meta.url))), 'clients', 'go')

export async function setupGo() {
  if (!(await works('go', 'version'))) throw new Error('no `go`: install Go 1.26 or newer')
  const { stdout: version } = await run('go', ['version'])
  const folder = await cached('go', { inputs: [sources], extra: [version] }, unfinished =>
    run('go', ['build', '-o', join(unfinished, 'compat'), '.'], { cwd: sources, timeoutMs: 300_000 }),
  )
  return { program: { command: join(folder, 'compat'), args: [] } }
}
