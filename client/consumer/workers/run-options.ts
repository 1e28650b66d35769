// How records are worked on: how many at a time, in which order, and what becomes of one that fails.

import { ClientError } from '../../client-error.ts'
import type { ConsumerRecord } from '../consumer-record.ts'
import type { RetryOptions } from './retry-topics.ts'

export interface RecordContext {
  /** 1 for the first; counts on in retry topics. */
  readonly attempt: number
  /** Raised when the run ends, or the partition is lost: what is still done cannot be committed. */
  readonly signal: AbortSignal
}

export type RecordHandler = (record: ConsumerRecord, context: RecordContext) => void | Promise<void>

/** fail: the run ends with an error; skip: on with the next, as if it were processed; park: its partition is paused there. */
export type PoisonPolicy = 'fail' | 'skip' | 'park'

export interface RunOptions {
  /** A record is processed when what this answers is resolved. */
  readonly handler: RecordHandler
  /** Handlers at the same time; 1. */
  readonly concurrency?: number
  /** What is worked on in order: the records of a partition, or of a key within its partition. 'partition'. */
  readonly per?: 'partition' | 'key'
  /** Records handed out and not processed, waiting ones included; 1000. When there are so many no more are taken. */
  readonly recordsMax?: number
  /** How often a handler is called for a record before it counts as poison; 1. */
  readonly attempts?: number
  /** Between those; doubled each time. 100 ms. */
  readonly attemptDelayMs?: number
  /** For a record that failed as often as it may, and, with `retry`, in the last retry topic without a dead-letter topic; 'fail'. */
  readonly onPoison?: PoisonPolicy
  /** Records that fail go on in other topics. */
  readonly retry?: RetryOptions
  /** Raised: the run ends when the handlers under way have, and resolves. */
  readonly signal?: AbortSignal
}

export interface RunSettings {
  readonly handler: RecordHandler
  readonly concurrency: number
  readonly per: 'partition' | 'key'
  readonly recordsMax: number
  readonly attempts: number
  readonly attemptDelayMs: number
  readonly onPoison: PoisonPolicy
  readonly retry: RetryOptions | undefined
  readonly signal: AbortSignal | undefined
}

/** Throws INVALID_ARGUMENT. */
export function runSettings(options: RunOptions): RunSettings {
  return {
    handler: options.handler,
    concurrency: atLeastOne('concurrency', options.concurrency ?? 1),
    per: options.per ?? 'partition',
    recordsMax: atLeastOne('recordsMax', options.recordsMax ?? 1000),
    attempts: atLeastOne('attempts', options.attempts ?? 1),
    attemptDelayMs: options.attemptDelayMs ?? 100,
    onPoison: options.onPoison ?? 'fail',
    retry: options.retry,
    signal: options.signal,
  }
}

function atLeastOne(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 1) return value
  throw new ClientError('INVALID_ARGUMENT', `${name} is ${value}`, { help: 'give a whole number of at least 1' })
}
