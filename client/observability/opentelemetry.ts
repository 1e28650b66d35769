// OpenTelemetry for producers and consumers. A module of its own, `millrace/client/opentelemetry`: the client itself does not load
// @opentelemetry/api, which is an optional peer dependency.
//
//   import { tracing } from 'millrace/client/opentelemetry'
//   const traces = tracing()
//   const producer = new Producer({ bootstrap, tracing: traces })
//   const consumer = new Consumer({ bootstrap, group: 'billing', topics: 'orders', tracing: traces })

import { type Context, propagation, type TextMapPropagator, type Tracer, trace } from '@opentelemetry/api'
import { ClientError } from '../client-error.ts'
import { clientSoftware } from '../client-version.ts'
import type { ConsumerBatch } from '../consumer/consumer-batch.ts'
import type { ConsumerRecord } from '../consumer/consumer-record.ts'
import type { ClientTracing } from './client-tracing.ts'
import {
  batchSpan,
  creationContext,
  type ProcessMeans,
  type ProcessSpan,
  recordSpan,
} from './opentelemetry/process-span.ts'
import { SendSpan } from './opentelemetry/send-span.ts'
import { w3cPropagator } from './opentelemetry/w3c-propagator.ts'

export interface TracingOptions {
  /** Makes the spans; the global provider's, by the name `millrace`, when left out. */
  readonly tracer?: Tracer
  /** Puts contexts into headers and finds them there; the global one, or W3C Trace Context where none is set. */
  readonly propagator?: TextMapPropagator
  /**
   * Whose child the span of a processed record is. message: of the one it was sent in, so that both are one trace (a batch's is the
   * first of a trace). active: of the span that is active where it is processed. Links to where records come from are there in both.
   * 'message'.
   */
  readonly parent?: 'message' | 'active'
  /** Links of one span; 128, as many as SDKs keep. Records beyond are not linked to. */
  readonly linksMax?: number
}

export interface Tracing extends ClientTracing {
  /**
   * The context of the span that a record, or batch, is being processed in; else the one that the record was sent in. For loops,
   * in which no context can be made active from outside: `context.with(traces.contextOf(record), () => charge(record))`.
   */
  contextOf(read: ConsumerRecord | ConsumerBatch): Context
}

const linksMaxStandard = 128

/** For the option `tracing` of producers and consumers: one for as many as one likes. Throws INVALID_ARGUMENT. */
export function tracing(options: TracingOptions = {}): Tracing {
  const { name, version } = { name: clientSoftware.clientSoftwareName, version: clientSoftware.clientSoftwareVersion }
  const { tracer = trace.getTracer(name, version), parent = 'message', linksMax = linksMaxStandard } = options
  if (!Number.isInteger(linksMax) || linksMax < 0) {
    throw new ClientError('INVALID_ARGUMENT', `linksMax is ${linksMax}`, { help: 'give a whole number, at least 0' })
  }
  // Looked up at each use: an SDK may be started after the clients are made.
  const means = (): ProcessMeans => ({
    tracer,
    propagator: options.propagator ?? ambientPropagator(),
    linksMax,
    parent,
  })
  const spans = new WeakMap<object, ProcessSpan>()
  const kept = (read: object, span: ProcessSpan) => {
    spans.set(read, span)
    return span
  }
  return {
    send: call => new SendSpan(means(), call),
    processRecord: (call, record) => kept(record, recordSpan(means(), call, record)),
    processBatch: (call, batch) => kept(batch, batchSpan(means(), call, batch)),
    contextOf(read) {
      const known = spans.get(read)?.context
      if (known !== undefined) return known
      return creationContext(means().propagator, 'headers' in read ? read : { headers: [] })
    },
  }
}

function ambientPropagator(): TextMapPropagator {
  return propagation.fields().length > 0 ? propagation : w3cPropagator
}
