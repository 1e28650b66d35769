import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newTransaction, prepared, withAddedPartitions } from './transaction.ts'
import { mayFollow, type TransactionStatus, transactionStatuses, transactionTransitions } from './transaction-status.ts'

// As org.apache.kafka.coordinator.transaction.TransactionState has it: the states that may come before each.
const kafkasPrevious: Record<TransactionStatus, TransactionStatus[]> = {
  Empty: ['Empty', 'CompleteCommit', 'CompleteAbort'],
  Ongoing: ['Ongoing', 'Empty', 'CompleteCommit', 'CompleteAbort'],
  PrepareCommit: ['Ongoing'],
  PrepareAbort: ['Ongoing', 'PrepareEpochFence', 'Empty', 'CompleteCommit', 'CompleteAbort'],
  CompleteCommit: ['PrepareCommit'],
  CompleteAbort: ['PrepareAbort'],
  Dead: ['Empty', 'CompleteAbort', 'CompleteCommit'],
  PrepareEpochFence: ['Ongoing'],
}

const pairs = transactionStatuses.flatMap(from => transactionStatuses.map(to => [from, to] as const))

test.each(pairs)('%s to %s', (from, to) => {
  expect(mayFollow(from, to)).toBe(kafkasPrevious[to].includes(from))
})

test('a step that may not follow is a broken invariant', () => {
  const started = { ...newTransaction('app', 7, 60_000, 1), producerEpoch: 0 }
  const end = { committed: true, clientVersion: 0, nextProducerId: -1, nowMs: 2 }
  expect(() => prepared(started, end)).toThrow('transactional id app cannot go from Empty to PrepareCommit')
  const ongoing = withAddedPartitions(started, [{ topic: 't', partition: 0 }], 0, 2)
  expect(prepared(ongoing, end)).toMatchObject({ status: 'PrepareCommit', startMs: 2, previousProducerId: 7 })
})

test('the numbers in records are those of Kafka', () => {
  expect(transactionStatuses).toEqual([
    'Empty',
    'Ongoing',
    'PrepareCommit',
    'PrepareAbort',
    'CompleteCommit',
    'CompleteAbort',
    'Dead',
    'PrepareEpochFence',
  ])
})

test('the diagram in the README shows these transitions', () => {
  const arrows = Object.entries(transactionTransitions).flatMap(([from, nexts]) =>
    nexts.map(to => `    ${from} --> ${to}`),
  )
  const diagram = ['```mermaid', 'stateDiagram-v2', '    [*] --> Empty', ...arrows, '```'].join('\n')
  const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8')
  expect(readme).toContain(diagram)
})
