// Writes records one behind the other into the memory of their batch, each once and without anything in between: no record
// becomes an object here, and strings are encoded where they will be sent from. This is the hot path of `sendBatch`.
// Source of the layout: org.apache.kafka.common.record.internal.DefaultRecord, Kafka 4.3.0; see protocol/records/record.ts.

import { noTimestamp, recordBatchOverhead } from '../../protocol/records/batch-header.ts'
import { subtractInt64 } from '../../protocol/records/int64-at.ts'
import { varintSize, varlongSize, writeVarint, writeVarlong } from '../../protocol/records/varint.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'
import { ClientError } from '../client-error.ts'

/** What a key, a value or a header's value may be. Strings are sent as UTF-8; undefined is the same as null. */
export type RecordBytes = Uint8Array | string | null | undefined

export interface RecordHeaderInput {
  readonly key: string
  readonly value: RecordBytes
}

const noHeaders: readonly RecordHeaderInput[] = []
/** Strings up to here are cheaper to copy in a loop than by a call into the runtime. */
const loopedCharsMax = 24
/** A size, attributes, two deltas, two lengths and a count of headers at their longest. */
const overheadBytesMax = 5 + 1 + 10 + 5 + 5 + 5 + 5

/** Bytes that a record takes in a batch at most. */
export function recordBytesBound(key: RecordBytes, value: RecordBytes, headers = noHeaders): number {
  let bytes = overheadBytesMax + Math.max(0, lengthOf(key)) + Math.max(0, lengthOf(value))
  for (const header of headers) bytes += 10 + lengthOf(header.key) + Math.max(0, lengthOf(header.value))
  return bytes
}

export class BatchWriter {
  readonly memory: Buffer
  #position = recordBatchOverhead
  #count = 0
  #baseTimestamp: Int64 = noTimestamp
  #maxTimestamp: Int64 = noTimestamp

  /** The batch may fill all of the memory. */
  constructor(memory: Buffer) {
    this.memory = memory
  }

  /** Records so far. */
  get count(): number {
    return this.#count
  }
  /** Bytes of the batch so far, header included. */
  get bytes(): number {
    return this.#position
  }
  /** Milliseconds; -1 before the first record. */
  get baseTimestamp(): Int64 {
    return this.#baseTimestamp
  }
  get maxTimestamp(): Int64 {
    return this.#maxTimestamp
  }

  /** Appends a record; false, with nothing changed, when there is no room for it. Throws INVALID_ARGUMENT. */
  tryAppend(key: RecordBytes, value: RecordBytes, timestamp: Int64, headers = noHeaders): boolean {
    const keyLength = lengthOf(key)
    const valueLength = lengthOf(value)
    const count = this.#count
    const delta = count === 0 ? 0 : subtractInt64(timestamp, this.#baseTimestamp)
    let bodySize = 1 + varlongSize(delta) + varintSize(count) + varintSize(keyLength) + varintSize(valueLength)
    bodySize += (keyLength > 0 ? keyLength : 0) + (valueLength > 0 ? valueLength : 0)
    bodySize += headers.length === 0 ? 1 : headersSize(headers)
    if (this.#position + varintSize(bodySize) + bodySize > this.memory.length) return false
    const { memory } = this
    let at = writeVarint(memory, this.#position, bodySize)
    memory[at++] = 0
    at = writeVarlong(memory, at, delta)
    at = writeVarint(memory, at, count)
    at = writeBytes(memory, at, key, keyLength)
    at = writeBytes(memory, at, value, valueLength)
    if (headers.length === 0) memory[at++] = 0
    else at = writeHeaders(memory, at, headers)
    this.#position = at
    this.#count = count + 1
    if (count === 0) this.#baseTimestamp = timestamp
    if (count === 0 || timestamp > this.#maxTimestamp) this.#maxTimestamp = timestamp
    return true
  }
}

/** Bytes of a key or value, -1 for null. */
function lengthOf(bytes: RecordBytes): number {
  if (bytes === null || bytes === undefined) return -1
  if (typeof bytes === 'string') return Buffer.byteLength(bytes)
  if (bytes instanceof Uint8Array) return bytes.length
  throw new ClientError('INVALID_ARGUMENT', `a record holds a ${typeof bytes}`, {
    help: 'give keys, values and headers as Uint8Array, string or null',
  })
}

function writeBytes(memory: Buffer, position: number, bytes: RecordBytes, length: number): number {
  const at = writeVarint(memory, position, length)
  if (length <= 0) return at
  if (typeof bytes !== 'string') memory.set(bytes as Uint8Array, at)
  else if (length !== bytes.length) memory.write(bytes, at, length, 'utf8')
  else writeAscii(memory, at, bytes)
  return at + length
}

function writeAscii(memory: Buffer, at: number, text: string): void {
  if (text.length > loopedCharsMax) memory.write(text, at, text.length, 'latin1')
  else for (let i = 0; i < text.length; i++) memory[at + i] = text.charCodeAt(i)
}

function headersSize(headers: readonly RecordHeaderInput[]): number {
  let size = varintSize(headers.length)
  for (const { key, value } of headers) {
    const keyLength = headerKeyLength(key)
    const valueLength = lengthOf(value)
    size += varintSize(keyLength) + keyLength + varintSize(valueLength) + Math.max(0, valueLength)
  }
  return size
}

function writeHeaders(memory: Buffer, position: number, headers: readonly RecordHeaderInput[]): number {
  let at = writeVarint(memory, position, headers.length)
  for (const { key, value } of headers) {
    at = writeBytes(memory, at, key, headerKeyLength(key))
    at = writeBytes(memory, at, value, lengthOf(value))
  }
  return at
}

function headerKeyLength(key: string): number {
  if (typeof key === 'string') return Buffer.byteLength(key)
  throw new ClientError('INVALID_ARGUMENT', `the key of a header is a ${typeof key}`, { help: 'give a string' })
}
