// Figures of many clients as rows of two: ours beside each of the others. What is promised of ours stands in the row of that client
// which is best at it in this run, so a peer that becomes better raises the bar.

import { median } from '../comparison/fold.ts'
import { details, type Figure, values } from '../comparison/question.ts'
import type { Row, Target } from '../comparison/row.ts'
import type { ClientWork, PeerFigures } from './client-work.ts'
import { isForJavaScript, isOurs, java } from './peer.ts'

const rates = (figures: readonly Figure[]) => figures.flatMap(({ rate }) => rate ?? [])
/** Detail of a figure: seconds on the wall's clock for a million records. */
export const wallDetail = 'secondsPerMillion'
const wallUnit = 's per million records'

function best(
  peers: readonly PeerFigures[],
  series: (figures: readonly Figure[]) => number[],
): PeerFigures | undefined {
  const known = peers.filter(({ peer, figures }) => isForJavaScript(peer) && series(figures).length > 0)
  return known.sort((a, b) => median(series(a.figures)) - median(series(b.figures)))[0]
}

const targetOf = (most: number | undefined): Target | undefined =>
  most === undefined ? undefined : { of: 'ratio', most }

export function rowsOfWork(work: ClientWork, all: readonly PeerFigures[]): Row[] {
  const others = all.filter(({ peer }) => !isOurs(peer))
  return all
    .filter(({ peer }) => isOurs(peer))
    .flatMap(ours => {
      const least = best(others, values)
      const row = (other: PeerFigures) => pair(work, ours, other, other === least)
      if (ours.peer.wayName !== undefined) return least === undefined ? [] : [row(least)]
      return [...others.map(row), ...wallRows(work, ours, others), ...moreRows(work, ours, others)]
    })
}

function pair(work: ClientWork, ours: PeerFigures, other: PeerFigures, isBest: boolean): Row {
  const { unit, rateUnit, targets } = work
  const { wayName, isPromised = wayName === undefined } = ours.peer
  const rate = rateUnit === undefined ? undefined : { unit: rateUnit, ours: rates(ours.figures), peer: rates(other.figures) } // biome-ignore format: one thought
  return {
    name: [work.name, wayName].filter(Boolean).join(', '),
    unit,
    ours: values(ours.figures),
    peer: values(other.figures),
    peerName: other.peer.name,
    target: isBest && isPromised ? targetOf(targets?.cpu) : undefined,
    rate,
  }
}

/** Only where something is promised: otherwise rates are quoted. */
function wallRows({ name, targets }: ClientWork, ours: PeerFigures, others: readonly PeerFigures[]): Row[] {
  const wall = (figures: readonly Figure[]) => details(figures, wallDetail)
  const promised = [
    { most: targets?.wall, other: best(others, wall) },
    { most: targets?.wallOfJava, other: others.find(({ peer }) => peer === java) },
  ]
  return promised.flatMap(({ most, other }) => {
    if (most === undefined || other === undefined) return []
    const series = { ours: wall(ours.figures), peer: wall(other.figures) }
    return [{ name: `${name}, on the clock`, unit: wallUnit, ...series, peerName: other.peer.name, target: targetOf(most) }] // biome-ignore format: one thought
  })
}

function moreRows({ more = [] }: ClientWork, ours: PeerFigures, others: readonly PeerFigures[]): Row[] {
  return more.flatMap(({ name, unit, detail }) =>
    others.map(({ peer, figures }) => ({
      name,
      unit,
      ours: details(ours.figures, detail),
      peer: details(figures, detail),
      peerName: peer.name,
    })),
  )
}
