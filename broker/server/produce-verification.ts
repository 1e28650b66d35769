// The transactional batches of a produce request are verified together; when the transaction before is just being finished,
// the coordinator is asked again for a short while, so that the client need not come again.
// Source: Kafka 4.3.0's ReplicaManager.handleProduceAppend.

import { errors, type ProtocolError } from '../../protocol/errors.ts'
import { baseSequenceOf, producerEpochOf, producerIdOf } from '../../protocol/records/batch-header.ts'
import type { Partition } from '../partition/partition.ts'
import type { Services } from './services.ts'
import { type ClientAbilities, type Verified, verifyAppends } from './transaction-verification.ts'

export interface TransactionalBatch {
  readonly partition: Partition
  readonly batch: Buffer
}

/** In the order of the batches. A request holds batches of one producer; others get INVALID_PRODUCER_ID_MAPPING. */
export function verifyProduced(
  services: Services,
  transactionalId: string | null,
  batches: readonly TransactionalBatch[],
  apiVersion: number,
): readonly Verified[] | Promise<readonly Verified[]> {
  const first = batches[0]!.batch
  const [producerId, producerEpoch] = [producerIdOf(first), producerEpochOf(first)]
  const isOther = ({ batch }: TransactionalBatch) =>
    producerIdOf(batch) !== producerId || producerEpochOf(batch) !== producerEpoch
  if (batches.some(isOther)) return batches.map(() => ({ error: errors.INVALID_PRODUCER_ID_MAPPING }))
  const client = { bumpsEpoch: apiVersion >= 12, knowsAbortable: apiVersion >= 11 }
  const producer = { transactionalId, producerId, producerEpoch }
  const appends = batches.map(({ partition, batch }) => ({ partition, baseSequence: baseSequenceOf(batch) }))
  const verify = () => verifyAppends(services, producer, appends, client)
  const verified = verify()
  return verified instanceof Promise ? settle(services, verify, verified, client) : verified
}

async function settle(
  { world, config }: Services,
  verify: () => readonly Verified[] | Promise<readonly Verified[]>,
  first: Promise<readonly Verified[]>,
  client: ClientAbilities,
): Promise<readonly Verified[]> {
  const retryMs = config.int('add.partitions.to.txn.retry.backoff.ms')
  const retryMsMax = Math.min(
    config.int('add.partitions.to.txn.retry.backoff.max.ms'),
    config.int('request.timeout.ms'),
  )
  const startMs = world.clock.monotonicMs()
  let verified = await first
  while (client.bumpsEpoch && verified.some(isConcurrent) && world.clock.monotonicMs() - startMs < retryMsMax) {
    await new Promise<void>(resolve => void world.clock.after(retryMs, resolve))
    verified = await verify()
  }
  return verified.map(each => ('error' in each ? { error: asProduceError(each.error, client) } : each))
}

const isConcurrent = (verified: Verified): boolean =>
  'error' in verified && verified.error === errors.CONCURRENT_TRANSACTIONS

/** Producers know how to try again after NOT_ENOUGH_REPLICAS, and not after what a coordinator says. */
function asProduceError(error: ProtocolError, { bumpsEpoch }: ClientAbilities): ProtocolError {
  switch (error) {
    case errors.NETWORK_EXCEPTION:
    case errors.COORDINATOR_LOAD_IN_PROGRESS:
    case errors.COORDINATOR_NOT_AVAILABLE:
    case errors.NOT_COORDINATOR:
      return errors.NOT_ENOUGH_REPLICAS
    case errors.CONCURRENT_TRANSACTIONS:
      return bumpsEpoch ? error : errors.NOT_ENOUGH_REPLICAS
    default:
      return error
  }
}
