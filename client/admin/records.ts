// Deleting records from the beginning of partitions. Source: DeleteRecords (KIP-107). Java: Admin.deleteRecords.

import { deleteRecords } from '../../protocol/messages/delete-records.ts'
import type { TopicPartition } from '../../protocol/types.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'
import type { ClientError } from '../client-error.ts'
import { failure, keyed, only } from './answers.ts'
import { brokerTimeoutMs, type CallOptions } from './call-options.ts'
import type { AdminCalls } from './calls.ts'
import type { Outcomes } from './outcomes.ts'
import { leaderRoute } from './routing/leader-route.ts'
import { byTopic, partitionKey } from './topic-partition.ts'

export interface RecordsToDelete extends TopicPartition {
  /** The first record that stays; 'highWatermark': all go that are there. */
  readonly before: Int64 | 'highWatermark'
}

export interface DeletedRecords extends TopicPartition {
  /** Where the partition begins now. */
  readonly lowWatermark: Int64
}

const highWatermark = -1

export class RecordAdmin {
  readonly #calls: AdminCalls

  constructor(calls: AdminCalls) {
    this.#calls = calls
  }

  /** Rejects with OFFSET_OUT_OF_RANGE when the partition does not go so far. [deleteRecords] */
  async delete(records: RecordsToDelete, options: CallOptions = {}): Promise<DeletedRecords> {
    return only(await this.deleteAll([records], options))
  }

  /** The outcome of each, by "orders-3". [deleteRecords] */
  deleteAll(records: Iterable<RecordsToDelete>, options: CallOptions = {}): Promise<Outcomes<string, DeletedRecords>> {
    return this.#calls.run(
      {
        what: 'delete records',
        items: keyed(records, partitionKey),
        route: leaderRoute(this.#calls.cluster),
        ask: async (broker, some, attempt) => {
          const topics = [...byTopic(some.values())].map(([name, wanted]) => ({ name, partitions: wanted.map(onWire) }))
          const answer = await broker.request(deleteRecords, { topics, timeoutMs: brokerTimeoutMs(attempt) }, attempt)
          return new Map(
            answer.topics.flatMap(({ name: topic, partitions }) =>
              partitions.map(({ partitionIndex: partition, lowWatermark, errorCode }) => {
                const outcome = failure(errorCode, { topic, partition }) ?? { topic, partition, lowWatermark }
                return [partitionKey({ topic, partition }), outcome] as [string, DeletedRecords | ClientError]
              }),
            ),
          )
        },
      },
      options,
    )
  }
}

function onWire({ partition, before }: RecordsToDelete) {
  return { partitionIndex: partition, offset: before === 'highWatermark' ? highWatermark : before }
}
