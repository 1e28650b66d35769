// A leader's term: what its batches carry as producer id and epoch, so that the partition itself refuses who was deposed. Pure.
//
// A partition takes a batch only if its epoch is not below the highest one it has seen of the same producer id, and numbers
// begin at 0 in each epoch. An idempotent producer may raise its epoch by itself (KIP-360): nobody has to be asked. So all
// registries of a topic write under one producer id, and each leader begins with the next epoch:
//
//   A leads in epoch 4, and stands still.   B writes a claim in epoch 5 and reads up to it.   A's batch of epoch 4 arrives:
//   refused (INVALID_PRODUCER_EPOCH), however long it was under way. Nothing that B has not seen can ever land.
//
// Two that claim the same epoch: one batch number 0 is stored; the other one is taken for a repetition of it, or refused.
// Invariants: of each term at most one claim is in the topic, terms rise with the offsets, and before the first term of
// a producer id the last epoch of the one before has been written, which nobody leads in: it only closes that id.
// Source: ProducerAppendInfo and ProducerStateManager, Kafka 4.3.0; KIP-98, KIP-360.

export interface Term {
  readonly producerId: number
  readonly epoch: number
}

/**
 * "millra" in ASCII. Kafka gives out producer ids from 0 upwards, and would come here after 120 million million of them; a
 * partition asks nobody whether an id was given out.
 */
export const firstProducerId = 0x6d_69_6c_6c_72_61

/** The largest epoch that fits. */
export const epochMax = 0x7fff

/** Positive when `one` is later. */
export function compareTerms(one: Term, other: Term): number {
  return one.producerId - other.producerId || one.epoch - other.epoch
}

/** The first one when they are the same. */
export function laterOf(one: Term | undefined, other: Term | undefined): Term | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return compareTerms(one, other) >= 0 ? one : other
}

/** Nobody leads in it: it ends a producer id whose epochs are used up. */
export function isClosing({ epoch }: Term, last = epochMax): boolean {
  return epoch >= last
}

/**
 * The term that a claimant tries next. `known` is the latest one in the topic; `step` is 1, and more when the partition has
 * refused lower ones whose claims compaction has taken from the topic.
 */
export function termAfter(known: Term | undefined, step = 1, last = epochMax): Term {
  if (known === undefined) return { producerId: firstProducerId, epoch: Math.min(step - 1, last) }
  if (isClosing(known, last)) return { producerId: known.producerId + 1, epoch: Math.min(step - 1, last) }
  return { producerId: known.producerId, epoch: Math.min(known.epoch + step, last) }
}
