// What happened in a simulation, as a hash: two runs with the same hash did the same things in the same order.

import { createHash } from 'node:crypto'

export interface TraceOptions {
  /** How many of the last lines are kept for reading; 0 when left out. */
  readonly linesMax?: number
}

export class Trace {
  readonly #hash = createHash('sha256')
  readonly #linesMax: number
  #lines: string[] = []
  #count = 0

  constructor(options: TraceOptions = {}) {
    this.#linesMax = options.linesMax ?? 0
  }

  /** `bytes` are hashed, not kept. */
  add(atMs: number, line: string, bytes: readonly Uint8Array[] = []): void {
    const full = `${atMs.toFixed(3)} ${line}`
    this.#count += 1
    this.#hash.update(full).update('\n')
    for (const part of bytes) this.#hash.update(part)
    if (this.#linesMax === 0) return
    this.#lines.push(bytes.length === 0 ? full : `${full} ${bytes.reduce((sum, part) => sum + part.length, 0)} B`)
    if (this.#lines.length > 2 * this.#linesMax) this.#lines = this.#lines.slice(-this.#linesMax)
  }

  /** Of all that happened so far, in hex. */
  get hash(): string {
    return this.#hash.copy().digest('hex')
  }

  get count(): number {
    return this.#count
  }

  get lines(): readonly string[] {
    return this.#lines.slice(-this.#linesMax || this.#lines.length)
  }
}
