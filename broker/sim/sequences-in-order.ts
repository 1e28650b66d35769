// Everything that an idempotent producer sends is stored once and in the order of its sequences, however often it sends it.
// Invariant: in a log, the batches of one producer and epoch follow each other without gap, repetition or exchange. What
// was deleted at the log start is not missed. Source: KIP-98, idempotent producers.

import { batchName, type StoredBatch } from './stored-batch.ts'
import type { Violation } from './violation.ts'

const sequenceMax = 0x7fff_ffff

/** `fromTheStart`: nothing was deleted, so each producer's first batch must be its first, which has sequence 0. */
export function sequencesInOrder(
  place: string,
  batches: readonly StoredBatch[],
  options: { readonly fromTheStart: boolean },
): Violation[] {
  const expected = new Map<string, number>()
  const violations: Violation[] = []
  for (const batch of batches) {
    const { producer } = batch
    if (!producer) continue
    const next = expected.get(producer.id) ?? (options.fromTheStart ? 0 : producer.firstSequence)
    expected.set(producer.id, producer.lastSequence === sequenceMax ? 0 : producer.lastSequence + 1)
    if (producer.firstSequence === next) continue
    const name = producer.firstSequence < next ? 'idempotentBatchRepeated' : 'idempotentBatchMissing'
    violations.push({ name, what: `${place}: ${batchName(batch)}, sequence ${next} was to come` })
  }
  return violations
}
