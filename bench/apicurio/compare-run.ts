// Our registry and Apicurio's, side by side, asked the same: what show registry.2 says of it.

import { ApicurioServer } from './apicurio-server.ts'
import { askAt } from './conversation.ts'
import { type ConversationTally, conversationRun } from './differential.ts'
import { explanations } from './explained.ts'
import { startOurServer } from './our-server.ts'
import { allScenarios } from './scenarios/index.ts'

export interface CompareOptions {
  readonly seed: number
  /** Scenarios made at random. */
  readonly madeCount: number
  readonly startMsMax: number
}

/** Rejects with a sentence where Apicurio's server cannot be had. */
export async function compareWithApicurio({ seed, madeCount, startMsMax }: CompareOptions): Promise<ConversationTally> {
  const theirs = await ApicurioServer.start({ storage: 'memory', startMsMax })
  try {
    const ours = await startOurServer()
    try {
      const both = { ours: askAt(ours.url), theirs: askAt(theirs.url) }
      return await conversationRun(both, allScenarios(seed, madeCount))
    } finally {
      await ours.stop()
    }
  } finally {
    await theirs.kill()
  }
}

/** What was found, in lines; all that makes the run fail comes first. */
export function linesOf({ requests, alike, skipped, explained, faults }: ConversationTally): string[] {
  const head =
    `${requests} requests to ours and to Apicurio Registry 3.3.3: ${alike} answered alike, ${faults.length} differences unexplained` +
    ` (${skipped} not asked: one had refused what the other did)`
  const meant = [...explained]
    .sort(([, a], [, b]) => b - a)
    .map(([{ right, source, why }, times]) => `${times} x, ${right} is right by ${source}: ${why}`)
  return [head, ...faults, ...staleLines(explained), ...meant]
}

/** Explanations of differences that are there no more. */
export function staleLines(explained: ConversationTally['explained']): string[] {
  const stale = explanations.filter(explanation => !explanation.isRare && !explained.has(explanation))
  return stale.map(({ request, aspect, why }) => `explained and never met: ${request} ${aspect}: ${why}`)
}

export const isExplained = (tally: ConversationTally): boolean =>
  tally.faults.length === 0 && staleLines(tally.explained).length === 0 && tally.alike > 0
