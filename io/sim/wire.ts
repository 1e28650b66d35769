// One direction of a simulated connection. Invariant: what is carried arrives in order or, when it is dropped, never.
// A blocked way does not lose bytes (TCP sends them again): they wait until it is open, or until the sender gives up.

import type { Cancel } from '../clock.ts'

export type Item =
  | { readonly kind: 'data'; readonly bytes: Buffer }
  | { readonly kind: 'end' }
  | { readonly kind: 'reset' }

/** What a wire needs of the network it belongs to. */
export interface WireWorld {
  schedule(delayMs: number, run: () => void): Cancel
  latencyMs(): number
  /** Where to cut what leaves at once; ascending positions. */
  cuts(length: number): number[]
  blocked(from: string, to: string): boolean
  trace(line: string, bytes?: readonly Uint8Array[]): void
  /** How long bytes that do not arrive are sent again. */
  readonly retransmitMs: number
}

export interface WireEnds {
  readonly name: string
  readonly from: string
  readonly to: string
  deliver(item: Item): void
  /** Nothing got through for too long. */
  giveUp(): void
}

export class Wire {
  readonly #world: WireWorld
  readonly #ends: WireEnds
  /** Under way and waiting, in order. */
  #items: Item[] = []
  /** How many arrivals are due that the way does not let through. */
  #waiting = 0
  #cancelGiveUp: Cancel | undefined
  #generation = 0

  constructor(world: WireWorld, ends: WireEnds) {
    this.#world = world
    this.#ends = ends
  }

  carry(item: Item): void {
    if (item.kind === 'data') this.#carryInPieces(item.bytes)
    else this.#carry(item)
  }

  /** The way may be open again. */
  retry(): void {
    if (this.#blocked()) return
    this.#cancelGiveUp?.()
    this.#cancelGiveUp = undefined
    const waiting = this.#waiting
    this.#waiting = 0
    for (let count = 0; count < waiting; count++) this.#travel()
  }

  /** What was carried and has not arrived never will. */
  drop(): void {
    this.#generation += 1
    this.#items = []
    this.#waiting = 0
    this.#cancelGiveUp?.()
    this.#cancelGiveUp = undefined
  }

  get idle(): boolean {
    return this.#items.length === 0
  }

  #carryInPieces(bytes: Buffer): void {
    let start = 0
    for (const end of [...this.#world.cuts(bytes.length), bytes.length]) {
      this.#carry({ kind: 'data', bytes: bytes.subarray(start, end) })
      start = end
    }
  }

  #carry(item: Item): void {
    this.#items.push(item)
    this.#travel()
  }

  #travel(): void {
    if (this.#blocked()) {
      this.#wait()
      return
    }
    const generation = this.#generation
    this.#world.schedule(this.#world.latencyMs(), () => {
      if (generation === this.#generation) this.#arrive()
    })
  }

  // It is always the oldest that arrives: what is quick has to wait for what was sent before it.
  #arrive(): void {
    if (this.#blocked()) {
      this.#wait()
      return
    }
    const item = this.#items.shift()!
    this.#world.trace(`${this.#ends.name} ${item.kind}`, item.kind === 'data' ? [item.bytes] : undefined)
    this.#ends.deliver(item)
  }

  #blocked(): boolean {
    return this.#world.blocked(this.#ends.from, this.#ends.to)
  }

  #wait(): void {
    this.#waiting += 1
    this.#cancelGiveUp ??= this.#world.schedule(this.#world.retransmitMs, () => this.#ends.giveUp())
  }
}
