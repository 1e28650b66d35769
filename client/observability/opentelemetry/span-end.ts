// How a span ends: as it is, or with an error and its code.

import { type Span, SpanStatusCode } from '@opentelemetry/api'
import { ClientError } from '../../client-error.ts'

/** `error`: undefined when all is well. */
export function endSpan(span: Span, error?: unknown): void {
  if (error !== undefined) {
    const { name, message } = error instanceof Error ? error : { name: '_OTHER', message: String(error) }
    span.setAttribute('error.type', error instanceof ClientError ? error.code : name)
    span.setStatus({ code: SpanStatusCode.ERROR, message })
    span.recordException(error instanceof Error ? error : message)
  }
  span.end()
}
