// Hosts, their disks and the network between them in one thread, from one seed. One event happens, all promises that are
// ready run on, every check is made, the next event happens. Invariant: the same seed and the same program give the same
// trace, as long as the program makes no macrotask of its own (timers, real I/O, a dynamic import).

import { SimHost, type SimHostOptions } from './host.ts'
import { type NetworkConditions, SimNetwork } from './net.ts'
import { type SeededRandom, seededRandom } from './random.ts'
import { Scheduler } from './scheduler.ts'
import { Trace } from './trace.ts'
import { microtasksDrained } from './turn.ts'

export interface SimWorldOptions {
  readonly seed: number
  readonly network?: Partial<NetworkConditions>
  /** How many of the last lines of the trace are kept for reading. */
  readonly traceLinesMax?: number
}

export interface RunLimits {
  /** Stops when it answers true; asked before each event. */
  readonly until?: () => boolean
  /** Stops when the next event would be later. */
  readonly untilMs?: number
  readonly stepsMax?: number
}

const completionMsMax = 60 * 60 * 1000

export class SimWorld {
  readonly seed: number
  readonly scheduler = new Scheduler()
  readonly random: SeededRandom
  readonly network: SimNetwork
  readonly trace: Trace
  readonly #hosts = new Map<string, SimHost>()
  readonly #held = new Set<Promise<unknown>>()
  readonly #checks: (() => void)[] = []
  #steps = 0

  constructor(options: SimWorldOptions) {
    this.seed = options.seed
    this.random = seededRandom(options.seed)
    this.trace = new Trace({ linesMax: options.traceLinesMax })
    this.network = new SimNetwork({
      scheduler: this.scheduler,
      random: this.random.fork('network'),
      conditions: options.network,
      trace: (line, bytes) => this.#note(line, bytes),
    })
  }

  /** The host of this name, made when it is first asked for; options count then. */
  host(name: string, options: SimHostOptions = {}): SimHost {
    let host = this.#hosts.get(name)
    if (!host) {
      const { scheduler, random, network } = this
      const hold = (promise: Promise<unknown>) => this.hold(promise)
      const trace = (line: string, bytes?: readonly Uint8Array[]) => this.#note(line, bytes)
      host = new SimHost(name, { scheduler, random, network, hold, trace }, options)
      this.#hosts.set(name, host)
    }
    return host
  }

  get nowMs(): number {
    return this.scheduler.nowMs
  }

  /** Events that have happened. */
  get steps(): number {
    return this.#steps
  }

  /** Of all that happened: equal for equal runs. */
  get traceHash(): string {
    return this.trace.hash
  }

  /** Is called after every step; what it throws ends the run. */
  checkAfterEveryStep(check: () => void): void {
    this.#checks.push(check)
  }

  /** No event happens until this has settled: for what takes real time without being part of the simulated world. */
  hold(promise: Promise<unknown>): void {
    const settled = promise
      .catch(() => {})
      .then(() => {
        this.#held.delete(settled)
      })
    this.#held.add(settled)
  }

  /** Lets promises run on, then lets the next event happen; false when there is none. */
  async step(): Promise<boolean> {
    await this.settle()
    return this.#next()
  }

  /** Lets all promises that are ready run on, without any event. */
  async settle(): Promise<void> {
    await microtasksDrained()
    while (this.#held.size > 0) {
      await Promise.all(this.#held)
      await microtasksDrained()
    }
  }

  /** Runs until nothing is left to happen, or a limit is met. Answers the number of steps. */
  async run(limits: RunLimits = {}): Promise<number> {
    const { until, untilMs = Number.POSITIVE_INFINITY, stepsMax = Number.POSITIVE_INFINITY } = limits
    const before = this.#steps
    await this.settle()
    while (this.#steps - before < stepsMax && !until?.()) {
      const nextMs = this.scheduler.nextMs
      if (nextMs === undefined || nextMs > untilMs) {
        if (Number.isFinite(untilMs)) this.scheduler.moveTo(untilMs)
        break
      }
      await this.#next()
    }
    return this.#steps - before
  }

  /** Runs for a time. */
  async runFor(ms: number): Promise<void> {
    await this.run({ untilMs: this.nowMs + ms })
  }

  /** Runs until the promise has settled, and answers what it did; an error when it never does, or not within `withinMs`. */
  async complete<Result>(promise: Promise<Result>, withinMs: number = completionMsMax): Promise<Result> {
    let settled = false
    const done = () => {
      settled = true
    }
    promise.then(done, done)
    const startMs = this.nowMs
    await this.run({ until: () => settled, untilMs: startMs + withinMs })
    if (!settled) {
      const left =
        this.scheduler.pending === 0 ? 'nothing is left to happen' : `${this.scheduler.pending} events are left`
      throw new Error(`not done after ${this.nowMs - startMs} ms of simulated time (seed ${this.seed}): ${left}`)
    }
    return promise
  }

  async #next(): Promise<boolean> {
    if (!this.scheduler.runNext()) return false
    this.#steps += 1
    await this.settle()
    for (const check of this.#checks) check()
    return true
  }

  #note(line: string, bytes?: readonly Uint8Array[]): void {
    this.trace.add(this.scheduler.nowMs, line, bytes)
  }
}
