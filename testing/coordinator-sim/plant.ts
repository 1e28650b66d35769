// Faults planted on purpose, one for each invariant that must find it.

/**
 * lostOffset: what was committed last to __consumer_offsets is gone after a crash. twoOwners: a member is told that it has a
 * partition of another. halfTransaction: a partition gets the marker of the other outcome. eagerStableOffset: a partition shows
 * open transactions to readers of committed records. silentRecord: the log holds another offset than the coordinator has decided.
 */
export const plants = ['lostOffset', 'twoOwners', 'halfTransaction', 'eagerStableOffset', 'silentRecord'] as const

export type Plant = (typeof plants)[number]

/** The invariant that must find it, by the name of its violation; what else may be seen first follows from the same fault. */
export const foundAs: Record<Plant, readonly string[]> = {
  lostOffset: ['committedOffsetWentBack'],
  twoOwners: ['partitionWithTwoOwners'],
  halfTransaction: ['transactionsAreAtomic'],
  eagerStableOffset: ['lastStableOffsetTooHigh'],
  silentRecord: ['replayDiffers'],
}
