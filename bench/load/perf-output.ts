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
