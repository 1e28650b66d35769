// Lengths of time as they are typed: 500ms, 30s, 15m, 2h, 1d.

import { usage } from '../terminal/failure.ts'

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Milliseconds, or undefined when it is not a length of time. */
export function durationMs(text: string): number | undefined {
  const parts = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text)
  return parts === null ? undefined : Number(parts[1]) * unitMs[parts[2]!]!
}

/** Throws a Failure that names the option. */
export function parseDuration(text: string, option: string): number {
  const ms = durationMs(text)
  if (ms !== undefined && ms > 0) return ms
  throw usage(`${option} ${text}: a length of time is a number and a unit: 500ms, 30s, 15m, 2h or 1d`)
}
