// A new user's path, to the letter: the package is packed, a folder is made, and every block of "Ten minutes" in client/README.md is
// run, or written to the file it names; what the README says is printed must be. Replaced are the package, which is the packed one and
// not the registry's, and the port, which may be taken here.

import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { repositoryPath } from '../../testing/repository-path.ts'
import { compatModule } from '../disk-swap/target.ts'
import { follow, packInto } from '../ten-minutes/follow-readme.ts'
import { readmeSteps } from '../ten-minutes/readme-steps.ts'
import type { Show } from './show.ts'

export const client6: Show = {
  id: 'client.6',
  title: 'the ten minutes of client/README.md to the letter: an empty folder, the packed package, every block run',
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-ten-minutes-'))
    try {
      const tarball = await packInto(folder)
      const { freePort } = (await compatModule('free-port.mjs')) as { freePort: () => Promise<number> }
      const port = String(await freePort())
      const markdown = readFileSync(repositoryPath('client/README.md'), 'utf8')
      const here = markdown.replaceAll('npm install millrace', `npm install ${tarball}`).replaceAll('9092', port)
      const steps = readmeSteps(here, 'Ten minutes')
      const cwd = join(folder, 'app')
      mkdirSync(cwd)
      const wrong = await follow(steps, cwd)
      const checked = steps.filter(step => step.kind === 'run' && step.prints !== undefined).length
      const figure = `${steps.length} steps, what ${checked} of them print is as the README has it`
      return { pass: wrong.length === 0 && checked > 0, figure: wrong[0] ?? figure }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}
