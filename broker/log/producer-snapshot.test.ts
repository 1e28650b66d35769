// A restart must not make a broker forget what a producer may send again: all five batches that can be in flight.

import { expect, test } from 'vitest'
import { producerSnapshot } from '../../protocol/stored/storage/producer-snapshot.ts'
import { decode } from '../../protocol/wire/schema.ts'
import { ProducerEntry } from './producer-entry.ts'
import { decodeProducerSnapshot, encodeProducerSnapshot } from './producer-snapshot.ts'

function producer(producerId: number, batchCount: number): ProducerEntry {
  const entry = new ProducerEntry(producerId)
  for (let i = 0; i < batchCount; i++) {
    entry.addBatch(2, { lastSequence: 10 * i + 9, lastOffset: 100 + 10 * i, offsetDelta: 9, timestamp: 1000 + i })
  }
  return entry
}

test('every remembered batch survives, and is still found by its sequences', () => {
  const [first, second] = decodeProducerSnapshot(encodeProducerSnapshot([producer(8, 7), producer(3, 1)]))
  expect([first!.producerId, second!.producerId]).toEqual([3, 8])
  expect(second!.batches).toEqual(producer(8, 7).batches)
  expect(second!.findBatch(2, 20, 29)?.lastOffset).toBe(120)
  expect(second!.findBatch(2, 10, 19), 'the window is five').toBeUndefined()
})

test("of a producer's entries the last is the one that Kafka would write, and only it has the transaction", () => {
  const entry = producer(8, 3)
  entry.currentTransactionFirstOffset = 101
  const { producerEntries } = decode(producerSnapshot, 1, encodeProducerSnapshot([entry]).subarray(2))
  expect(producerEntries.map(stored => [stored.lastSequence, stored.currentTxnFirstOffset])).toEqual([
    [9, -1],
    [19, -1],
    [29, 101],
  ])
})

test('a producer of which only the epoch is known keeps it', () => {
  const entry = producer(5, 0)
  entry.endTransaction(4, 1, 77)
  const [loaded] = decodeProducerSnapshot(encodeProducerSnapshot([entry]))
  expect(loaded).toEqual(entry)
})
