// `npm run test:node24`: the suites under Node 24.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ensureBuilt, ensureInstalled, root, run } from './installed.mjs'
import { node24Folder, node24Program } from './node24-program.mjs'

ensureInstalled()
ensureBuilt()
const node = node24Program()
console.log(`node ${spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()}`)
// What a test starts as a process of its own finds the same Node first.
const env = { ...process.env, PATH: `${node24Folder}:${process.env.PATH}` }
run(node, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...process.argv.slice(2)], env)
