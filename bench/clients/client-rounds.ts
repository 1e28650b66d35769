// Runs a question: a warm-up pass of every client, then rounds in which all do the same work in turns, A B C A B C.

import type { Figure, Scale } from '../comparison/question.ts'
import type { ReadyMemory } from '../comparison/ready-memory.ts'
import type { Side } from '../comparison/side.ts'
import type { ClientWork, PeerFigures } from './client-work.ts'
import type { Peer } from './peer.ts'
import type { RunJob } from './peer-programs.ts'

const [settleMs, quickSettleMs] = [300, 50]

export interface ClientRoundsOptions {
  readonly side: Side
  readonly rounds: number
  readonly scale: Scale
  readonly run: RunJob
  readonly memory?: ReadyMemory | undefined
  /** Told of every pass as it ends; round 0 is the warm-up. */
  readonly onPass: (work: ClientWork, peer: Peer, round: number, figure: Figure) => void
}

/** A quick run has no warm-up pass: it shows that everything runs. */
export async function runClientWork(work: ClientWork, options: ClientRoundsOptions): Promise<PeerFigures[]> {
  const { side, rounds, scale, run, memory, onPass } = options
  const all = work.peers.map(peer => ({ peer, figures: [] as Figure[] }))
  await work.prepare?.(side, scale)
  for (let round = scale.quick || work.warmsUp === false ? 1 : 0; round <= rounds; round++) {
    for (const { peer, figures } of all) {
      await side.settle(scale.pick(settleMs, quickSettleMs))
      const pass = () => work.pass(peer, { side, scale, run })
      const figure = await (memory?.during(pass) ?? pass())
      if (round > 0) figures.push(figure)
      onPass(work, peer, round, figure)
    }
  }
  await work.finish?.(side)
  return all
}
