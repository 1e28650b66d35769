// A partition that says what was appended to it, and can lie, when a fault is planted in it.

import { type GroupRecord, groupRecordCodec } from '../../broker/coordinator/group/group-record.ts'
import type { AppendOutcome } from '../../broker/log/partition-log.ts'
import { type AppendRequest, Partition, type PartitionOptions } from '../../broker/partition/partition.ts'
import type { LastStableOffsetHolds } from '../../broker/sim/last-stable-offset-holds.ts'
import { buildBatch } from '../../protocol/records/batch-builder.ts'
import { baseOffsetOf, isControlBatch, isTransactional, producerIdOf } from '../../protocol/records/batch-header.ts'
import { batches } from '../../protocol/records/batches.ts'
import { records } from '../../protocol/records/records.ts'
import type { Offset } from '../../protocol/types.ts'
import type { Plant } from './plant.ts'

export interface WatchedPartitionOptions extends PartitionOptions {
  readonly stable: LastStableOffsetHolds
  readonly onAppended: (bytes: Buffer, baseOffset: Offset) => void
  readonly plant: Plant | undefined
}

/** With `silentRecord`: every so many batches of the group coordinator another offset is written than it has decided. */
const silentEvery = 20

export class WatchedPartition extends Partition {
  readonly #options: WatchedPartitionOptions
  #appends = 0

  constructor(options: WatchedPartitionOptions) {
    super(options)
    this.#options = options
  }

  get name(): string {
    return `${this.topic}-${this.index}`
  }

  override get lastStableOffset(): Offset {
    return this.#options.plant === 'eagerStableOffset' ? this.highWatermark : super.lastStableOffset
  }

  override append(bytes: Buffer, request: AppendRequest): AppendOutcome {
    const appended = super.append(this.#planted(bytes), request)
    if (!appended.ok || appended.duplicate) return appended
    const { stable, onAppended } = this.#options
    onAppended(bytes, appended.baseOffset)
    noteBatch(stable, bytes, appended.baseOffset)
    return appended
  }

  #planted(bytes: Buffer): Buffer {
    if (this.#options.plant !== 'silentRecord' || this.topic !== '__consumer_offsets' || isTransactional(bytes)) {
      return bytes
    }
    return ++this.#appends % silentEvery === 0 ? withOtherOffsets(bytes) : bytes
  }
}

function noteBatch(stable: LastStableOffsetHolds, batch: Buffer, offset: Offset): void {
  if (!isTransactional(batch)) return
  if (isControlBatch(batch)) stable.marker(producerIdOf(batch), offset)
  else stable.data(producerIdOf(batch), offset)
}

function withOtherOffsets(bytes: Buffer): Buffer {
  const altered = [...batches(bytes)].flatMap(batch =>
    [...records(batch)].map(({ key, value, timestamp }) => {
      const record = groupRecordCodec.decode(key, value) as GroupRecord
      if (record.type === 'offsetCommit' && record.value) record.value.offset = Number(record.value.offset) + 1000
      return { ...groupRecordCodec.encode(record), timestamp }
    }),
  )
  return buildBatch(altered, { baseOffset: baseOffsetOf(bytes) })
}
