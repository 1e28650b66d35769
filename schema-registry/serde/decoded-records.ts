// Records of a consumer with their keys and values read, and what becomes of those that cannot be: the policy for errors.
//
//   for await (const { record, value } of decodedRecords(consumer.records(), { value: orders, onError: 'skip' })) { ... }
//
// Invariant: a policy is for records that nobody can read. When the registry cannot be asked, or the program is wrong, every policy fails:
// skipping would lose records that can be read a minute later.

import type { RecordHeaders } from './record-headers.ts'
import type { Serde } from './serde.ts'
import { isRecordAtFault, type SerdeError } from './serde-error.ts'

export interface RecordToDecode {
  readonly topic: string
  readonly partition: number
  readonly offset: number | bigint | string
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers?: RecordHeaders
}

/** `fail` ends the loop with the error; `skip` leaves the record out, and tells `onSkipped`; `keep` hands it out with its error. */
export type ErrorPolicy = 'fail' | 'skip' | 'keep'

export interface DecodeOptions<Source, Key, Value> {
  /** Without it keys stay bytes. */
  // biome-ignore lint/suspicious/noExplicitAny: what may be written does not matter here
  readonly key?: Serde<Key, any> | undefined
  /** Without it values stay bytes. */
  // biome-ignore lint/suspicious/noExplicitAny: what may be written does not matter here
  readonly value?: Serde<Value, any> | undefined
  /** 'fail' when left out. */
  readonly onError?: ErrorPolicy | undefined
  /** Called with each record that is left out. */
  readonly onSkipped?: ((record: Source, error: SerdeError) => void) | undefined
}

export type DecodedRecord<Source, Key, Value> =
  | { readonly record: Source; readonly key: Key | null; readonly value: Value | null; readonly error: undefined }
  /** Only with `onError: 'keep'`. */
  | { readonly record: Source; readonly key: undefined; readonly value: undefined; readonly error: SerdeError }

/** In their order. The next record is asked for when the one before has been dealt with, as by the consumer itself. */
export async function* decodedRecords<Source extends RecordToDecode, Key = Uint8Array, Value = Uint8Array>(
  records: AsyncIterable<Source>,
  options: DecodeOptions<Source, Key, Value>,
): AsyncGenerator<DecodedRecord<Source, Key, Value>, void, void> {
  const { onError = 'fail', onSkipped } = options
  for await (const record of records) {
    let read: DecodedRecord<Source, Key, Value>
    try {
      read = { record, ...(await partsOf(record, options)), error: undefined }
    } catch (error) {
      if (onError === 'fail' || !isRecordAtFault(error)) throw new DecodeError(record, error)
      if (onError === 'skip') {
        onSkipped?.(record, error)
        continue
      }
      read = { record, key: undefined, value: undefined, error }
    }
    yield read
  }
}

async function partsOf<Source extends RecordToDecode, Key, Value>(
  { key, value, headers }: Source,
  options: DecodeOptions<Source, Key, Value>,
): Promise<{ key: Key | null; value: Value | null }> {
  return {
    key: options.key === undefined ? (key as Key | null) : await options.key.deserialize(key, headers),
    value: options.value === undefined ? (value as Value | null) : await options.value.deserialize(value, headers),
  }
}

/** Which record could not be read; `cause` says why, and is a SerdeError or a RegistryError. */
export class DecodeError extends Error {
  readonly record: RecordToDecode
  /** That of the cause, where it has one. */
  readonly code: string | undefined

  constructor(record: RecordToDecode, cause: unknown) {
    const { topic, partition, offset } = record
    super(`${topic}-${partition}@${offset}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    this.name = 'DecodeError'
    this.record = record
    this.code = (cause as { code?: string } | undefined)?.code
  }
}
