// The client's transactions as an actor of the simulation: records for several partitions, committed or aborted, by a producer
// that now and then vanishes and is replaced by another one with its id. Held against what readers of committed records see.

import { ClientError } from '../../client/client-error.ts'
import { Producer } from '../../client/producer/producer.ts'
import type { Transaction } from '../../client/producer/transaction.ts'
import { TransactionError } from '../../client/producer/transaction-error.ts'
import type { SeededRandom } from '../../io/sim/random.ts'
import type { Actor, SimContext } from '../sim/context.ts'
import type { Produced } from '../sim/idempotent-producer.ts'
import { SimClient } from '../sim/sim-client.ts'
import { ProducedRecords } from './produced-records.ts'
import { seededOptions, tapped } from './producer-world.ts'

type Outcome = 'committed' | 'aborted' | 'not known'

/** One transaction: its records by target, and how it ended as far as is known. */
interface Sent {
  readonly records: { readonly target: ProducedRecords; readonly number: number }[]
  outcome: Outcome
}

export class ClientTransactions implements Actor {
  readonly name: string
  readonly #context: SimContext
  readonly #client: SimClient
  readonly #random: SeededRandom
  readonly #produced: readonly Produced[]
  readonly #targets: readonly ProducedRecords[]
  readonly #mayBegin: Promise<void>
  readonly #transactions: Sent[] = []
  #producer: Producer | undefined
  #lives = 0
  #state = 'waits for the topics'

  /** `mayBegin`: the cluster is as it shall be. */
  constructor(context: SimContext, name: string, targets: readonly Produced[], mayBegin: Promise<void>) {
    this.name = name
    this.#context = context
    this.#produced = targets
    this.#mayBegin = mayBegin
    this.#client = new SimClient(context, `${name} checks`)
    this.#random = context.sim.random.fork(`client ${name}`)
    this.#targets = targets.map(({ topic, index }) => new ProducedRecords(name, topic, index))
  }

  status(): string {
    return `${this.#state}, ${this.#transactions.length} transactions`
  }

  async run(): Promise<void> {
    await this.#mayBegin
    while (!this.#context.isEnding) {
      await this.#transaction()
      if (this.#random.chance(0.03)) this.#vanish()
      await this.#client.think(20)
    }
    // What is open is over afterwards.
    while (!(await this.#transaction())) await this.#client.think(20)
    this.#state = 'closes'
    await this.#producer!.close()
    this.#state = 'checks'
    await this.#check()
  }

  /** Answers whether it was committed. */
  async #transaction(): Promise<boolean> {
    const sent: Sent = { records: [], outcome: 'aborted' }
    this.#state = 'begins'
    try {
      this.#producer ??= this.#newProducer()
      const tx = await this.#producer.begin()
      this.#transactions.push(sent)
      await this.#fill(tx, sent)
      return sent.outcome === 'committed'
    } catch (error) {
      this.#onError(error)
      return false
    }
  }

  async #fill(tx: Transaction, sent: Sent): Promise<void> {
    this.#state = 'sends'
    const acknowledged: (() => void)[] = []
    for (let rounds = 1 + this.#random.int(3); rounds > 0; rounds--) {
      for (const target of this.#targets.filter(() => this.#random.chance(0.7))) {
        const { number, value } = target.next('x'.repeat(this.#random.int(100)))
        sent.records.push({ target, number })
        const { topic, index } = target
        const call = tx.send(topic.name, { value, partition: index })
        call.then(
          ({ offset }) => acknowledged.push(() => target.acknowledge(number, offset)),
          () => {},
        )
      }
      await this.#client.think(10)
    }
    try {
      if (this.#random.chance(0.25)) return await this.#end(() => tx.abort(), 'aborts')
      sent.outcome = 'not known'
      await this.#end(() => tx.commit(), 'commits')
      sent.outcome = 'committed'
      for (const acknowledge of acknowledged) acknowledge()
    } catch (error) {
      if (error instanceof TransactionError && error.remedy === 'abort') {
        await this.#end(() => tx.abort(), 'aborts')
        sent.outcome = 'aborted'
      }
      throw error
    }
  }

  /** However long it takes. */
  async #end(end: () => Promise<void>, state: string): Promise<void> {
    this.#state = state
    for (;;) {
      try {
        return await end()
      } catch (error) {
        if ((error as ClientError).code !== 'DEADLINE_EXCEEDED' || error instanceof TransactionError) throw error
      }
    }
  }

  #onError(error: unknown): void {
    if (error instanceof TransactionError && error.remedy !== 'fix') {
      if (error.remedy === 'new producer') this.#vanish()
      return
    }
    if (error instanceof ClientError && error.code === 'DEADLINE_EXCEEDED') return
    this.#context.witness.fail('clientFailed', error)
  }

  /** As a process that died: the next one with its id takes over. */
  #vanish(): void {
    void this.#producer?.close({ timeoutMs: 0 })
    this.#producer = undefined
  }

  #newProducer(): Producer {
    const world = this.#context.sim.host(`${this.name} ${this.#lives++}`).start()
    const net = tapped(world.net, this.#context, this.#produced)
    const options = { transactionalId: this.name, transactionTimeoutMs: 5000, maxBlockMs: 5000 }
    return new Producer({ ...seededOptions(this.#random), ...options }, { ...world, net })
  }

  async #check(): Promise<void> {
    const { witness } = this.#context
    for (const target of this.#targets) witness.report(await target.check(this.#client))
    for (const { records, outcome } of this.#transactions) {
      const seen = records.filter(({ target, number }) => target.visible.has(number)).length
      const isRight =
        outcome === 'committed'
          ? seen === records.length
          : outcome === 'aborted'
            ? seen === 0
            : [0, records.length].includes(seen)
      if (isRight) continue
      const what = `${this.name}: of a transaction that is ${outcome}, ${seen} of ${records.length} records are seen`
      witness.report([{ name: 'transactionInParts', what }])
    }
  }
}
