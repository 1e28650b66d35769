// Our Avro against Avro's Java library. Apicurio's server, answering the same requests, is to be the second part.

import { differentialRun } from '../avro/differential.ts'
import { javaJudge } from '../avro/judge.ts'
import type { Show } from './show.ts'

const [pairsFull, pairsReduced] = [10_000, 500]
/** Not the seeds of the vectors that `npm test` compares with. */
const firstSeed = 1_000_000
const faultsShownMax = 10

export const registry2: Show = {
  id: 'registry.2',
  title:
    'Avro as Java has it: validity, canonical forms, fingerprints, compatibility and bytes, on generated pairs of schemas',
  async run({ reduced }) {
    let judge: Awaited<ReturnType<typeof javaJudge>>
    try {
      judge = await javaJudge()
    } catch (error) {
      return { pass: false, figure: `Avro 1.12.2 for Java is needed: ${(error as Error).message.split('\n')[0]}` }
    }
    const tally = await differentialRun(judge, { from: firstSeed, count: reduced ? pairsReduced : pairsFull })
    const explained = [...tally.explained].sort(([, a], [, b]) => b - a)
    const lines = [
      `${tally.pairs} pairs of schemas, ${tally.valid} of two valid ones; ${tally.readable} directions compatible, ${tally.unreadable} not; ` +
        `${tally.values} values in bytes both ways, ${tally.resolved} read as the other schema; ${tally.faults.length} differences`,
      ...explained.map(([reason, times]) => `meant, ${times} values: ${reason}`),
      ...tally.faults.slice(0, faultsShownMax),
    ]
    const isTelling = tally.readable > 0 && tally.unreadable > 0 && tally.resolved > 0
    return { pass: tally.faults.length === 0 && isTelling, figure: lines.join('\n') }
  },
}
