// What a bench asks: works that both brokers do in turns, each pass answered with a figure, and how figures become rows.

import type { Row, Target } from './row.ts'
import type { Side } from './side.ts'

/** How much is done: all of it, or little enough that every question together takes minutes. */
export class Scale {
  readonly quick: boolean
  readonly #divisor: number

  /** `divisor`: a part of the quick amounts only, for profilers that follow each single step. */
  constructor(quick: boolean, divisor = 1) {
    this.quick = quick
    this.#divisor = divisor
  }

  pick<T>(full: T, quick: T): T {
    return this.quick ? quick : full
  }

  /** Of what can be done in parts, such as records. */
  amount([full, quick]: readonly [full: number, quick: number]): number {
    return Math.ceil(this.pick(full, quick) / this.#divisor)
  }
}

/** The outcome of one pass over one broker. */
export interface Figure {
  /** In the work's unit; lower is better. */
  readonly value: number
  /** On the wall's clock, in the work's rate unit. */
  readonly rate?: number
  /** Whatever else was seen: percentiles, bytes. Kept in the JSON; a question may make rows of it. */
  readonly details?: Readonly<Record<string, number>>
  /** Something that a reader must know. */
  readonly note?: string
}

export interface Work {
  readonly name: string
  readonly unit: string
  readonly rateUnit?: string
  readonly target?: Target
  /**
   * The first pass over each broker is for warming up and counts for nothing; false where there is nothing to warm. Left out:
   * yes, but in a quick run not on brokers that have served another work.
   */
  readonly warmsUp?: boolean | 'only full'
  /** Left out of quick runs. */
  readonly isOnlyFull?: boolean
  /** Once for each broker, before its first pass. */
  prepare?(side: Side, scale: Scale): Promise<void>
  pass(side: Side, scale: Scale): Promise<Figure>
  /** After the last pass: what would be in the way of the next work. */
  finish?(side: Side, scale: Scale): Promise<void>
}

/** The figures of one work, by side and round. */
export interface WorkFigures {
  readonly work: Work
  readonly millrace: readonly Figure[]
  readonly kafka: readonly Figure[]
}

export interface Question {
  readonly name: string
  /** One sentence for the list. */
  readonly says: string
  /** Rounds when the command line does not say. */
  readonly rounds?: { readonly full: number; readonly quick: number }
  /** Never on brokers that another question has used, not even in quick runs of all of them. */
  readonly isAlone?: boolean
  readonly works: readonly Work[]
  /** The rows of the table; without it one row for each work, ours against Kafka's. */
  rows?(figures: readonly WorkFigures[]): Row[]
}

/** What is done at a scale. */
export function worksOf(question: Question, scale: Scale): Work[] {
  return question.works.filter(({ isOnlyFull }) => !(isOnlyFull && scale.quick))
}

export const kafkaName = 'Kafka 4.3.0'

export const values = (figures: readonly Figure[]): number[] => figures.map(({ value }) => value)
export const details = (figures: readonly Figure[], name: string): number[] =>
  figures.flatMap(figure => figure.details?.[name] ?? [])

/** Ours against Kafka's. */
export function rowOf({ work, millrace, kafka }: WorkFigures): Row {
  const rates = (figures: readonly Figure[]) => figures.flatMap(({ rate }) => rate ?? [])
  const rate = work.rateUnit && { unit: work.rateUnit, ours: rates(millrace), peer: rates(kafka) }
  const notes = new Set([...millrace, ...kafka].flatMap(({ note }) => note ?? []))
  return {
    name: work.name,
    unit: work.unit,
    ours: values(millrace),
    peer: values(kafka),
    peerName: kafkaName,
    target: work.target,
    rate: rate || undefined,
    note: notes.size === 0 ? undefined : [...notes].join('; '),
  }
}

export function rowsOf(question: Question, figures: readonly WorkFigures[]): Row[] {
  return question.rows?.(figures) ?? figures.map(rowOf)
}
