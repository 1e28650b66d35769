// W3C Trace Context (level 1 and 2) as a propagator: for programs that have set none. `traceparent` is version, trace id, span id and
// flags in hexadecimal; `tracestate` is passed on as it came, as far as it is well-formed.
// Source: https://www.w3.org/TR/trace-context/, sections 3.2 and 3.3.

import {
  type Context,
  createTraceState,
  isSpanContextValid,
  type SpanContext,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  trace,
} from '@opentelemetry/api'

const parentField = 'traceparent'
const stateField = 'tracestate'
/** Later versions may have more behind a further dash; ff is none. */
const parentPattern = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

export const w3cPropagator: TextMapPropagator = {
  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    const span = trace.getSpanContext(context)
    if (span === undefined || !isSpanContextValid(span)) return
    setter.set(carrier, parentField, traceparentOf(span))
    const state = span.traceState?.serialize()
    if (state) setter.set(carrier, stateField, state)
  },

  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    const parent = lastOf(getter.get(carrier, parentField))
    const span = parent === undefined ? undefined : spanContextIn(parent)
    if (span === undefined) return context
    const state = getter.get(carrier, stateField)
    const text = Array.isArray(state) ? state.join(',') : state
    return trace.setSpanContext(context, { ...span, ...(text && { traceState: createTraceState(text) }) })
  },

  fields: () => [parentField, stateField],
}

function traceparentOf({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${(traceFlags & 0xff).toString(16).padStart(2, '0')}`
}

/** Undefined when it is none. */
function spanContextIn(traceparent: string): SpanContext | undefined {
  const [, version, traceId, spanId, flags, rest] = parentPattern.exec(traceparent.trim()) ?? []
  if (version === undefined || (version === '00' && rest !== undefined)) return undefined
  const span = { traceId: traceId!, spanId: spanId!, traceFlags: Number.parseInt(flags!, 16), isRemote: true }
  return isSpanContextValid(span) ? span : undefined
}

function lastOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.at(-1) : value
}
