// The cleaner beside Kafka's: the same records in the same batches, and what both leave of them is compared record by record.
// How each pass begins and ends, and with which settings: compaction/compacted-topic.ts.

import type { CompressionType } from '../../protocol/records/compression-type.ts'
import { CompactedTopic } from '../compaction/compacted-topic.ts'
import { KeyedRecords, recordBytes } from '../compaction/keyed-records.ts'
import { details, type Figure, kafkaName, type Question, rowOf, type Scale, type Work } from '../comparison/question.ts'
import type { Row } from '../comparison/row.ts'
import type { Side } from '../comparison/side.ts'
import { burdenRows, underBurden } from './burden.ts'

/** The most that one cleaner of the default settings may keep of keys: log.cleaner.dedupe.buffer.size. */
const dedupeBufferMb = 134_217_728 / 1e6
/** Small ones where the log is, so that there are several. */
const segmentBytes = (scale: Scale, codec: CompressionType) =>
  scale.pick(codec === 'none' ? 128 : 16, codec === 'none' ? 8 : 1) * 2 ** 20
/** So many logs are compacted one after the other while a producer is timed. */
const logsUnderLoad = 8
/** For a line of the broker's log to come through. */
const [saidTriesMax, betweenTriesMs] = [50, 20]

const made = new Map<number, KeyedRecords>()
function recordsOf(count: number): KeyedRecords {
  const found = made.get(count) ?? new KeyedRecords(count)
  made.set(count, found)
  return found
}

/** What the first pass of a work has left, which every other pass must leave as well. */
const left = new Map<string, string>()

async function verify(side: Side, work: string, topic: CompactedTopic, upTo: number): Promise<number> {
  const { count, digest } = await topic.verify(upTo)
  const seen = `${count} records, ${digest}`
  const before = left.get(work) ?? seen
  left.set(work, before)
  if (seen !== before) throw new Error(`${side.name} leaves ${seen} of ${work}; before it were ${before}`)
  return count
}

/** What our broker says of its cleaning of the topic; Kafka takes all of its memory when it starts. */
async function mapMegabytes(side: Side, { name }: CompactedTopic): Promise<number> {
  if (side.name === 'kafka') return dedupeBufferMb
  const { output } = await side.running()
  for (let tries = 0; tries < saidTriesMax; tries++) {
    const said = new RegExp(`${name}-0 is compacted .*offset map .*\\(([\\d.]+) MB\\)`).exec(output())
    if (said) return (Number(said[1]) * 2 ** 20) / 1e6
    await new Promise(resolve => setTimeout(resolve, betweenTriesMs))
  }
  throw new Error(`our broker has not said that ${name} is compacted: ${output().slice(-1000)}`)
}

async function compactPass(
  side: Side,
  scale: Scale,
  { name }: Work,
  codec: CompressionType,
  amount: [number, number],
): Promise<Figure> {
  // biome-ignore format: one thought
  const topic = await CompactedTopic.fill(side, recordsOf(scale.amount(amount)), { compression: codec, segmentBytes: segmentBytes(scale, codec) }) // biome-ignore format: one thought
  const [upTo, fileBytes] = [topic.activeBaseOffset, topic.inactiveBytes]
  const gigabytes = (upTo * recordBytes) / 1e9
  await side.settle(0)
  const { cpu, result } = await side.cpuDuring(async () => {
    await topic.start()
    return topic.cleaned(upTo)
  })
  const mapMb = await mapMegabytes(side, topic)
  const remaining = await verify(side, name, topic, upTo)
  await topic.remove()
  const grownMb = Math.max(0, result.residentMbMax - result.residentMb)
  const rate = (1e3 * gigabytes) / result.seconds
  return { value: cpu / gigabytes, rate, details: { cpuSeconds: cpu, fileBytes, cleanedUpTo: upTo, remaining, mapMb, grownMb } } // biome-ignore format: one thought
}

function compactWork(codec: CompressionType, amount: [full: number, quick: number]): Work {
  const work: Work = {
    name: codec === 'none' ? 'compact 1 KB records' : `compact 1 KB records, ${codec}`,
    unit: 'CPU s per GB of records',
    rateUnit: 'MB/s',
    target: { of: 'ratio', most: 1 },
    // Our broker, started for the first pass, is to say what each cleaning took.
    prepare: async () => void (process.env.MILLRACE_LOG_LEVEL ??= 'info'),
    pass: (side, scale) => compactPass(side, scale, work, codec, amount),
  }
  return work
}

const whileCleaning: Work = {
  name: 'p99 at 20,000 records/s, acks=all, while logs are compacted',
  unit: 'ms',
  isOnlyFull: true,
  async pass(side, scale) {
    const options = { compression: 'none', segmentBytes: segmentBytes(scale, 'none') } as const
    const topics: CompactedTopic[] = []
    for (let index = 0; index < logsUnderLoad; index++) {
      topics.push(await CompactedTopic.fill(side, recordsOf(scale.amount([1_000_000, 60_000])), options))
    }
    let [startedMs, endedMs] = [0, 0]
    let cleaning: Promise<unknown> = Promise.resolve()
    const figure = await underBurden(side, scale, async () => {
      startedMs = performance.now()
      await Promise.all(topics.map(topic => topic.start()))
      cleaning = Promise.all(topics.map(topic => topic.cleaned(topic.activeBaseOffset))).then(() => {
        endedMs = performance.now()
      })
      return () => {}
    })
    const loadSeconds = (performance.now() - startedMs) / 1000
    await cleaning
    for (const topic of topics) await topic.remove()
    const cleaningSeconds = (endedMs - startedMs) / 1000
    const covered = Math.min(1, cleaningSeconds / loadSeconds)
    const note = `${side.name === 'kafka' ? kafkaName : 'Millrace'} was compacting for ${Math.round(covered * 100)} % of the load`
    return { ...figure, note, details: { ...figure.details, cleaningSeconds, loadSeconds, covered } }
  },
}

/** A figure's detail as a row of its own. */
function detailRow(row: Row, figures: { millrace: readonly Figure[]; kafka: readonly Figure[] }, detail: string): Row {
  const { millrace, kafka } = figures
  const { rate: _, target: __, ...plain } = row
  return { ...plain, unit: 'MB', ours: details(millrace, detail), peer: details(kafka, detail) }
}

export const compaction: Question = {
  name: 'compaction',
  says: 'a log of 1 KB records is compacted: CPU for each GB of it, memory, and what a producer notices meanwhile',
  rounds: { full: 3, quick: 1 },
  isAlone: true,
  works: [
    compactWork('none', [2_000_000, 40_000]),
    compactWork('lz4', [1_000_000, 20_000]),
    compactWork('zstd', [1_000_000, 20_000]),
    whileCleaning,
  ],
  rows: ([plain, lz4, zstd, load]) => {
    const row = rowOf(plain!)
    const map = detailRow({ ...row, name: 'memory of the keys of that log' }, plain!, 'mapMb')
    const grown = detailRow({ ...row, name: 'resident growth meanwhile' }, plain!, 'grownMb')
    const codecs = [lz4!, zstd!].map(rowOf)
    return [row, ...codecs, { ...map, target: { of: 'ours', most: dedupeBufferMb } }, grown, ...(load ? burdenRows(load) : [])] // biome-ignore format: one thought
  },
}
