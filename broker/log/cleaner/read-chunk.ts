// Whole batches of a segment, as many as fit into some bytes; one that does not fit comes alone.
// Source: Kafka 4.3.0's Cleaner.growBuffersOrFail.

import type { Clock } from '../../../io/clock.ts'
import { DiskError } from '../../../io/disk.ts'
import { nextBatchSize, wholeBatchSize } from '../../../protocol/records/batches.ts'
import type { Position } from '../../../protocol/types.ts'
import type { LogSegment } from '../segment.ts'
import type { ChunkMemory } from './chunk-memory.ts'

/** Read at one moment from the page cache. */
const stepBytes = 256 * 1024

/** A segment that does not read as one: its log is not cleaned. */
export class DamagedSegmentError extends Error {
  readonly code = 'SEGMENT_DAMAGED'
}

/** In memory that threads share, valid until the next call. Rejects with DamagedSegmentError, DecodeError or DiskError. */
export async function readChunk(
  segment: LogSegment,
  position: Position,
  memory: ChunkMemory,
  clock: Clock,
): Promise<Buffer> {
  const { file, writtenBytes } = segment
  const left = writtenBytes - position
  const bytes = memory.room(Math.min(memory.bytesMax, left))
  await fill(file, position, bytes, clock)
  const whole = wholeBatchesEnd(bytes)
  if (whole > 0) return bytes.subarray(0, whole)
  const size = nextBatchSize(bytes, 0)
  if (size === 0 || size > left) {
    throw new DamagedSegmentError(`${file.path} holds no whole batch at ${position}, ${left} bytes before its end`)
  }
  const batch = memory.room(size)
  await fill(file, position, batch, clock)
  return batch
}

// Mostly the page cache has it: then no thread is asked to fetch it. In steps, between which others have their turns.
async function fill(file: LogSegment['file'], position: Position, into: Buffer, clock: Clock): Promise<void> {
  for (let at = 0; at < into.length; at += stepBytes) {
    if (at > 0) await new Promise<void>(go => clock.soon(go))
    const step = into.subarray(at, at + stepBytes)
    if ((await file.opened(open => open.readCached(step, position + at))) === step.length) continue
    const bytes = await file.read(position + at, step.length)
    if (bytes.length < step.length) {
      const end = position + at + bytes.length
      const message = `${file.path} ends at ${end}, ${position + into.length} bytes were written to it`
      throw new DiskError('TOO_SHORT', file.path, { message })
    }
    step.set(bytes)
  }
}

function wholeBatchesEnd(bytes: Buffer): number {
  let end = 0
  for (let size = 0; (size = wholeBatchSize(bytes, end)) > 0; end += size);
  return end
}
