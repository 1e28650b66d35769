// One fetch of a reader of committed records: what it may see, and what the broker says of the partition.

import type { BrokerConnection } from '../../client/connection.ts'
import { fetch } from '../../protocol/messages/fetch.ts'
import type { RecordView } from '../../protocol/records/record.ts'
import { committedRecords } from '../transactions/committed-reader.ts'
import type { SimContext } from './context.ts'
import type { Produced } from './idempotent-producer.ts'
import type { SimClient } from './sim-client.ts'

export interface CommittedFetch {
  readonly errorCode: number
  readonly records: readonly RecordView[]
  /** Where the next fetch begins. */
  readonly nextOffset: number
  readonly lastStableOffset: number
  readonly highWatermark: number
}

export interface CommittedFetchOptions {
  readonly target: Produced
  readonly fetchOffset: number
  readonly partitionMaxBytes?: number
  readonly maxWaitMs?: number
}

const nothing = { records: [], lastStableOffset: -1, highWatermark: -1 }

/** Holds what is shown against the outcomes of the transactions. Rejects when the connection is lost. */
export async function fetchCommitted(
  context: SimContext,
  client: SimClient,
  connection: BrokerConnection,
  options: CommittedFetchOptions,
): Promise<CommittedFetch> {
  const { target, fetchOffset, partitionMaxBytes = 100_000, maxWaitMs = 0 } = options
  const { topic, index } = target
  const partitions = [{ partition: index, fetchOffset, partitionMaxBytes }]
  const topics = [{ topic: topic.name, topicId: topic.id, partitions }]
  const body = { maxWaitMs, minBytes: 1, maxBytes: 1 << 20, isolationLevel: 1, topics, replicaId: -1 }
  const answer = await client.request(connection, fetch, client.versionOf(fetch), body)
  const result = answer.responses[0]?.partitions[0]
  const errorCode = answer.errorCode || (result?.errorCode ?? 0)
  if (errorCode !== 0 || !result) return { ...nothing, errorCode, nextOffset: fetchOffset }
  const bytes = result.records ?? Buffer.alloc(0)
  const { records, nextOffset } = committedRecords(bytes, fetchOffset, result.abortedTransactions ?? [])
  const [lastStableOffset, highWatermark] = [Number(result.lastStableOffset), Number(result.highWatermark)]
  if (nextOffset > fetchOffset && nextOffset > lastStableOffset) {
    const what = `${client.name}: ${topic.name}-${index} up to ${nextOffset}, last stable offset ${lastStableOffset}`
    context.witness.report([{ name: 'unstableRead', what }])
  }
  if (nextOffset === fetchOffset && fetchOffset < lastStableOffset) {
    const what = `${client.name}: ${topic.name}-${index} at ${fetchOffset}, last stable offset ${lastStableOffset}`
    context.witness.report([{ name: 'readEmpty', what }])
  }
  return { errorCode, records, nextOffset, lastStableOffset, highWatermark }
}
