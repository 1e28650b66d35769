// Something that weighs on a broker while another client is at work: that client's p99 without it, and with it, one after
// the other on the same broker; and what the broker's memory grows by.

import { median } from '../comparison/fold.ts'
import { residentMegabytes } from '../comparison/proc-stat.ts'
import { details, type Figure, rowOf, type Scale, type WorkFigures } from '../comparison/question.ts'
import type { Row } from '../comparison/row.ts'
import type { Side } from '../comparison/side.ts'
import { shown } from '../comparison/table.ts'
import { withTopic } from '../load/topics.ts'
import { fixedRatePass } from './fixed-rate-pass.ts'

/** What the issue asks for: nobody's bad manners raise another client's p99 by more than twice. */
const timesMost = 2
/** For what comes with the burden at once, such as answers that fill the buffers. */
const settleMs = 1000

/** `put` resolves with what takes the burden away. */
export function underBurden(side: Side, scale: Scale, put: () => Promise<() => void>): Promise<Figure> {
  return withTopic(side, 1, async topic => {
    const { pid } = await side.running()
    const { p99: without } = await fixedRatePass(side, scale, topic)
    const before = residentMegabytes(pid)
    const take = await put()
    try {
      await new Promise(resolve => setTimeout(resolve, settleMs))
      const atFirst = residentMegabytes(pid)
      const { p99, p50 } = await fixedRatePass(side, scale, topic)
      // The load itself has been there before, so that what is more at either moment is the burden's.
      const residentMb = Math.max(atFirst, residentMegabytes(pid))
      return { value: p99, details: { without, p50, memoryMb: Math.max(0, residentMb - before), residentMb } }
    } finally {
      take()
    }
  })
}

/** Ours with the burden against ours without; both against Kafka's. */
export function burdenRows(figures: WorkFigures): Row[] {
  const { work, millrace, kafka } = figures
  const row = rowOf(figures)
  const times = median(kafka.map(({ value, details: more }) => value / more!.without!))
  return [
    {
      ...row,
      name: `${work.name}, with against without`,
      peer: details(millrace, 'without'),
      peerName: 'Millrace without',
      target: { of: 'ratio', most: timesMost },
      note: `the same ratio of ${row.peerName}: ${shown(times)}`,
    },
    row,
  ]
}

/** What the burden added to resident memory, in MB. */
export function memoryRow(figures: WorkFigures, name: string): Row {
  const { millrace, kafka } = figures
  return { ...rowOf(figures), name, unit: 'MB', ours: details(millrace, 'memoryMb'), peer: details(kafka, 'memoryMb') }
}
