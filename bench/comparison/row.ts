// One line of a bench's table: a series of figures of ours, the same of a peer, and what was promised of them.

import { type Folded, fold, ratios } from './fold.ts'

/** What performance.md promises: at most so much, of the ratio to the peer or of our own figure. */
export interface Target {
  readonly of: 'ratio' | 'ours'
  readonly most: number
}

export interface Row {
  readonly name: string
  /** Of the figures: `CPU s per million records`. Lower is better, always. */
  readonly unit: string
  /** By round. */
  readonly ours: readonly number[]
  readonly peer: readonly number[]
  /** Who the peer is. */
  readonly peerName: string
  readonly target?: Target | undefined
  /** Rates on the wall's clock, quoted and not judged: they are the load programs' as much as the brokers'. */
  readonly rate?:
    | { readonly unit: string; readonly ours: readonly number[]; readonly peer: readonly number[] }
    | undefined
  /** What a reader must know to judge the figures. */
  readonly note?: string | undefined
}

export interface Judged {
  readonly ours: Folded
  readonly peer: Folded | undefined
  readonly ratio: Folded | undefined
  /** Undefined without a target, or where the figure that it is of is missing. */
  readonly met: boolean | undefined
}

export function judge(row: Row): Judged {
  const ours = fold(row.ours)
  const peer = row.peer.length === 0 ? undefined : fold(row.peer)
  const ratio = peer && fold(ratios(row.ours, row.peer))
  const judged = row.target?.of === 'ours' ? ours : ratio
  const met = row.target && judged && judged.median <= row.target.most
  return { ours, peer, ratio, met }
}
