// A consumer at the end of a topic that takes everything as it comes and looks at nothing but where it goes on.

import { errorName, errors } from '../../protocol/errors.ts'
import { fetch } from '../../protocol/messages/fetch.ts'
import { batchSizeOf, lastOffsetOf } from '../../protocol/records/batch-header.ts'
import { wholeBatchSize } from '../../protocol/records/batches.ts'
import { Requests } from '../disk-swap/requests.ts'

const partitionMaxBytes = 1 << 20

export class TailReader {
  readonly #requests: Requests
  readonly #topic: string
  readonly #offsets: number[]
  #isStopped = false
  readBytes = 0

  private constructor(requests: Requests, topic: string, offsets: number[]) {
    this.#requests = requests
    this.#topic = topic
    this.#offsets = offsets
  }

  static async open(port: number, topic: string, partitionCount: number): Promise<TailReader> {
    const requests = await Requests.open(port, 'tail')
    const offsets: number[] = []
    for (let index = 0; index < partitionCount; index++) {
      offsets.push((await requests.listOffset(topic, index, -1)).offset)
    }
    return new TailReader(requests, topic, offsets)
  }

  /** Reads until it is stopped. */
  async run(): Promise<void> {
    while (!this.#isStopped) await this.#fetch()
    this.#requests.close()
  }

  stop(): void {
    this.#isStopped = true
  }

  async #fetch(): Promise<void> {
    const partitions = this.#offsets.map((fetchOffset, partition) => ({ partition, fetchOffset, partitionMaxBytes }))
    const topics = [{ topic: this.#topic, partitions }]
    const answer = await this.#requests.send(fetch, 12, { maxWaitMs: 100, minBytes: 1, topics, replicaId: -1 })
    for (const { partitionIndex, errorCode, records, logStartOffset } of answer.responses[0]?.partitions ?? []) {
      // Retention was faster.
      if (errorCode === errors.OFFSET_OUT_OF_RANGE.code) this.#offsets[partitionIndex] = Number(logStartOffset)
      else if (errorCode !== errors.NONE.code) throw new Error(`Fetch of ${this.#topic}: ${errorName(errorCode)}`)
      else this.#take(partitionIndex, records)
    }
  }

  #take(partition: number, bytes: Buffer | null): void {
    if (bytes === null) return
    this.readBytes += bytes.length
    for (let at = 0; wholeBatchSize(bytes, at) > 0; at += batchSizeOf(bytes, at)) {
      this.#offsets[partition] = lastOffsetOf(bytes, at) + 1
    }
  }
}
