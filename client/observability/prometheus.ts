// What happens in the clients of this process as metrics of a prom-client Registry. A module of its own, `millrace/client/prometheus`:
// the client itself does not load prom-client. README.md has the table of names.
//
//   import { Registry } from 'prom-client'
//   import { observe } from 'millrace/client/prometheus'
//   const registry = new Registry()
//   observe(registry)

import type { Consumer } from '../consumer/consumer.ts'
import type { Producer } from '../producer/producer.ts'
import { consumerMetrics } from './prometheus/consumer-metrics.ts'
import { type AnyRegistry, Meter } from './prometheus/meter.ts'
import { OpenClients } from './prometheus/open-clients.ts'
import { producerMetrics } from './prometheus/producer-metrics.ts'
import { requestMetrics } from './prometheus/request-metrics.ts'

export interface ObserveOptions {
  /** In front of all names; 'millrace_client_'. */
  readonly prefix?: string
  /** Series of one metric; 1000. Further combinations of labels are counted together as `others`. */
  readonly seriesMax?: number
  /** Partitions whose lag is shown one by one; 1000. The sum of the others is shown as partition `others`. */
  readonly lagPartitionsMax?: number
  /** Clients that were made before: their lag and memory cannot be asked for otherwise. Those made from now on are known. */
  readonly clients?: readonly (Producer | Consumer)[]
}

export interface Observation {
  /** Listens no more, and takes the metrics out of the registry. */
  close(): void
}

const prefixStandard = 'millrace_client_'
const seriesMaxStandard = 1000
const lagPartitionsMaxStandard = 1000

/**
 * Counts what all clients of this process do from now on. Throws INVALID_ARGUMENT when the registry has such metrics already, or
 * a limit is no whole number of at least 1.
 */
export function observe(registry: AnyRegistry, options: ObserveOptions = {}): Observation {
  const { prefix = prefixStandard, clients = [] } = options
  const { seriesMax = seriesMaxStandard, lagPartitionsMax = lagPartitionsMaxStandard } = options
  const meter = new Meter(registry, { prefix, seriesMax })
  const open = new OpenClients(clients)
  const stops = [
    ...requestMetrics(meter),
    ...producerMetrics(meter, open),
    ...consumerMetrics(meter, open, lagPartitionsMax),
  ]
  return {
    close() {
      for (const stop of stops) stop()
      open.close()
      meter.close()
    },
  }
}
