// One direction of a simulated connection. Invariant: what is carried arrives in order or, when it is dropped, never.
// A blocked way does not lose bytes (TCP sends them again): they wait until it is open, or until the sender gives up.

import type { Cancel } from '../clock.ts'

export type Item =
  | { readonly kind: 'data'; readonly bytes: Buffer }
  | { readonly kind: 'end' }
  | { readonly kind: 'reset' }

/** What a wire needs of the network it belongs to. */
export interface WireWorld {
  readonly nowMs: number
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
  #lastArrivalMs = 0
  #waiting: Item[] = []
  #cancelGiveUp: Cancel | undefined
  #generation = 0

  constructor(world: WireWorld, ends: WireEnds) {
    this.#world = world
    this.#ends = ends
  }

  carry(item: Item): void {
    if (item.kind === 'data') this.#carryInPieces(item.bytes)
    else this.#send(item)
  }

  /** The way may be open again. */
  retry(): void {
    if (this.#waiting.length === 0 || this.#world.blocked(this.#ends.from, this.#ends.to)) return
    this.#cancelGiveUp?.()
    this.#cancelGiveUp = undefined
    for (const item of this.#waiting.splice(0)) this.#send(item)
  }

  /** What was carried and has not arrived never will. */
  drop(): void {
    this.#generation += 1
    this.#waiting = []
    this.#cancelGiveUp?.()
    this.#cancelGiveUp = undefined
  }

  get idle(): boolean {
    return this.#waiting.length === 0
  }

  #carryInPieces(bytes: Buffer): void {
    let start = 0
    for (const end of [...this.#world.cuts(bytes.length), bytes.length]) {
      this.#send({ kind: 'data', bytes: bytes.subarray(start, end) })
      start = end
    }
  }

  #send(item: Item): void {
    if (this.#mustWait()) {
      this.#wait(item)
      return
    }
    const { nowMs } = this.#world
    const generation = this.#generation
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, nowMs + this.#world.latencyMs())
    this.#world.schedule(this.#lastArrivalMs - nowMs, () => {
      if (generation === this.#generation) this.#arrive(item)
    })
  }

  #arrive(item: Item): void {
    if (this.#mustWait()) {
      this.#wait(item)
      return
    }
    this.#world.trace(`${this.#ends.name} ${item.kind}`, item.kind === 'data' ? [item.bytes] : undefined)
    this.#ends.deliver(item)
  }

  // Behind what waits already, or it would overtake.
  #mustWait(): boolean {
    return this.#waiting.length > 0 || this.#world.blocked(this.#ends.from, this.#ends.to)
  }

  #wait(item: Item): void {
    this.#waiting.push(item)
    this.#cancelGiveUp ??= this.#world.schedule(this.#world.retransmitMs, () => this.#ends.giveUp())
  }
}
