// Writes the marker that ends a producer's transaction in one partition. In __consumer_offsets that is the group
// coordinator's to do: the offsets of the transaction count, or are forgotten, at the place of the marker.
// Source: Kafka 4.3.0's KafkaApis.handleWriteTxnMarkersRequest.

import type { Clock } from '../../../io/clock.ts'
import { errors, type ProtocolError } from '../../../protocol/errors.ts'
import type { TopicPartition } from '../../../protocol/types.ts'
import { buildTransactionMarker } from '../../log/transaction-marker.ts'
import type { Partition } from '../../partition/partition.ts'
import type { TransactionEnd } from '../runtime/coordinator-state.ts'

export interface MarkerWriterOptions {
  readonly partitions: { get(topic: string, index: number): Pick<Partition, 'append' | 'whenCommitted'> | undefined }
  readonly groups: { endTransaction(partition: number, end: TransactionEnd): Promise<ProtocolError> }
  readonly clock: Clock
  /** A marker that has waited this long to be committed is answered REQUEST_TIMED_OUT; it may still be. */
  readonly timeoutMs: number
}

const offsetsTopic = '__consumer_offsets'

export class MarkerWriter {
  readonly #options: MarkerWriterOptions

  constructor(options: MarkerWriterOptions) {
    this.#options = options
  }

  /**
   * Appends at once, resolves when the marker is committed. UNKNOWN_TOPIC_OR_PARTITION: it is not on this broker, or its disk
   * has failed. INVALID_PRODUCER_EPOCH, TRANSACTION_COORDINATOR_FENCED: the partition has seen a newer producer or coordinator.
   */
  async write({ topic, partition: index }: TopicPartition, end: TransactionEnd): Promise<ProtocolError> {
    const partition = this.#options.partitions.get(topic, index)
    if (partition === undefined) return errors.UNKNOWN_TOPIC_OR_PARTITION
    if (topic === offsetsTopic) return asPartitionError(await this.#options.groups.endTransaction(index, end))
    const marker = buildTransactionMarker(end, this.#options.clock.now())
    const appended = partition.append(marker, {
      acks: -1,
      origin: 'coordinator',
      transactionVersion: end.transactionVersion,
    })
    return appended.ok ? this.#committed(partition, appended.lastOffset) : appended.error
  }

  #committed(partition: Pick<Partition, 'whenCommitted'>, offset: number): Promise<ProtocolError> {
    const { clock, timeoutMs } = this.#options
    return new Promise(resolve => {
      const cancel = clock.after(timeoutMs, () => resolve(errors.REQUEST_TIMED_OUT))
      partition.whenCommitted(offset, error => {
        cancel()
        resolve(error)
      })
    })
  }
}

/** Whoever sends markers looks for the partition's leader again; it knows nothing of coordinators of groups. */
function asPartitionError(error: ProtocolError): ProtocolError {
  switch (error) {
    case errors.COORDINATOR_NOT_AVAILABLE:
    case errors.COORDINATOR_LOAD_IN_PROGRESS:
    case errors.NOT_COORDINATOR:
      return errors.NOT_LEADER_OR_FOLLOWER
    default:
      return error
  }
}
