// Rounds of: start the broker, load it with a producer of transactions, kill -9 it in the middle, start it again; in the end a
// reader of committed records must see what was committed, in every partition, and nothing else.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { TransactionsAreAtomic } from '../../broker/sim/transactions-are-atomic.ts'
import type { Violation } from '../../broker/sim/violation.ts'
import { BrokerConnection } from '../../client/connection.ts'
import { realNet } from '../../io/real-net.ts'
import { seededRandom } from '../../io/sim/random.ts'
import { createTopics } from '../../protocol/messages/create-topics.ts'
import { type Ask, TransactionalLoad, UnexpectedAnswer } from '../../testing/transactions/transactional-load.ts'
import { BrokerProcess } from './broker-process.ts'

const topic = 'transactions'
const partitionCount = 3
const loadMsMax = 500
/** Few partitions of the internal topics, so that a start is quick; small segments, so that crashes meet rolling, too. */
const settings = ['transaction.state.log.num.partitions=3', 'offsets.topic.num.partitions=3']
const topicSettings = { 'segment.bytes': String(1 << 20), 'segment.index.bytes': '1024', 'index.interval.bytes': '256' }

export interface TransactionCrashOptions {
  readonly rounds: number
  readonly seed: number
}

export interface TransactionCrashResult {
  readonly violations: readonly Violation[]
  readonly committedCount: number
  /** Asked to commit when the broker was killed, and not answered. */
  readonly unknownCount: number
  readonly rounds: number
}

export async function transactionCrashRun(options: TransactionCrashOptions): Promise<TransactionCrashResult> {
  const dataDir = mkdtempSync(join(tmpdir(), 'millrace-crash-'))
  const run = new TransactionCrashRun(dataDir, options)
  try {
    return await run.run()
  } finally {
    await run.end()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

class TransactionCrashRun {
  readonly #dataDir: string
  readonly #rounds: number
  readonly #chance: (below: number) => number
  readonly #atomic = new TransactionsAreAtomic()
  readonly #load: TransactionalLoad
  #broker: BrokerProcess | undefined

  constructor(dataDir: string, { rounds, seed }: TransactionCrashOptions) {
    this.#dataDir = dataDir
    this.#rounds = rounds
    const random = seededRandom(seed)
    this.#chance = below => random.int(below)
    this.#load = new TransactionalLoad({
      transactionalId: 'crash',
      topic,
      partitionCount,
      groupId: 'checker',
      atomic: this.#atomic,
      chance: this.#chance,
      now: () => Date.now(),
      pause: ms => pause(ms),
    })
  }

  async run(): Promise<TransactionCrashResult> {
    await this.#start()
    await this.#connected(async ask => {
      const configs = Object.entries(topicSettings).map(([name, value]) => ({ name, value }))
      const topics = [{ name: topic, numPartitions: partitionCount, replicationFactor: 1, configs }]
      await ask(createTopics, 5, { topics, timeoutMs: 30_000 })
    })
    for (let round = 0; round < this.#rounds; round++) await this.#round()
    const violations = await this.#connected(async ask => {
      // Fences the last round's producer: whatever it left under way is ended then.
      await this.#load.start(ask)
      const { visible, offset } = await this.#load.readAll(ask)
      return this.#atomic.check(visible, offset)
    })
    const { committedCount, unknownCount } = this.#atomic
    return { violations, committedCount, unknownCount, rounds: this.#rounds }
  }

  async end(): Promise<void> {
    await this.#broker?.kill()
  }

  async #round(): Promise<void> {
    const killed = pause(this.#chance(loadMsMax)).then(() => this.#broker!.kill())
    try {
      await this.#connected(async ask => {
        await this.#load.start(ask)
        await this.#load.run(ask, () => false)
      })
    } catch (error) {
      // What the broker answered is a finding, that it answers no more is the kill.
      if (error instanceof UnexpectedAnswer) throw error
    }
    await killed
    await this.#start()
  }

  async #start(): Promise<void> {
    this.#broker = await BrokerProcess.start({ dataDir: this.#dataDir, port: 0, settings })
  }

  async #connected<Result>(body: (ask: Ask) => Promise<Result>): Promise<Result> {
    const { port } = this.#broker!
    const connection = await BrokerConnection.open(realNet(), { host: '127.0.0.1', port, clientId: 'transactions' })
    try {
      return await body((api, version, request) => connection.request(api, version, request))
    } finally {
      connection.close()
    }
  }
}
