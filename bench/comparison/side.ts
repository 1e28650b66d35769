// One of the two brokers of a question: started when it is first needed, kept over the rounds, on a data directory of its
// own. Both run with their defaults: nothing is synced for each record, and Kafka has the heap and the collector of its start script.

import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryPath } from '../../testing/repository-path.ts'
import { kafkaJars, type TargetName } from '../disk-swap/target.ts'
import { javaModule, processModule, type RunningBroker, targetModules } from './compat-module.ts'
import { cpuSeconds } from './proc-stat.ts'

/** performance.md's baselines were taken with it; it is also what kafka-server-start sets. */
const kafkaHeap = '1G'
/** Nor does it take itself for dead when it stood still while the other one was asked. */
const kafkaSettings = { 'broker.session.timeout.ms': 3_600_000 }
/** Ten thousand partitions take their time. */
const startMsMax = 600_000
const syncMsMax = 120_000

export interface SideOptions {
  readonly name: TargetName
  /** Where its data directories are made. */
  readonly folder: string
  /** Of the broker, where they are not its defaults. */
  readonly settings?: Readonly<Record<string, string | number>>
}

/** How our broker is started and ended when it is not as a user does it: under a profiler. */
export interface Launch {
  /** Between `node` and the program. */
  readonly nodeArguments: readonly string[]
  readonly program: string
  end(broker: RunningBroker): Promise<void>
}

export const asUsersDo: Launch = {
  nodeArguments: [],
  program: repositoryPath('dist/bundle/millrace.js'),
  end: broker => broker.stop(),
}

export class Side {
  readonly name: TargetName
  readonly #options: SideOptions
  /** Of our broker, from its next start on. */
  launch: Launch = asUsersDo
  #broker: RunningBroker | undefined
  #directoryCount = 0
  #isWarm = false
  #topicCount = 0

  constructor(options: SideOptions) {
    this.name = options.name
    this.#options = options
  }

  get dataDir(): string {
    return join(this.#options.folder, `${this.name}-${this.#directoryCount}`)
  }

  /** The broker, started when it is not running. */
  async running(): Promise<RunningBroker> {
    this.#broker ??= await this.#start()
    return this.#broker
  }

  /** A name that no topic of this broker had before. */
  newTopicName(): string {
    return `bench-${++this.#topicCount}`
  }

  /** The process that runs has done some work before. */
  get isWarm(): boolean {
    return this.#isWarm
  }

  noteWorked(): void {
    this.#isWarm = this.#broker !== undefined
  }

  async stop(): Promise<void> {
    const broker = this.#broker
    this.goOn()
    this.#broker = undefined
    this.#isWarm = false
    if (broker) await this.launch.end(broker)
  }

  /** Stops and forgets: the next start is on a new, empty directory. */
  async clear(): Promise<void> {
    try {
      await this.stop()
    } finally {
      rmSync(this.dataDir, { recursive: true, force: true })
      this.#directoryCount++
    }
  }

  /** Takes no processor, if it runs, until it is told to go on. */
  standStill(): void {
    this.#signal('SIGSTOP')
  }

  goOn(): void {
    this.#signal('SIGCONT')
  }

  // One that has died is missed by whoever asks it next, who can say more about it.
  #signal(name: NodeJS.Signals): void {
    try {
      if (this.#broker) process.kill(this.#broker.pid, name)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }

  /** The broker's CPU seconds while something is done, and what that resolved with. */
  async cpuDuring<T>(load: () => Promise<T>): Promise<{ cpu: number; result: T }> {
    const { pid } = await this.running()
    const before = cpuSeconds(pid)
    const result = await load()
    return { cpu: cpuSeconds(pid) - before, result }
  }

  /** Waits until the disk has what was written, so that one pass does not pay for the one before; and so much longer. */
  async settle(settleMs: number): Promise<void> {
    const { run } = await processModule()
    mkdirSync(this.#options.folder, { recursive: true })
    await run('sync', ['-f', this.#options.folder], { timeoutMs: syncMsMax, anyStatus: true })
    await new Promise(resolve => setTimeout(resolve, settleMs))
  }

  async #start(): Promise<RunningBroker> {
    const { startKafka, startMillrace } = await targetModules()
    const { dataDir } = this
    const { settings } = this.#options
    mkdirSync(this.#options.folder, { recursive: true })
    if (this.name === 'millrace') {
      const { program, nodeArguments } = this.launch
      return startMillrace({ dataDir, settings, startMsMax, program, nodeArguments })
    }
    await kafkaJars()
    const { scriptArguments } = await javaModule()
    const jvm = [`-Xms${kafkaHeap}`, ...scriptArguments]
    return startKafka({ dataDir, settings: { ...kafkaSettings, ...settings }, startMsMax, heap: kafkaHeap, jvm })
  }
}
