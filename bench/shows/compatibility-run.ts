// The compatibility run as the shows use it: started as a user starts it, judged by its summary and its failed lines.

import { repositoryPath } from '../../testing/repository-path.ts'
import type { TargetName } from '../disk-swap/target.ts'
import { runCommand } from '../run-command.ts'

export interface CompatibilityOutcome {
  readonly pass: boolean
  /** The summary, and below it the first of what failed or was skipped. */
  readonly figure: string
}

export interface CompatibilityWish {
  /** Only these checks: `suite/` or a part of `suite/check`. */
  readonly only?: string
  /** Also what runs on request only: the tests of franz-go. */
  readonly all?: boolean
  /** How many records franz-go's tests send through each of their chains. */
  readonly recordCount?: number
}

const failedShownMax = 10

/** Runs `npm run test:compat` against one target, with dist/ as it is. */
export async function compatibilityRun(
  target: TargetName,
  { only, all = false, recordCount }: CompatibilityWish = {},
): Promise<CompatibilityOutcome> {
  const args = [
    repositoryPath('scripts/compat.mjs'),
    ...['--no-build', '--target', target],
    ...(only === undefined ? [] : ['--only', only]),
    ...(all ? ['--all'] : []),
    ...(recordCount === undefined ? [] : ['--records', String(recordCount)]),
  ]
  const { code, output } = await runCommand(process.execPath, args)
  const summary = output.match(/^(\d+) passed, (\d+) failed, (\d+) skipped.*$/m)
  const [line, passed, failed, skipped] = summary ?? [`no summary: ${output.slice(-1000)}`, '0', '1', '0']
  const failures = output.split('\n').filter(each => /^(FAIL|SKIP) /.test(each))
  const figure = [
    `${target}${only === undefined ? '' : ` (${only} only)`}: ${line}`,
    ...failures.slice(0, failedShownMax),
  ]
  // What was skipped for want of a tool was not seen.
  const pass = code === 0 && Number(passed) > 0 && Number(failed) === 0 && Number(skipped) === 0
  return { pass, figure: figure.join('\n  ') }
}

/** One figure for several runs; passes when all do. */
export function together(outcomes: readonly CompatibilityOutcome[]): CompatibilityOutcome {
  return { pass: outcomes.every(({ pass }) => pass), figure: outcomes.map(({ figure }) => figure).join('; ') }
}
