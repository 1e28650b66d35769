// Which topics a group has subscribed to: how many members by name, and by how many regular expressions that matched.
// Source: Kafka 4.3.0's SubscriptionCount, ModernGroup and ConsumerGroup (computeSubscribedTopicNames, subscriptionType).

import type { SubscriptionType } from './assignor/group-spec.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { type ConsumerMember, regexOf } from './consumer-member.ts'

export interface SubscriptionCount {
  readonly byName: number
  readonly byRegex: number
}

/** Of a Map or a TimelineMap. */
interface Counts<Value> {
  get(key: string): Value | undefined
  set(key: string, value: Value): unknown
  delete(key: string): unknown
}

/** Adds to the count of a key; one that has none is not in it. */
export function changeCount(counts: Counts<number>, key: string | undefined, change: number): void {
  if (key === undefined) return
  const count = (counts.get(key) ?? 0) + change
  if (count > 0) counts.set(key, count)
  else counts.delete(key)
}

export function changeSubscriptions(
  subscriptions: Counts<SubscriptionCount>,
  topics: Iterable<string>,
  kind: keyof SubscriptionCount,
  change: number,
): void {
  for (const topic of topics) {
    const count = subscriptions.get(topic) ?? { byName: 0, byRegex: 0 }
    const changed = { ...count, [kind]: Math.max(count[kind] + change, 0) }
    if (changed.byName > 0 || changed.byRegex > 0) subscriptions.set(topic, changed)
    else subscriptions.delete(topic)
  }
}

/** Subscriptions of a group as they will be. */
export interface Subscriptions {
  readonly topics: ReadonlyMap<string, SubscriptionCount>
  /** Members by expression. */
  readonly regexes: ReadonlyMap<string, number>
  readonly memberCount: number
}

/** When a member is replaced by its next self. */
export function subscriptionsWith(group: ConsumerGroup, before: ConsumerMember, after: ConsumerMember): Subscriptions {
  const topics = new Map(group.subscriptions.entries())
  changeSubscriptions(topics, before.subscribedTopics, 'byName', -1)
  changeSubscriptions(topics, after.subscribedTopics, 'byName', 1)
  const regexes = new Map(group.regexSubscribers.entries())
  const [oldRegex, newRegex] = [regexOf(before), regexOf(after)]
  if (oldRegex !== newRegex) {
    dropUnusedRegexes(group, topics, new Map(oldRegex === undefined ? [] : [[oldRegex, 1]]))
    changeCount(regexes, oldRegex, -1)
    changeCount(regexes, newRegex, 1)
  }
  const isKnown = group.members.has(after.memberId) || group.staticMember(after.instanceId) !== undefined
  return { topics, regexes, memberCount: group.members.size + (isKnown ? 0 : 1) }
}

/** When members leave: the topics that stay, and the expressions that nobody has any more. */
export function subscriptionsWithout(group: ConsumerGroup, leaving: readonly ConsumerMember[]) {
  const topics = new Map(group.subscriptions.entries())
  const leavers = new Map<string, number>()
  for (const member of leaving) {
    changeSubscriptions(topics, member.subscribedTopics, 'byName', -1)
    changeCount(leavers, regexOf(member), 1)
  }
  return { topics, droppedRegexes: dropUnusedRegexes(group, topics, leavers) }
}

function dropUnusedRegexes(
  group: ConsumerGroup,
  topics: Map<string, SubscriptionCount>,
  leavers: ReadonlyMap<string, number>,
): string[] {
  const dropped = [...leavers].flatMap(([regex, count]) => (group.regexSubscribers.get(regex) === count ? [regex] : []))
  for (const regex of dropped) changeSubscriptions(topics, group.regexes.get(regex)?.topics ?? [], 'byRegex', -1)
  return dropped
}

export function subscriptionType({ topics, regexes, memberCount }: Subscriptions): SubscriptionType {
  const counts = [...topics.values()]
  const [members] = regexes.values()
  const isSame =
    members === undefined
      ? counts.every(({ byName }) => byName === memberCount)
      : members === memberCount && counts.every(({ byName, byRegex }) => byRegex === 1 && byName === 0)
  return isSame ? 'homogeneous' : 'heterogeneous'
}

/** Of a group as it is. */
export function currentSubscriptions(group: ConsumerGroup): Subscriptions {
  const topics = new Map(group.subscriptions.entries())
  return { topics, regexes: new Map(group.regexSubscribers.entries()), memberCount: group.members.size }
}
