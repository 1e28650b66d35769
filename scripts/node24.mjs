// `npm run test:node24`: the suites under Node 24, which comes as an npm package, into a folder outside of the clone.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureBuilt, ensureInstalled, root, run } from './installed.mjs'

const folder = join(process.env.XDG_CACHE_HOME ?? join(tmpdir(), 'millrace-cache'), 'node24')
const node = join(folder, 'node_modules/node/bin/node')

ensureInstalled()
ensureBuilt()
if (!existsSync(node)) {
  mkdirSync(folder, { recursive: true })
  const install = ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', '--loglevel=error', 'node@24']
  run('npm', install)
}
const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' })
if (!stdout.startsWith('v24.'))
  throw new Error(`${node} is ${stdout}, not Node 24: remove ${folder} and run this again`)
console.log(`node ${stdout.trim()}`)
// What a test starts as a process of its own finds the same Node first.
const env = { ...process.env, PATH: `${join(folder, 'node_modules/node/bin')}:${process.env.PATH}` }
run(node, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...process.argv.slice(2)], env)
