// The client's suite against one target: each check once, those that harm nodes last; what is skipped is on the list.

import type { CheckContext, ClientCheck } from '../../client/compat/check.ts'
import { checks as clientChecks } from '../../client/compat/checks.ts'
import { type Skip, skips } from '../../client/compat/skips.ts'
import { clientWorld } from '../../client/real-client-world.ts'
import { commandLineChecks } from './command-line-checks.ts'
import type { RunningTarget } from './targets.ts'

const checks = [...clientChecks, ...commandLineChecks]

export interface SuiteResult {
  readonly passed: number
  /** `check: why`. */
  readonly failed: readonly string[]
  readonly skipped: readonly Skip[]
}

export interface SuiteWish {
  /** Only checks whose name contains it. */
  readonly only?: string | undefined
  /** Without those that take long. */
  readonly isReduced?: boolean
  /** Told of each outcome as it comes. */
  readonly tell?: (line: string) => void
}

/** No check waits longer for anything than a minute, a few times over. */
const checkMsMax = 300_000

export async function runClientSuite(
  target: RunningTarget,
  { only = '', isReduced = false, tell = () => {} }: SuiteWish = {},
): Promise<SuiteResult> {
  const context = contextOf(target)
  const skipped = skips.filter(skip => skip.target === target.name && skip.check.includes(only))
  const isSkipped = ({ name }: ClientCheck) => skipped.some(({ check }) => check === name)
  const wanted = checks.filter(check => check.name.includes(only))
  const failed = wrongSkips(wanted, skipped, context)
  const running = wanted.filter(check => !isSkipped(check) && !(isReduced && check.takesLong))
  let passed = 0
  for (const check of [...running.filter(({ harms }) => !harms), ...running.filter(({ harms }) => harms)]) {
    const startedMs = performance.now()
    const why = await outcomeOf(check, context)
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
    tell(`${why === undefined ? 'PASS' : 'FAIL'} ${target.name} ${check.name} (${seconds} s)${why ? `\n${why}` : ''}`)
    if (why === undefined) passed += 1
    else failed.push(`${check.name}: ${why}`)
  }
  for (const { check, why } of skipped) tell(`SKIP ${target.name} ${check}: ${why}`)
  return { passed, failed, skipped }
}

/** For checks, and for what is made of their parts. */
export function contextOf(target: RunningTarget): CheckContext {
  const { name, bootstrap, brokerCount, replicationFactor, nodes } = target
  let count = 0
  const newName = (what: string) => `suite-${process.pid}-${what}-${++count}`
  return { target: name, bootstrap, brokerCount, replicationFactor, nodes, newName, world: clientWorld() }
}

/** What lacks brokers or nodes here must be on the list, by name; and nothing else is. */
function wrongSkips(wanted: readonly ClientCheck[], skipped: readonly Skip[], context: CheckContext): string[] {
  const names = new Set(wanted.map(({ name }) => name))
  const unknown = skipped
    .filter(({ check }) => !names.has(check))
    .map(({ check }) => `skipped, but there is no such check: ${check}`)
  const cannot = ({ brokersMin = 1, harms = false }: ClientCheck) =>
    context.brokerCount < brokersMin || (harms && context.nodes.length === 0)
  const missing = wanted
    .filter(check => cannot(check) && !skipped.some(skip => skip.check === check.name))
    .map(({ name }) => `cannot run on ${context.target}, and is not on the list of skips: ${name}`)
  return [...unknown, ...missing]
}

async function outcomeOf(check: ClientCheck, context: CheckContext): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it hangs: no end within ${checkMsMax} ms`)), checkMsMax)
  })
  try {
    await Promise.race([check.run(context), late])
    return undefined
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  } finally {
    clearTimeout(timer)
  }
}
