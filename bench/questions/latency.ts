import { details, type Question, rowOf, type Work, type WorkFigures } from '../comparison/question.ts'
import type { Row } from '../comparison/row.ts'
import { producePerformance } from '../load/perf-tools.ts'
import { withTopic } from '../load/topics.ts'
import { fixedRatePass, fixedRecordsPerSecond } from './fixed-rate-pass.ts'

const openLoop: Work = {
  name: 'p99 at 20,000 records/s, acks=all',
  unit: 'ms',
  target: { of: 'ratio', most: 0.5 },
  pass: (side, scale) =>
    withTopic(side, 1, async topic => {
      const { p50, p90, p99, p999, most, count } = await fixedRatePass(side, scale, topic)
      return { value: p99, details: { p50, p90, p999, most, count } }
    }),
}

/** Kafka's own tool at the same rate. It sends no record while one waits, so its percentiles flatter a broker that stalls. */
const byPerformanceTool: Work = {
  name: 'p99 as ProducerPerformance sees it',
  isOnlyFull: true,
  unit: 'ms',
  pass: (side, scale) =>
    withTopic(side, 1, async topic => {
      const { bootstrap } = await side.running()
      const records = scale.amount([400_000, 100_000])
      const settings = { acks: 'all', 'linger.ms': 0 }
      const throughput = fixedRecordsPerSecond
      const { p99Ms } = await producePerformance({ bootstrap, topic, records, recordBytes: 100, settings, throughput })
      return { value: p99Ms }
    }),
}

/** The open loop's other percentiles, which nothing is promised of. */
function percentileRow(figures: WorkFigures, name: string, percentile: string): Row {
  const { millrace, kafka } = figures
  const { target, ...row } = rowOf(figures)
  return { ...row, name, ours: details(millrace, percentile), peer: details(kafka, percentile) }
}

export const latency: Question = {
  name: 'latency',
  says: 'how long 20,000 records of 100 B a second wait for acks=all, from when each was due',
  works: [openLoop, byPerformanceTool],
  rounds: { full: 5, quick: 1 },
  rows: ([open, tool]) => [
    rowOf(open!),
    percentileRow(open!, 'p50', 'p50'),
    percentileRow(open!, 'p99.9', 'p999'),
    ...(tool ? [rowOf(tool)] : []),
  ],
}
