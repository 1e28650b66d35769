// What fuzzing feeds: golden bytes, each with the decoders that must withstand whatever becomes of them.

import { nativeAddon } from '../io/native/addon.ts'
import { FrameCutter } from '../protocol/frame-cutter.ts'
import { readRequestFrame } from '../protocol/framing.ts'
import { magicOf } from '../protocol/records/batch-header.ts'
import { batches, checkBatch } from '../protocol/records/batches.ts'
import { checkRecords } from '../protocol/records/check-records.ts'
import { decompress } from '../protocol/records/compression.ts'
import { contentBytesBound } from '../protocol/records/content-bound.ts'
import { Decompressor } from '../protocol/records/decompressor.ts'
import { recordBytes, records } from '../protocol/records/records.ts'
import { DecodeError } from '../protocol/wire/decode-error.ts'
import { decode } from '../protocol/wire/schema.ts'
import { goldenBatches, goldenCompressed } from '../testing/golden/record-vectors.ts'
import { goldenVectors, schemaOf, vectorFolders } from '../testing/golden/vectors.ts'

export interface FuzzTarget {
  readonly name: string
  readonly golden: Buffer
  readonly decode: (bytes: Buffer) => void
}

/** What a mutated batch may decompress to; small, so that a bomb that gets past the limit shows as memory. */
const decompressedBytesMax = 4 << 20
/** As the broker does it: into memory that is kept, by compiled code where there is some. */
const decompressor = new Decompressor(nativeAddon().addon)
const rules = {
  keysRequired: true,
  timestampType: 'CreateTime',
  timestampMin: 0,
  timestampMax: Number.MAX_SAFE_INTEGER,
} as const

/** Every golden message in every version, and each request behind a length and a header. */
export function messageTargets(): FuzzTarget[] {
  const vectors = vectorFolders.flatMap(goldenVectors).filter(vector => vector.hex !== '')
  return vectors.map(vector => ({
    name: `${vector.name} v${vector.version}`,
    golden: Buffer.from(vector.hex, 'hex'),
    decode(bytes) {
      decode(schemaOf(vector), vector.version, bytes)
      readFrames(bytes)
    },
  }))
}

function readFrames(bytes: Buffer): void {
  const cutter = new FrameCutter(1 << 20)
  cutter.push(bytes)
  for (let frame = cutter.next(); frame; frame = cutter.next()) readRequestFrame(frame)
}

/** Record batches, past their checksum too, since a mutated one would never get further; and compressed bytes. */
export function recordTargets(): FuzzTarget[] {
  const stored = goldenBatches().map(({ id, hex }) => ({
    name: id,
    golden: Buffer.from(hex, 'hex'),
    decode: readBatches,
  }))
  const compressed = goldenCompressed()
    .filter(({ hex }) => hex.length < 20_000)
    .map(({ id, codec, hex }) => ({
      name: `${codec} ${id}`,
      golden: Buffer.from(hex, 'hex'),
      decode(bytes: Buffer) {
        attempt(() => contentBytesBound(codec, bytes))
        attempt(() => decompressor.decompress(codec, bytes, decompressedBytesMax))
        decompress(codec, bytes, decompressedBytesMax)
      },
    }))
  return [...stored, ...compressed].filter(({ golden }) => golden.length > 0)
}

function readBatches(bytes: Buffer): void {
  for (const batch of batches(bytes)) {
    attempt(() => checkBatch(batch))
    attempt(() => checkIfCurrent(batch))
    for (const record of records(batch, decompressedBytesMax)) void record
  }
}

function checkIfCurrent(batch: Buffer): void {
  if (magicOf(batch, 0) === 2) checkRecords(batch, 0, recordBytes(batch, 0, decompressedBytesMax, decompressor), rules)
}

/** Runs a check whose refusal must not keep the next one from running. */
function attempt(check: () => void): void {
  try {
    check()
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
  }
}
