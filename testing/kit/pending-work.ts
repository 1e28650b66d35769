// What a broker has under way outside of its own code: operations of its disk, tasks of its workers, and what it put off to the next turn
// of the loop. When there is none, and promises have run on, nothing more happens without a timer or a request: it has settled.

import type { Clock } from '../../io/clock.ts'
import type { Disk, DiskFile } from '../../io/disk.ts'
import type { Workers } from '../../io/worker.ts'

/** Turns of the loop without any work after which there will be none: one for promises, one for what they began. */
const quietTurns = 2

const diskOperations = ['open', 'readFile', 'replaceFile', 'list', 'stat', 'makeDirectory', 'rename', 'remove', 'syncDirectory', 'space', 'lock'] as const satisfies readonly (keyof Disk)[] // biome-ignore format: a list
const fileOperations = ['read', 'write', 'truncate', 'datasync', 'setModified', 'size'] as const satisfies readonly (keyof DiskFile)[] // biome-ignore format: a list

export class PendingWork {
  readonly #real: Clock
  #count = 0

  constructor(real: Clock) {
    this.#real = real
  }

  get count(): number {
    return this.#count
  }

  /** Something is under way until the answered function is called. */
  begin(): () => void {
    this.#count += 1
    let isUnderWay = true
    return () => {
      if (isUnderWay) this.#count -= 1
      isUnderWay = false
    }
  }

  /** When nothing is under way any more. */
  async settled(): Promise<void> {
    for (let quiet = 0; quiet < quietTurns; ) {
      await new Promise<void>(resolve => this.#real.soon(resolve))
      quiet = this.#count === 0 ? quiet + 1 : 0
    }
  }

  /**
   * The same, for between two of many timers: costs a microsecond where all is done in promises, which is most of the time of a
   * broker that waits for a week to pass.
   */
  async calm(): Promise<void> {
    if (this.#count === 0) await new Promise<void>(resolve => process.nextTick(resolve))
    if (this.#count > 0) await this.settled()
  }

  async during<Result>(promise: Promise<Result>): Promise<Result> {
    const done = this.begin()
    try {
      return await promise
    } finally {
      done()
    }
  }

  /** The same disk, counted. Its files stay the objects they are, so that the network still knows how to send from them. */
  countDisk(disk: Disk): Disk {
    this.#countOperations(disk, diskOperations)
    const open = disk.open.bind(disk)
    disk.open = async (path, mode) => {
      const file = await open(path, mode)
      this.#countOperations(file, fileOperations)
      return file
    }
    return disk
  }

  #countOperations<Target extends object>(target: Target, names: readonly (keyof Target)[]): void {
    for (const name of names) {
      const operation = target[name] as (...given: unknown[]) => Promise<unknown>
      target[name] = ((...given: unknown[]) => this.during(operation.apply(target, given))) as Target[typeof name]
    }
  }

  countWorkers(workers: Workers): Workers {
    return { run: (...task) => this.during(workers.run(...task)), close: () => workers.close() }
  }
}
