// Which segments become one: neighbours, as long as log, indexes and the range of offsets stay within what one segment may have.
// Source: Kafka 4.3.0's Cleaner.groupSegmentsBySize.

import type { Offset } from '../../../protocol/types.ts'

export interface GroupedSegment {
  readonly baseOffset: Offset
  readonly sizeBytes: number
  readonly offsetIndexBytes: number
  readonly timeIndexBytes: number
}

export interface GroupLimits {
  readonly segmentBytes: number
  readonly indexBytes: number
  /** Behind the last segment: where its offsets end at most. */
  readonly endOffset: Offset
}

const offsetRangeMax = 0x7fff_ffff

/** The segments in groups, in order. */
export function groupSegments<Segment extends GroupedSegment>(
  all: readonly Segment[],
  limits: GroupLimits,
): Segment[][] {
  const groups: Segment[][] = []
  let sums = { log: 0, offsetIndex: 0, timeIndex: 0 }
  for (const [index, segment] of all.entries()) {
    const group = groups.at(-1)
    const grown = {
      log: sums.log + segment.sizeBytes,
      offsetIndex: sums.offsetIndex + segment.offsetIndexBytes,
      timeIndex: sums.timeIndex + segment.timeIndexBytes,
    }
    const lastOffset = (all[index + 1]?.baseOffset ?? limits.endOffset) - 1
    // An empty segment joins whatever its offsets are: otherwise one would be left for every 2^31 of them.
    const isInRange = group && (segment.sizeBytes === 0 || lastOffset - group[0]!.baseOffset <= offsetRangeMax)
    const fits =
      grown.log <= limits.segmentBytes && grown.offsetIndex <= limits.indexBytes && grown.timeIndex <= limits.indexBytes
    if (group && isInRange && fits) {
      group.push(segment)
      sums = grown
    } else {
      groups.push([segment])
      sums = { log: segment.sizeBytes, offsetIndex: segment.offsetIndexBytes, timeIndex: segment.timeIndexBytes }
    }
  }
  return groups
}
