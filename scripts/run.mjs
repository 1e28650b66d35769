// Runs one of our programs from dist/: `node scripts/run.mjs bench/fuzz.ts [arguments]`.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ensureBuilt, ensureInstalled, root } from './installed.mjs'

ensureInstalled()
ensureBuilt()
const [source] = process.argv.splice(2, 1)
const program = join(root, 'dist', source.replace(/\.ts$/, '.js'))
process.argv[1] = program
await import(pathToFileURL(program).href)
