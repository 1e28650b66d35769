import { expect, test } from 'vitest'
import { parseConsumed, parsePercentiles, parseProduced } from './perf-output.ts'

// As ProducerPerformance and ConsumerPerformance of Kafka 4.3.0 print it.
const produced = `2504121 records sent, 500824.2 records/sec (47.76 MB/sec), 12.1 ms avg latency, 310.0 ms max latency.
5000000 records sent, 612745.098039 records/sec (58.44 MB/sec), 9.53 ms avg latency, 310.00 ms max latency, 4 ms 50th, 37 ms 95th, 124 ms 99th, 290 ms 99.9th.
`
const consumed = `2026-11-26 11:50:01:123, 2026-11-26 11:50:02:623, 190.7349, 127.1566, 2000000, 1333333.3333, 500, 1000, 190.7349, 2000000.0000
`

test('the summary of a producer, not one of its windows', () => {
  expect(parseProduced(produced)).toEqual({ recordsPerSecond: 612_745.098039, p99Ms: 124 })
  expect(() => parseProduced(produced.split('\n')[0]!)).toThrow('no summary')
})

test('what a consumer fetched, without the time to join; MB of 10^6 bytes', () => {
  const { records, recordsPerSecond, megabytesPerSecond } = parseConsumed(consumed)
  expect({ records, recordsPerSecond }).toEqual({ records: 2_000_000, recordsPerSecond: 2_000_000 })
  expect(megabytesPerSecond).toBeCloseTo(200, 3)
  expect(() => parseConsumed('WARNING: Exiting before consuming the expected number of records\n')).toThrow(
    'no figures',
  )
})

test('percentiles in milliseconds', () => {
  const found = { count: 400_000, p50: 0.8, p90: 1.2, p99: 3.5, p999: 12, most: 40.1, failed: 0 }
  expect(parsePercentiles('400000 800 1200 3500 12000 40100 0\n')).toEqual(found)
  expect(() => parsePercentiles('Exception in thread "main"\n')).toThrow('no percentiles')
})
