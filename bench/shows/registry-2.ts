// Our Avro against Avro's Java library, and our registry against Apicurio's server, which answers the same requests.

import { compareWithApicurio, isExplained, linesOf } from '../apicurio/compare-run.ts'
import { differentialRun } from '../avro/differential.ts'
import { javaJudge } from '../avro/judge.ts'
import type { Show, ShowResult } from './show.ts'

const [pairsFull, pairsReduced] = [10_000, 500]
/** Not the seeds of the vectors that `npm test` compares with. */
const firstSeed = 1_000_000
const faultsShownMax = 10

const [madeFull, madeReduced] = [100, 10]
const [startMsMaxFull, startMsMaxReduced] = [180_000, 60_000]

export const registry2: Show = {
  id: 'registry.2',
  title:
    'Avro as Java has it, on generated pairs of schemas; and the requests that Apicurio Registry answers as well, each difference explained',
  async run({ reduced }) {
    const avro = await againstJava(reduced)
    const apicurio = await againstApicurio(reduced)
    return { pass: avro.pass && apicurio.pass, figure: `${avro.figure}\n${apicurio.figure}` }
  },
}

async function againstJava(reduced: boolean): Promise<ShowResult> {
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
}

/** In the reduced form a machine without Apicurio's server, or too slow for it, is no failure. */
async function againstApicurio(reduced: boolean): Promise<ShowResult> {
  const options = reduced
    ? { madeCount: madeReduced, startMsMax: startMsMaxReduced }
    : { madeCount: madeFull, startMsMax: startMsMaxFull }
  let tally: Awaited<ReturnType<typeof compareWithApicurio>>
  try {
    tally = await compareWithApicurio({ seed: firstSeed, ...options })
  } catch (error) {
    const why = (error as Error).message.split('\n')[0]
    return { pass: reduced, figure: `not compared with Apicurio Registry 3.3.3: ${why}` }
  }
  return { pass: isExplained(tally), figure: linesOf(tally).join('\n') }
}
