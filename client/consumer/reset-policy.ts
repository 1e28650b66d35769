// Where reading begins when a partition has no offset that is committed, or one that is not there any more.
// Source: auto.offset.reset; KIP-1106 for durations; AutoOffsetResetStrategy, Kafka 4.3.0.

import { ClientError } from '../client-error.ts'

/** earliest, latest; none: an error is delivered; durationMs: the first record that is not older than that. */
export type ResetPolicy = 'earliest' | 'latest' | 'none' | { readonly durationMs: number }

/** Timestamps with a meaning of their own in ListOffsets. */
export const latestTimestamp = -1
export const earliestTimestamp = -2
/** The record with the largest timestamp (KIP-734). */
export const maxTimestamp = -3

/** What to ask ListOffsets for; undefined when the policy is to fail. `nowMs` is the wall clock. */
export function timestampOf(policy: ResetPolicy, nowMs: number): number | undefined {
  if (policy === 'earliest') return earliestTimestamp
  if (policy === 'latest') return latestTimestamp
  return policy === 'none' ? undefined : Math.max(0, nowMs - policy.durationMs)
}

/** The policy as it was given; throws INVALID_ARGUMENT. */
export function checkedResetPolicy(policy: ResetPolicy): ResetPolicy {
  if (policy === 'earliest' || policy === 'latest' || policy === 'none') return policy
  if (typeof policy === 'object' && policy.durationMs >= 0) return policy
  throw new ClientError('INVALID_ARGUMENT', `resetPolicy is ${JSON.stringify(policy)}`, {
    help: "give 'earliest', 'latest', 'none' or { durationMs }",
  })
}
