// Groups and transactions of Kafka 4.3.0 on their way through their states: what was asked, what was answered, what was written.
// Captured by broker/compat/vectors/state-transitions.mjs.

import { gunzipSync } from 'node:zlib'
import { batches } from '../../../protocol/records/batches.ts'
import { records } from '../../../protocol/records/records.ts'
import { memberStateOf } from '../group/consumer/member-state.ts'
import { type GroupRecord, groupRecordCodec } from '../group/group-record.ts'
import { transactionRecordCodec } from '../transaction/transaction-record.ts'

export interface CapturedAction {
  readonly client: string
  /** Undefined: time passes. */
  readonly api?: string
  readonly version: number
  readonly request: object
  /** The member id of the answer, by this name, is what `$NAME` stands for in later requests. */
  readonly remember?: string
  /** The producer id and epoch of the answer, by this name, are what `$NAME.FIELD` stands for. */
  readonly keep?: string
  /** Answered when somebody else has done something. */
  readonly parked?: boolean
  /** A question about the state. */
  readonly shows?: 'classic' | 'consumer' | 'transaction'
  readonly waitMs?: number
}

export interface Captured {
  readonly actions: readonly CapturedAction[]
  /** One for each action with an api, as JSON. */
  readonly answers: readonly CapturedAnswer[]
}

export interface CapturedAnswer {
  readonly errorCode?: number
  readonly memberId?: string
  readonly groups?: readonly { readonly groupId: string; readonly groupState: string; readonly errorCode: number }[]
  readonly transactionStates?: readonly object[]
}

export interface StateCapture {
  readonly names: Record<string, string>
  /** Base64. */
  readonly logs: { readonly groups: string; readonly transactions: string }
  readonly classic: Captured
  readonly consumer: Captured
  readonly transactions: Captured
}

export type Machine = 'classic group' | 'consumer group' | 'consumer member' | 'transaction'

/** `bytes`: of testdata/state-transitions.json.gz. */
export function stateCapture(bytes: Buffer): StateCapture {
  return JSON.parse(gunzipSync(bytes).toString('utf8')) as StateCapture
}

export const sentActions = ({ actions }: Captured): CapturedAction[] => actions.filter(({ api }) => api !== undefined)

/** Each "FROM TO" that Kafka went through, by machine, as its answers and its logs show. */
export function kafkasTransitions(capture: StateCapture): ReadonlyMap<Machine, ReadonlySet<string>> {
  return new Map<Machine, ReadonlySet<string>>([
    ['classic group', shownTransitions(capture.classic, 'classic')],
    ['consumer group', shownTransitions(capture.consumer, 'consumer')],
    ['consumer member', memberTransitionsOf(capture.logs.groups)],
    ['transaction', transactionTransitionsOf(capture.logs.transactions)],
  ])
}

function shownTransitions(captured: Captured, kind: CapturedAction['shows']): Set<string> {
  const seen = new Set<string>()
  const before = new Map<string, string>()
  for (const [index, { shows }] of sentActions(captured).entries()) {
    if (shows !== kind) continue
    const [group] = captured.answers[index]!.groups!
    const { groupId, groupState } = group!
    // A consumer group is not there before its first member, and not Dead.
    const from = before.get(groupId) ?? 'Empty'
    if (from !== groupState) seen.add(`${from} ${groupState}`)
    before.set(groupId, groupState)
  }
  return seen
}

const recordsOf = (log: string) =>
  [...batches(Buffer.from(log, 'base64'))].flatMap(batch =>
    [...records(batch)].map(({ key, value }) => ({ key, value })),
  )

function memberTransitionsOf(log: string): Set<string> {
  const seen = new Set<string>()
  const states = new Map<string, string>()
  for (const { key, value } of recordsOf(log)) {
    const record = groupRecordCodec.decode(key, value) as GroupRecord
    if (record.type !== 'consumerGroupCurrentMemberAssignment') continue
    const member = `${record.key.groupId} ${record.key.memberId}`
    if (record.value === null) states.delete(member)
    else {
      const state = memberStateOf(record.value.state)
      // Who is new has nothing, and nothing to give up.
      seen.add(`${states.get(member) ?? 'Stable'} ${state}`)
      states.set(member, state)
    }
  }
  return seen
}

/** A record without a value is what Dead leaves behind. */
export function transactionSteps(log: Buffer): ReadonlyMap<string, readonly string[]> {
  const steps = new Map<string, string[]>()
  for (const { key, value } of recordsOf(log.toString('base64'))) {
    const record = transactionRecordCodec.decode(key, value)
    if (typeof record === 'number') continue
    const { transactionalId, transaction } = record
    steps.set(transactionalId, [...(steps.get(transactionalId) ?? []), transaction?.status ?? 'Dead'])
  }
  return steps
}

function transactionTransitionsOf(log: string): Set<string> {
  const seen = new Set<string>()
  for (const statuses of transactionSteps(Buffer.from(log, 'base64')).values()) {
    for (const [index, to] of statuses.entries()) if (index > 0) seen.add(`${statuses[index - 1]} ${to}`)
  }
  return seen
}
