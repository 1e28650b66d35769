// For a group that a decision makes in order to know its records: it is thrown away, so nothing of it is ever undone.

import { Timeline } from '../../runtime/timeline.ts'

export function draftTimeline(): Timeline {
  const timeline = new Timeline()
  timeline.committedOffset = Number.POSITIVE_INFINITY
  return timeline
}
