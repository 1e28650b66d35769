// All conversations, in their order.

import type { Scenario } from '../step.ts'
import { badInput } from './bad-input.ts'
import { compatibility } from './compatibility.ts'
import { deleting } from './deleting.ts'
import { made } from './made.ts'
import { contexts, references } from './references.ts'
import { registering } from './registering.ts'
import { begin, readonly, settings } from './settings.ts'

/** @param madeCount scenarios made at random from `seed` */
export const allScenarios = (seed: number, madeCount: number): Scenario[] => [
  begin,
  ...registering,
  ...deleting,
  ...compatibility,
  ...settings,
  ...badInput,
  ...references,
  ...contexts,
  ...made(seed, madeCount),
  readonly,
]
