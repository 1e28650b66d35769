// A batch as the invariants see it: which offsets it covers, what is in it, and whose it is.
// Invariant: two batches have the same `content` exactly when all bytes are the same but those that a leader stamps in
// without touching the checksum: base offset and leader epoch. Where it stamps the time or compresses anew, the time and the codec are
// left out as well.

import { createHash } from 'node:crypto'
import {
  attributesOf,
  baseOffsetOf,
  baseSequenceOf,
  isControlBatch,
  isTransactional,
  lastOffsetOf,
  lastSequenceOf,
  producerEpochOf,
  producerIdOf,
  recordBatchOverhead,
} from '../../protocol/records/batch-header.ts'
import { batches, checkBatch } from '../../protocol/records/batches.ts'
import { recordBytes } from '../../protocol/records/records.ts'
import type { Violation } from './violation.ts'

/** Where a batch stands among those of its producer. */
export interface ProducerBatch {
  /** Of the producer and its epoch: sequences begin anew with each. */
  readonly id: string
  readonly firstSequence: number
  readonly lastSequence: number
}

/** What a batch is to a transaction: of its records, or the marker that ends it. */
export interface TransactionBatch {
  /** The transactions of one producer id follow one another, whatever their epochs. */
  readonly producerId: string
  readonly step: 'data' | 'marker'
}

export interface StoredBatch {
  readonly firstOffset: number
  readonly lastOffset: number
  readonly content: string
  /** Undefined when it belongs to none. */
  readonly transaction?: TransactionBatch
  /** Undefined when its producer is not idempotent, and of markers, which have no place in a sequence. */
  readonly producer?: ProducerBatch
}

export interface ContentOptions {
  /** The broker sets the time of the batch (message.timestamp.type=LogAppendTime) or its codec, and with it the checksum. */
  readonly stamped?: boolean
}

const timestampTypeBit = 8
const codecBits = 7
/** What stands in front of the checksum: base offset, length, leader epoch, magic. */
const checksumAt = 17
const contentLength = 20

/** What a batch says, whoever stamped it: equal for the produced bytes and for those read back. */
export function batchContent(batch: Buffer, { stamped = false }: ContentOptions = {}): string {
  const hash = createHash('sha1')
  if (!stamped) hash.update(batch.subarray(checksumAt))
  else
    hash
      .update(Buffer.of(attributesOf(batch) & ~timestampTypeBit & ~codecBits))
      .update(batch.subarray(23, 35))
      .update(batch.subarray(43, recordBatchOverhead))
      .update(recordBytes(batch, 0, 1 << 20))
  return hash.digest('hex').slice(0, contentLength)
}

/** The whole batches of what a fetch answered; the checksum of each is computed, and one that is cut at the end left out. */
export function storedBatches(
  records: Buffer,
  place: string,
  options: ContentOptions = {},
): { batches: StoredBatch[]; violation: Violation | undefined } {
  const found: StoredBatch[] = []
  try {
    for (const batch of batches(records)) {
      checkBatch(batch)
      found.push(storedBatch(batch, options))
    }
  } catch (error) {
    const behind = found.at(-1)?.lastOffset
    const what = `${place}${behind === undefined ? '' : ` behind offset ${behind}`}: ${(error as Error).message}`
    return { batches: found, violation: { name: 'batchDamaged', what } }
  }
  return { batches: found, violation: undefined }
}

function storedBatch(batch: Buffer, options: ContentOptions): StoredBatch {
  const producerId = producerIdOf(batch)
  const content = batchContent(batch, options)
  const stored = { firstOffset: baseOffsetOf(batch), lastOffset: lastOffsetOf(batch), content }
  if (producerId === -1) return stored
  const step = isControlBatch(batch) ? 'marker' : 'data'
  const transaction = isTransactional(batch) ? { transaction: { producerId: `${producerId}`, step } as const } : {}
  if (step === 'marker') return { ...stored, ...transaction }
  return {
    ...stored,
    ...transaction,
    producer: {
      id: `${producerId}:${producerEpochOf(batch)}`,
      firstSequence: baseSequenceOf(batch),
      lastSequence: lastSequenceOf(batch),
    },
  }
}

/** For messages: which offsets, and whose. */
export function batchName({ firstOffset, lastOffset, content, producer }: StoredBatch): string {
  const whose = producer ? ` of producer ${producer.id} from sequence ${producer.firstSequence}` : ''
  return `${firstOffset}-${lastOffset} (${content}${whose})`
}
