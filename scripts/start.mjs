// `npm start`: installs what is missing, builds what is stale, then becomes `millrace start` in this same process.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ensureBuilt, ensureInstalled, root } from './installed.mjs'

ensureInstalled()
ensureBuilt()
process.argv.splice(2, 0, 'start')
await import(pathToFileURL(join(root, 'dist/bundle/millrace.js')).href)
