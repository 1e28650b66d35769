// The last record of each active producer, in memory that threads share: the batch that holds it stays, even empty, since it
// has the sequence that the producer's next batch must follow.
//
// A hash table by producer id. A slot: producer id, last data offset (-1: its last record is a marker), epoch plus one (0: free).
// Source: Kafka 4.3.0's LastRecord and UnifiedLog.lastRecordsOfActiveProducers.

import type { Offset } from '../../../protocol/types.ts'
import type { Int64 } from '../../../protocol/wire/int64.ts'

export interface LastRecord {
  readonly producerId: Int64
  readonly producerEpoch: number
  /** -1: the producer's last record is a transaction marker. */
  readonly lastDataOffset: Offset
}

const slotBytes = 24
const spread = 0x9e37_79b9_7f4a_7c15n

/** Of producers, each once. */
export function shareLastRecords(producers: readonly LastRecord[]): SharedArrayBuffer {
  const slots = 2 ** Math.ceil(Math.log2(2 * producers.length + 1))
  const memory = new SharedArrayBuffer(slots * slotBytes)
  const table = new LastRecords(memory)
  for (const producer of producers) table.add(producer)
  return memory
}

export class LastRecords {
  readonly #slots: number
  readonly #producerIds: BigInt64Array
  readonly #offsets: Float64Array
  readonly #epochs: Int32Array

  constructor(memory: ArrayBufferLike) {
    const slots = memory.byteLength / slotBytes
    this.#slots = slots
    this.#producerIds = new BigInt64Array(memory, 0, slots)
    this.#offsets = new Float64Array(memory, slots * 8, slots)
    this.#epochs = new Int32Array(memory, slots * 16, slots)
  }

  add({ producerId, producerEpoch, lastDataOffset }: LastRecord): void {
    const slot = this.#find(BigInt(producerId))
    this.#producerIds[slot] = BigInt(producerId)
    this.#offsets[slot] = lastDataOffset
    this.#epochs[slot] = producerEpoch + 1
  }

  #find(producerId: bigint): number {
    let slot = Number(BigInt.asUintN(32, (producerId * spread) >> 32n)) & (this.#slots - 1)
    while (this.#epochs[slot] !== 0 && this.#producerIds[slot] !== producerId) slot = (slot + 1) & (this.#slots - 1)
    return slot
  }

  /** Whether a producer's batch holds the last record of the producer, which must be known by its epoch and sequence. */
  isLast(producerId: Int64, producerEpoch: number, lastOffset: Offset, isControl: boolean): boolean {
    const slot = this.#find(BigInt(producerId))
    if (this.#epochs[slot] === 0) return false
    const lastDataOffset = this.#offsets[slot]!
    if (lastDataOffset >= 0) return lastOffset === lastDataOffset
    return isControl && this.#epochs[slot] === producerEpoch + 1
  }
}
