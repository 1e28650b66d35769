// One data directory, several brokers in turn. In each turn: what the last one held must be there, statement by statement;
// producers and group members go on where they were; more is written; the broker is stopped, or killed, under load.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dumpLog } from '../dump-log/dump-log.ts'
import { complaintsOf } from './complaints.ts'
import { readContents } from './contents.ts'
import { countFacts, describeDifference, differences, type Facts } from './facts.ts'
import { KafkaOnly, kafkaOnlySettings } from './kafka-only.ts'
import { Load, loadTopic } from './load.ts'
import { Requests } from './requests.ts'
import { type RunningBroker, startTarget, type TargetName } from './target.ts'
import type { Place, SwapWork } from './work.ts'

export interface ChainOptions {
  readonly turns: readonly TargetName[]
  readonly end: 'stop' | 'kill'
  readonly works: readonly SwapWork[]
  /** The folder with Kafka's jars: its kafka-dump-log reads every file after each clean stop. Not done when left out. */
  readonly dump?: { readonly jars: string; readonly compactedTopics: readonly string[] }
  /** Log directories; 1 when left out. */
  readonly logDirCount?: number
  /** Of every broker of the chain, beside what all chains have. */
  readonly settings?: Readonly<Record<string, string | number>>
  /** Does something to the directory between two turns, which the next turn should find out. */
  readonly plant?: (dataDir: string) => void
}

export interface ChainResult {
  /** Everything that is wrong, each as one line that names the turn. */
  readonly wrong: readonly string[]
  /** How many records, committed offsets and other statements were compared between brokers. */
  readonly compared: { readonly records: number; readonly commits: number; readonly facts: number }
  readonly dumpedFiles: number
  readonly acknowledgedUnderLoad: number
}

const settings = {
  'offsets.topic.num.partitions': 5,
  'group.initial.rebalance.delay.ms': 100,
  'group.min.session.timeout.ms': 1000,
  'transaction.state.log.num.partitions': 3,
  'log.cleaner.backoff.ms': 100,
  // Longer than a run: nobody is taken out of a group while brokers start.
  'group.consumer.max.session.timeout.ms': 600_000,
  'group.consumer.session.timeout.ms': 600_000,
}
const settingsOf = {
  // A killed broker may register again when its last session is over: 9 seconds, if nobody says otherwise.
  kafka: { ...settings, ...kafkaOnlySettings, 'broker.session.timeout.ms': 4000, 'broker.heartbeat.interval.ms': 500 },
  // Snapshots in every turn, so that what we do not know has to come through them.
  millrace: { ...settings, 'metadata.log.max.record.bytes.between.snapshots': 3000 },
}
const wrongShownMax = 10

export async function runChain(options: ChainOptions): Promise<ChainResult> {
  const work = mkdtempSync(join(tmpdir(), 'millrace-swap-'))
  const logDirs = Array.from({ length: options.logDirCount ?? 1 }, (_, i) => join(work, `data-${i}`))
  const chain = new Chain(options, logDirs)
  try {
    return await chain.run()
  } finally {
    await chain.abandon()
    rmSync(work, { recursive: true, force: true })
  }
}

class Chain {
  readonly #options: ChainOptions
  readonly #logDirs: readonly string[]
  readonly #works: readonly SwapWork[]
  readonly #load = new Load()
  readonly #wrong: string[] = []
  readonly #compared = { records: 0, commits: 0, facts: 0 }
  readonly #kafkaOnly = new KafkaOnly()
  #dumpedFiles = 0
  #facts: Facts | undefined
  #kafkaFacts: Facts | undefined
  #broker: RunningBroker | undefined

  constructor(options: ChainOptions, logDirs: readonly string[]) {
    this.#options = options
    this.#logDirs = logDirs
    this.#works = options.works
  }

