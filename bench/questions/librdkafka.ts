import type { Figure, Question, Scale, Work } from '../comparison/question.ts'
import type { Side } from '../comparison/side.ts'
import { type RdkafkaLoad, rdkafkaLoad } from '../load/rdkafka.ts'
import { countRecords, createTopic, deleteTopic, withTopic } from '../load/topics.ts'

const recordBytes = 1000
const amounts = [500_000, 60_000] as const
const unit = 'CPU s per GB'

async function load(side: Side, scale: Scale, topic: string, direction: RdkafkaLoad['direction']): Promise<Figure> {
  const { bootstrap } = await side.running()
  const records = scale.amount(amounts)
  const { cpu, result } = await side.cpuDuring(() => rdkafkaLoad({ direction, bootstrap, topic, records, recordBytes }))
  const stored = await countRecords(side, topic, 1)
  if (stored !== records) throw new Error(`${side.name} holds ${stored} of ${records} records`)
  return {
    value: (cpu / (records * recordBytes)) * 1e9,
    rate: (result * recordBytes) / 1e6,
    details: { cpuSeconds: cpu },
  }
}

const topics = new WeakMap<Side, string>()

const produce: Work = {
  name: 'produce 1 KB by librdkafka',
  unit,
  rateUnit: 'MB/s',
  target: { of: 'ratio', most: 0.5 },
  pass: (side, scale) => withTopic(side, 1, topic => load(side, scale, topic, 'produce')),
}

const consume: Work = {
  name: 'consume 1 KB by librdkafka',
  unit,
  rateUnit: 'MB/s',
  target: { of: 'ratio', most: 1.3 },
  async prepare(side, scale) {
    const topic = side.newTopicName()
    topics.set(side, topic)
    await createTopic(side, topic, 1)
    await load(side, scale, topic, 'produce')
  },
  pass: (side, scale) => load(side, scale, topics.get(side)!, 'consume'),
  finish: side => deleteTopic(side, topics.get(side)!),
}

export const librdkafka: Question = {
  name: 'librdkafka',
  says: 'the same with another client: librdkafka produces and consumes records of 1 KB',
  works: [produce, consume],
}
