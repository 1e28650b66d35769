// A Kafka Streams word count with exactly_once_v2 whose instances are killed while it counts; judged by what a
// read_committed consumer finds in the output afterwards.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type RunningBroker, startTarget, type TargetName } from '../disk-swap/target.ts'
import { type Application, Instances } from './instances.ts'
import { type StreamsProgram, streamsProgram } from './streams-program.ts'
import { type CountRecord, occurrences, wrongCounts } from './word-counts.ts'

export interface WordCountOptions {
  readonly target: TargetName
  readonly linesPerSecond: number
  readonly seconds: number
  /** From one kill to the next; the first one comes after as long. */
  readonly killEverySeconds: number
}

export interface WordCountResult {
  readonly lineCount: number
  readonly outputCount: number
  readonly killCount: number
  readonly commitCount: number
  readonly abortCount: number
  /** Differences from the batch computation, instances that gave up, transactions that hang. */
  readonly wrong: readonly string[]
  /** A line that nobody counted, then an output record written twice: whether the comparison finds each. */
  readonly plantedLossSeen: boolean
  readonly plantedDoubleSeen: boolean
}

const partitionCount = 4
const instanceCount = 3
const names = { id: 'word-count', input: 'lines', output: 'counts' }
/** For the instances to catch up once all lines are there, the last kill included. */
const catchUpSeconds = 90
/** For a consumer to read a whole topic that nobody writes any more; a hanging transaction lasts longer. */
const readSeconds = 60

interface Topic {
  readonly records: readonly CountRecord[]
  readonly wrong: readonly string[]
}

async function readTopic(
  program: StreamsProgram,
  {
    bootstrap,
    topic,
    atLeast = 0,
    seconds = readSeconds,
  }: { bootstrap: string; topic: string; atLeast?: number; seconds?: number },
): Promise<Topic> {
  const printed = await program.run('read', bootstrap, topic, String(atLeast), String(seconds))
  const last = printed.pop() ?? 'nothing printed'
  const records = printed.map(line => {
    const [word, count] = line.split('\t') as [string, string]
    return { word, count }
  })
  return { records, wrong: last === 'end' ? [] : [`${topic}: ${last}`] }
}

/** Feeds the input and kills by the timetable; resolves when the output is complete or overdue, and everybody has stopped. */
async function count(program: StreamsProgram, application: Application, options: WordCountOptions) {
  const { bootstrap, input, output } = application
  const { linesPerSecond, seconds, killEverySeconds } = options
  const instances = new Instances(program, application, instanceCount)
  try {
    await instances.ready()
    const fed = program.run('feed', bootstrap, input, String(linesPerSecond), String(linesPerSecond * seconds))
    fed.catch(() => {}) // awaited below
    for (let at = killEverySeconds; at <= seconds; at += killEverySeconds) {
      await pause(killEverySeconds * 1000)
      await instances.killNext()
    }
    await fed
    const { records } = await readTopic(program, { bootstrap, topic: input })
    const words = [...occurrences(records.map(line => line.count)).values()]
    const atLeast = words.reduce((sum, each) => sum + each, 0)
    const { wrong } = await readTopic(program, { bootstrap, topic: output, atLeast, seconds: catchUpSeconds })
    if (wrong.length > 0) instances.faults.push(...wrong.map(line => `before the stop: ${line}`))
  } finally {
    await instances.stop()
  }
  return instances
}

async function compare(program: StreamsProgram, { bootstrap, input, output }: Application) {
  const [lines, counts] = (await Promise.all(
    [input, output].map(topic => readTopic(program, { bootstrap, topic })),
  )) as [Topic, Topic]
  const wrong = [
    ...lines.wrong,
    ...counts.wrong,
    ...wrongCounts(
      lines.records.map(line => line.count),
      counts.records,
    ),
  ]
  return { lines: lines.records, counts: counts.records, wrong }
}

/** Both plants are records in the topics, so that reading is shown to see them too. */
async function plant(program: StreamsProgram, application: Application, last: CountRecord) {
  const { bootstrap, input, output } = application
  const found = async (word: string) => {
    const { wrong } = await compare(program, application)
    return wrong.length > 0 && wrong.some(line => line.startsWith(`${word}: `))
  }
  await program.run('append', bootstrap, input, 'planted', 'uncounted')
  const plantedLossSeen = await found('uncounted')
  await program.run('append', bootstrap, output, last.word, last.count)
  return { plantedLossSeen, plantedDoubleSeen: await found(last.word) }
}

async function runOn(broker: RunningBroker, work: string, options: WordCountOptions): Promise<WordCountResult> {
  const temporaryFolder = join(work, 'temporary')
  mkdirSync(temporaryFolder)
  const program = await streamsProgram(temporaryFolder)
  const application = { ...names, bootstrap: broker.bootstrap, stateFolder: join(work, 'state') }
  const { bootstrap, id, input, output } = application
  await program.run('topics', bootstrap, String(partitionCount), input, output)
  const { killCount, faults } = await count(program, application, options)
  const { lines, counts, wrong } = await compare(program, application)
  const linesMissing = options.linesPerSecond * options.seconds - lines.length
  if (linesMissing !== 0) faults.push(`${linesMissing} of the lines fed are not in the input topic`)
  const [printed] = await program.run('transactions', bootstrap, id)
  const [commitCount, abortCount] = printed!.split(' ').map(Number) as [number, number]
  if (commitCount === 0) faults.push('no transaction was committed')
  const last = counts.at(-1)
  const planted = last ? await plant(program, application, last) : { plantedLossSeen: false, plantedDoubleSeen: false }
  const figures = { lineCount: lines.length, outputCount: counts.length, killCount, commitCount, abortCount }
  return { ...figures, ...planted, wrong: [...faults, ...wrong] }
}

/** Rejects when the broker or a program does not start; whatever the word count does wrong is in the result. */
export async function wordCountRun(options: WordCountOptions): Promise<WordCountResult> {
  const work = mkdtempSync(join(tmpdir(), 'millrace-streams-'))
  try {
    const broker = await startTarget(options.target, { logDirs: [join(work, 'data')] })
    try {
      return await runOn(broker, work, options)
    } finally {
      await broker.stop()
    }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}
