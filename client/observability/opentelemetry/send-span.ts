// The span of a `send` or `sendBatch`. Its context goes along with each record as the creation context, unless the record brings one
// of its own: then that stays, and the span links to it.

import {
  type Context,
  context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  type TextMapPropagator,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import type { RecordHeaderInput } from '../../producer/batch-writer.ts'
import type { HeadersInput, SendCall, SendOutcome, SendTrace } from '../client-tracing.ts'
import { sendAttributes } from './attributes.ts'
import { headerGetter, headerSetter, listed } from './header-carrier.ts'
import { LinkSet } from './link-set.ts'
import { endSpan } from './span-end.ts'

export interface SendMeans {
  readonly tracer: Tracer
  readonly propagator: TextMapPropagator
  readonly linksMax: number
}

export class SendSpan implements SendTrace {
  readonly #span: Span
  readonly #propagator: TextMapPropagator
  readonly #fields: readonly string[]
  readonly #context: Context
  readonly #links: LinkSet
  /** What a record without headers is sent with: the same for all. */
  readonly #injected: readonly RecordHeaderInput[]

  constructor({ tracer, propagator, linksMax }: SendMeans, call: SendCall) {
    const active = context.active()
    const options = { kind: SpanKind.PRODUCER, attributes: sendAttributes(call) }
    this.#span = tracer.startSpan(`send ${call.topic}`, options, active)
    this.#propagator = propagator
    this.#fields = propagator.fields()
    this.#context = trace.setSpan(active, this.#span)
    this.#links = new LinkSet(linksMax)
    const injected: RecordHeaderInput[] = []
    propagator.inject(this.#context, injected, headerSetter)
    this.#injected = injected
  }

  headersOf(headers: HeadersInput | undefined): HeadersInput | undefined {
    const own = listed(headers)
    if (own.length === 0) return this.#injected
    if (!own.some(({ key }) => this.#fields.includes(key))) return [...own, ...this.#injected]
    const created = trace.getSpanContext(this.#propagator.extract(ROOT_CONTEXT, own, headerGetter))
    const link = created && this.#links.add(created)
    if (link !== undefined) this.#span.addLink(link)
    return headers
  }

  end({ error, partition, offset, count }: SendOutcome): void {
    if (partition !== undefined) this.#span.setAttribute('messaging.destination.partition.id', String(partition))
    if (offset !== undefined && offset >= 0) this.#span.setAttribute('messaging.kafka.offset', offset)
    if (count !== undefined) this.#span.setAttribute('messaging.batch.message_count', count)
    endSpan(this.#span, error)
  }
}
