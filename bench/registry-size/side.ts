// What show registry.4 asks of each of the two registries.

import { isAnswered } from '../apicurio/apicurio-server.ts'

export interface Side {
  readonly name: string
  /** Stores so many schemas and stops; resolves with their ids. */
  fill(count: number): Promise<readonly number[]>
  /** Starts it on what was stored, and waits until it answers for this id. */
  start(id: number): Promise<RunningSide>
}

export interface RunningSide {
  readonly pid: number
  readonly url: string
  /** From the start of the process to the first answer. */
  readonly startMs: number
  stop(): Promise<void>
}

const startMsMax = 600_000
const pollMs = 20

interface Starting {
  output(): string
  hasEnded(): boolean
}

/** Resolves when the address answers with 200. */
export async function untilAnswered(url: string, starting: Starting): Promise<void> {
  const deadlineMs = performance.now() + startMsMax
  while (!(await isAnswered(url))) {
    if (starting.hasEnded() || performance.now() > deadlineMs)
      throw new Error(`${url} is not answered:\n${starting.output().slice(-2000)}`)
    await new Promise(resolve => setTimeout(resolve, pollMs))
  }
}
