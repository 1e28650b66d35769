// A producer snapshot: the producers of a log at an offset, which is the file's name. Recovery begins at the latest one.
//
// Layout: int16 version (1), uint32 CRC-32C of what follows it, int32 count, entries of a fixed 46 bytes.
// An entry has room for one batch. Kafka writes each producer's last one, and forgets the others when it restarts: a producer
// whose answers were lost with the connection then sends batches again that it can neither recognise nor put in order. Here
// each remembered batch is an entry of its own, oldest first. Kafka reads that as it is: of a producer's entries the last wins.
// Source: Kafka 4.3.0's ProducerStateManager (readSnapshot, writeSnapshot, loadProducerEntry).

import { noSequence, noTimestamp } from '../../protocol/records/batch-header.ts'
import { crc32c } from '../../protocol/records/crc32c.ts'
import { producerSnapshot } from '../../protocol/stored/storage/producer-snapshot.ts'
import { type Int64, safeNumber } from '../../protocol/wire/int64.ts'
import { decode, encode, type Message } from '../../protocol/wire/schema.ts'
import { noTransaction, type ProducedBatch, ProducerEntry } from './producer-entry.ts'

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
  const body = encode(producerSnapshot, version, { crc: 0, producerEntries: sorted.flatMap(storedEntries) })
  const file = Buffer.concat([Buffer.from([0, version]), body])
  file.writeUInt32BE(crc32c(file.subarray(entriesAt)), crcAt)
  return file
}

type StoredEntry = Message<typeof producerSnapshot>['producerEntries'][number]

const noBatch: ProducedBatch = { lastSequence: noSequence, lastOffset: -1, offsetDelta: 0, timestamp: noTimestamp }

/** One entry per remembered batch, oldest first; the last one is what Kafka would write, and alone has the transaction. */
function storedEntries(entry: ProducerEntry): StoredEntry[] {
  const { producerId, epoch, coordinatorEpoch } = entry
  const older = entry.batches.slice(0, -1).map(batch => ({
    ...{ producerId, epoch, coordinatorEpoch, currentTxnFirstOffset: noTransaction },
    ...batch,
  }))
  const last = {
    ...{ producerId, epoch, coordinatorEpoch, currentTxnFirstOffset: entry.currentTransactionFirstOffset },
    ...(entry.batches.at(-1) ?? noBatch),
    timestamp: entry.lastTimestamp,
  }
  return [...older, last]
}

/** One value per producer, with the batches that the snapshot has of it. Throws ProducerSnapshotError. */
export function decodeProducerSnapshot(file: Buffer): ProducerEntry[] {
  if (file.length < entriesAt) throw new ProducerSnapshotError(`${file.length} bytes are no snapshot`)
  if (file.readInt16BE(0) !== version) throw new ProducerSnapshotError(`unknown version ${file.readInt16BE(0)}`)
  const [stored, computed] = [file.readUInt32BE(crcAt), crc32c(file.subarray(entriesAt))]
  if (stored !== computed) throw new ProducerSnapshotError(`checksum ${stored} expected, the bytes have ${computed}`)
  return decodeEntries(file)
}

function decodeEntries(file: Buffer): ProducerEntry[] {
  const producers = new Map<Int64, ProducerEntry>()
  try {
    for (const stored of decode(producerSnapshot, version, file.subarray(crcAt)).producerEntries) {
      const { producerId } = stored
      const entry = producers.get(producerId) ?? new ProducerEntry(producerId)
      producers.set(producerId, entry)
      addStored(entry, stored)
    }
    return [...producers.values()]
  } catch (cause) {
    throw new ProducerSnapshotError(`the entries do not parse: ${(cause as Error).message}`, { cause })
  }
}

function addStored(entry: ProducerEntry, stored: StoredEntry): void {
  const { epoch, lastSequence, offsetDelta, timestamp } = stored
  const lastOffset = safeNumber(stored.lastOffset) ?? -1
  entry.epoch = epoch
  if (lastOffset >= 0) entry.addBatch(epoch, { lastSequence, lastOffset, offsetDelta, timestamp })
  entry.lastTimestamp = timestamp
  entry.coordinatorEpoch = stored.coordinatorEpoch
  entry.currentTransactionFirstOffset = Math.max(
    noTransaction,
    safeNumber(stored.currentTxnFirstOffset) ?? noTransaction,
  )
}
