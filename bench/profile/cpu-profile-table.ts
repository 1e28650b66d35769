// The functions of a CPU profile as a table.

import { columns } from '../comparison/table.ts'
import { type CpuProfile, foldProfile } from './cpu-profile.ts'

const milliseconds = (value: number) => value.toFixed(value < 100 ? 1 : 0)

/** The `top` functions by self time. Percentages are of the busy time: a broker waits as long as it is left alone. */
export function profileTable(profile: CpuProfile, top: number): string {
  const { functions, busyMs, idleMs } = foldProfile(profile)
  const percent = (value: number) => `${((100 * value) / busyMs).toFixed(1)} %`
  const lines = functions
    .slice(0, top)
    .map(({ name, place, selfMs, totalMs }) => [milliseconds(selfMs), percent(selfMs), percent(totalMs), name, place])
  const rest = functions.slice(top).reduce((sum, { selfMs }) => sum + selfMs, 0)
  if (functions.length > top)
    lines.push([milliseconds(rest), percent(rest), '', `(${functions.length - top} others)`, ''])
  const summary = `busy ${milliseconds(busyMs)} ms, idle ${milliseconds(idleMs)} ms`
  return `${summary}\n${columns([['self ms', 'self', 'with callees', 'function', 'place'], ...lines])}`
}
