import { ensureBuilt, ensureInstalled } from './installed.mjs'

ensureInstalled()
ensureBuilt()
