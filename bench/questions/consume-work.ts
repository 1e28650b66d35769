// Consuming as a work: some ConsumerPerformance at once, each reads the same topic of one partition from its beginning.

import type { Figure, Scale, Work } from '../comparison/question.ts'
import type { Target } from '../comparison/row.ts'
import type { Side } from '../comparison/side.ts'
import { dropFromPageCache } from '../load/page-cache.ts'
import { consumePerformance, producePerformance } from '../load/perf-tools.ts'
import { createTopic, deleteTopic } from '../load/topics.ts'
import { largeBatches } from './produce-work.ts'

export interface ConsumeWork {
  readonly name: string
  readonly recordBytes: number
  /** Records of the topic, full and quick; each consumer reads all of them. */
  readonly records: readonly [number, number]
  readonly consumers: number
  readonly target?: Target
  readonly warmsUp?: Work['warmsUp']
  /** From the disk: the page cache is dropped before each pass. */
  readonly isCold?: boolean
}

/** So many JVMs at once would spend the pass on compiling themselves. */
const quickStartFrom = 8

/** Small records cost by their number, large ones by their bytes. */
const isByRecord = ({ recordBytes }: ConsumeWork) => recordBytes < 1000

/** In turns, on each side, a work has one topic at a time. */
const topics = new WeakMap<Side, string>()

async function prepare(side: Side, scale: Scale, { recordBytes, records }: ConsumeWork): Promise<void> {
  const { bootstrap } = await side.running()
  const topic = side.newTopicName()
  topics.set(side, topic)
  await createTopic(side, topic, 1)
  await producePerformance({ bootstrap, topic, records: scale.amount(records), recordBytes, settings: largeBatches })
}

async function pass(side: Side, scale: Scale, work: ConsumeWork): Promise<Figure> {
  const { recordBytes, consumers } = work
  const { bootstrap } = await side.running()
  const options = {
    bootstrap,
    topic: topics.get(side)!,
    records: scale.amount(work.records),
    startsQuickly: consumers >= quickStartFrom,
  }
  const note = work.isCold ? await dropFromPageCache(side.dataDir) : undefined
  const { cpu, result } = await side.cpuDuring(() =>
    Promise.all(Array.from({ length: consumers }, () => consumePerformance(options))),
  )
  const records = result.reduce((sum, each) => sum + each.records, 0)
  const rate = result.reduce((sum, each) => sum + (isByRecord(work) ? each.recordsPerSecond / 1e3 : each.megabytesPerSecond), 0) // biome-ignore format: one thought
  const value = isByRecord(work) ? (cpu / records) * 1e6 : (cpu / (records * recordBytes)) * 1e9
  return { value, rate, details: { cpuSeconds: cpu, records }, ...(note !== undefined && { note }) }
}

export function consumeWork(work: ConsumeWork): Work {
  return {
    name: work.name,
    unit: isByRecord(work) ? 'CPU s per million records' : 'CPU s per GB',
    rateUnit: isByRecord(work) ? 'thousand records/s' : 'MB/s',
    ...(work.target && { target: work.target }),
    ...(work.warmsUp !== undefined && { warmsUp: work.warmsUp }),
    prepare: (side, scale) => prepare(side, scale, work),
    pass: (side, scale) => pass(side, scale, work),
    finish: side => deleteTopic(side, topics.get(side)!),
  }
}
