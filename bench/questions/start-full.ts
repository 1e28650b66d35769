import type { Question } from '../comparison/question.ts'
import { producePerformance } from '../load/perf-tools.ts'
import { createTopic } from '../load/topics.ts'

const quickNote = 'quick: 300 partitions instead of 10,000'

export const startFull: Question = {
  name: 'start-full',
  says: 'from the start of the process on 10,000 partitions, stopped cleanly, until the port answers',
  rounds: { full: 5, quick: 1 },
  isAlone: true,
  works: [
    {
      name: 'start, 10,000 partitions',
      unit: 's',
      warmsUp: 'only full',
      target: { of: 'ours', most: 3 },
      async prepare(side, scale) {
        const { bootstrap } = await side.running()
        const topic = side.newTopicName()
        await createTopic(side, topic, scale.pick(10_000, 300))
        // Two small batches for each partition; the client is slow with so many, so not more.
        const settings = { acks: 1, 'batch.size': 1024 }
        const records = scale.amount([200_000, 6_000])
        await producePerformance({ bootstrap, topic, records, recordBytes: 100, settings })
      },
      async pass(side, scale) {
        await side.stop()
        const { startMs } = await side.running()
        return { value: startMs / 1000, ...(scale.quick && { note: quickNote }) }
      },
    },
  ],
}
