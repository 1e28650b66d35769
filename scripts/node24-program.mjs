// Node 24, which comes as an npm package, into a folder outside of the clone.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from './installed.mjs'

const folder = join(process.env.XDG_CACHE_HOME ?? join(tmpdir(), 'millrace-cache'), 'node24')

/** Where its programs are, for PATH. */
export const node24Folder = join(folder, 'node_modules/node/bin')

/** The path of `node`, installed when it is missing. Throws when what is there is not Node 24. */
export function node24Program() {
  const node = join(node24Folder, 'node')
  if (!existsSync(node)) {
    mkdirSync(folder, { recursive: true })
    const install = [
      'install',
      '--prefix',
      folder,
      '--no-save',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      'node@24',
    ]
    run('npm', install)
  }
  const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' })
  if (!stdout.startsWith('v24.'))
    throw new Error(`${node} is ${stdout}, not Node 24: remove ${folder} and run this again`)
  return node
}
