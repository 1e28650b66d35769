// Our Avro against Java's on generated pairs of schemas: validity, texts, fingerprints, compatibility both ways, bytes both ways.

import { type Answer, differences, ourAnswer } from './answers.ts'
import { reasonOf } from './explained.ts'
import type { Judge } from './judge.ts'
import { madeQuestion, type Question } from './questions.ts'

export interface Tally {
  pairs: number
  /** Both schemas are valid. */
  valid: number
  /** What Java says of valid pairs, in the two directions. */
  readable: number
  unreadable: number
  /** Values in bytes, written by us, read and written again by Java. */
  values: number
  /** Of those, read as the other schema, by both. */
  resolved: number
  /** Differences that are meant, by reason. */
  readonly explained: Map<string, number>
  /** Seeds and parts. */
  readonly faults: string[]
}

export const emptyTally = (): Tally => ({
  pairs: 0,
  valid: 0,
  readable: 0,
  unreadable: 0,
  values: 0,
  resolved: 0,
  explained: new Map(),
  faults: [],
})

export async function differentialRun(
  judge: Judge,
  seeds: { readonly from: number; readonly count: number },
): Promise<Tally> {
  const questions = Array.from({ length: seeds.count }, (_, i) => madeQuestion(seeds.from + i))
  const answers = await judge(questions)
  const tally = emptyTally()
  for (const [i, question] of questions.entries()) count(tally, question, answers[i]!, `seed ${seeds.from + i}`)
  return tally
}

/** Compares our answer with Java's, and counts. */
export function count(tally: Tally, question: Question, java: Answer, name: string): void {
  const ours = ourAnswer(question)
  tally.pairs++
  if (java.values) {
    tally.valid++
    for (const way of [java.forth, java.back])
      tally[Array.isArray(way) && way.length === 0 ? 'readable' : 'unreadable']++
    tally.values += java.values.length
    tally.resolved += java.values.filter(
      (value, i) => value.read !== undefined && ours.values?.[i]?.read !== undefined,
    ).length
  }
  for (const part of differences(ours, java)) {
    const position = /^values\.(\d+)\.read$/.exec(part)?.[1]
    const values =
      position === undefined
        ? undefined
        : { ours: ours.values![Number(position)]!, java: java.values![Number(position)]! }
    const reason = values && reasonOf({ question, answer: ours, ...values })
    if (reason === undefined) tally.faults.push(`${name}: ${part}`)
    else tally.explained.set(reason, (tally.explained.get(reason) ?? 0) + 1)
  }
}
