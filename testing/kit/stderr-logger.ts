// Log lines of a broker in a test, for people: one line on standard error, from a level on.

import type { Logger } from '../../io/logger.ts'

const levels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof levels)[number]

export const isLogLevel = (text: unknown): text is LogLevel => levels.includes(text as LogLevel)

/** `millrace 9092 warn: a connection is closed {"reason":"..."}`; `name` tells brokers of one process apart. */
export function stderrLogger(from: LogLevel, name: () => string): Logger {
  const at = (level: LogLevel) => (fields: object, text: string) => {
    if (levels.indexOf(level) < levels.indexOf(from)) return
    process.stderr.write(`${name()} ${level}: ${text} ${JSON.stringify(fields, errorsAsText)}\n`)
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

const errorsAsText = (_: string, value: unknown): unknown => {
  if (value instanceof Error) return value.stack ?? value.message
  return typeof value === 'bigint' ? String(value) : value
}
