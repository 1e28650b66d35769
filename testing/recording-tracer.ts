// A tracer and a context manager of our own, through OpenTelemetry's interfaces, that keep what they are told: for tests of tracing without
// an SDK.

import { AsyncLocalStorage } from 'node:async_hooks'
import {
  type Attributes,
  type Context,
  type ContextManager,
  type Exception,
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  type SpanOptions,
  type SpanStatus,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api'

export class RecordedSpan implements Span {
  readonly name: string
  readonly kind: number | undefined
  readonly parent: SpanContext | undefined
  readonly attributes: Attributes
  readonly links: Link[]
  readonly exceptions: Exception[] = []
  status: SpanStatus = { code: SpanStatusCode.UNSET }
  ends = 0
  readonly #context: SpanContext

  constructor(
    name: string,
    { kind, attributes = {}, links = [] }: SpanOptions,
    context: SpanContext,
    parent?: SpanContext,
  ) {
    this.name = name
    this.kind = kind
    this.attributes = { ...attributes }
    this.links = [...links]
    this.parent = parent
    this.#context = context
  }

  spanContext(): SpanContext {
    return this.#context
  }
  setAttribute(key: string, value: Attributes[string]): this {
    this.attributes[key] = value
    return this
  }
  setAttributes(attributes: Attributes): this {
    Object.assign(this.attributes, attributes)
    return this
  }
  addEvent(): this {
    return this
  }
  addLink(link: Link): this {
    this.links.push(link)
    return this
  }
  addLinks(links: Link[]): this {
    this.links.push(...links)
    return this
  }
  setStatus(status: SpanStatus): this {
    this.status = status
    return this
  }
  updateName(): this {
    return this
  }
  end(): void {
    this.ends += 1
  }
  isRecording(): boolean {
    return this.ends === 0
  }
  recordException(exception: Exception): void {
    this.exceptions.push(exception)
  }
}

/** Ids count on: span 7 has the id ...07; a trace has the number of its first span. */
export class RecordingTracer implements Tracer {
  readonly spans: RecordedSpan[] = []

  startSpan(name: string, options: SpanOptions = {}, context: Context = ROOT_CONTEXT): Span {
    const parent = options.root ? undefined : trace.getSpanContext(context)
    const id = (this.spans.length + 1).toString(16)
    const own = {
      traceId: parent?.traceId ?? id.padStart(32, '0'),
      spanId: id.padStart(16, '0'),
      traceFlags: TraceFlags.SAMPLED,
      ...(parent?.traceState && { traceState: parent.traceState }),
    }
    const span = new RecordedSpan(name, options, own, parent)
    this.spans.push(span)
    return span
  }

  startActiveSpan(): never {
    throw new Error('nobody here calls it')
  }

  named(name: string): RecordedSpan[] {
    return this.spans.filter(span => span.name === name)
  }
}

/** Contexts that follow calls and promises, as an SDK's do. */
export class LocalContexts implements ContextManager {
  readonly #storage = new AsyncLocalStorage<Context>()

  active(): Context {
    return this.#storage.getStore() ?? ROOT_CONTEXT
  }
  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: Context,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.#storage.run(context, () => fn.apply(thisArg, args))
  }
  bind<T>(_context: Context, target: T): T {
    return target
  }
  enable(): this {
    return this
  }
  disable(): this {
    return this
  }
}
