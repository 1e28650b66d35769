// What every client does in turn, and what is promised of ours.

import type { Figure, Scale } from '../comparison/question.ts'
import type { Side } from '../comparison/side.ts'
import type { Peer } from './peer.ts'
import type { RunJob } from './peer-programs.ts'

/** Lower is better: CPU, and time on the wall's clock for a million records, of ours by the peer's. */
export interface ClientTargets {
  /** By that JavaScript client which needs least CPU. */
  readonly cpu?: number
  /** By that JavaScript client which is quickest. */
  readonly wall?: number
  /** By the Java client. */
  readonly wallOfJava?: number
}

export interface ClientWork {
  readonly name: string
  readonly unit: string
  readonly rateUnit?: string
  /** Those who do it, ours among them. */
  readonly peers: readonly Peer[]
  readonly targets?: ClientTargets
  /** More rows, of what a figure has among its details. */
  readonly more?: readonly { readonly name: string; readonly unit: string; readonly detail: string }[]
  /** The first pass of every client is for warming up and counts for nothing; false where there is nothing to warm. */
  readonly warmsUp?: boolean
  /** Once, before all passes. */
  prepare?(side: Side, scale: Scale): Promise<void>
  pass(peer: Peer, place: { readonly side: Side; readonly scale: Scale; readonly run: RunJob }): Promise<Figure>
  finish?(side: Side): Promise<void>
}

export interface ClientQuestion {
  readonly name: string
  /** One sentence for the list. */
  readonly says: string
  readonly works: readonly ClientWork[]
}

export interface PeerFigures {
  readonly peer: Peer
  readonly figures: readonly Figure[]
}
