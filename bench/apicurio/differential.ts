// The same conversations with both registries, and what of the differences nobody has explained.
//
// A scenario ends where one registry did what the other refused: from then on they know different things, and would differ in all.

import { type Ask, Conversation } from './conversation.ts'
import { type Difference, differencesOf } from './difference.ts'
import { type Explanation, explanationOf } from './explained.ts'
import type { Scenario } from './step.ts'

export interface ConversationTally {
  requests: number
  /** Not asked, because the scenario had ended. */
  skipped: number
  /** Answers that say the same, whatever all of Apicurio's leave out. */
  alike: number
  readonly explained: Map<Explanation, number>
  readonly faults: string[]
}

export interface Both {
  readonly ours: Ask
  readonly theirs: Ask
}

export async function conversationRun(both: Both, scenarios: readonly Scenario[]): Promise<ConversationTally> {
  const tally: ConversationTally = { requests: 0, skipped: 0, alike: 0, explained: new Map(), faults: [] }
  for (const scenario of scenarios) await hold(scenario, both, tally)
  return tally
}

async function hold({ name, steps }: Scenario, both: Both, tally: ConversationTally): Promise<void> {
  const [ours, theirs] = [new Conversation(both.ours), new Conversation(both.theirs)]
  for (const [i, step] of steps.entries()) {
    const [one, other] = [await ours.ask(step), await theirs.ask(step)]
    tally.requests++
    const found = differencesOf(step, one, other)
    const explained = found.map(difference => note(`${name}, step ${i + 1}`, name, difference, tally))
    if (explained.every(explanation => explanation?.isEverywhere)) tally.alike++
    const isWrite = step.method !== 'GET' && !step.path.startsWith('/compatibility')
    if (isWrite && one.status < 400 !== other.status < 400) {
      tally.skipped += steps.length - i - 1
      return
    }
  }
}

function note(
  place: string,
  scenario: string,
  difference: Difference,
  { explained, faults }: ConversationTally,
): Explanation | undefined {
  const explanation = explanationOf(scenario, difference)
  const { request, aspect, ours, theirs } = difference
  if (explanation !== undefined) explained.set(explanation, (explained.get(explanation) ?? 0) + 1)
  else faults.push(`${place}: ${request}: ${aspect}: ours ${ours}, Apicurio's ${theirs}`)
  return explanation
}
