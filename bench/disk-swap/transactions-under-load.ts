// A producer of transactions that writes while a broker is stopped or killed, and comes back to the next one with InitProducerId: readers of
// committed records must see all of what was committed, in every partition and in the group's offset, and nothing of the rest.

import { setTimeout as pause } from 'node:timers/promises'
import { TransactionsAreAtomic } from '../../broker/sim/transactions-are-atomic.ts'
import { BrokerConnection } from '../../client/connection.ts'
import { realNet } from '../../io/real-net.ts'
import { type Ask, TransactionalLoad, UnexpectedAnswer } from '../../testing/transactions/transactional-load.ts'
import type { Requests } from './requests.ts'
import type { Place, SwapWork } from './work.ts'

const topic = 'transactions-under-load'
const groupId = 'of-transactions-under-load'
const partitionCount = 2
/** A group's offset is not told while a transaction with one is under way; a hanging one is so for ever. */
const readMsMax = 60_000
const transactionsBeforeEnd = 20

export class TransactionsUnderLoad implements SwapWork {
  readonly except = { topics: [topic], groups: [groupId] }
  readonly #atomic = new TransactionsAreAtomic()
  readonly #load = new TransactionalLoad({
    ...{ transactionalId: 'under-load', topic, partitionCount, groupId, atomic: this.#atomic },
    chance: below => Math.floor(Math.random() * below),
    now: () => Date.now(),
    pause: ms => pause(ms),
  })

  get committedCount(): number {
    return this.#atomic.committedCount
  }

  async start(requests: Requests, { port }: Place): Promise<void> {
    await requests.createTopic(topic, partitionCount, { 'retention.ms': '-1' })
    // The coordinators' topics come into being.
    await connected(port, ask => this.#load.start(ask))
  }

  async resume(_requests: Requests, { port }: Place): Promise<void> {
    const violations = await connected(port, async ask => {
      // Fences what it was on the last broker: whatever it left under way is aborted now.
      await this.#load.start(ask)
      const { visible, offset } = await within(readMsMax, this.#load.readAll(ask))
      return this.#atomic.check(visible, offset)
    })
    const [first] = violations
    if (first) throw new Error(`${first.name}: ${first.what} (and ${violations.length - 1} more)`)
  }

  async write(): Promise<void> {}

  // Kafka 4.3.0 that is told to stop gives up its partitions first. A transaction that ends then is complete without a marker in any of
  // them, since partitions without a leader count as deleted, and hangs for ever (KRaftMetadataCache.getPartitionLeaderEndpoint
  // answers nothing where there is no leader; TransactionMarkerChannelManager skips these). One that was prepared when a broker died hangs
  // the same way when Kafka starts. Both were seen with Kafka alone.
  async writeBeforeEnd({ port }: Place): Promise<void> {
    let left = transactionsBeforeEnd
    await connected(port, async ask => {
      await this.#load.start(ask)
      await this.#load.run(ask, () => left-- === 0)
    })
  }

  async writeUntilEnd({ port }: Place): Promise<void> {
    try {
      await connected(port, async ask => {
        await this.#load.start(ask)
        await this.#load.run(ask, () => false)
      })
    } catch (error) {
      // A broker that stops may say so; that it answers no more is the end.
      const isGoodbye = /NOT_LEADER_OR_FOLLOWER|KAFKA_STORAGE_ERROR|COORDINATOR/.test((error as Error).message)
      if (error instanceof UnexpectedAnswer && !isGoodbye) throw error
    }
  }
}

async function within<Result>(timeoutMs: number, result: Promise<Result>): Promise<Result> {
  const over = new AbortController()
  const late = pause(timeoutMs, undefined, { signal: over.signal }).then(() => {
    throw new Error(`${topic}: not read within ${timeoutMs} ms, does a transaction hang?`)
  })
  late.catch(() => {}) // cancelled when it was read
  result.catch(() => {}) // the connection is closed under it
  try {
    return await Promise.race([result, late])
  } finally {
    over.abort()
  }
}

async function connected<Result>(port: number, body: (ask: Ask) => Promise<Result>): Promise<Result> {
  const connection = await BrokerConnection.open(realNet(), { host: '127.0.0.1', port, clientId: 'under-load' })
  try {
    return await body((api, version, request) => connection.request(api, version, request))
  } finally {
    connection.close()
  }
}
