// What a worker thread does with a batch that the log wants in another codec, or that takes long to check: everything that the
// append would do but for its place in the log. The place is stamped when the append is decided (append-rules.ts, `stampAgain`).
//
// Plain values in and out, since both are copied between threads: an error is its code.

import type { LogConfig } from '../config/log-config.ts'
import type { RecordError } from './append-outcome.ts'
import { stampBatch } from './append-rules.ts'
import { useCompiledChecksum } from './compiled-checksum.ts'

useCompiledChecksum()

export interface RecompressInput {
  readonly batch: Uint8Array
  readonly config: LogConfig
  readonly nowMs: number
}

export type RecompressOutput =
  | { readonly ok: true; readonly batch: Uint8Array; readonly maxTimestamp: number | bigint }
  | {
      readonly ok: false
      readonly errorCode: number
      readonly message: string | undefined
      readonly recordErrors: readonly RecordError[] | undefined
    }

/** Checks the batch as its leader would and answers it recompressed, or why it is refused. */
export default function recompressTask({ batch, config, nowMs }: RecompressInput): RecompressOutput {
  const bytes = Buffer.from(batch.buffer, batch.byteOffset, batch.byteLength)
  const stamped = stampBatch(bytes, { config, nextOffset: 0, leaderEpoch: 0, isClient: true, nowMs })
  if (stamped.ok) return { ok: true, batch: ownBytes(stamped.batch), maxTimestamp: stamped.maxTimestamp }
  const { error, message, recordErrors } = stamped
  return { ok: false, errorCode: error.code, message, recordErrors }
}

// A view would be copied with all of the memory that it is a view of.
function ownBytes(bytes: Buffer): Uint8Array {
  return bytes.length === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes)
}
