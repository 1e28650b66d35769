// What goes wrong between values and bytes. `fault` says who has to do something, which is what decides whether a record may be skipped:
// a record that nobody can read will not become better, a registry that does not answer will.

import { ClientError } from '../../client/client-error.ts'

/** What the serde itself finds, with the advice that goes with it. */
export const serdeErrors = {
  NO_SCHEMA_ID: {
    fault: 'record',
    help: 'it was not written with a schema of a registry; read it as bytes, or skip it',
  },
  SCHEMA_UNKNOWN: {
    fault: 'record',
    help: 'check that the registry is the one that the producer uses; its schema may have been deleted for good',
  },
  SCHEMA_NOT_AVRO: { fault: 'record', help: 'read it with a library for its type of schema' },
  SCHEMA_INVALID: {
    fault: 'record',
    help: 'what the registry has is no valid Avro; register a valid schema, or skip what was written with this one',
  },
  SCHEMAS_DO_NOT_RESOLVE: {
    fault: 'record',
    help: 'give the field that is missing a default in the schema of the reader, or read with the schema of the writer',
  },
  BYTES_DO_NOT_FIT: {
    fault: 'record',
    help: 'it was not written with the schema that it names, or is damaged; skip it, or read it as bytes',
  },
  LONG_NOT_EXACT: { fault: 'caller', help: 'read longs with `longs: "bigint"`, or "either"' },
  VALUE_DOES_NOT_FIT: { fault: 'caller', help: 'correct the value at the place that is named' },
  NOT_REGISTERED: {
    fault: 'caller',
    help: 'register it with `millrace schema register`, or let this serde do so with `use: "register"`',
  },
  NOT_COMPATIBLE_WITH_LATEST: {
    fault: 'caller',
    help: 'bring your schema to the latest version, or register yours first',
  },
  INVALID_ARGUMENT: { fault: 'caller', help: 'correct the call' },
} as const

export type SerdeErrorCode = keyof typeof serdeErrors
export type Fault = 'record' | 'caller'

export interface SerdeErrorOptions {
  readonly topic?: string | undefined
  readonly help?: string
  readonly cause?: unknown
}

/** `code` is stable. What the registry refuses or does not answer is a RegistryError instead. */
export class SerdeError extends ClientError {
  readonly fault: Fault

  constructor(code: SerdeErrorCode, message: string, options: SerdeErrorOptions = {}) {
    const { fault, help } = serdeErrors[code]
    super(code, message, { help, retriable: false, ...options })
    this.name = 'SerdeError'
    this.fault = fault
  }
}

/** Whether the record itself cannot be read, today or tomorrow: who skips such records loses nothing that could be had. */
export function isRecordAtFault(error: unknown): error is SerdeError {
  return error instanceof SerdeError && error.fault === 'record'
}
