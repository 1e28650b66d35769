// A machine of the simulation: one disk, one pair of clocks, and processes that come and go.

import { type Logger, silentLogger } from '../logger.ts'
import type { World } from '../world.ts'
import { type ClockError, processClock, wallMs } from './clock.ts'
import { SimDisk, type SimDiskOptions } from './disk.ts'
import type { DiskOperation } from './disk-faults.ts'
import type { SimNetwork } from './net.ts'
import { SimProcess } from './process.ts'
import type { SeededRandom } from './random.ts'
import type { Scheduler } from './scheduler.ts'
import { simWorkers } from './workers.ts'

export interface SimHostOptions {
  readonly clock?: Partial<ClockError>
  readonly disk?: Pick<SimDiskOptions, 'capacityBytes' | 'latencyMs'>
}

/** What a host needs of the simulation it is part of. */
export interface HostWorld {
  readonly scheduler: Scheduler
  readonly random: SeededRandom
  readonly network: SimNetwork
  hold(promise: Promise<unknown>): void
  trace(line: string, bytes?: readonly Uint8Array[]): void
}

export class SimHost {
  readonly name: string
  readonly disk: SimDisk
  /** May be changed while the simulation runs: a clock that is wrong, or runs fast. */
  readonly clockError: ClockError
  readonly #world: HostWorld
  readonly #random: SeededRandom
  readonly #processes = new Set<SimProcess>()
  #started = 0

  constructor(name: string, world: HostWorld, options: SimHostOptions = {}) {
    this.name = name
    this.#world = world
    this.#random = world.random.fork(name)
    this.clockError = { offsetMs: 0, rate: 1, ...options.clock }
    const diskRandom = this.#random.fork('disk')
    this.disk = new SimDisk({
      schedule: (ms, run) => world.scheduler.schedule(ms, run),
      latencyMs: (operation, bytes) => latencyMs(diskRandom, operation, bytes),
      random: diskRandom,
      cachedChance: 0.5,
      nowMs: () => wallMs(world.scheduler, this.clockError),
      trace: (line, bytes) => world.trace(`${name} ${line}`, bytes),
      ...options.disk,
    })
  }

  /** Starts a process and answers the world as it sees it. Switches the power on when it is off. */
  start(options: { logger?: Logger } = {}): World {
    this.#started += 1
    const { scheduler, network } = this.#world
    const process = new SimProcess(this.name, scheduler)
    this.#processes.add(process)
    this.#world.trace(`${this.name} start ${this.#started}`)
    network.powerOn(this.name)
    const random = this.#random.fork(`process ${this.#started}`)
    const taskRandom = random.fork('tasks')
    return {
      clock: processClock(process, scheduler, this.clockError),
      random,
      disk: this.disk.mount(),
      net: network.attach(process),
      workers: simWorkers({
        schedule: (ms, run) => process.schedule(ms, run),
        hold: promise => this.#world.hold(promise),
        taskMs: () => 1 + taskRandom.next() * 10,
      }),
      logger: options.logger ?? silentLogger,
    }
  }

  /** kill -9 of all processes: the page cache is kept, the operating system closes the connections. */
  crashProcess(): void {
    this.#world.trace(`${this.name} crash`)
    this.#killAll()
    this.disk.crashProcess()
  }

  /** SIGSTOP, until `resume`: nothing is done, clocks go on, others notice by its silence alone. */
  pause(): void {
    this.#world.trace(`${this.name} pause`)
    for (const process of this.#processes) process.pause()
  }

  resume(): void {
    this.#world.trace(`${this.name} resume`)
    for (const process of this.#processes) process.resume()
  }

  /** Unsynced data is lost or torn, connections are gone without a word; off until a process is started. */
  losePower(): void {
    this.#world.trace(`${this.name} power loss`)
    this.#world.network.powerOff(this.name)
    this.#killAll()
    this.disk.losePower()
  }

  #killAll(): void {
    for (const process of this.#processes) process.die()
    this.#processes.clear()
  }
}

// Milliseconds of a good SSD, with the odd slow one: what matters is that operations overtake each other.
function latencyMs(random: SeededRandom, operation: DiskOperation, bytes: number): number {
  const slow = random.chance(0.01) ? 20 : 1
  const base = operation === 'datasync' || operation === 'syncDirectory' ? 1 : 0.05
  return slow * base * (0.5 + random.next()) + bytes / 1_000_000
}
