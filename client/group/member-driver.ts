// Tells the rules of a member what happens, and carries out what they ask for. A callback may cause further events: their effects
// are taken up by the loop that is running, so that effects are carried out in the order in which they came to be.

import type { Clock } from '../../io/clock.ts'
import { WakeTimer } from './wake-timer.ts'

/** Rules that offer effects, and say when they want to be told the time next (Infinity: not at all). */
export interface MemberRules<Effect> {
  tick(nowMs: number): void
  takeEffects(): readonly Effect[]
  readonly wakeMs: number
}

export class MemberDriver<Effect> {
  readonly #clock: Clock
  readonly #rules: MemberRules<Effect>
  readonly #perform: (effect: Effect) => void
  readonly #timer: WakeTimer
  #isPerforming = false

  constructor(clock: Clock, rules: MemberRules<Effect>, perform: (effect: Effect) => void) {
    this.#clock = clock
    this.#rules = rules
    this.#perform = perform
    this.#timer = new WakeTimer(clock, () => this.tell(nowMs => rules.tick(nowMs)))
  }

  /** An event, which is told the time by the monotonic clock. */
  tell(event: (nowMs: number) => void): void {
    event(this.#clock.monotonicMs())
    if (this.#isPerforming) return
    this.#isPerforming = true
    try {
      for (let effects = this.#rules.takeEffects(); effects.length > 0; effects = this.#rules.takeEffects()) {
        for (const effect of effects) this.#perform(effect)
      }
    } finally {
      this.#isPerforming = false
    }
    this.#timer.setTo(this.#rules.wakeMs)
  }

  /** The rules are told the time no more, until something happens. */
  stop(): void {
    this.#timer.stop()
  }
}
