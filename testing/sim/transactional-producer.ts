// A producer of transactions, perhaps one of several under a transactional id, which fence one another: records for several
// partitions, committed, aborted, given up or left lying beyond their timeout; a zombie goes on until it is told. Some of its
// transactions copy: they read records, write what comes of each and commit how far they are, so that each is copied once.

import type { Actor, SimContext } from './context.ts'
import type { Copying } from './copying.ts'
import type { Produced } from './idempotent-producer.ts'
import { isLost, SimClient } from './sim-client.ts'
import { type TransactionalId, TransactionClient, TransactionOver } from './transaction-client.ts'

const keys = 8
const pauseMsMax = 1000

export interface TransactionalWork {
  readonly identity: TransactionalId
  readonly targets: readonly Produced[]
  /** Undefined: it only writes. */
  readonly copying: Copying | undefined
}

export class TransactionalProducer implements Actor {
  readonly name: string
  readonly #context: SimContext
  readonly #client: SimClient
  readonly #transactions: TransactionClient
  readonly #work: TransactionalWork

  constructor(context: SimContext, name: string, work: TransactionalWork) {
    this.name = name
    this.#context = context
    this.#work = work
    this.#client = new SimClient(context, name)
    this.#transactions = new TransactionClient(context, this.#client, work.identity)
  }

  status(): string {
    return this.#transactions.status()
  }

  async run(): Promise<void> {
    const { random } = this.#client
    await this.#work.copying?.find(this.#client)
    while (!this.#context.isEnding) {
      try {
        // Who was fenced does not know that at once; who comes back fences the others.
        if (!this.#transactions.isStarted || random.chance(0.03)) await this.#transactions.start()
        await this.#transaction()
      } catch (error) {
        if (!(error instanceof TransactionOver) && !isLost(error)) throw error
        this.#transactions.forget()
        await this.#client.think(100)
      }
      await this.#client.think(20)
    }
    // What is under way is over afterwards, and every outcome decided.
    await this.#transactions.start()
  }

  async #transaction(): Promise<void> {
    const { random } = this.#client
    const { copying } = this.#work
    if (copying && random.chance(0.5)) {
      await copying.copy(this.#client, this.#transactions, { pause: () => this.#pause() })
      return
    }
    this.#transactions.begin()
    for (let rounds = 1 + random.int(3); rounds > 0; rounds--) {
      await this.#transactions.produce(this.#records())
      await this.#pause()
    }
    if (random.chance(0.04)) return this.#vanish()
    await this.#transactions.end(random.chance(0.75))
  }

  #records() {
    const { random } = this.#client
    const chosen = this.#work.targets.filter(() => random.chance(0.6))
    const targets = chosen.length === 0 ? [random.pick(this.#work.targets)] : chosen
    return targets.map(target => {
      const records = Array.from({ length: 1 + random.int(3) }, () => {
        const key = target.topic.compacted ? `k${random.int(keys)}` : null
        const isTombstone = key !== null && random.chance(0.2)
        return this.#transactions.record(key, isTombstone ? null : random.bytes(random.int(150)).toString('latin1'))
      })
      return { target, records }
    })
  }

  /** Now and then for longer than a transaction may take. */
  async #pause(): Promise<void> {
    const { random } = this.#client
    const { timeoutMs } = this.#work.identity
    if (random.chance(0.04)) await this.#client.sleep(Math.min(timeoutMs, pauseMsMax) * (0.3 + random.next() * 2))
    else if (random.chance(0.3)) await this.#client.think(40)
  }

  /** As a process that died: what is under way waits for its timeout, or for the next one that comes. */
  async #vanish(): Promise<void> {
    this.#transactions.forget()
    this.#client.disconnect()
    await this.#client.think(200)
  }
}
