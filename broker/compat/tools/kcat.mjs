// kcat from Debian; installed when it is missing and we may.
import { run, works } from '../process.mjs'
import { installed } from './apt.mjs'

export async function setupKcat() {
  if (!(await works('kcat', '-V'))) await installed('kcat')
  return {
    command: 'kcat',
    run: (args, options) => run('kcat', args, { timeoutMs: 30_000, ...options }),
  }
}
