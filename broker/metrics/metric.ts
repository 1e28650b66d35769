// What a metric is: a name, what it says in words, and how to read it now.
//
// Invariant: a metric holds nothing. The numbers live in plain objects beside what they count, whether or not anybody looks;
// `read` is called by whoever shows them, and may take as long as a walk over all connections or logs, never longer.
// Names: prefix `millrace_`, unit last (`_seconds`, `_bytes`), counters end in `_total`. Labels have few values: the APIs, the
// error codes, the log directories; never a client, a topic or a group, of which a stranger could make as many as he likes.
// Source: the Prometheus naming conventions and text format 0.0.4.

export type MetricType = 'counter' | 'gauge' | 'histogram' | 'summary'

export interface Sample {
  /** Behind the metric's name, for the parts of a histogram or summary: `_bucket`, `_sum`, `_count`. */
  readonly suffix?: string
  readonly labels?: Readonly<Record<string, string | number>>
  readonly value: number
}

export interface Metric {
  readonly name: string
  readonly type: MetricType
  /** One sentence, for the user. */
  readonly help: string
  /** The labels that its samples carry. */
  readonly labels: readonly string[]
  read(): Iterable<Sample>
}

type Reading = () => number | Iterable<Sample>

export interface MetricText {
  readonly name: string
  readonly help: string
  readonly labels?: readonly string[]
}

/** Only rises while the process lives. */
export const counter = (text: MetricText, read: Reading): Metric => metric('counter', text, read)

/** As it is now. */
export const gauge = (text: MetricText, read: Reading): Metric => metric('gauge', text, read)

export function metric(type: MetricType, { name, help, labels = [] }: MetricText, read: Reading): Metric {
  const samples = () => {
    const value = read()
    return typeof value === 'number' ? [{ value }] : value
  }
  return { name, type, help, labels, read: samples }
}
