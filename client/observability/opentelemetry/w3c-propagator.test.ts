// The values of W3C's own validation suite (test/test.py of the trace-context repository) and of the recommendation's examples.

import { createTraceState, defaultTextMapGetter, defaultTextMapSetter, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { describe, expect, test } from 'vitest'
import { w3cPropagator } from './w3c-propagator.ts'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const spanId = '00f067aa0ba902b7'

function extracted(traceparent: string | string[], tracestate?: string | string[]) {
  const carrier = { traceparent, ...(tracestate !== undefined && { tracestate }) }
  return trace.getSpanContext(w3cPropagator.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter))
}

describe('traceparent', () => {
  test.each([
    ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', 1],
    ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00', 0],
    ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff', 255],
    // Later versions: what is known of them is read.
    ['cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', 1],
    ['cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-the-future-will-be-like', 1],
    [' 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\t', 1],
  ])('%s is one', (text, traceFlags) => {
    expect(extracted(text)).toEqual({ traceId, spanId, traceFlags, isRemote: true })
  })

  test.each([
    '',
    'foo',
    '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7',
    '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-the-future-will-be-like',
    '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-',
    'cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.what-the-future-will-not-be-like',
    'ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    '.0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    '00-00000000000000000000000000000000-00f067aa0ba902b7-01',
    '00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01',
    '00-4BF92F3577B34DA6A3CE929D0E0E4736-00F067AA0BA902B7-01',
    '00-.bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    '00-4bf92f3577b34da6a3ce929d0e0e47-00f067aa0ba902b7-01',
    '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-.0',
    '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1',
  ])('%s is none', text => {
    expect(extracted(text)).toBeUndefined()
  })

  test('of several the last counts', () => {
    expect(extracted(['foo', `00-${traceId}-${spanId}-01`])).toMatchObject({ spanId })
  })
})

test('tracestate goes along, in its order, several headers as one; without a traceparent it is nothing', () => {
  const parent = `00-${traceId}-${spanId}-01`
  expect(extracted(parent, 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE')!.traceState!.serialize()).toBe(
    'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE',
  )
  expect(extracted(parent, ['foo=1', 'bar=2'])!.traceState!.serialize()).toBe('foo=1,bar=2')
  expect(extracted('foo', 'foo=1')).toBeUndefined()
})

test('what is injected is what was extracted', () => {
  const carrier = {}
  const span = { traceId, spanId, traceFlags: 1, traceState: createTraceState('foo=1,bar=2') }
  w3cPropagator.inject(trace.setSpanContext(ROOT_CONTEXT, span), carrier, defaultTextMapSetter)
  expect(carrier).toEqual({ traceparent: `00-${traceId}-${spanId}-01`, tracestate: 'foo=1,bar=2' })
  const nothing = {}
  w3cPropagator.inject(ROOT_CONTEXT, nothing, defaultTextMapSetter)
  expect(nothing).toEqual({})
  expect(w3cPropagator.fields()).toEqual(['traceparent', 'tracestate'])
})
