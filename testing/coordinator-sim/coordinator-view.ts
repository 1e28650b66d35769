// What coordinators say of everything they have, as plain values in an order of their own, and the same of coordinators that begin
// now and read what is committed.

import type { GroupCoordinator } from '../../broker/coordinator/group/group-coordinator.ts'
import { MemoryLog } from '../../broker/coordinator/testing/memory-log.ts'
import { MemoryPartition } from '../../broker/coordinator/testing/memory-partition.ts'
import { TestCoordinator } from '../../broker/coordinator/testing/test-coordinator.ts'
import { TestTransactions } from '../../broker/coordinator/testing/test-transactions.ts'
import type { TransactionCoordinator } from '../../broker/coordinator/transaction/transaction-coordinator.ts'
import { errors } from '../../protocol/errors.ts'
import { inputTopics } from './coordinator-machine.ts'
import { offsetsOf } from './offset-witness.ts'

const context = { apiVersion: 6, clientId: 'admin', clientHost: '/127.0.0.1' }

/** By id. Undefined: the coordinator cannot tell now. */
export type View = { readonly [id: string]: unknown } | undefined

const byId = (key: string) => (one: object, other: object) => {
  const [a, b] = [one, other].map(each => String(each[key as never]))
  return a! < b! ? -1 : 1
}

function sorted<Item extends object>(items: readonly Item[] | null | undefined, key: string): readonly Item[] {
  return [...(items ?? [])].sort(byId(key))
}

/** A classic group whose state the log does not hold. */
export const onItsWay = 'on its way'

/**
 * Groups with their members and offsets. `stable`: also whether transactions have something pending.
 * The log of a classic group has what a leader assigned last. In a rebalance, or when it is empty and that could not be written, the
 * group is only said to be on its way.
 */
export async function groupsView(groups: GroupCoordinator, stable: boolean): Promise<View> {
  const listed = await groups.listGroups(context, { statesFilter: [], typesFilter: [] })
  if (listed.errorCode) return undefined
  const view: Record<string, unknown> = {}
  for (const { groupId = '', groupType, groupState } of listed.groups ?? []) {
    const offsets = await offsetsOf(groups, groupId, stable)
    if (offsets === undefined) return undefined
    const topics = sorted(offsets.topics, 'name').map(topic => {
      return { ...topic, partitions: sorted(topic.partitions, 'partitionIndex') }
    })
    view[groupId] = { groupType, topics, is: describe(groups, groupId, groupType!, groupState!) }
  }
  return view
}

function describe(groups: GroupCoordinator, groupId: string, type: string, state: string): unknown {
  if (type === 'consumer') {
    const [group] = groups.consumerGroupDescribe(context, [groupId])
    const members = sorted(group!.members, 'memberId').map(({ assignment, targetAssignment, ...member }) => ({
      ...member,
      has: topicsOf(assignment?.topicPartitions),
      target: topicsOf(targetAssignment?.topicPartitions),
    }))
    return { ...group, members }
  }
  if (state !== 'Stable') return onItsWay
  const [group] = groups.describeGroups(context, [groupId])
  return { ...group, members: sorted(group!.members, 'memberId') }
}

interface TopicPartitions {
  readonly topicName?: string
  readonly partitions?: readonly number[] | null
}

const topicsOf = (topics: readonly TopicPartitions[] | null | undefined) =>
  sorted(topics, 'topicName').map(({ topicName, partitions }) => ({
    topicName,
    partitions: [...(partitions ?? [])].sort((a, b) => a - b),
  }))

/** The transactions, as far as they are committed. */
export function transactionsView(transactions: TransactionCoordinator): View {
  const everything = { stateFilters: [], producerIdFilters: [], durationFilter: -1, transactionalIdPattern: null }
  const listed = transactions.listTransactions(everything)
  if (listed.error !== errors.NONE) return undefined
  const ids = (listed.transactions ?? []).map(({ transactionalId }) => transactionalId!).sort()
  const described = transactions.describeTransactions(ids).map(({ topics, ...rest }) => ({
    ...rest,
    topics: sorted(topics, 'topic').map(({ topic, partitions }) => ({
      topic,
      partitions: [...(partitions ?? [])].sort(),
    })),
  }))
  return Object.fromEntries(ids.map((id, index) => [id, described[index]]))
}

/** `replayed` without the state of classic groups that `live` cannot compare. `isSettled`: all that was decided is committed. */
export function comparable(live: View, replayed: View, isSettled: boolean): readonly [View, View] {
  const isSkipped = (id: string) => {
    const group = live?.[id] as { groupType: string; is: unknown } | undefined
    return group?.groupType === 'classic' && (!isSettled || group.is === onItsWay)
  }
  const cut = (view: View) =>
    view && Object.fromEntries(Object.entries(view).map(([id, group]) => [id, isSkipped(id) ? without(group) : group]))
  return [cut(live), cut(replayed)]
}

const without = (group: unknown) => ({ ...(group as object), is: onItsWay })

/** `log`: the committed bytes of __consumer_offsets. */
export async function replayedGroups(log: Buffer, stable: boolean): Promise<View> {
  const partitions = [new MemoryPartition(new MemoryLog({ content: [log], autoCommit: true }))]
  const coordinator = await new TestCoordinator({ topics: inputTopics, partitions }).start()
  const asked = groupsView(coordinator.groups, stable)
  const view = await asked
  await coordinator.groups.close()
  return view
}

/** `log`: the committed bytes of __transaction_state. */
export async function replayedTransactions(log: Buffer): Promise<View> {
  const partitions = [new MemoryPartition(new MemoryLog({ content: [log], autoCommit: true }))]
  const { coordinator } = await new TestTransactions({ partitions }).start()
  const view = transactionsView(coordinator)
  coordinator.close()
  return view
}
