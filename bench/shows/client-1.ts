// The client's suite against three brokers of Kafka 4.3.0, against ours, and against kfake: the same checks, and what is skipped is on
// a list with reasons.

import type { TargetName } from '../../client/compat/check.ts'
import { runClientSuite } from '../client-suite/run.ts'
import { startSuiteTarget } from '../client-suite/targets.ts'
import type { Show } from './show.ts'

interface Outcome {
  readonly pass: boolean
  readonly figure: string
}

async function against(name: TargetName, isReduced: boolean, only?: string): Promise<Outcome> {
  let target: Awaited<ReturnType<typeof startSuiteTarget>>
  try {
    target = await startSuiteTarget(name)
  } catch (error) {
    return { pass: false, figure: `${name} did not start: ${(error as Error).message}` }
  }
  try {
    const { passed, failed, skipped } = await runClientSuite(target, { isReduced, only })
    const summary = `${name} (${target.brokerCount}): ${passed} passed, ${failed.length} failed, ${skipped.length} skipped by name`
    const pass = failed.length === 0 && passed > 0
    return { pass, figure: [summary, ...failed].join('\n  ') }
  } finally {
    await target.stop()
  }
}

export const client1: Show = {
  id: 'client.1',
  title: 'the client’s suite passes against three brokers of Kafka 4.3.0, ours, and kfake; skips are on a list by name',
  async run({ reduced }) {
    const outcomes: Outcome[] = []
    // One after the other: three Kafkas need the machine. Reduced, kfake has its taste only.
    if (reduced) outcomes.push(await against('millrace', true), await against('kfake', true, 'records/'))
    else for (const name of ['millrace', 'kfake', 'kafka'] as const) outcomes.push(await against(name, false))
    return { pass: outcomes.every(({ pass }) => pass), figure: outcomes.map(({ figure }) => figure).join('; ') }
  },
}
