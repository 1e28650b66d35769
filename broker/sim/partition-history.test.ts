// The invariants of a partition together: a life without a breach, and what each of the calls adds to the others.

import { expect, test } from 'vitest'
import { type Durability, PartitionHistory } from './partition-history.ts'
import type { StoredBatch } from './stored-batch.ts'

const batch = (firstOffset: number, lastOffset: number, content: string): StoredBatch => {
  return { firstOffset, lastOffset, content }
}
const names = (violations: { name: string }[]) => violations.map(violation => violation.name)

function history(durability: Durability = 'written'): PartitionHistory {
  const made = new PartitionHistory('t-0', { durability })
  for (const content of ['a', 'b', 'c']) made.send(content)
  return made
}

test('a life without a breach', () => {
  const made = history()
  const all = [batch(0, 1, 'a'), batch(2, 2, 'b'), batch(3, 5, 'c')]
  expect([
    ...made.acknowledge(all[0]!),
    ...made.see({ logStartOffset: 0, highWatermark: 3, logEndOffset: 6 }),
    ...made.read(all.slice(0, 2), 1, 3),
    ...made.acknowledge(all[2]!),
    ...made.restart({ logEndOffset: 6, clean: true }),
    ...made.checkLog({ startOffset: 0, endOffset: 6, batches: all }),
    ...made.checkLog({ startOffset: 4, endOffset: 6, batches: all.slice(2) }),
  ]).toEqual([])
  expect([made.acknowledgedCount, made.readCount]).toEqual([5, 2])
})

test('what a consumer was shown may not vanish, and must lie below the high watermark', () => {
  const made = history()
  expect(names(made.read([batch(0, 1, 'a'), batch(2, 2, 'b')], 0, 2))).toEqual(['uncommittedRead'])
  expect(names(made.restart({ logEndOffset: 2, clean: true }))).toEqual(['acknowledgedRecordsLost'])
})

test('an acknowledgement contradicts what was read, and the log what was acknowledged', () => {
  const made = history()
  expect(made.read([batch(0, 1, 'a')], 0, 2)).toEqual([])
  expect(names(made.acknowledge(batch(1, 1, 'b')))).toEqual(['offsetUsedTwice'])
  expect(names(made.acknowledge(batch(2, 3, 'a')))).toEqual(['recordsStoredTwice'])
  const log = { startOffset: 0, endOffset: 4, batches: [batch(0, 1, 'a'), batch(2, 3, 'c')] }
  expect(names(history().checkLog({ ...log, batches: [batch(0, 1, 'x'), batch(2, 3, 'c')] }))).toEqual([
    'recordsNeverWritten',
  ])
  expect(names(made.checkLog(log))).toEqual([
    'recordsStoredTwice',
    'recordsChanged',
    'acknowledgedRecordsLost',
    'acknowledgedRecordsLost',
  ])
})

test('a restart may not lose anything; a loss of power may, where nothing was flushed', () => {
  for (const durability of ['written', 'flushed'] as const) {
    const made = history(durability)
    made.acknowledge(batch(0, 1, 'a'))
    made.acknowledge(batch(2, 2, 'b'))
    expect(names(made.see({ logEndOffset: 2 }))).toEqual(['logEndOffsetWentBack'])
    expect(names(made.restart({ logEndOffset: 2, clean: false }))).toContain('acknowledgedRecordsLost')
    made.powerLost()
    expect(made.isUncertain).toBe(durability === 'written')
    const lost = names(made.restart({ logEndOffset: 2, clean: false }))
    expect(lost).toEqual(durability === 'written' ? [] : ['acknowledgedRecordsLost', 'logEndOffsetWentBack'])
    if (durability === 'written') expect(made.acknowledge(batch(2, 3, 'b'))).toEqual([])
  }
})

test('what the broker said is flushed may not be lost by any of its topics', () => {
  const made = history()
  made.acknowledge(batch(0, 5, 'a'))
  made.seeFlushed(4)
  made.powerLost()
  expect(names(made.restart({ logEndOffset: 3, clean: false }))).toEqual(['flushedRecordsLost'])
})

test('the log start moves as far as somebody deleted; a crash may forget it', () => {
  const made = history()
  made.see({ logEndOffset: 9 })
  expect(names(made.see({ logStartOffset: 3 }))).toEqual(['logStartTooHigh'])
  const other = history()
  other.deleteBefore(3)
  expect(other.see({ logStartOffset: 3, logEndOffset: 9 })).toEqual([])
  expect(names(other.see({ logStartOffset: 2 }))).toEqual(['logStartOffsetWentBack'])
  expect(other.restart({ logEndOffset: 9, clean: false })).toEqual([])
  expect(other.see({ logStartOffset: 0 })).toEqual([])
  const retained = new PartitionHistory('t-0', { durability: 'written', retention: true })
  expect(retained.see({ logStartOffset: 8, logEndOffset: 9 })).toEqual([])
})
