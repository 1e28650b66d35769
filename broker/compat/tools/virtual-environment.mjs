// Packages from PyPI in a virtual environment of their own, made once for each list of them and each Python.
import { join } from 'node:path'
import { cached } from '../cache.mjs'
import { run, works } from '../process.mjs'

/** Resolves with the path of its Python. `atLeast`: the oldest version that the packages run on. */
export async function virtualEnvironment(name, requirements, atLeast) {
  if (!(await works('python3', '--version'))) throw new Error(`no \`python3\`: install Python ${atLeast} or newer`)
  const { stdout: version } = await run('python3', ['--version'])
  const folder = await cached(name, { inputs: [requirements], extra: [version] }, async unfinished => {
    await run('python3', ['-m', 'venv', unfinished])
    const quietly = ['--quiet', '--disable-pip-version-check', '--only-binary=:all:']
    const pip = ['-m', 'pip', 'install', ...quietly, '-r', requirements]
    await run(join(unfinished, 'bin', 'python'), pip, { timeoutMs: 300_000 })
  })
  return join(folder, 'bin', 'python')
}
