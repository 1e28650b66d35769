// Producing as a work: records of one size over some partitions, by ProducerPerformance; the broker's CPU for each unit.

import type { Figure, Scale, Work } from '../comparison/question.ts'
import type { Target } from '../comparison/row.ts'
import type { Side } from '../comparison/side.ts'
import { producePerformance } from '../load/perf-tools.ts'
import { countRecords, withTopic } from '../load/topics.ts'

/** CPU by a million records, where the record is what costs, by gigabyte, where its bytes are, or by one request. */
export type ProduceUnit = 'million records' | 'GB' | 'request'

export interface ProduceWork {
  readonly name: string
  readonly per: ProduceUnit
  readonly recordBytes: number
  /** Records of one pass, full and quick. */
  readonly records: readonly [number, number]
  readonly partitions: number
  /** Of the producer. */
  readonly settings: Readonly<Record<string, string | number>>
  readonly target?: Target
}

const units: Readonly<Record<ProduceUnit, { unit: string; scale: number }>> = {
  'million records': { unit: 'CPU s per million records', scale: 1e6 },
  GB: { unit: 'CPU s per GB', scale: 1e9 },
  request: { unit: 'CPU us per request', scale: 1e6 },
}

const rates: Readonly<Record<ProduceUnit, string>> = {
  'million records': 'thousand records/s',
  GB: 'MB/s',
  request: 'thousand requests/s',
}

export const largeBatches = { acks: 1, 'batch.size': 131_072 }

/** One pass into a topic of its own. Units are counted by what the broker holds afterwards. */
export async function producePass(side: Side, scale: Scale, options: ProduceWork): Promise<Figure> {
  const { per, recordBytes, partitions, settings } = options
  const records = scale.amount(options.records)
  const { bootstrap } = await side.running()
  return withTopic(side, partitions, async topic => {
    const { cpu, result } = await side.cpuDuring(() =>
      producePerformance({ bootstrap, topic, records, recordBytes, settings }),
    )
    const stored = await countRecords(side, topic, partitions)
    if (stored !== records) throw new Error(`${side.name} holds ${stored} of ${records} records`)
    const amount = per === 'GB' ? stored * recordBytes : stored
    const rate = per === 'GB' ? (result.recordsPerSecond * recordBytes) / 1e6 : result.recordsPerSecond / 1e3
    return { value: (cpu / amount) * units[per].scale, rate, details: { cpuSeconds: cpu, records: stored, p99Ms: result.p99Ms } } // biome-ignore format: one thought
  })
}

export function produceWork(options: ProduceWork): Work {
  return {
    name: options.name,
    unit: units[options.per].unit,
    rateUnit: rates[options.per],
    ...(options.target && { target: options.target }),
    pass: (side, scale) => producePass(side, scale, options),
  }
}
