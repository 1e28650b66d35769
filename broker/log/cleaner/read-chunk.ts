// Whole batches of a segment, as many as fit into some bytes; one that does not fit comes alone.
// Source: Kafka 4.3.0's Cleaner.growBuffersOrFail.

import { DiskError } from '../../../io/disk.ts'
import { nextBatchSize, wholeBatchSize } from '../../../protocol/records/batches.ts'
import type { Position } from '../../../protocol/types.ts'
import type { LogSegment } from '../segment.ts'

/** A segment that does not read as one: its log is not cleaned. */
export class DamagedSegmentError extends Error {
  readonly code = 'SEGMENT_DAMAGED'
}

/** In memory of their own, which may move to another thread. Rejects with DamagedSegmentError, DecodeError or DiskError. */
export async function readChunk(segment: LogSegment, position: Position, bytesMax: number): Promise<Uint8Array> {
  const { file, writtenBytes } = segment
  const left = writtenBytes - position
  const bytes = await readFully(file, position, Math.min(bytesMax, left))
  const whole = wholeBatchesEnd(bytes)
  if (whole > 0) return movable(bytes, whole)
  const size = nextBatchSize(bytes, 0)
  if (size === 0 || size > left) {
    throw new DamagedSegmentError(`${file.path} holds no whole batch at ${position}, ${left} bytes before its end`)
  }
  return movable(await readFully(file, position, size), size)
}

// Small reads come from memory that others have a part of.
function movable(bytes: Buffer, length: number): Uint8Array {
  const isOwn = bytes.byteOffset === 0 && bytes.buffer.byteLength === bytes.length
  return isOwn ? new Uint8Array(bytes.buffer, 0, length) : new Uint8Array(bytes.subarray(0, length))
}

async function readFully(file: LogSegment['file'], position: Position, length: number): Promise<Buffer> {
  const bytes = await file.read(position, length)
  if (bytes.length === length) return bytes
  const message = `${file.path} ends at ${position + bytes.length}, ${position + length} bytes were written to it`
  throw new DiskError('TOO_SHORT', file.path, { message })
}

function wholeBatchesEnd(bytes: Buffer): number {
  let end = 0
  for (let size = 0; (size = wholeBatchSize(bytes, end)) > 0; end += size);
  return end
}
