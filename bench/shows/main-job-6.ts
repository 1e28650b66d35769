// kill -9 under load: nothing acknowledged is lost, nothing of an idempotent producer is duplicated, offsets never go back.

import { crashRun } from '../crash/crash-run.ts'
import type { Show } from './show.ts'

export const mainJob6: Show = {
  id: 'main-job.6',
  title: '200 rounds of kill -9 under load; the checker fails on a planted loss',
  async run({ reduced }) {
    const result = await crashRun({ rounds: reduced ? 10 : 200, seed: 6 })
    const planted = await crashRun({ rounds: 2, seed: 7, plantLoss: true })
    const first = result.violations[0]
    const pass = result.violations.length === 0 && planted.violations.length > 0
    const figure = `${result.rounds} rounds, ${result.acknowledgedCount} records acknowledged, ${result.storedCount} stored, ${result.violations.length} violations${first ? ` (${first.name}: ${first.what})` : ''}; planted loss ${planted.violations.length > 0 ? `seen (${planted.violations[0]!.name})` : 'NOT seen'}`
    return { pass, figure }
  },
}
