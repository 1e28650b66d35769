// The compatibility run against both targets: what our broker passes, real Kafka passes too, so the checks are of Kafka's
// behaviour. Reduced: a part of them against Kafka only, because CI runs all of them against ours by themselves.

import { repositoryPath } from '../../testing/repository-path.ts'
import { kafkaJars, type TargetName } from '../disk-swap/target.ts'
import { runCommand } from '../run-command.ts'
import type { Show } from './show.ts'

interface Outcome {
  readonly pass: boolean
  readonly figure: string
}

/** Requests of our own making: nothing to fetch or compile but Kafka itself. */
const quickSuite = 'wire/'
const failedShownMax = 10

async function runSuites(target: TargetName, only?: string): Promise<Outcome> {
  const chosen = only === undefined ? [] : ['--only', only]
  const args = [repositoryPath('scripts/compat.mjs'), '--no-build', '--target', target, ...chosen]
  const { code, output } = await runCommand(process.execPath, args)
  const summary = output.match(/^(\d+) passed, (\d+) failed.*$/m)
  const [line, passed, failed] = summary ?? [`no summary: ${output.slice(-1000)}`, '0', '1']
  const failures = output.split('\n').filter(each => each.startsWith('FAIL '))
  const figure = [
    `${target}${only === undefined ? '' : ` (${only} only)`}: ${line}`,
    ...failures.slice(0, failedShownMax),
  ]
  return { pass: code === 0 && Number(passed) > 0 && Number(failed) === 0, figure: figure.join('\n  ') }
}

export const mainJob5: Show = {
  id: 'main-job.5',
  title: "other people's programs against our broker, and the same checks against real Kafka 4.3.0",
  async run({ reduced }) {
    try {
      await kafkaJars()
    } catch (error) {
      return { pass: false, figure: `Kafka 4.3.0 is needed: ${(error as Error).message}` }
    }
    const outcomes = reduced
      ? [await runSuites('kafka', quickSuite)]
      : [await runSuites('millrace'), await runSuites('kafka')]
    return { pass: outcomes.every(({ pass }) => pass), figure: outcomes.map(({ figure }) => figure).join('; ') }
  },
}
