// `npm test`: installs, builds, checks types and style, then runs every suite that needs no network.
import { join } from 'node:path'
import { ensureBuilt, ensureInstalled, root, run } from './installed.mjs'

ensureInstalled()
ensureBuilt()
const bin = name => join(root, 'node_modules', '.bin', name)
run(bin('tsc'), ['--noEmit'])
run(bin('biome'), ['check', '.'])
run(bin('vitest'), ['run', ...process.argv.slice(2)])
