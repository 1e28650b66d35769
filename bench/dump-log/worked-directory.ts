// A data directory as our broker leaves it after a varied life: the writes of the disk swap (every codec, segments that roll,
// idempotent producers, LogAppendTime, DeleteRecords, compacted and deleted topics, settings, groups), with restarts.

import { readContents } from '../disk-swap/contents.ts'
import { countFacts } from '../disk-swap/facts.ts'
import { Load } from '../disk-swap/load.ts'
import { Requests } from '../disk-swap/requests.ts'
import { type RunningBroker, startTarget } from '../disk-swap/target.ts'
import { Workload } from '../disk-swap/workload.ts'

const settings = {
  'offsets.topic.num.partitions': 5,
  'group.initial.rebalance.delay.ms': 100,
  // Snapshots of the metadata, and segments of its log, in every life.
  'metadata.log.max.record.bytes.between.snapshots': 3000,
}

export class WorkedDirectory {
  readonly #dataDir: string
  readonly #workload: Workload
  readonly #load = new Load()
  #isNew = true

  constructor(dataDir: string, batchCount: number) {
    this.#dataDir = dataDir
    this.#workload = new Workload({ batchCount, end: 'stop' })
  }

  /** Starts the broker, writes, and ends it under load. Answers how many records its topics hold. */
  async live(end: 'stop' | 'kill'): Promise<number> {
    const broker = await startTarget('millrace', { logDirs: [this.#dataDir], settings })
    try {
      return await this.#use(broker, end)
    } catch (error) {
      await broker.kill()
      throw error
    }
  }

  /** Starts and stops it, so that what a kill left is recovered. Answers how many records its topics hold. */
  async recover(): Promise<number> {
    const broker = await startTarget('millrace', { logDirs: [this.#dataDir], settings })
    const requests = await Requests.open(broker.port)
    const count = countFacts(await readContents(requests), 'record')
    requests.close()
    await broker.stop()
    return count
  }

  async #use(broker: RunningBroker, end: 'stop' | 'kill'): Promise<number> {
    const requests = await Requests.open(broker.port)
    if (this.#isNew) {
      await this.#workload.start(requests)
      await this.#load.createTopic(broker.port)
    }
    this.#isNew = false
    await this.#workload.write(requests, broker)
    const count = countFacts(await readContents(requests), 'record')
    requests.close()
    await this.#load.runUntilEnd(broker, end)
    return count
  }
}
