// The transition tables of all machines, and the transitions that no request and no passing of time shows.

import { classicTransitions } from '../group/classic/classic-state.ts'
import { groupTransitions } from '../group/consumer/consumer-group.ts'
import { memberTransitions } from '../group/consumer/member-state.ts'
import { transactionTransitions } from '../transaction/transaction-status.ts'
import type { Machine } from './state-capture.ts'

export const tables: ReadonlyMap<Machine, Readonly<Record<string, readonly string[]>>> = new Map<
  Machine,
  Readonly<Record<string, readonly string[]>>
>([
  ['classic group', classicTransitions],
  ['consumer group', groupTransitions],
  ['consumer member', memberTransitions],
  ['transaction', transactionTransitions],
])

export const transitionsOf = (machine: Machine): string[] =>
  Object.entries(tables.get(machine)!).flatMap(([from, nexts]) => nexts.map(to => `${from} ${to}`))

const unloaded = 'the coordinator lets go of the group, which nobody can ask about then'
const newer = 'a record of a newer version than Kafka 4.3'
const inMemory = "Kafka's name for a step between two records; neither is it written nor shown"

/** By machine and transition: why Kafka cannot be seen to make it. */
export const shownElsewhere: ReadonlyMap<Machine, ReadonlyMap<string, string>> = new Map<
  Machine,
  ReadonlyMap<string, string>
>([
  [
    'classic group',
    new Map([
      ['PreparingRebalance Dead', unloaded],
      ['CompletingRebalance Dead', unloaded],
      ['Stable Dead', unloaded],
      ['Dead Dead', unloaded],
    ]),
  ],
  [
    'consumer member',
    new Map([
      ['Unknown Stable', newer],
      ['Unknown UnreleasedPartitions', newer],
    ]),
  ],
  [
    'transaction',
    new Map([
      ['Ongoing PrepareEpochFence', inMemory],
      ['PrepareEpochFence PrepareAbort', inMemory],
    ]),
  ],
])

/** The table as the folder's README shows it. */
export function stateDiagram(machine: Machine): string {
  const first = machine === 'consumer member' ? 'Stable' : 'Empty'
  const arrows = Object.entries(tables.get(machine)!).flatMap(([from, nexts]) =>
    nexts.map(to => `    ${from} --> ${to}`),
  )
  return ['```mermaid', 'stateDiagram-v2', `    [*] --> ${first}`, ...arrows, '```'].join('\n')
}
