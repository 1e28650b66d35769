// pino behind the Logger interface, loaded when there is the first line to write: a start without news does not pay for it.

import { createRequire } from 'node:module'
import { ConfigError } from '../broker/config/config-error.ts'
import type { Logger } from '../io/logger.ts'

const levels = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof levels)[number]

/** The level named by MILLRACE_LOG_LEVEL, or the given one. */
export function logLevel(standard: LogLevel): LogLevel {
  const named = process.env.MILLRACE_LOG_LEVEL
  if (named === undefined) return standard
  if ((levels as readonly string[]).includes(named)) return named as LogLevel
  throw new ConfigError([`MILLRACE_LOG_LEVEL=${named}: it is one of ${levels.join(', ')}`])
}

/** JSON lines on standard error, from the level on. */
export function stderrLogger(level: LogLevel): Logger {
  const threshold = levels.indexOf(level)
  let logger: Logger | undefined
  const load = (): Logger => {
    const { pino } = createRequire(import.meta.url)('pino') as typeof import('pino')
    return pino({ level, base: undefined }, pino.destination({ fd: 2, sync: true }))
  }
  const at = (name: 'debug' | 'info' | 'warn' | 'error') => (fields: object, text: string) => {
    if (levels.indexOf(name) < threshold) return
    logger ??= load()
    logger[name](fields, text)
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
