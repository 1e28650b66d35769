// Makes the metrics in somebody's registry: counters and histograms with a bound on their series, gauges that are read when asked for.

import {
  Counter,
  Gauge,
  Histogram,
  type OpenMetricsContentType,
  type PrometheusContentType,
  type Registry,
} from 'prom-client'
import { ClientError } from '../../client-error.ts'
import { BoundedSeries } from '../bounded-series.ts'

/** Of either format. */
export type AnyRegistry = Registry<PrometheusContentType> | Registry<OpenMetricsContentType>

export interface MeterOptions {
  readonly prefix: string
  /** Series of one metric. */
  readonly seriesMax: number
}

/** A value with the labels' values, in their order. */
export type Add = (value: number, ...labels: string[]) => void

/** 1 ms to 60 s: an answer on loopback takes less than the first, a fetch waits half a second for data. */
const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

export class Meter {
  readonly #registry: AnyRegistry
  readonly #options: MeterOptions
  readonly #names: string[] = []

  constructor(registry: AnyRegistry, options: MeterOptions) {
    checkedLimit('seriesMax', options.seriesMax)
    this.#registry = registry
    this.#options = options
  }

  counter(name: string, help: string, labels: readonly string[]): Add {
    const counter = new Counter(this.#configuration(name, help, labels))
    const series = this.#bounded(labels, (...values) => counter.labels(...values))
    return (value, ...values) => series.of(...values).inc(value)
  }

  /** Milliseconds in, seconds out. */
  duration(name: string, help: string, labels: readonly string[]): Add {
    const histogram = new Histogram({ ...this.#configuration(name, help, labels), buckets: secondsBuckets })
    const series = this.#bounded(labels, (...values) => histogram.labels(...values))
    return (ms, ...values) => series.of(...values).observe(ms / 1000)
  }

  /** Set by who knows, to stay until it is set again. */
  gauge(name: string, help: string, labels: readonly string[]): Add {
    const gauge = new Gauge(this.#configuration(name, help, labels))
    const series = this.#bounded(labels, (...values) => gauge.labels(...values))
    return (value, ...values) => series.of(...values).set(value)
  }

  /** Read whenever somebody asks; `read` is called for all of its series, and bounds them itself. */
  readGauge(name: string, help: string, labels: readonly string[], read: (set: Add) => void): void {
    const gauge: Gauge<string> = new Gauge({
      ...this.#configuration(name, help, labels),
      collect() {
        gauge.reset()
        read((value, ...values) => gauge.labels(...values).set(value))
      },
    })
  }

  /** Takes all of them out of the registry. */
  close(): void {
    for (const name of this.#names) this.#registry.removeSingleMetric(name)
  }

  #configuration(name: string, help: string, labelNames: readonly string[]) {
    const full = this.#options.prefix + name
    if (this.#registry.getSingleMetric(full) !== undefined) {
      const message = `the registry has a metric ${full} already`
      const advice = 'close() the other observation first, give a `prefix`, or another registry'
      throw new ClientError('INVALID_ARGUMENT', message, { help: advice })
    }
    this.#names.push(full)
    return { name: full, help, labelNames: [...labelNames], registers: [this.#registry] }
  }

  #bounded<Series>(labels: readonly string[], make: (...values: string[]) => Series): BoundedSeries<Series> {
    return new BoundedSeries(this.#options.seriesMax, labels.length, make)
  }
}

/** Throws INVALID_ARGUMENT. */
export function checkedLimit(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 1) return value
  throw new ClientError('INVALID_ARGUMENT', `${name} is ${value}`, { help: 'give a whole number of at least 1' })
}

/** What is said of an error in a label: one of few words. */
export function codeOf(error: Error): string {
  return error instanceof ClientError ? error.code : error.name
}
