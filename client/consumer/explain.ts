// In words, why a consumer waits: a line for the whole, and one for each partition, or, where there are many, for those of a topic
// that wait for the same.

import { errorName, errors } from '../../protocol/errors.ts'
import type { ClusterImage } from '../cluster/cluster-image.ts'
import type { GroupSubscription } from '../group/group-membership.ts'
import type { PartitionState } from './partition-state.ts'

export interface ConsumerView {
  readonly states: readonly PartitionState[]
  readonly readsCommitted: boolean
  /** Batches in the application's hands, and that wait to be delivered. */
  readonly inHand: number
  readonly buffered: number
  readonly heldBytes: number
  readonly prefetchBytes: number
  readonly isAwaited: boolean
  readonly isClosed: boolean
  readonly leaderOf: (state: PartitionState) => number | undefined
  /** What keeps the broker from answering fetches. */
  readonly troubleOf: (nodeId: number) => string | undefined
  /** "1 (host:port)". */
  readonly nameOf: (nodeId: number) => string
  /** Why no broker at all answers. */
  readonly clusterTrouble: string | undefined
  /** What the group says of itself, and what is subscribed to. */
  readonly group: string | undefined
  readonly subscription: GroupSubscription | undefined
  readonly topics: ClusterImage['topics']
}

/** With more partitions than that, those of a topic that wait for the same share a line. */
const ownLinesMax = 20
/** Of those, so many are named. */
const namedMax = 8

/** Several lines. */
export function explain(view: ConsumerView): string {
  const lines = [headline(view)]
  if (view.isClosed) return lines.join()
  if (view.clusterTrouble !== undefined) lines.push(`no broker answers: ${view.clusterTrouble}`)
  if (view.group !== undefined) lines.push(view.group)
  if (view.subscription !== undefined) lines.push(...topicLines(view.subscription, view.topics))
  if (view.heldBytes >= view.prefetchBytes) {
    lines.push(
      `nothing more is fetched: ${view.heldBytes} bytes wait to be processed (prefetchBytes ${view.prefetchBytes})`,
    )
  }
  return [...lines, ...partitionLines(view)].join('\n')
}

function headline({ states, inHand, buffered, isAwaited, isClosed, group }: ConsumerView): string {
  if (isClosed) return 'the consumer was closed'
  if (states.length === 0) {
    return group === undefined ? 'no partition is assigned: assign() says which to read' : 'no partition is assigned'
  }
  if (inHand > 0) return `the application works on ${inHand} batch${inHand === 1 ? '' : 'es'}; ${buffered} wait`
  if (states.every(({ isPaused }) => isPaused)) return 'all partitions are paused: resume() goes on with them'
  if (buffered > 0 && !isAwaited) {
    return `${buffered} batch${buffered === 1 ? ' waits' : 'es wait'} for the application to ask for them`
  }
  return isAwaited ? 'the application waits for records' : 'nobody asks for records: no loop over them runs, nor run()'
}

/** Topics that are subscribed to and are not there. */
function topicLines(subscription: GroupSubscription, topics: ClusterImage['topics']): string[] {
  if ('topics' in subscription) return subscription.topics.flatMap(name => topicLine(name, topics.get(name)?.errorCode))
  if (!('pattern' in subscription) || topics.size === 0) return []
  const { source, flags } = subscription.pattern
  // Without what makes it remember where it stopped.
  const pattern = new RegExp(source, flags.replace(/[gy]/g, ''))
  const isThere = [...topics.keys()].some(name => pattern.test(name))
  return isThere ? [] : [`no topic matches ${subscription.pattern}; there are ${topics.size}`]
}

function topicLine(name: string, errorCode = errors.NONE.code as number): string[] {
  if (errorCode === errors.NONE.code) return []
  if (errorCode !== errors.UNKNOWN_TOPIC_OR_PARTITION.code)
    return [`topic ${name}: ${errorName(errorCode) ?? errorCode}`]
  return [`topic ${name} does not exist: create it, or correct the name; it is read as soon as it is there`]
}

function partitionLines(view: ConsumerView): string[] {
  const { states } = view
  if (states.length <= ownLinesMax) return states.map(state => partitionLine(view, state))
  const byReason = new Map<string, { topic: string; reason: string; partitions: number[] }>()
  for (const state of states) {
    const { topic, partition } = state
    const reason = reasonFor(view, state)
    const key = `${topic} ${reason}`
    const known = byReason.get(key)
    if (known === undefined) byReason.set(key, { topic, reason, partitions: [partition] })
    else known.partitions.push(partition)
  }
  return [...byReason.values()].map(({ topic, reason, partitions }) => `${topic}-${namesOf(partitions)}: ${reason}`)
}

function namesOf(partitions: readonly number[]): string {
  const sorted = [...partitions].sort((a, b) => a - b)
  if (sorted.length === 1) return String(sorted[0])
  const rest = sorted.length > namedMax ? `, ... (${sorted.length} partitions)` : ''
  return `{${sorted.slice(0, namedMax).join(', ')}${rest}}`
}

function partitionLine(view: ConsumerView, state: PartitionState): string {
  const { topic, partition, delivered } = state
  const at = delivered < 0 ? '' : ` at ${delivered}`
  return `${topic}-${partition}${at}: ${reasonFor(view, state)}`
}

function reasonFor(view: ConsumerView, state: PartitionState): string {
  if (state.isPaused) return 'paused'
  if (state.isHeld) return 'waits until the next record is to be tried again'
  if (state.isDraining) return 'being given up: what is under way is finished first'
  if (state.state === 'failed') return 'an error waits to be told'
  if (state.state !== 'fetching') return `${state.state}: ${state.trouble ?? 'about to be asked'}`
  if (state.trouble !== undefined) return state.trouble
  const nodeId = [state.standIn, state.preferredReplica].find(each => each >= 0) ?? view.leaderOf(state)
  if (nodeId === undefined) return 'no leader is known'
  const trouble = view.troubleOf(nodeId)
  if (trouble !== undefined) return `broker ${view.nameOf(nodeId)}: ${trouble}`
  const { bufferedCount } = state
  if (bufferedCount > 0) return `${bufferedCount} batch${bufferedCount === 1 ? ' waits' : 'es wait'} to be delivered`
  return caughtUp(state, view.readsCommitted)
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
