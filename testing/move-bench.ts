// For tests of moves between log directories: a log manager with the partition orders-0 on a simulated disk with three log
// directories, and what the metadata would hold, which outlives crashes.

import { brokerConfig } from '../broker/config/broker-config.ts'
import { developmentProfile } from '../broker/config/development-profile.ts'
import type { LogConfig } from '../broker/config/log-config.ts'
import { LogManager } from '../broker/log/log-manager.ts'
import type { PartitionLog } from '../broker/log/partition-log.ts'
import { ManualClock } from '../io/sim/clock.ts'
import { SimDisk, type SimDiskOptions } from '../io/sim/disk.ts'
import { seededRandom } from '../io/sim/random.ts'
import { simWorkers } from '../io/sim/workers.ts'
import type { World } from '../io/world.ts'
import { errorName, errors, type ProtocolError } from '../protocol/errors.ts'
import type { Uuid } from '../protocol/wire/uuid.ts'
import { batchOf, benchTopicId, logConfig, readAll, recordsIn } from './log-bench.ts'

const cluster = { clusterId: 'VcE87dc19XIURd9KuS8Lww', nodeId: 1 }
const topic = 'orders'

export interface MoveBenchOptions {
  readonly disk?: Partial<SimDiskOptions>
  readonly settings?: Record<string, string>
  readonly topic?: Record<string, string | number>
  /** What the simulated disk operations are told to. */
  readonly onOperation?: (line: string) => void
}

export class MoveBench {
  readonly clock = new ManualClock()
  readonly sim: SimDisk
  readonly lines: string[] = []
  readonly config: LogConfig
  readonly #settings: Record<string, string>
  manager!: LogManager
  /** As the controller was told. */
  assigned: Uuid | undefined
  readonly assignments: string[] = []
  /** What a partition would take for its log. */
  log!: PartitionLog
  /** The directories as the start has left them, before anything went on. */
  found: readonly string[] = []
  /** Called with every new log end offset of the log in use. */
  onWritten: (logEndOffset: number) => void = () => {}
  refusal: ProtocolError = errors.NONE
  #stopListening = () => {}
  onOperation: (line: string) => void

  constructor(options: MoveBenchOptions = {}) {
    this.onOperation = options.onOperation ?? (() => {})
    this.sim = new SimDisk({
      trace: line => this.onOperation(line),
      nowMs: () => this.clock.now(),
      ...options.disk,
    })
    this.#settings = { 'log.dirs': '/a,/b,/c', 'metadata.log.dir': '/a', ...options.settings }
    this.config = logConfig({ 'retention.ms': -1, ...options.topic })
  }

  /** Starts the broker's logs, and orders-0 with them. */
  async start(): Promise<void> {
    const log = (_: object, text: string) => void this.lines.push(text)
    const logger = { debug: () => {}, info: log, warn: log, error: log }
    const world = {
      disk: this.sim.mount(),
      clock: this.clock,
      random: seededRandom(3),
      logger,
      workers: simWorkers(),
    } as unknown as World
    const overrides = new Map(Object.entries(this.#settings))
    const config = brokerConfig({ profile: developmentProfile(), overrides })
    const manager = await LogManager.open({ world, config })
    this.manager = manager
    await manager.format(cluster)
    manager.moves.connect({
      assign: async assigned => {
        if (manager !== this.manager) return false
        this.assigned = assigned.logDirectory.directoryId
        this.assignments.push(assigned.logDirectory.path)
        return true
      },
      // What a process that is dead would do does not count.
      replaced: (_, to) => void (manager === this.manager && this.#use(to)),
    })
    this.assigned ??= manager.directories[1]!.directoryId
    await manager.load({
      configOf: () => this.config,
      assignedDirectory: name => (name === topic ? this.assigned : undefined),
    })
    this.found = await this.directories()
    const found = manager.get(topic, 0)
    this.#use(found ?? (await manager.create(topic, 0, benchTopicId, this.config, this.assigned)))
    if (found && found.logDirectory.directoryId !== this.assigned) manager.moves.assign(found)
    manager.moves.resume(topic, 0)
  }

  #use(log: PartitionLog): void {
    this.#stopListening()
    this.log = log
    log.setHighWatermark(log.highWatermark)
    this.#stopListening = log.onWritten(offset => {
      log.setHighWatermark(offset)
      this.onWritten(offset)
    })
  }

  /** AlterReplicaLogDirs; answers the name of the error. */
  async alter(path: string, partition = 0, name = topic): Promise<string> {
    const altering = this.manager.moves.alter(name, partition, path, () => this.refusal)
    return errorName((await this.done(altering)).code)!
  }

  /** The same, whose answer is not waited for. */
  ask(path: string): void {
    this.manager.moves.alter(topic, 0, path, () => this.refusal).catch(() => {})
  }

  append(count: number, prefix: string, options: Parameters<typeof batchOf>[1] = {}): void {
    const outcome = this.log.append(batchOf(count, { prefix, ...options }), { leaderEpoch: 0, origin: 'client' })
    if (!outcome.ok) throw new Error(outcome.message ?? outcome.error.text)
  }

  /** Lets everything happen that needs no time to pass. */
  settle(): Promise<void> {
    return this.clock.run()
  }

  async done<Result>(promise: Promise<Result>): Promise<Result> {
    promise.catch(() => {})
    await this.settle()
    return promise
  }

  crash(): void {
    this.#stopListening()
    this.sim.crashProcess()
  }

  losePower(): void {
    this.#stopListening()
    this.sim.losePower()
  }

  async records(): Promise<{ offset: number; value: string }[]> {
    return recordsIn(await readAll(this.log))
  }

  /** Directories of orders in the log directories, without what is random in their names. */
  async directories(): Promise<string[]> {
    const disk = this.sim.mount()
    const found: string[] = []
    for (const path of ['/a', '/b', '/c']) {
      for (const { name } of await disk.list(path)) {
        if (name.startsWith(topic)) found.push(`${path}/${name.replace(/\.[0-9a-f]{32}-/, '.*-')}`)
      }
    }
    return found
  }
}
