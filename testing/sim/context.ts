// What all parts of a run share.

import type { SimWorld } from '../../io/sim/world.ts'
import type { SimPlan } from './plan.ts'
import type { Witness } from './witness.ts'

export interface SimContext {
  readonly sim: SimWorld
  readonly plan: SimPlan
  readonly witness: Witness
  /** Nothing new is begun, and what is under way is brought to its end. No fault happens any more. */
  isEnding: boolean
}

/** A client that does something by itself until the run ends. */
export interface Actor {
  readonly name: string
  /** Resolves when the run is ending and nothing of it is open. */
  run(): Promise<void>
  /** What it waits for, for the report of a run that does not end. */
  status(): string
}
