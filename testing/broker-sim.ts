// One run of the simulation: a broker, its clients and everything that can go wrong, in one thread, from one seed.
//
// The same Broker that the command line starts runs on a simulated world (io/sim). One event happens, all promises that are
// ready run on, every invariant that can be seen from inside is checked, the next event happens. Clients speak the protocol
// over the simulated network and check what they are told. After the trouble everything is healed: whoever waits must get
// done, everything stored is read and checked, the broker is ended once more in a seeded way, and all is read again.
// Faults, and their one limit: sim/fault-schedule.ts. Promises: broker/sim.

import type { Violation } from '../broker/sim/violation.ts'
import { SimWorld } from '../io/sim/world.ts'
import { Auditor } from './sim/auditor.ts'
import { BrokerHost } from './sim/broker-host.ts'
import { makeActors } from './sim/cast.ts'
import { CommittedAuditor } from './sim/committed-auditor.ts'
import type { Actor, SimContext } from './sim/context.ts'
import { FaultSchedule } from './sim/fault-schedule.ts'
import { found } from './sim/founder.ts'
import { type SimPlan, simPlan } from './sim/plan.ts'
import type { Plant } from './sim/planted-fault.ts'
import { type SimTopic, Witness } from './sim/witness.ts'

export interface BrokerSimOptions {
  readonly seed: number
  /** Events during which things go wrong. */
  readonly steps?: number
  /** A fault planted on purpose. */
  readonly plant?: Plant
  /** Others than those of the plan use the broker, on topics of their own. */
  readonly play?: Play
  /** Lines of the trace that are kept for the report of a violation; 200 when left out. */
  readonly traceLinesMax?: number
}

/** What a run is about when it is about certain clients. */
export interface Play {
  /** What they need of the plan of a seed. */
  plan(plan: SimPlan): SimPlan
  cast(context: SimContext, topics: readonly SimTopic[]): Actor[]
}

export interface BrokerSimResult {
  readonly seed: number
  /** Of all that happened: equal for equal runs. */
  readonly hash: string
  readonly steps: number
  readonly simulatedMs: number
  readonly violation: Violation | undefined
  /** What happened last, for reading. */
  readonly trace: readonly string[]
  readonly counts: {
    readonly acknowledged: number
    readonly batchesRead: number
    readonly transactions: number
    readonly crashes: number
    readonly powerLosses: number
    readonly stops: number
  }
}

export const stepsDefault = 5000
const healedMsMax = 60_000
const checkedMsMax = 60_000

export class BrokerSim {
  readonly #options: BrokerSimOptions
  readonly #sim: SimWorld
  readonly #context: SimContext
  readonly #broker: BrokerHost
  readonly #faults: FaultSchedule
  readonly #auditor: Auditor
  readonly #committedAuditor: CommittedAuditor
  #actors: readonly Actor[] = []
  readonly #busy = new Set<Actor>()

  constructor(options: BrokerSimOptions) {
    this.#options = options
    const { seed, traceLinesMax = 200 } = options
    this.#sim = new SimWorld({ seed, traceLinesMax })
    const seeded = simPlan(this.#sim.random.fork('plan'))
    const plan = options.play?.plan(seeded) ?? seeded
    const witness = new Witness(plan)
    this.#context = { sim: this.#sim, plan, witness, isEnding: false }
    this.#broker = new BrokerHost(this.#context, options.plant)
    this.#auditor = new Auditor(this.#context)
    this.#committedAuditor = new CommittedAuditor(this.#context)
    this.#faults = new FaultSchedule(this.#context, this.#broker, () => this.#actors.map(({ name }) => name))
    this.#sim.checkAfterEveryStep(() => this.#broker.check())
  }

  /** Never rejects: what goes wrong is a violation. */
  async run(): Promise<BrokerSimResult> {
    const { witness } = this.#context
    try {
      await this.#play()
    } catch (error) {
      witness.fail('thrown', error)
    }
    const histories = [...witness.histories]
    const { crashes, powerLosses, stops } = this.#broker.counts
    return {
      seed: this.#options.seed,
      hash: this.#sim.traceHash,
      steps: this.#sim.steps,
      simulatedMs: this.#sim.nowMs,
      violation: witness.violation,
      trace: this.#sim.trace.lines,
      counts: {
        acknowledged: histories.reduce((sum, history) => sum + history.acknowledgedCount, 0),
        batchesRead: histories.reduce((sum, history) => sum + history.readCount, this.#auditor.batchesRead),
        transactions: witness.outcomes.counts.committed,
        crashes,
        powerLosses,
        stops,
      },
    }
  }

  async #play(): Promise<void> {
    const { plan, witness } = this.#context
    this.#broker.start()
    const topics = await this.#complete(found(this.#context), 'topics are created')
    if (!topics) return
    this.#broker.watch(topics)
    Object.assign(this.#sim.network.conditions, plan.network)
    this.#actors = (this.#options.play?.cast ?? makeActors)(this.#context, topics)
    for (const actor of this.#actors) this.#set(actor)
    this.#faults.start()
    const { steps = stepsDefault } = this.#options
    await this.#sim.run({ stepsMax: steps, until: () => witness.violation !== undefined })
    if (witness.violation) return
    this.#context.isEnding = true
    this.#faults.heal()
    await this.#until(
      () => this.#busy.size === 0 && this.#broker.state === 'serving',
      healedMsMax,
      () => this.#waiting(),
    )
    await this.#audit(topics, 'all is read')
    this.#end()
    await this.#until(
      () => this.#broker.state === 'serving',
      healedMsMax,
      () => `the broker is ${this.#broker.state}`,
    )
    await this.#audit(topics, 'all is read again')
  }

  /** Committed records first: then no transaction is under way any more. */
  async #audit(topics: readonly SimTopic[], what: string): Promise<void> {
    if (this.#context.plan.transactions)
      await this.#complete(this.#committedAuditor.audit(topics), `${what}, committed`)
    await this.#complete(this.#auditor.audit(topics), what)
  }

  #set(actor: Actor): void {
    this.#busy.add(actor)
    actor.run().then(
      () => this.#busy.delete(actor),
      error => this.#context.witness.fail('clientFailed', error),
    )
  }

  /** Once more, when everything is known. */
  #end(): void {
    const how = this.#sim.random.fork('end').pick(['crash', 'powerLoss', 'stop'] as const)
    if (how === 'stop') this.#broker.stop(10)
    else this.#broker.end(how, 10)
  }

  #waiting(): string {
    const clients = [...this.#busy].map(actor => `${actor.name} (${actor.status()})`)
    return `the broker is ${this.#broker.state}; not done: ${clients.join('; ') || 'nobody'}`
  }

  /** Runs until it is so; that it never is, is a violation. */
  async #until(isSo: () => boolean, withinMs: number, waiting: () => string): Promise<void> {
    const { witness } = this.#context
    if (witness.violation) return
    await this.#sim.run({ until: () => witness.violation !== undefined || isSo(), untilMs: this.#sim.nowMs + withinMs })
    if (!isSo()) witness.report([{ name: 'notLive', what: `${withinMs} ms after all was healed: ${waiting()}` }])
  }

  /** Runs until the promise is settled, unless something is violated before. */
  async #complete<Result>(promise: Promise<Result>, what: string): Promise<Result | undefined> {
    let settled: { result: Result } | undefined
    promise.then(
      result => {
        settled = { result }
      },
      error => this.#context.witness.fail('clientFailed', error),
    )
    await this.#until(
      () => settled !== undefined,
      checkedMsMax,
      () => `waits until ${what}`,
    )
    return this.#context.witness.violation ? undefined : settled?.result
  }
}
