import { median } from '../comparison/fold.ts'
import { kafkaName, type Question, rowOf, type Scale, values, type Work } from '../comparison/question.ts'
import type { Side } from '../comparison/side.ts'
import { shown } from '../comparison/table.ts'
import { producePerformance } from '../load/perf-tools.ts'
import { createTopic } from '../load/topics.ts'

const recordBytes = 100
const settings = { acks: 1, 'batch.size': 16_384 }
const quickNote = 'quick: 300 partitions instead of 10,000'

/** The same bytes over so many partitions, into the same topic in each round: creating it is another matter. */
function spread(name: string, partitions: readonly [number, number]): Work {
  const topics = new WeakMap<Side, string>()
  return {
    name,
    unit: 'CPU s per million records',
    rateUnit: 'thousand records/s',
    async prepare(side: Side, scale: Scale) {
      const topic = side.newTopicName()
      topics.set(side, topic)
      await createTopic(side, topic, scale.pick(...partitions))
    },
    async pass(side: Side, scale: Scale) {
      const { bootstrap } = await side.running()
      const records = scale.amount([2_000_000, 200_000])
      const load = { bootstrap, topic: topics.get(side)!, records, recordBytes, settings }
      const { cpu, result } = await side.cpuDuring(() => producePerformance(load))
      const note = scale.quick && partitions[0] !== partitions[1] ? { note: quickNote } : {}
      return {
        value: (cpu / records) * 1e6,
        rate: result.recordsPerSecond / 1e3,
        details: { cpuSeconds: cpu },
        ...note,
      }
    },
  }
}

export const partitions10000: Question = {
  name: 'partitions-10000',
  says: 'the same bytes over 10,000 partitions and over 100: does a broker pay for what it holds?',
  rounds: { full: 3, quick: 1 },
  isAlone: true,
  works: [spread('over 100 partitions', [100, 100]), spread('over 10,000 partitions', [10_000, 300])],
  rows([few, many]) {
    const kafkas = median(values(many!.kafka)) / median(values(few!.kafka))
    return [
      {
        ...rowOf(many!),
        name: '10,000 partitions against 100',
        peer: values(few!.millrace),
        peerName: 'Millrace, 100 partitions',
        target: { of: 'ratio', most: 1.5 },
        rate: undefined,
        note: `the same ratio of ${kafkaName}: ${shown(kafkas)}`,
      },
      rowOf(few!),
      rowOf(many!),
    ]
  },
}
