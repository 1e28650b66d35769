// The fixed rate at which latencies are asked for, wherever a question does so.

import type { Scale } from '../comparison/question.ts'
import type { Side } from '../comparison/side.ts'
import { fixedRate } from '../load/fixed-rate.ts'
import type { Percentiles } from '../load/perf-output.ts'

export const fixedRecordsPerSecond = 20_000

/** Percentiles of a producer that sends 20,000 records of 100 B a second with acks=all. */
export async function fixedRatePass(side: Side, scale: Scale, topic: string): Promise<Percentiles> {
  const { bootstrap } = await side.running()
  return fixedRate({
    bootstrap,
    topic,
    recordsPerSecond: fixedRecordsPerSecond,
    warmUpSeconds: scale.pick(5, 3),
    seconds: scale.amount([20, 4]),
  })
}
