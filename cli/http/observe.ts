// What `millrace start --http` adds to a broker: a page of metrics and a word about its health, from before the broker starts,
// so that a long recovery can be told from a dead process. Loaded only when it is asked for.

import type { Broker } from '../../broker/broker.ts'
import type { Health } from '../../broker/metrics/health.ts'
import { loopMetrics } from '../../broker/metrics/loop-metrics.ts'
import { sendingMetrics } from '../../broker/metrics/sending-metrics.ts'
import { nativeCounters } from '../../io/native/native-counters.ts'
import { realLoopDelay } from '../../io/real-loop-delay.ts'
import type { HttpAddress } from './http-address.ts'
import { HttpServer } from './http-server.ts'
import { MetricsPage } from './metrics-page.ts'

export interface Observation {
  readonly address: HttpAddress
  /** The broker is there: its numbers are shown from now on. */
  show(broker: Broker): void
}

const starting: Health = {
  status: 'unavailable',
  reasons: ['the broker is starting: it opens its log directories and recovers what was not closed in good order'],
}

/** Listens until the process ends. */
export async function observe(address: HttpAddress): Promise<Observation> {
  const page = new MetricsPage()
  let shown: Broker | undefined
  const http = await HttpServer.listen(address, {
    metricsType: page.contentType,
    metrics: () => page.write(),
    health: () => shown?.health ?? starting,
  })
  page.add(loopMetrics(realLoopDelay()))
  page.add(sendingMetrics(nativeCounters))
  const show = (broker: Broker) => {
    shown = broker
    page.add(broker.metrics)
  }
  return { address: http.address, show }
}
