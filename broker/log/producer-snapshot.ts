// A producer snapshot: the producers of a log at an offset, which is the file's name. Recovery begins at the latest one.
//
// Layout: int16 version (1), uint32 CRC-32C of what follows it, int32 count, entries of a fixed 46 bytes.
// Source: Kafka 4.3.0's ProducerStateManager (readSnapshot, writeSnapshot).

import { crc32c } from '../../protocol/records/crc32c.ts'
import { producerSnapshot } from '../../protocol/stored/storage/producer-snapshot.ts'
import { safeNumber } from '../../protocol/wire/int64.ts'
import { decode, encode } from '../../protocol/wire/schema.ts'
import { ProducerEntry } from './producer-entry.ts'

const version = 1
const crcAt = 2
const entriesAt = 6

/** The file is damaged: it is as good as not there. */
export class ProducerSnapshotError extends Error {
  readonly code = 'PRODUCER_SNAPSHOT_CORRUPT'
}

/** The file's bytes, by rising producer id. */
export function encodeProducerSnapshot(producers: Iterable<ProducerEntry>): Buffer {
  const sorted = [...producers].sort((a, b) => (a.producerId < b.producerId ? -1 : 1))
  const body = encode(producerSnapshot, version, {
    crc: 0,
    producerEntries: sorted.map(entry => ({
      producerId: entry.producerId,
      epoch: entry.epoch,
      lastSequence: entry.lastSequence,
      lastOffset: entry.lastOffset,
      offsetDelta: entry.lastOffsetDelta,
      timestamp: entry.lastTimestamp,
      coordinatorEpoch: entry.coordinatorEpoch,
      currentTxnFirstOffset: entry.currentTransactionFirstOffset,
    })),
  })
  const file = Buffer.concat([Buffer.from([0, version]), body])
  file.writeUInt32BE(crc32c(file.subarray(entriesAt)), crcAt)
  return file
}

/** Throws ProducerSnapshotError. Of each producer's batches a snapshot holds the last one. */
export function decodeProducerSnapshot(file: Buffer): ProducerEntry[] {
  if (file.length < entriesAt) throw new ProducerSnapshotError(`${file.length} bytes are no snapshot`)
  if (file.readInt16BE(0) !== version) throw new ProducerSnapshotError(`unknown version ${file.readInt16BE(0)}`)
  const [stored, computed] = [file.readUInt32BE(crcAt), crc32c(file.subarray(entriesAt))]
  if (stored !== computed) throw new ProducerSnapshotError(`checksum ${stored} expected, the bytes have ${computed}`)
  return decodeEntries(file)
}

function decodeEntries(file: Buffer): ProducerEntry[] {
  try {
    return decode(producerSnapshot, version, file.subarray(crcAt)).producerEntries.map(stored => {
      const entry = new ProducerEntry(stored.producerId)
      const { epoch, lastSequence, offsetDelta, timestamp } = stored
      const lastOffset = safeNumber(stored.lastOffset) ?? -1
      entry.epoch = epoch
      if (lastOffset >= 0) entry.addBatch(epoch, { lastSequence, lastOffset, offsetDelta, timestamp })
      entry.lastTimestamp = timestamp
      entry.coordinatorEpoch = stored.coordinatorEpoch
      entry.currentTransactionFirstOffset = Math.max(-1, safeNumber(stored.currentTxnFirstOffset) ?? -1)
      return entry
    })
  } catch (cause) {
    throw new ProducerSnapshotError(`the entries do not parse: ${(cause as Error).message}`, { cause })
  }
}
