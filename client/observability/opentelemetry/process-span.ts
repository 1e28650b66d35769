// The spans of what is processed: a record's, a batch's. Each links to the contexts in which its records were created.

import {
  type Context,
  context,
  ROOT_CONTEXT,
  type Span,
  type SpanAttributes,
  SpanKind,
  type TextMapPropagator,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import type { ConsumerBatch } from '../../consumer/consumer-batch.ts'
import type { ConsumerRecord } from '../../consumer/consumer-record.ts'
import type { ProcessCall, ProcessTrace } from '../client-tracing.ts'
import { batchAttributes, recordAttributes } from './attributes.ts'
import { headerGetter } from './header-carrier.ts'
import { LinkSet } from './link-set.ts'
import { endSpan } from './span-end.ts'

export interface ProcessMeans {
  readonly tracer: Tracer
  readonly propagator: TextMapPropagator
  readonly linksMax: number
  readonly parent: 'message' | 'active'
}

export class ProcessSpan implements ProcessTrace {
  readonly context: Context
  readonly #span: Span
  #hasEnded = false

  constructor(span: Span, parent: Context) {
    this.#span = span
    this.context = trace.setSpan(parent, span)
  }

  run<Result>(work: () => Result): Result {
    return context.with(this.context, work)
  }

  end(error?: unknown): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    endSpan(this.#span, error)
  }
}

/** What the record's headers say of where it was created; the root context when they say nothing. */
export function creationContext(propagator: TextMapPropagator, record: Pick<ConsumerRecord, 'headers'>): Context {
  const { headers } = record
  return headers.length === 0 ? ROOT_CONTEXT : propagator.extract(ROOT_CONTEXT, headers, headerGetter)
}

export function recordSpan(means: ProcessMeans, call: ProcessCall, record: ConsumerRecord): ProcessSpan {
  const created = creationContext(means.propagator, record)
  const links = new LinkSet(means.linksMax)
  addLink(links, created)
  const parent = means.parent === 'message' ? created : context.active()
  return started(means, record.topic, recordAttributes(call, record), parent, links)
}

/** Looks into as many records as it takes to have all links there may be. */
export function batchSpan(means: ProcessMeans, call: ProcessCall, batch: ConsumerBatch): ProcessSpan {
  const links = new LinkSet(means.linksMax)
  try {
    for (const record of batch) {
      if (links.isFull) break
      addLink(links, creationContext(means.propagator, record))
    }
  } catch {
    // A record that cannot be read: whoever reads the batch is told.
  }
  const parent = means.parent === 'message' ? ROOT_CONTEXT : context.active()
  return started(means, batch.topic, batchAttributes(call, batch), parent, links)
}

function started(
  { tracer }: ProcessMeans,
  topic: string,
  attributes: SpanAttributes,
  parent: Context,
  links: LinkSet,
): ProcessSpan {
  // What surrounds the processing and is not its parent is linked to.
  if (parent !== context.active()) addLink(links, context.active())
  const options = { kind: SpanKind.CONSUMER, attributes, links: links.links }
  return new ProcessSpan(tracer.startSpan(`process ${topic}`, options, parent), parent)
}

function addLink(links: LinkSet, from: Context): void {
  const span = trace.getSpanContext(from)
  if (span !== undefined) links.add(span)
}
