// Subscriptions by regular expression. The broker resolves them (RE2 syntax): for all expressions of a group at once, not in the
// heartbeat that asks for it but afterwards, some topics at a time, so that many topics do not hold up other groups.
//
// They are resolved again when the group has one that is not resolved, when topics have been created, and now and then; not
// before ten seconds are over since the last time.
// Source: Kafka 4.3.0's GroupMetadataManager (maybeUpdateRegularExpressions, handleRegularExpressionsResult), TopicRegexResolver.

import { RE2JS, RE2JSSyntaxException } from 're2js'
import { errors } from '../../../../protocol/errors.ts'
import type { GroupRecord } from '../group-record.ts'
import type { ConsumerGroup, ResolvedRegex } from './consumer-group.ts'
import { type ConsumerMember, regexOf } from './consumer-member.ts'
import { regexRecord, regexTombstone } from './consumer-records.ts'
import { type ConsumerStep, note, Refusal, type Written } from './consumer-step.ts'
import { changeCount, changeSubscriptions } from './subscriptions.ts'
import { bumpedEpoch } from './update-group.ts'

const refreshMsMin = 10_000
const refreshMs = 2 ** 31 - 1
/** Matched in one turn; the next ones come in the next. */
export const topicsPerTurn = 1000

/** Unchanged; changed, and to be resolved first; changed to one that is resolved, or to none. */
export type RegexChange = 'none' | 'unresolved' | 'resolved'

/** What a member's expression means for the group. Records are added; resolving is begun when it is needed. */
export function updateRegex(
  step: ConsumerStep,
  group: ConsumerGroup,
  before: ConsumerMember,
  after: ConsumerMember,
  records: GroupRecord[],
): RegexChange | Refusal {
  const [oldRegex, newRegex] = [regexOf(before), regexOf(after)]
  const isNew = newRegex !== undefined && oldRegex !== newRegex && !group.regexSubscribers.has(newRegex)
  if (isNew) {
    const refusal = checkRegex(newRegex)
    if (refusal !== undefined) return refusal
  }
  if (oldRegex !== undefined && oldRegex !== newRegex && group.regexSubscribers.get(oldRegex) === 1) {
    records.push(regexTombstone(group.groupId, oldRegex))
  }
  const subscribers = new Map(group.regexSubscribers.entries())
  changeCount(subscribers, oldRegex, -1)
  changeCount(subscribers, newRegex, 1)
  if (isRefreshDue(step, group, subscribers, isNew)) startResolving(step, group.groupId, [...subscribers.keys()])
  if ((before.subscribedRegex ?? '') === (after.subscribedRegex ?? '')) return 'none'
  return newRegex === undefined || (!isNew && group.regexes.has(newRegex)) ? 'resolved' : 'unresolved'
}

function checkRegex(regex: string): Refusal | undefined {
  try {
    RE2JS.compile(regex)
    return undefined
  } catch (cause) {
    if (!(cause instanceof RE2JSSyntaxException)) throw cause
    const text = `${regex} is not a regular expression in RE2 syntax: ${cause.getDescription()}.`
    return new Refusal(errors.INVALID_REGULAR_EXPRESSION, text)
  }
}

const resolvingTimer = (groupId: string): string => `consumer regex ${groupId}`

function isRefreshDue(
  step: ConsumerStep,
  group: ConsumerGroup,
  subscribers: ReadonlyMap<string, number>,
  isNew: boolean,
): boolean {
  if (subscribers.size === 0 || step.timers.has(resolvingTimer(group.groupId))) return false
  const [last] = group.regexes.values()
  if (last !== undefined && step.nowMs <= last.resolvedMs + refreshMsMin) return false
  if (isNew || subscribers.size !== group.regexes.size || last === undefined) return true
  const hasNewTopics = last.version < step.topics.versionWithNewTopics
  return hasNewTopics || step.nowMs > last.resolvedMs + step.settings.regexRefreshMs
}

/** Resolving under way: topics as they were when it began. */
interface Resolving {
  readonly groupId: string
  readonly topics: readonly string[]
  readonly version: number
  readonly startMs: number
  /** Without a pattern: written by a version that could read it. It matches nothing, as in Kafka. */
  readonly matches: readonly { regex: string; pattern: RE2JS | undefined; topics: Set<string> }[]
}

function startResolving(step: ConsumerStep, groupId: string, regexes: readonly string[]): void {
  const matches = regexes.map(regex => {
    const pattern = checkRegex(regex) === undefined ? RE2JS.compile(regex) : undefined
    return { regex, pattern, topics: new Set<string>() }
  })
  const { version } = step.topics
  resolveNext(step, { groupId, topics: step.topics.names(), version, startMs: step.nowMs, matches }, 0)
}

function resolveNext(step: ConsumerStep, resolving: Resolving, from: number): void {
  step.timers.schedule(resolvingTimer(resolving.groupId), 0, nowMs => {
    const later = step.at(nowMs)
    for (const topic of resolving.topics.slice(from, from + topicsPerTurn)) {
      for (const { pattern, topics } of resolving.matches) if (pattern?.matches(topic)) topics.add(topic)
    }
    const next = from + topicsPerTurn
    if (next >= resolving.topics.length) return finishResolving(later, resolving)
    resolveNext(later, resolving, next)
    return undefined
  })
}

/** Expressions that somebody still has are written; the group is assigned anew when other topics match than before. */
function finishResolving(step: ConsumerStep, { groupId, version, startMs, matches }: Resolving): Written | undefined {
  const group = step.groups.get(groupId)
  if (group?.type !== 'consumer') return undefined
  const records: GroupRecord[] = []
  const topics = new Map(group.subscriptions.entries())
  let hasChanged = false
  for (const match of matches) {
    if (!group.regexSubscribers.has(match.regex)) continue
    const resolved: ResolvedRegex = { topics: match.topics, version, resolvedMs: startMs }
    records.push(regexRecord(groupId, match.regex, resolved))
    const before = group.regexes.get(match.regex)?.topics ?? new Set<string>()
    if (before.size === match.topics.size && [...before].every(topic => match.topics.has(topic))) continue
    hasChanged = true
    changeSubscriptions(topics, before, 'byRegex', -1)
    changeSubscriptions(topics, match.topics, 'byRegex', 1)
  }
  note(step, group, 'group has its regular expressions resolved', { regexes: matches.length, hasChanged })
  const groupEpoch = bumpedEpoch(step, group, topics, hasChanged, records)
  if (groupEpoch !== group.epoch) group.refreshAt(step.nowMs + refreshMs, groupEpoch)
  return { response: undefined, records }
}
