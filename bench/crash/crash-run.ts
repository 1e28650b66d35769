// Rounds of: start the broker, load it, kill -9 it in the middle, start it again, and hold what it has against what it said.

import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seededRandom } from '../../io/sim/random.ts'
import { BrokerProcess } from './broker-process.ts'
import { History, type Violation } from './history.ts'
import { ProducerLoad } from './producer-load.ts'
import { Reader } from './reader.ts'

const topic = 'crash'
const groupId = 'checker'
const partitionCount = 3
const loadMsMax = 400
/** Small segments, so that crashes meet rolling too. */
const topicSettings = { 'segment.bytes': String(1 << 20), 'segment.index.bytes': '1024', 'index.interval.bytes': '256' }

export interface CrashOptions {
  readonly rounds: number
  readonly seed: number
  /** Cuts half of a partition off between a kill and the next start, in the last round: the checker must see it. */
  readonly plantLoss?: boolean
  /** Of the topic, beside the small segments; group commit is `{ 'flush.messages': '1' }`. */
  readonly settings?: Readonly<Record<string, string>>
}

export interface CrashResult {
  readonly violations: readonly Violation[]
  readonly acknowledgedCount: number
  readonly storedCount: number
  readonly rounds: number
}

export async function crashRun(options: CrashOptions): Promise<CrashResult> {
  const dataDir = mkdtempSync(join(tmpdir(), 'millrace-crash-'))
  const run = new CrashRun(dataDir, options)
  try {
    return await run.run()
  } finally {
    await run.end()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

class CrashRun {
  readonly #dataDir: string
  readonly #options: CrashOptions
  readonly #history = new History()
  readonly #producers: readonly ProducerLoad[]
  readonly #chance: (below: number) => number
  readonly #violations: Violation[] = []
  #broker: BrokerProcess | undefined
  #storedCount = 0
  #consumed = 0

  constructor(dataDir: string, options: CrashOptions) {
    this.#dataDir = dataDir
    this.#options = options
    const random = seededRandom(options.seed)
    this.#chance = below => random.int(below)
    const report = (violations: readonly Violation[]) => void this.#violations.push(...violations)
    const common = { topic, history: this.#history, report, chance: this.#chance }
    this.#producers = [
      new ProducerLoad({ ...common, name: 'idempotent-none', partition: 0, idempotent: true, compression: 'none' }),
      new ProducerLoad({ ...common, name: 'idempotent-lz4', partition: 0, idempotent: true, compression: 'lz4' }),
      new ProducerLoad({ ...common, name: 'idempotent-zstd', partition: 1, idempotent: true, compression: 'zstd' }),
      new ProducerLoad({ ...common, name: 'plain-none', partition: 1, idempotent: false, compression: 'none' }),
      new ProducerLoad({ ...common, name: 'plain-gzip', partition: 2, idempotent: false, compression: 'gzip' }),
    ]
  }

  async run(): Promise<CrashResult> {
    await this.#start()
    const reader = await Reader.open(this.#broker!.port, topic)
    await reader.createTopic(partitionCount, { ...topicSettings, ...this.#options.settings })
    reader.close()
    for (let round = 1; round <= this.#options.rounds && this.#violations.length === 0; round++)
      await this.#round(round)
    return {
      violations: this.#violations,
      acknowledgedCount: this.#history.acknowledgedCount,
      storedCount: this.#storedCount,
      rounds: this.#options.rounds,
    }
  }

  async end(): Promise<void> {
    await this.#broker?.kill()
  }

  async #start(): Promise<void> {
    this.#broker = await BrokerProcess.start({ dataDir: this.#dataDir, port: 0 })
  }

  async #round(round: number): Promise<void> {
    const { port } = this.#broker!
    let stopped = false
    const killed = new Promise<void>(resolve => setTimeout(resolve, 20 + this.#chance(loadMsMax))).then(async () => {
      stopped = true
      await this.#broker!.kill()
    })
    const load = this.#producers.map(producer => producer.run(port, () => stopped))
    const ends = await Promise.allSettled([...load, this.#consume(port, () => stopped), killed])
    for (const end of ends) if (end.status === 'rejected' && !stoppedBy(end.reason)) throw end.reason
    const last = round === this.#options.rounds
    if (last && this.#options.plantLoss) plantLoss(this.#dataDir)
    await this.#start()
    await this.#check(last || round % 20 === 0)
  }

  /** Follows partition 0 and commits how far it has come, as long as the broker lives. */
  async #consume(port: number, stopped: () => boolean): Promise<void> {
    const reader = await Reader.open(port, topic)
    try {
      while (!stopped()) {
        const read = await reader.fetch(0, this.#consumed, 20)
        this.#violations.push(...this.#history.consume(0, read))
        this.#consumed = (read.at(-1)?.offset ?? this.#consumed - 1) + 1
        this.#history.attemptCommit(this.#consumed)
        await reader.commit(groupId, this.#consumed)
        this.#history.acknowledgeCommit(this.#consumed)
      }
    } finally {
      reader.close()
    }
  }

  async #check(thorough: boolean): Promise<void> {
    const reader = await Reader.open(this.#broker!.port, topic)
    this.#violations.push(...this.#history.checkCommit(await reader.committed(groupId)))
    let stored = 0
    for (let partition = 0; partition < partitionCount; partition++) {
      this.#violations.push(...this.#history.checkEndOffset(partition, await reader.endOffset(partition)))
      if (!thorough) continue
      const all = await reader.readAll(partition)
      stored += all.length
      this.#violations.push(...this.#history.checkRecords(partition, all))
    }
    if (thorough) this.#storedCount = stored
    reader.close()
  }
}

function stoppedBy(reason: unknown): boolean {
  return ['CONNECTION_CLOSED', 'REFUSED', 'RESET'].includes((reason as { code?: string }).code ?? '')
}

/** Takes the second half of partition 0 away, as a disk that lied would: more than can have been unacknowledged. */
function plantLoss(dataDir: string): void {
  const directory = join(dataDir, `${topic}-0`)
  const segments = readdirSync(directory).filter(name => name.endsWith('.log'))
  const newestFirst = segments
    .sort()
    .reverse()
    .map(name => ({ path: join(directory, name), bytes: statSync(join(directory, name)).size }))
  let excess = newestFirst.reduce((sum, { bytes }) => sum + bytes, 0) / 2
  for (const { path, bytes } of newestFirst) {
    const cut = Math.min(bytes, Math.ceil(excess))
    truncateSync(path, bytes - cut)
    excess -= cut
  }
}
