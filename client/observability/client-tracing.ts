// What a producer or consumer asks of whoever traces it: the option `tracing`. opentelemetry.ts implements it; the client itself
// knows nothing of any tracing library.

import type { ConsumerBatch } from '../consumer/consumer-batch.ts'
import type { ConsumerRecord } from '../consumer/consumer-record.ts'
import type { RecordBytes, RecordHeaderInput } from '../producer/batch-writer.ts'

export type HeadersInput = readonly RecordHeaderInput[] | Readonly<Record<string, RecordBytes>>

/** A call of `send`, or of `sendBatch`. */
export interface SendCall {
  readonly clientId: string
  readonly topic: string
  /** The record of a `send`; undefined of a `sendBatch`. */
  readonly record:
    | { readonly key?: RecordBytes; readonly value?: RecordBytes; readonly partition?: number | undefined }
    | undefined
}

export interface SendOutcome {
  readonly error?: Error
  /** Of a `send`. */
  readonly partition?: number
  readonly offset?: number
  /** Of a `sendBatch`. */
  readonly count?: number
}

export interface SendTrace {
  /** The headers with which a record is to be sent: its own, and those that carry the trace's context. */
  headersOf(headers: HeadersInput | undefined): HeadersInput | undefined
  /** All of it is acknowledged, or given up. */
  end(outcome: SendOutcome): void
}

/** Whose records are processed. */
export interface ProcessCall {
  readonly clientId: string
  readonly group: string | undefined
}

export interface ProcessTrace {
  /** Calls with the trace's context as the active one, for what `work` does and awaits. */
  run<Result>(work: () => Result): Result
  /** Processed; or not, with an error. Further calls do nothing. */
  end(error?: unknown): void
}

export interface ClientTracing {
  send(call: SendCall): SendTrace
  processRecord(call: ProcessCall, record: ConsumerRecord): ProcessTrace
  processBatch(call: ProcessCall, batch: ConsumerBatch): ProcessTrace
}
