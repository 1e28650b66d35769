import { residentMegabytes } from '../comparison/proc-stat.ts'
import { details, type Question, rowOf, type Scale } from '../comparison/question.ts'
import type { Side } from '../comparison/side.ts'
import { consumePerformance, producePerformance } from '../load/perf-tools.ts'
import { createTopic } from '../load/topics.ts'
import { largeBatches } from './produce-work.ts'

const [quietMs, quickQuietMs] = [3000, 1000]

/** What performance.md's baselines were taken after: small and large records produced, and read by one and by four. */
async function produceAndConsume(side: Side, scale: Scale): Promise<void> {
  const { bootstrap } = await side.running()
  const loads = [
    { recordBytes: 100, records: scale.amount([5_000_000, 500_000]), consumers: 1 },
    { recordBytes: 1000, records: scale.amount([1_000_000, 100_000]), consumers: 4 },
  ]
  for (const { recordBytes, records, consumers } of loads) {
    const topic = side.newTopicName()
    await createTopic(side, topic, 1)
    await producePerformance({ bootstrap, topic, records, recordBytes, settings: largeBatches })
    await Promise.all(Array.from({ length: consumers }, () => consumePerformance({ bootstrap, topic, records })))
  }
}

const quiet = (scale: Scale) => new Promise(resolve => setTimeout(resolve, scale.pick(quietMs, quickQuietMs)))

export const memory: Question = {
  name: 'memory',
  says: 'resident memory of a broker that has started, and after producing and consuming',
  rounds: { full: 3, quick: 1 },
  isAlone: true,
  works: [
    {
      name: 'resident after the load',
      unit: 'MB',
      warmsUp: false,
      target: { of: 'ratio', most: 0.2 },
      async pass(side, scale) {
        await side.clear()
        const { pid } = await side.running()
        await quiet(scale)
        const atStart = residentMegabytes(pid)
        await produceAndConsume(side, scale)
        await quiet(scale)
        return { value: residentMegabytes(pid), details: { atStart } }
      },
    },
  ],
  rows([figures]) {
    const { millrace, kafka } = figures!
    const after = rowOf(figures!)
    const atStart = { ...after, name: 'resident at start', target: undefined }
    return [after, { ...atStart, ours: details(millrace, 'atStart'), peer: details(kafka, 'atStart') }]
  },
}