  async run(): Promise<ChainResult> {
    for (const [index, name] of this.#options.turns.entries()) {
      const turn = `turn ${index + 1} (${name})`
      try {
        await this.#turn(name, turn, this.#options.turns[index + 1])
      } catch (error) {
        this.#report(turn, [`${(error as Error).stack}`, ...complaintsOf(name, this.#broker?.output() ?? '')])
        break
      }
    }
    const { acknowledgedCount: acknowledgedUnderLoad } = this.#load
    return { wrong: this.#wrong, compared: this.#compared, dumpedFiles: this.#dumpedFiles, acknowledgedUnderLoad }
  }

  async abandon(): Promise<void> {
    await this.#broker?.kill()
  }

  async #turn(name: TargetName, turn: string, next: TargetName | undefined): Promise<void> {
    const broker = await startTarget(name, {
      logDirs: this.#logDirs,
      settings: { ...settingsOf[name], ...this.#options.settings },
    })
    this.#broker = broker
    const place = { port: broker.port, logDirs: this.#logDirs }
    const requests = await Requests.open(broker.port)
    if (this.#facts) await this.#compare(requests, place, turn)
    else {
      for (const work of this.#works) await work.start(requests, place)
      await this.#load.createTopic(broker.port)
    }
    for (const work of this.#works) await work.write(requests, place)
    if (name === 'kafka') await this.#useKafka(requests, turn)
    this.#facts = await this.#read(requests)
    requests.close()
    const end = next === undefined ? 'stop' : this.#options.end
    const isKafkas = next === 'kafka' || (name === 'kafka' && end === 'stop')
    await this.#writeUntilEnd(isKafkas, broker, place, end)
    this.#broker = undefined
    this.#report(turn, complaintsOf(name, broker.output()))
    if (end === 'stop') await this.#dump(turn)
    this.#options.plant?.(this.#logDirs[0]!)
  }

  /** `isKafkas`: what is under way in the end is Kafka's to finish. */
  async #writeUntilEnd(isKafkas: boolean, broker: RunningBroker, place: Place, end: 'stop' | 'kill'): Promise<void> {
    const ends: Promise<void>[] = []
    for (const work of this.#works) {
      if (isKafkas && work.writeBeforeEnd) await work.writeBeforeEnd(place)
      else if (work.writeUntilEnd) ends.push(work.writeUntilEnd(place))
    }
    await Promise.all([this.#load.runUntilEnd(broker, end), ...ends])
  }

  async #read(requests: Requests): Promise<Facts> {
    const excepts = this.#works.flatMap(work => work.except ?? [])
    const facts = await readContents(requests, {
      exceptTopics: [loadTopic, ...excepts.flatMap(({ topics }) => topics)],
      exceptGroups: excepts.flatMap(({ groups }) => groups),
    })
    for (const work of this.#works) await work.read?.(requests, facts)
    return facts
  }

  async #compare(requests: Requests, place: Place, turn: string): Promise<void> {
    const found = await this.#read(requests)
    this.#report(turn, differences(this.#facts!, found).map(describeDifference))
    this.#compared.records += countFacts(found, 'record')
    this.#compared.commits += countFacts(found, 'committed')
    this.#compared.facts += found.size
    for (const work of this.#works) await work.resume(requests, place)
    const after = await this.#read(requests)
    this.#report(
      turn,
      differences(found, after).map(difference => `while resuming: ${describeDifference(difference)}`),
    )
    const violations = await this.#load.check(place.port)
    this.#report(
      turn,
      violations.map(({ name, what }) => `${name}: ${what}`),
    )
  }

  /** Kafka's own reader over every file that the broker of this turn left. */
  async #dump(turn: string): Promise<void> {
    if (!this.#options.dump) return
    const { jars, compactedTopics } = this.#options.dump
    for (const logDir of this.#logDirs) {
      const { complaints, files } = await dumpLog(logDir, jars, compactedTopics)
      this.#dumpedFiles += files
      this.#report(
        turn,
        complaints.map(line => `kafka-dump-log: ${line}`),
      )
    }
  }

  /** What Kafka wrote in its last turn must be there after ours; then it writes more. */
  async #useKafka(requests: Requests, turn: string): Promise<void> {
    if (this.#kafkaFacts) {
      const found = await this.#kafkaOnly.read(requests)
      this.#report(turn, differences(this.#kafkaFacts, found).map(describeDifference))
      this.#compared.facts += found.size
    }
    await this.#kafkaOnly.write(requests)
    this.#kafkaFacts = await this.#kafkaOnly.read(requests)
  }

  #report(turn: string, what: readonly string[]): void {
    this.#wrong.push(...what.slice(0, wrongShownMax).map(line => `${turn}: ${line}`))
    if (what.length > wrongShownMax) this.#wrong.push(`${turn}: and ${what.length - wrongShownMax} more`)
  }
}
