// Sends that are traced: the trace's context goes along in each record's headers, and the trace hears how it ended.

import type { ClientTracing, SendTrace } from '../observability/client-tracing.ts'
import type { BatchSendResult } from './batch-send.ts'
import type { RecordMetadata } from './deliveries.ts'
import type { RecordFeed } from './record-source.ts'
import type { ProducerRecord } from './topic-queue.ts'

interface Call {
  readonly clientId: string
  readonly topic: string
}

export async function tracedSend(
  tracing: ClientTracing,
  call: Call,
  record: ProducerRecord,
  send: (record: ProducerRecord) => Promise<RecordMetadata>,
): Promise<RecordMetadata> {
  const trace = tracing.send({ ...call, record })
  try {
    const where = await send(withHeadersOf(trace, record))
    trace.end({ partition: where.partition, offset: where.offset })
    return where
  } catch (error) {
    trace.end({ error: error as Error })
    throw error
  }
}

export async function tracedBatch(
  tracing: ClientTracing,
  call: Call,
  open: () => RecordFeed,
  send: (open: () => RecordFeed) => Promise<BatchSendResult>,
): Promise<BatchSendResult> {
  const trace = tracing.send({ ...call, record: undefined })
  try {
    const result = await send(() => new TracedFeed(open(), trace))
    trace.end({ count: result.count })
    return result
  } catch (error) {
    trace.end({ error: error as Error })
    throw error
  }
}

function withHeadersOf(trace: SendTrace, record: ProducerRecord): ProducerRecord {
  const { key, value, timestamp, partition } = record
  const headers = trace.headersOf(record.headers)
  return { key, value, timestamp, partition, ...(headers !== undefined && { headers }) }
}

class TracedFeed implements RecordFeed {
  readonly #feed: RecordFeed
  readonly #trace: SendTrace
  /** The current record, asked for again as long as it has to wait for memory. */
  #current: ProducerRecord | undefined

  constructor(feed: RecordFeed, trace: SendTrace) {
    this.#feed = feed
    this.#trace = trace
  }

  current(): ProducerRecord | undefined {
    if (this.#current === undefined) {
      const record = this.#feed.current()
      this.#current = record && withHeadersOf(this.#trace, record)
    }
    return this.#current
  }

  advance(): void {
    this.#current = undefined
    this.#feed.advance()
  }
}
