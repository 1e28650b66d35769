// From a schema file to a compile error, to the letter: the package is packed, a folder is made, and every block of the tutorial in
// schema-registry/README.md is run, or written to the file it names; what the README says is printed must be, also by what fails.
// Replaced are the packages, which are the packed one and the TypeScript of this repository, and the ports, which may be taken here.

import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { repositoryPath } from '../../testing/repository-path.ts'
import { compatModule } from '../disk-swap/target.ts'
import { follow, packInto } from '../ten-minutes/follow-readme.ts'
import { readmeSteps } from '../ten-minutes/readme-steps.ts'
import type { Show } from './show.ts'

const heading = 'From a schema file to a compile error'

export const registry5: Show = {
  id: 'registry.5',
  title: 'the tutorial of schema-registry/README.md to the letter: from a schema file to a compile error',
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-tutorial-'))
    try {
      const tarball = await packInto(folder)
      const { freePort } = (await compatModule('free-port.mjs')) as { freePort: () => Promise<number> }
      const [port, registryPort] = [String(await freePort()), String(await freePort())]
      const markdown = readFileSync(repositoryPath('schema-registry/README.md'), 'utf8')
      const here = markdown
        .replaceAll(
          'npm install millrace typescript @types/node',
          `npm install ${tarball} ${localPackages().join(' ')}`,
        )
        .replaceAll('9092', port)
        .replaceAll('8081', registryPort)
      const steps = readmeSteps(here, heading)
      const cwd = join(folder, 'app')
      mkdirSync(cwd)
      const wrong = await follow(steps, cwd, {
        MILLRACE_BOOTSTRAP: `127.0.0.1:${port}`,
        MILLRACE_REGISTRY: `http://127.0.0.1:${registryPort}`,
      })
      const checked = steps.filter(step => step.kind === 'run' && step.prints !== undefined).length
      const failing = steps.filter(step => step.kind === 'run' && step.fails).length
      const figure = `${steps.length} steps, what ${checked} of them print is as the README has it, ${failing} fail as they must`
      return { pass: wrong.length === 0 && checked > 0 && failing > 0, figure: wrong[0] ?? figure }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

/** The compiler that this repository uses: the tutorial shows what it says. */
function localPackages(): string[] {
  const { devDependencies } = JSON.parse(readFileSync(repositoryPath('package.json'), 'utf8')) as {
    devDependencies: Record<string, string>
  }
  return ['typescript', '@types/node'].map(name => `${name}@${devDependencies[name]}`)
}
