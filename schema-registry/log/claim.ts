// The record with which a leader begins its term. Its key is that of the NOOP records with which Confluent's registry finds
// the end of the topic: other registries read over it, and compaction keeps the last one. Pure.
// Source: NoopKey and KafkaStoreReaderThread of Confluent's registry: a NOOP's value is never looked at.

import type { SchemasRecord } from '../store/schemas-log.ts'
import type { Term } from './term.ts'

export interface Claim {
  readonly term: Term
  /** Of this claim alone: two may claim the same term, and one of them is stored. */
  readonly token: string
  /** Where the leader's HTTP interface is; for people who look into the topic. */
  readonly leaderUrl: string
}

const noopKey = '{"keytype":"NOOP","magic":0}'

/** Whether the key is a NOOP's, in whatever order and spacing another writer put it. */
export function isNoop(key: string): boolean {
  if (key === noopKey) return true
  if (!key.includes('NOOP')) return false
  return parsed(key)?.keytype === 'NOOP'
}

export function claimRecord({ term, token, leaderUrl }: Claim): SchemasRecord {
  const { producerId, epoch } = term
  return { key: noopKey, value: JSON.stringify({ producerId, epoch, token, leader: leaderUrl }) }
}

/** Undefined for a NOOP of another registry. */
export function claimOf(value: string | null): Claim | undefined {
  const { producerId, epoch, token, leader } = (value === null ? undefined : parsed(value)) ?? {}
  if (!isCount(producerId) || !isCount(epoch) || typeof token !== 'string') return undefined
  return { term: { producerId, epoch }, token, leaderUrl: typeof leader === 'string' ? leader : '' }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
