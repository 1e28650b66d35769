// The compatibility run against both targets: what our broker passes, real Kafka passes too, so the checks are of Kafka's
// behaviour. Reduced: a part of them against Kafka only, because CI runs all of them against ours by themselves.

import { kafkaJars } from '../disk-swap/target.ts'
import { compatibilityRun, together } from './compatibility-run.ts'
import type { Show } from './show.ts'

/** Requests of our own making: nothing to fetch or compile but Kafka itself. */
const quickSuite = 'wire/'

export const mainJob5: Show = {
  id: 'main-job.5',
  title: "other people's programs against our broker, and the same checks against real Kafka 4.3.0",
  async run({ reduced }) {
    try {
      await kafkaJars()
    } catch (error) {
      return { pass: false, figure: `Kafka 4.3.0 is needed: ${(error as Error).message}` }
    }
    if (reduced) return compatibilityRun('kafka', { only: quickSuite })
    return together([await compatibilityRun('millrace'), await compatibilityRun('kafka')])
  },
}
