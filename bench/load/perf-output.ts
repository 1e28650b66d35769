// What Kafka's performance tools print, as numbers.

export interface Produced {
  readonly recordsPerSecond: number
  readonly p99Ms: number
}

export interface Consumed {
  readonly records: number
  readonly recordsPerSecond: number
  readonly megabytesPerSecond: number
}

/** ProducerPerformance's last line is the only one with percentiles; those before it are of a few seconds each. */
const summary = /^\d+ records sent, ([\d.]+) records\/sec .*? (\d+) ms 99th/gm

export function parseProduced(stdout: string): Produced {
  const found = [...stdout.matchAll(summary)].at(-1)
  if (!found) throw new Error(`no summary from ProducerPerformance:\n${stdout.slice(-2000)}`)
  return { recordsPerSecond: Number(found[1]), p99Ms: Number(found[2]) }
}

/**
 * ConsumerPerformance without its header prints one line: start, end, MB, MB/s, records, records/s, rebalance ms, fetch ms,
 * fetched MB/s, fetched records/s. The last two leave out the time to join the group. Its MB are MiB.
 */
export function parseConsumed(stdout: string): Consumed {
  const line = stdout.split('\n').find(each => each.split(', ').length === 10)
  if (!line) throw new Error(`no figures from ConsumerPerformance:\n${stdout.slice(-2000)}`)
  const fields = line.split(', ').map(Number)
  return {
    records: fields[4]!,
    recordsPerSecond: fields[9]!,
    megabytesPerSecond: (fields[8]! * 1024 * 1024) / 1e6,
  }
}

/** In milliseconds. */
export interface Percentiles {
  readonly count: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
  readonly most: number
  readonly failed: number
}

/** The line of FixedRate.java: count, microseconds at 50, 90, 99, 99.9 and 100 percent, failures. */
export function parsePercentiles(stdout: string): Percentiles {
  const line = /^\d+( \d+){6}$/m.exec(stdout)?.[0]
  if (!line) throw new Error(`no percentiles:\n${stdout.slice(-2000)}`)
  const [count, p50, p90, p99, p999, most, failed] = line.split(' ').map(Number) as [number, number, number, number, number, number, number] // biome-ignore format: one thought
  return { count, p50: p50 / 1000, p90: p90 / 1000, p99: p99 / 1000, p999: p999 / 1000, most: most / 1000, failed }
}
