// Batches one after the other, as in a produce request, a fetch response or a segment. A batch whose end is not there yet is
// not an error: the reader waits for more bytes. What can never become a batch is a DecodeError.
// Source: ByteBufferLogInputStream and ensureValid of the batch classes, Kafka 4.3.0.

import { crc32 } from 'node:zlib'
import { DecodeError } from '../wire/decode-error.ts'
import {
  computedCrcOf,
  crcOf,
  headerBytesUpToMagic,
  logOverhead,
  magicOf,
  recordBatchOverhead,
} from './batch-header.ts'
import { legacyCrcOf, legacyRecordOverhead } from './legacy-record.ts'

/** The newest batch format there is. */
export const currentMagic = 2
/** No batch is longer than its int32 length can say. */
export const batchBytesMax = 0x7fff_ffff

/**
 * The size of the batch at a position, which may be more than is there; 0 when not even its first 17 bytes are there.
 * A length or magic that no batch has, or a size beyond `bytesMax`, is a DecodeError.
 */
export function nextBatchSize(buffer: Buffer, position: number, end = buffer.length, bytesMax = batchBytesMax): number {
  if (end - position < logOverhead) return 0
  const length = buffer.readInt32BE(position + 8)
  if (length < legacyRecordOverhead(0)) throw new DecodeError(`batch length ${length} is less than any batch has`)
  if (length > bytesMax) throw new DecodeError(`batch length ${length} exceeds the limit of ${bytesMax}`)
  if (end - position < headerBytesUpToMagic) return 0
  const magic = magicOf(buffer, position)
  if (magic < 0 || magic > currentMagic) throw new DecodeError(`magic ${magic} does not exist`)
  return logOverhead + length
}

/** The size of the batch at a position, 0 when not all of it is there. Throws as `nextBatchSize`. */
export function wholeBatchSize(
  buffer: Buffer,
  position: number,
  end = buffer.length,
  bytesMax = batchBytesMax,
): number {
  const size = nextBatchSize(buffer, position, end, bytesMax)
  return size > end - position ? 0 : size
}

/** Views of the whole batches of a buffer; a cut one at the end is left out. Their contents are not checked. */
export function* batches(buffer: Buffer, start = 0, end = buffer.length): Generator<Buffer, void, void> {
  for (let position = start, size = 0; (size = wholeBatchSize(buffer, position, end)) > 0; position += size) {
    yield buffer.subarray(position, position + size)
  }
}

/** The size of the batch at a position, which must be there as a whole and have room for its header. Throws DecodeError. */
export function checkBatchSize(buffer: Buffer, position = 0): number {
  const size = wholeBatchSize(buffer, position)
  if (size === 0) throw new DecodeError(`a batch ends behind the ${buffer.length - position} bytes that are there`)
  const magic = magicOf(buffer, position)
  const sizeMin = magic < 2 ? logOverhead + legacyRecordOverhead(magic) : recordBatchOverhead
  if (size < sizeMin) throw new DecodeError(`a batch of ${size} bytes is smaller than its header of ${sizeMin}`)
  return size
}

/** Size and checksum of the whole batch at a position, of any magic. Throws DecodeError when it is damaged. */
export function checkBatch(buffer: Buffer, position = 0): void {
  const end = position + checkBatchSize(buffer, position)
  const legacy = magicOf(buffer, position) < 2
  const stored = legacy ? legacyCrcOf(buffer, position) : crcOf(buffer, position)
  const computed = legacy ? crc32(buffer.subarray(position + 16, end)) : computedCrcOf(buffer, position)
  if (stored !== computed) throw new DecodeError(`a batch is damaged: its checksum is ${stored}, not ${computed}`)
}
