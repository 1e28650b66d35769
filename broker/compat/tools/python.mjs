// confluent-kafka from PyPI in a virtual environment of its own.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cached } from '../cache.mjs'
import { run, works } from '../process.mjs'

const sources = join(dirname(dirname(fileURLToPath(import.meta.url))), 'clients', 'python')
const requirements = join(sources, 'requirements.txt')

export async function setupPython() {
  if (!(await works('python3', '--version'))) throw new Error('no `python3`: install Python 3.8 or newer')
  const { stdout: version } = await run('python3', ['--version'])
  const folder = await cached('python', { inputs: [requirements], extra: [version] }, async unfinished => {
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
  return { program: { command: join(folder, 'bin', 'python'), args: [join(sources, 'main.py')] } }
}
