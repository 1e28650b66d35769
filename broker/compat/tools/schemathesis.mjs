// schemathesis from PyPI in a virtual environment of its own.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cached } from '../cache.mjs'
import { run, works } from '../process.mjs'

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), 'clients', 'schemathesis')
const requirements = join(folder, 'requirements.txt')

/** Resolves with the path of its command. */
export async function setupSchemathesis() {
  if (!(await works('python3', '--version'))) throw new Error('no `python3`: install Python 3.10 or newer')
  const { stdout: version } = await run('python3', ['--version'])
  const installed = await cached('schemathesis', { inputs: [requirements], extra: [version] }, async unfinished => {
    await run('python3', ['-m', 'venv', unfinished])
    const pip = [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '--only-binary=:all:',
      '-r',
      requirements,
    ]
    await run(join(unfinished, 'bin', 'python'), pip, { timeoutMs: 300_000 })
  })
  // By the module and not by the script, whose first line names the folder in which it was made.
  return { command: join(installed, 'bin', 'python'), args: ['-m', 'schemathesis.cli'] }
}
