// The links of one span: each context once, and no more than `linksMax`. Full: further contexts are left out, as SDKs do with
// links beyond their own limit.

import type { Link, SpanContext } from '@opentelemetry/api'

export class LinkSet {
  readonly links: Link[] = []
  readonly #linksMax: number
  readonly #known = new Set<string>()

  constructor(linksMax: number) {
    this.#linksMax = linksMax
  }

  get isFull(): boolean {
    return this.links.length >= this.#linksMax
  }

  /** The link; undefined when it is there already, or there is no room for it. */
  add(context: SpanContext): Link | undefined {
    const key = `${context.traceId} ${context.spanId}`
    if (this.isFull || this.#known.has(key)) return undefined
    this.#known.add(key)
    const link = { context }
    this.links.push(link)
    return link
  }
}
