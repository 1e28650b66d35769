// In words, why a consumer waits: a line for the whole, and one for each partition that does not simply read on.

import type { Fetcher } from './fetcher.ts'
import type { PartitionState } from './partition-state.ts'

export interface ConsumerView {
  readonly states: readonly PartitionState[]
  readonly fetcher: Fetcher
  readonly readsCommitted: boolean
  /** Batches in the application's hands, and that wait to be delivered. */
  readonly inHand: number
  readonly buffered: number
  readonly heldBytes: number
  readonly prefetchBytes: number
  readonly isAwaited: boolean
  readonly leaderOf: (state: PartitionState) => number | undefined
  /** What the group says of itself. */
  readonly group: string | undefined
}

/** Several lines. */
export function explain(view: ConsumerView): string {
  const lines = [headline(view)]
  if (view.group !== undefined) lines.push(view.group)
  if (view.heldBytes >= view.prefetchBytes) {
    lines.push(
      `nothing more is fetched: ${view.heldBytes} bytes wait to be processed (prefetchBytes ${view.prefetchBytes})`,
    )
  }
  return [...lines, ...view.states.map(state => partitionLine(view, state))].join('\n')
}

function headline({ states, inHand, buffered, isAwaited }: ConsumerView): string {
  if (states.length === 0) return 'no partition is assigned'
  if (inHand > 0) return `the application works on ${inHand} batch${inHand === 1 ? '' : 'es'}; ${buffered} wait`
  if (buffered > 0 && !isAwaited) return `${buffered} batches wait for the application to ask for them`
  return isAwaited ? 'the application waits for records' : 'nobody asks for records'
}

function partitionLine(view: ConsumerView, state: PartitionState): string {
  const { topic, partition, delivered } = state
  const at = delivered < 0 ? '' : ` at ${delivered}`
  return `${topic}-${partition}${at}: ${reasonFor(view, state)}`
}

function reasonFor({ fetcher, readsCommitted, leaderOf }: ConsumerView, state: PartitionState): string {
  if (state.isPaused) return 'paused'
  if (state.isHeld) return 'waits until the next record is to be tried again'
  if (state.isDraining) return 'being given up: what is under way is finished first'
  if (state.state === 'failed') return 'an error waits to be told'
  if (state.state !== 'fetching') return `${state.state}: ${state.trouble ?? 'about to be asked'}`
  if (state.trouble !== undefined) return state.trouble
  const nodeId = [state.standIn, state.preferredReplica].find(each => each >= 0) ?? leaderOf(state)
  if (nodeId === undefined) return 'no leader is known'
  const trouble = fetcher.troubleOf(nodeId)
  if (trouble !== undefined) return `broker ${nodeId}: ${trouble}`
  if (state.bufferedCount > 0) return `${state.bufferedCount} batches wait to be delivered`
  return caughtUp(state, readsCommitted)
}

function caughtUp(state: PartitionState, readsCommitted: boolean): string {
  const { highWatermark, lastStableOffset } = state.marks
  const lag = state.lag(readsCommitted)
  if (lag === undefined) return 'the first fetch is under way'
  if (lag > 0) return `${lag} records behind, being fetched`
  const open = readsCommitted && lastStableOffset >= 0 ? highWatermark - lastStableOffset : 0
  if (open > 0)
    return `waits for a transaction under way to end: ${open} records behind ${lastStableOffset} are not committed`
  return 'has read all there is'
}
