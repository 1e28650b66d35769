// Runs a question: a warm-up pass over each broker, then rounds in which both do the same work in turns, A B A B. Who is not asked
// stands still meanwhile: a Kafka that has nothing to do takes 1.2 % of a processor, a burst at a time, and a p99 is made of such bursts.

import { type Figure, type Question, type Scale, type Work, type WorkFigures, worksOf } from './question.ts'
import type { ReadyMemory } from './ready-memory.ts'
import type { Side } from './side.ts'

/** Also for what whoever stood still makes up for when it goes on. */
const [settleMs, quickSettleMs] = [1000, 50]

export interface RoundsOptions {
  readonly sides: readonly Side[]
  readonly rounds: number
  readonly scale: Scale
  readonly memory?: ReadyMemory | undefined
  /** Told of every pass as it ends; round 0 is the warm-up. */
  readonly onPass: (work: Work, side: Side, round: number, figure: Figure) => void
}

export async function runQuestion(question: Question, options: RoundsOptions): Promise<WorkFigures[]> {
  const figures: WorkFigures[] = []
  for (const work of worksOf(question, options.scale)) figures.push(await runWork(work, options))
  return figures
}

async function runWork(work: Work, { sides, rounds, scale, memory, onPass }: RoundsOptions): Promise<WorkFigures> {
  const figures = { millrace: [] as Figure[], kafka: [] as Figure[] }
  for (const side of sides) await work.prepare?.(side, scale)
  for (let round = warmsUpFirst(work, scale, sides) ? 0 : 1; round <= rounds; round++) {
    for (const side of sides) {
      await side.settle(scale.pick(settleMs, quickSettleMs))
      const others = sides.filter(other => other !== side)
      const pass = () => whileStill(others, () => work.pass(side, scale))
      const figure = await (memory?.during(pass) ?? pass())
      side.noteWorked()
      if (round > 0) figures[side.name].push(figure)
      onPass(work, side, round, figure)
    }
  }
  for (const side of sides) await work.finish?.(side, scale)
  return { work, ...figures }
}

async function whileStill<T>(others: readonly Side[], pass: () => Promise<T>): Promise<T> {
  for (const other of others) other.standStill()
  try {
    return await pass()
  } finally {
    for (const other of others) other.goOn()
  }
}

/** A quick run spares what a broker needs no more that has served a work before. */
export function warmsUpFirst(
  { warmsUp }: Pick<Work, 'warmsUp'>,
  { quick }: Pick<Scale, 'quick'>,
  sides: readonly Pick<Side, 'isWarm'>[],
): boolean {
  if (warmsUp === 'only full') return !quick
  return warmsUp ?? (!quick || sides.some(side => !side.isWarm))
}
