// One data directory, several brokers in turn. In each turn: what the last one held must be there, statement by statement;
// producers and group members go on where they were; more is written; the broker is stopped, or killed, under load.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { complaintsOf } from './complaints.ts'
import { readContents } from './contents.ts'
import { countFacts, describeDifference, differences, type Facts } from './facts.ts'
import { KafkaOnly, kafkaOnlySettings } from './kafka-only.ts'
import { Load, loadTopic } from './load.ts'
import { Requests } from './requests.ts'
import { type RunningBroker, startTarget, type TargetName } from './target.ts'
import { Workload } from './workload.ts'

export interface ChainOptions {
  readonly turns: readonly TargetName[]
  readonly end: 'stop' | 'kill'
  readonly batchCount: number
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
  readonly acknowledgedUnderLoad: number
}

const settings = {
  'offsets.topic.num.partitions': 5,
  'group.initial.rebalance.delay.ms': 100,
  'group.min.session.timeout.ms': 1000,
  'transaction.state.log.num.partitions': 3,
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
  readonly #workload: Workload
  readonly #load = new Load()
  readonly #wrong: string[] = []
  readonly #compared = { records: 0, commits: 0, facts: 0 }
  readonly #kafkaOnly = new KafkaOnly()
  #facts: Facts | undefined
  #kafkaFacts: Facts | undefined
  #broker: RunningBroker | undefined

  constructor(options: ChainOptions, logDirs: readonly string[]) {
    this.#options = options
    this.#logDirs = logDirs
    this.#workload = new Workload(options)
  }

  async run(): Promise<ChainResult> {
    for (const [index, name] of this.#options.turns.entries()) {
      const turn = `turn ${index + 1} (${name})`
      try {
        await this.#turn(name, turn, index === this.#options.turns.length - 1)
      } catch (error) {
        this.#report(turn, [`${(error as Error).stack}`, ...complaintsOf(name, this.#broker?.output() ?? '')])
        break
      }
    }
    return { wrong: this.#wrong, compared: this.#compared, acknowledgedUnderLoad: this.#load.acknowledgedCount }
  }

  async abandon(): Promise<void> {
    await this.#broker?.kill()
  }

  async #turn(name: TargetName, turn: string, isLast: boolean): Promise<void> {
    const broker = await startTarget(name, {
      logDirs: this.#logDirs,
      settings: { ...settingsOf[name], ...this.#options.settings },
    })
    this.#broker = broker
    const requests = await Requests.open(broker.port)
    if (this.#facts) await this.#compare(requests, turn)
    else {
      await this.#workload.start(requests)
      await this.#load.createTopic(broker.port)
    }
    await this.#workload.write(requests, broker.port)
    if (name === 'kafka') await this.#useKafka(requests, turn)
    this.#facts = await readContents(requests, { except: [loadTopic] })
    requests.close()
    await this.#load.runUntilEnd(broker, isLast ? 'stop' : this.#options.end)
    this.#broker = undefined
    this.#report(turn, complaintsOf(name, broker.output()))
    this.#options.plant?.(this.#logDirs[0]!)
  }

  async #compare(requests: Requests, turn: string): Promise<void> {
    const found = await readContents(requests, { except: [loadTopic] })
    this.#report(turn, differences(this.#facts!, found).map(describeDifference))
    this.#compared.records += countFacts(found, 'record')
    this.#compared.commits += countFacts(found, 'committed')
    this.#compared.facts += found.size
    await this.#workload.resume(requests)
    const after = await readContents(requests, { except: [loadTopic] })
    this.#report(
      turn,
      differences(found, after).map(difference => `while resuming: ${describeDifference(difference)}`),
    )
    const violations = await this.#load.check(this.#broker!.port)
    this.#report(
      turn,
      violations.map(({ name, what }) => `${name}: ${what}`),
    )
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
