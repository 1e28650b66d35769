// For tests: batches appended to Kafka 4.3.0's own log, what it said to each, and the bytes that its segments held afterwards.

import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { repositoryPath } from '../repository-path.ts'

export interface AppendVector {
  readonly id: string
  readonly nowMs: number
  readonly config: Readonly<Record<string, string | number>>
  readonly appends: readonly {
    readonly hex: string
    readonly origin: 'client' | 'coordinator' | 'raft_leader'
    readonly leaderEpoch: number
    readonly transactionVersion: number
    readonly transactionVerified: boolean
    /** Name of the protocol error. */
    readonly error: string
    readonly baseOffset?: number
    readonly lastOffset?: number
    readonly logAppendTimeMs?: number
    /** Places in the batch of the records that were refused. */
    readonly recordErrors?: readonly number[]
  }[]
  readonly segments: readonly { readonly baseOffset: number; readonly hex: string }[]
  readonly logEndOffset: number
  readonly lastStableOffset: number
}

export function appendVectors(): AppendVector[] {
  const text = gunzipSync(readFileSync(repositoryPath('broker/log/testdata/append-vectors.jsonl.gz'))).toString()
  return text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as AppendVector)
}
