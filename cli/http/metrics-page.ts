// The metrics as Prometheus reads them. prom-client writes the text and adds what it knows of the process (CPU, memory,
// garbage collection, descriptors); our own numbers stay where they are counted and are folded in when somebody asks.

import { collectDefaultMetrics, type Metric as PromMetric, Registry } from 'prom-client'
import type { Metric } from '../../broker/metrics/metric.ts'

/** prom-client's own view of the event loop; ours is `millrace_event_loop_delay_seconds`. */
const shownOtherwise = 'nodejs_eventloop_lag_'

export class MetricsPage {
  readonly #registry = new Registry()
  #writing: Promise<string> | undefined

  constructor() {
    collectDefaultMetrics({ register: this.#registry })
    for (const { name } of this.#registry.getMetricsAsArray()) {
      if (name.startsWith(shownOtherwise)) this.#registry.removeSingleMetric(name)
    }
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  /** Names of prom-client's. */
  get names(): readonly string[] {
    return this.#registry.getMetricsAsArray().map(({ name }) => name)
  }

  add(metrics: readonly Metric[]): void {
    for (const metric of metrics) this.#registry.registerMetric(folded(metric))
  }

  /** Those who ask at the same time get the same page. */
  write(): Promise<string> {
    this.#writing ??= this.#registry.metrics().finally(() => {
      this.#writing = undefined
    })
    return this.#writing
  }
}

/** As prom-client's registry asks for a metric: all it wants is a name and `get`. */
function folded(metric: Metric): PromMetric<string> {
  const { name, help, type } = metric
  const values = () =>
    Array.from(metric.read(), ({ suffix = '', labels = {}, value }) => ({ metricName: name + suffix, labels, value }))
  return { name, get: async () => ({ name, help, type, values: values(), aggregator: 'sum' }) } as unknown as PromMetric
}
