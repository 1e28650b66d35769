// The instances of one Streams application, killed in turns and started again on the state that they left.

import { setTimeout as pause } from 'node:timers/promises'
import type { ProgramResult, StartedProgram, StreamsProgram } from './streams-program.ts'

export interface Application {
  readonly bootstrap: string
  readonly id: string
  readonly input: string
  readonly output: string
  /** One folder of state below it per instance. */
  readonly stateFolder: string
}

const readyMsMax = 60_000
const stopMsMax = 30_000
const errorCharsShown = 1500

export class Instances {
  /** Instances that ended without having been told to, and those that did not stop. */
  readonly faults: string[] = []
  killCount = 0
  readonly #program: StreamsProgram
  readonly #application: Application
  readonly #running: StartedProgram[]
  readonly #ready: Promise<void>[] = []
  readonly #toldToEnd = new Set<StartedProgram>()

  constructor(program: StreamsProgram, application: Application, count: number) {
    this.#program = program
    this.#application = application
    this.#running = Array.from({ length: count }, (_, i) => this.#start(i))
  }

  /** Resolves when each of the first instances had its share of the work once; rejects when that takes too long. */
  async ready(): Promise<void> {
    const late = new AbortController()
    const timeout = pause(readyMsMax, undefined, { signal: late.signal }).then(() => {
      throw new Error(`the instances were not all running within ${readyMsMax} ms: ${this.faults.join('; ')}`)
    })
    timeout.catch(() => {}) // cancelled when they are ready
    await Promise.race([Promise.all(this.#ready), timeout])
    late.abort()
  }

  /** SIGKILL to the next in turn, then a new process in its place. */
  async killNext(): Promise<void> {
    const at = this.killCount++ % this.#running.length
    await this.#end(this.#running[at]!, 'SIGKILL')
    this.#running[at] = this.#start(at)
  }

  /** SIGTERM to all, so that each commits what it has done; SIGKILL to those that do not end. */
  async stop(): Promise<void> {
    await Promise.all(this.#running.map(instance => this.#stopOne(instance)))
  }

  async #stopOne(instance: StartedProgram): Promise<void> {
    const timer = setTimeout(() => {
      this.faults.push(`an instance did not stop within ${stopMsMax} ms`)
      instance.child.kill('SIGKILL')
    }, stopMsMax)
    await this.#end(instance, 'SIGTERM')
    clearTimeout(timer)
  }

  async #end(instance: StartedProgram, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.#toldToEnd.add(instance)
    instance.child.kill(signal)
    await instance.done
  }

  #start(at: number): StartedProgram {
    const { bootstrap, id, input, output, stateFolder } = this.#application
    let runs = () => {}
    this.#ready.push(
      new Promise(resolve => {
        runs = resolve
      }),
    )
    const args = ['count', bootstrap, id, `${stateFolder}/instance-${at}`, input, output]
    const instance = this.#program.start(args, line => line === 'RUNNING' && runs())
    instance.done.then(result => this.#sawEnd(at, instance, result))
    return instance
  }

  #sawEnd(at: number, instance: StartedProgram, { status, signal, stderr }: ProgramResult): void {
    if (this.#toldToEnd.has(instance)) return
    this.faults.push(`instance ${at} ended by itself (${status ?? signal}): ${stderr.slice(-errorCharsShown)}`)
  }
}
