// What a worker thread does between the passes over a log: it marks the offsets that are the last ones of their keys.

import { emptyOffsetMap, OffsetMap } from './offset-map.ts'
import { type MarksPlace, OffsetMarks } from './offset-marks.ts'

export interface MarkInput {
  readonly memory: SharedArrayBuffer
  readonly mapSlots: number
  readonly marks: MarksPlace
}

/** All keys are in the map. */
export default function markTask({ memory, mapSlots, marks }: MarkInput): undefined {
  new OffsetMap(memory, [], emptyOffsetMap, mapSlots).markLast(new OffsetMarks(memory, marks))
}
