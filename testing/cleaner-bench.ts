// For tests of the cleaner: one log on a simulated disk, and cleanings of it with workers that run inline.

import { ChunkMemory } from '../broker/log/cleaner/chunk-memory.ts'
import { type CleanableLog, cleanableLog } from '../broker/log/cleaner/cleanable-log.ts'
import { LogCleaning } from '../broker/log/cleaner/log-cleaning.ts'
import { mapRoom } from '../broker/log/cleaner/map-room.ts'
import { slotBytes } from '../broker/log/cleaner/offset-map.ts'
import { Throttle } from '../broker/log/cleaner/throttle.ts'
import type { OpenLogOptions } from '../broker/log/open-log.ts'
import type { PartitionLog } from '../broker/log/partition-log.ts'
import { simWorkers } from '../io/sim/workers.ts'
import { LogBench } from './log-bench.ts'

export interface CleanOptions {
  readonly mapBytes?: number
  readonly loadFactor?: number
  readonly chunkBytes?: number
}

export class CleanerBench extends LogBench {
  readonly workers = simWorkers()
  log!: PartitionLog

  /** Files that were there before the log is opened. */
  async putFiles(files: Iterable<readonly [string, Buffer]>): Promise<void> {
    await this.disk.makeDirectory(this.path)
    for (const [name, bytes] of files) {
      const file = await this.disk.open(`${this.path}/${name}`, 'create')
      await file.write([bytes], 0)
      await file.close()
    }
  }

  override async open(
    config: Parameters<LogBench['open']>[0] = {},
    options: Partial<OpenLogOptions> = {},
  ): Promise<PartitionLog> {
    this.log = await super.open(config, options)
    return this.log
  }

  cleanable(cleanedUpTo?: number): Promise<CleanableLog> {
    return cleanableLog(this.log.compaction, cleanedUpTo, this.clock.now())
  }

  /** Answers up to where the log is clean. */
  clean(cleanable: CleanableLog, options: CleanOptions = {}): Promise<number> {
    const { mapBytes = 1 << 20, loadFactor = 0.9, chunkBytes = 1 << 18 } = options
    const { clock, workers } = this
    const slots = Math.floor(mapBytes / slotBytes)
    const keysMax = Math.floor(slots * loadFactor)
    const room = mapRoom(cleanable.firstUncleanableOffset - cleanable.firstDirtyOffset, slots, keysMax)
    return cleanable.log.run(check =>
      new LogCleaning({
        cleanable,
        workers,
        clock,
        throttle: new Throttle(clock, Number.POSITIVE_INFINITY),
        memory: new SharedArrayBuffer(mapBytes),
        room,
        keysMax,
        secret: [3, 1, 4, 1],
        chunks: new ChunkMemory(chunkBytes),
        check,
      }).run(),
    )
  }

  /** All batches of the log, as they lie in its files. */
  async logBytes(): Promise<Buffer> {
    const names = (await this.files()).filter(name => name.endsWith('.log'))
    return Buffer.concat(names.map(name => this.file(name)))
  }
}
