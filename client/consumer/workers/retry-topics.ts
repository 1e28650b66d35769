// Records that fail go on in other topics: a chain of retry topics, each with its delay, and a dead-letter topic at the end. So a
// record that cannot be processed now does not hold up those behind it, and none is lost.
//
// The records of a retry topic come due in the order in which they were written, since all wait equally long: who reads it
// waits for the first. Headers tell where a record came from, how often it failed, why, and when it is due.

import type { RecordHeader } from '../../../protocol/records/record.ts'
import type { ConsumerRecord } from '../consumer-record.ts'

export interface RetryTopic {
  readonly topic: string
  /** How long a record waits there before it is tried again. */
  readonly delayMs: number
}

/** What a producer must be able to do, as `Producer` does: resolve when the record is stored. */
export interface RecordSender {
  send(topic: string, record: OutgoingRecord): Promise<unknown>
}

export interface OutgoingRecord {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly RecordHeader[]
}

export interface RetryOptions {
  readonly producer: RecordSender
  /** In their order; may be empty. The consumer subscribes to them. */
  readonly topics: readonly RetryTopic[]
  /** Where records go that failed in the last of them; without one, `onPoison` applies. */
  readonly deadLetterTopic?: string
}

/** Names of the headers. Values are text. */
export const retryHeaders = {
  attempt: '__retry.attempt',
  dueMs: '__retry.due-ms',
  topic: '__retry.topic',
  partition: '__retry.partition',
  offset: '__retry.offset',
  error: '__retry.error',
} as const

const errorLengthMax = 1000
const ours: ReadonlySet<string> = new Set(Object.values(retryHeaders))

/** How often the record has failed in topics before this one. */
export function failuresBefore(record: ConsumerRecord): number {
  return numberIn(record, retryHeaders.attempt) ?? 0
}

/** When the record may be tried, by the wall clock; 0: at once. Only what stands in a retry topic waits. */
export function dueMs(record: ConsumerRecord, { topics }: RetryOptions): number {
  if (!topics.some(({ topic }) => topic === record.topic)) return 0
  return numberIn(record, retryHeaders.dueMs) ?? 0
}

/** Where the record goes on, and as what; undefined when there is no topic left for it. */
export function onward(
  record: ConsumerRecord,
  failure: { readonly attempts: number; readonly error: unknown; readonly nowMs: number },
  options: RetryOptions,
): { readonly topic: string; readonly outgoing: OutgoingRecord } | undefined {
  const { topics, deadLetterTopic } = options
  const next = topics[topics.findIndex(({ topic }) => topic === record.topic) + 1]
  const topic = next?.topic ?? deadLetterTopic
  if (topic === undefined) return undefined
  const { key, value } = record
  const own = record.headers.filter(header => !ours.has(header.key))
  const origin = (name: string, here: string | number) => record.header(name)?.value?.toString() ?? String(here)
  const told: Record<string, string> = {
    [retryHeaders.attempt]: String(failuresBefore(record) + failure.attempts),
    [retryHeaders.topic]: origin(retryHeaders.topic, record.topic),
    [retryHeaders.partition]: origin(retryHeaders.partition, record.partition),
    [retryHeaders.offset]: origin(retryHeaders.offset, record.offset),
    [retryHeaders.error]: String(failure.error).slice(0, errorLengthMax),
    ...(next !== undefined && { [retryHeaders.dueMs]: String(failure.nowMs + next.delayMs) }),
  }
  const headers = Object.entries(told).map(([name, text]) => ({ key: name, value: Buffer.from(text) }))
  return { topic, outgoing: { key, value, headers: [...own, ...headers] } }
}

function numberIn(record: ConsumerRecord, name: string): number | undefined {
  const text = record.header(name)?.value?.toString()
  const value = text === undefined ? Number.NaN : Number(text)
  return Number.isFinite(value) ? value : undefined
}
