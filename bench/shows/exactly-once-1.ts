// The whole compatibility run with franz-go's own tests of package kgo, once as they are and once with dying connections, against
// our broker and against Kafka. Reduced: those tests with few records against ours, because CI runs the rest by itself.

import { kafkaJars } from '../disk-swap/target.ts'
import { compatibilityRun, together } from './compatibility-run.ts'
import type { Show } from './show.ts'

/** kgo's own number, and one with which its chains of consumers still rebalance while records flow. */
const recordCountFull = 500_000
const recordCountReduced = 2_000

export const exactlyOnce1: Show = {
  id: 'exactly-once.1',
  title:
    "every admin method, Kafka's tools, franz-go's own tests also with dying connections: ours and real Kafka 4.3.0",
  async run({ reduced }) {
    try {
      await kafkaJars()
    } catch (error) {
      return { pass: false, figure: `Kafka 4.3.0 is needed: ${(error as Error).message}` }
    }
    if (reduced) return compatibilityRun('millrace', { only: 'kgo/', recordCount: recordCountReduced })
    const wish = { all: true, recordCount: recordCountFull }
    return together([await compatibilityRun('millrace', wish), await compatibilityRun('kafka', wish)])
  },
}
