// One call of a handler, within what traces it: the consumer's `tracing`, and who has subscribed to the TracingChannel
// `millrace:client:consumer:process`. Without either it is the call and nothing else.

import { processing } from '../../observability/channels.ts'
import type { ClientTracing, ProcessCall } from '../../observability/client-tracing.ts'
import type { ConsumerRecord } from '../consumer-record.ts'
import type { RecordContext, RecordHandler } from './run-options.ts'

export interface HandlerCalls {
  readonly who: ProcessCall
  readonly tracing: ClientTracing | undefined
}

/** Throws, or rejects, with what the handler does. */
export function callHandler(
  handler: RecordHandler,
  record: ConsumerRecord,
  context: RecordContext,
  { who, tracing }: HandlerCalls,
): void | Promise<void> {
  if (tracing === undefined && !processing.hasSubscribers) return handler(record, context)
  const call = () => published(handler, record, context, who)
  return tracing === undefined ? call() : traced(tracing, who, record, call)
}

async function traced(
  tracing: ClientTracing,
  who: ProcessCall,
  record: ConsumerRecord,
  call: () => Promise<void>,
): Promise<void> {
  const trace = tracing.processRecord(who, record)
  try {
    await trace.run(call)
  } catch (error) {
    trace.end(error)
    throw error
  }
  trace.end()
}

async function published(
  handler: RecordHandler,
  record: ConsumerRecord,
  context: RecordContext,
  who: ProcessCall,
): Promise<void> {
  if (!processing.hasSubscribers) return handler(record, context)
  const message = { ...who, record, attempt: context.attempt }
  await processing.tracePromise(async () => handler(record, context), message)
}
