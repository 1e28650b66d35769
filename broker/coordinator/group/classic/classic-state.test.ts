import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ClassicGroup } from './classic-group.ts'
import { type ClassicState, classicStates, classicTransitions, mayFollow } from './classic-state.ts'

// As org.apache.kafka.coordinator.group.classic.ClassicGroupState has it: the states that may come before each.
const kafkasPrevious: Record<ClassicState, ClassicState[]> = {
  Empty: ['PreparingRebalance'],
  PreparingRebalance: ['Stable', 'CompletingRebalance', 'Empty'],
  CompletingRebalance: ['PreparingRebalance'],
  Stable: ['CompletingRebalance'],
  Dead: ['Stable', 'PreparingRebalance', 'CompletingRebalance', 'Empty', 'Dead'],
}

const pairs = classicStates.flatMap(from => classicStates.map(to => [from, to] as const))

test.each(pairs)('%s to %s', (from, to) => {
  const isLegal = kafkasPrevious[to].includes(from)
  expect(mayFollow(from, to)).toBe(isLegal)
  const none = { generation: 1, protocolType: null, protocolName: null, leaderId: null }
  const group = new ClassicGroup('g', { state: from, stateSinceMs: 5, ...none })
  if (isLegal) {
    group.transitionTo(to, 7)
    expect([group.previousState, group.state, group.stateSinceMs]).toEqual([from, to, 7])
  } else {
    expect(() => group.transitionTo(to, 7)).toThrow(`group g cannot go from ${from} to ${to}`)
    expect([group.state, group.stateSinceMs]).toEqual([from, 5])
  }
})

test('the diagram in the README shows these transitions', () => {
  const arrows = Object.entries(classicTransitions).flatMap(([from, nexts]) => nexts.map(to => `    ${from} --> ${to}`))
  const diagram = ['```mermaid', 'stateDiagram-v2', '    [*] --> Empty', ...arrows, '```'].join('\n')
  const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8')
  expect(readme).toContain(diagram)
})
