// A partition of __consumer_offsets in memory, for tests: a MemoryLog behind the face of a Partition.

import { errors, type ProtocolError } from '../../../protocol/errors.ts'
import type { Offset } from '../../../protocol/types.ts'
import type { AppendOutcome } from '../../log/partition-log.ts'
import type { LedPartition } from '../runtime/partition-coordinator-log.ts'
import { MemoryLog } from './memory-log.ts'

export class MemoryPartition implements LedPartition {
  isLeader = true
  readonly memory: MemoryLog
  readonly log: LedPartition['log']

  constructor(memory: MemoryLog = new MemoryLog({ autoCommit: true })) {
    this.memory = memory
    this.log = {
      get logStartOffset() {
        return memory.logStartOffset
      },
      get nextOffset() {
        return memory.nextOffset
      },
      get logEndOffset() {
        return memory.nextOffset
      },
      get config() {
        return { maxMessageBytes: memory.batchBytesMax }
      },
      readBytes: (offset, { maxBytes }) => memory.readBytes(offset, maxBytes),
    }
  }

  get highWatermark(): Offset {
    return this.memory.highWatermark
  }

  append(batch: Buffer): AppendOutcome {
    if (!this.isLeader) return { ok: false, error: errors.NOT_LEADER_OR_FOLLOWER }
    const appended = this.memory.append(batch)
    return appended.ok ? { ...appended, logAppendTimeMs: -1, duplicate: false } : appended
  }

  whenCommitted(offset: Offset, done: (error: ProtocolError) => void): void {
    this.memory.whenCommitted(offset, done)
  }
}
