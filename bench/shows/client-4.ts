// A rolling restart of three brokers of Kafka 4.3.0 under load, as the application sees it: it sees nothing.

import { kafkaJars } from '../disk-swap/target.ts'
import { rollingRestart } from '../rolling-restart/rolling-restart.ts'
import type { Show } from './show.ts'

export const client4: Show = {
  id: 'client.4',
  title:
    'three brokers of Kafka 4.3.0 restarted in turn under load: no error, nothing lost or stored twice, order kept',
  async run({ reduced }) {
    try {
      await kafkaJars()
    } catch (error) {
      return { pass: false, figure: `Kafka 4.3.0 is needed: ${(error as Error).message}` }
    }
    const form = reduced ? { recordsPerSecond: 500, rounds: 1 } : { recordsPerSecond: 2000, rounds: 3 }
    const { sent, restarts, givenTwice, slowestMs, wrong } = await rollingRestart(form)
    const figure = [
      `${sent} records, ${restarts} restarts, ${wrong.length} faults`,
      `the slowest acknowledgement after ${Math.round(slowestMs)} ms, ${givenTwice} given to the group twice`,
    ].join('; ')
    return { pass: wrong.length === 0 && sent > 0, figure: [figure, ...wrong].join('\n') }
  },
}
