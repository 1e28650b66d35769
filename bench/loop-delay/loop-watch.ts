// The event-loop delay of a process that was started with the probe, asked for from outside.

import { existsSync, readFileSync, rmSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { repositoryPath } from '../../testing/repository-path.ts'
import type { LoopDelaySeen } from './probe.ts'

const probe = repositoryPath('dist/bench/loop-delay/probe.js')
const answerMsMax = 20_000

/** Arguments for node, and what the environment must hold. */
export const watchedArguments = ['--import', probe]
export const idleArguments = [probe, 'idle']
export const watchedEnvironment = (path: string) => ({ MILLRACE_LOOP_DELAY: path })

/** What was seen since the last call. */
export async function takeLoopDelay(pid: number, path: string): Promise<LoopDelaySeen> {
  rmSync(path, { force: true })
  process.kill(pid, 'SIGUSR2')
  for (const endMs = performance.now() + answerMsMax; !existsSync(path); await setTimeout(10)) {
    if (performance.now() > endMs) throw new Error(`process ${pid} did not tell its event-loop delay`)
  }
  return JSON.parse(readFileSync(path, 'utf8')) as LoopDelaySeen
}
