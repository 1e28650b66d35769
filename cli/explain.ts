// An error as its user should read it: what happened and what to do, no stack trace for a user's mistake.

import { ConfigError } from '../broker/config/config-error.ts'
import { DiskError } from '../io/disk.ts'
import { NetError } from '../io/net.ts'

/** One or more lines for standard error. Errors that are ours to repair keep their stack. */
export function explain(error: unknown): string {
  if (error instanceof ConfigError) return `millrace: ${error.message}`
  const namesFlag = error instanceof NetError && error.message.startsWith('--')
  if (error instanceof NetError && error.code === 'ADDRESS_IN_USE' && !namesFlag) {
    return `millrace: ${error.message}\nAnother program listens there: stop it, or choose another port with --port.`
  }
  if (error instanceof DiskError || error instanceof NetError) return `millrace: ${error.message}`
  return `millrace: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
}
