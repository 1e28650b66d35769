// Before the first batch of a transaction goes into a partition, the transaction's coordinator has to know of it (KIP-890):
// from clients of transaction version 2 the partition is added now, of older ones it must have been added before.
// Source: Kafka 4.3.0's ReplicaManager (maybeSendPartitionsToTransactionCoordinator) and AddPartitionsToTxnManager, which
// asks over the network also where the coordinator is the same broker.

import { errors, type ProtocolError } from '../../protocol/errors.ts'
import type { Int64 } from '../../protocol/wire/int64.ts'
import { VerificationGuard } from '../log/transaction-verifications.ts'
import type { Partition } from '../partition/partition.ts'
import type { Services } from './services.ts'

export interface TransactionalProducer {
  /** Null: not told; only a transaction that is under way in the partition goes on. */
  readonly transactionalId: string | null
  readonly producerId: Int64
  readonly producerEpoch: number
}

/** One batch that waits. */
export interface TransactionalAppend {
  readonly partition: Partition
  /** -1: not numbered. */
  readonly baseSequence: number
}

/** What the client of a request can do. */
export interface ClientAbilities {
  /** It speaks transaction version 2. */
  readonly bumpsEpoch: boolean
  /** It knows TRANSACTION_ABORTABLE; older ones are told INVALID_TXN_STATE. */
  readonly knowsAbortable: boolean
}

/** For one batch: with what it may be appended, or why it may not. */
export type Verified =
  | { readonly verification: VerificationGuard | 'disabled' | undefined }
  | { readonly error: ProtocolError }

/** In the order of the appends. At once when nobody has to be asked, as in the middle of a transaction. */
export function verifyAppends(
  services: Services,
  producer: TransactionalProducer,
  appends: readonly TransactionalAppend[],
  client: ClientAbilities,
): readonly Verified[] | Promise<readonly Verified[]> {
  const isEnabled = services.config.boolean('transaction.partition.verification.enable')
  const { transactionalId, producerId, producerEpoch } = producer
  if (transactionalId === null || !(client.bumpsEpoch || isEnabled)) {
    return appends.map(() => ({ verification: isEnabled ? undefined : 'disabled' }))
  }
  const { bumpsEpoch } = client
  const started = appends.map(({ partition, baseSequence }) =>
    partition.log.startVerification({ producerId, producerEpoch, baseSequence, bumpsEpoch }),
  )
  const asked = appends.filter((_, index) => started[index] instanceof VerificationGuard)
  const verified = (answers: readonly ProtocolError[]): readonly Verified[] => {
    const byPartition = new Map(asked.map(({ partition }, index) => [partition, answers[index]!]))
    return started.map((start, index): Verified => {
      if (start === undefined) return { verification: undefined }
      if (!(start instanceof VerificationGuard)) return { error: start.error }
      const error = byPartition.get(appends[index]!.partition)!
      return error === errors.NONE ? { verification: start } : { error }
    })
  }
  if (asked.length === 0) return verified([])
  return ask(services, { ...producer, transactionalId }, asked, client).then(verified)
}

async function ask(
  { transactions, world }: Services,
  producer: TransactionalProducer & { readonly transactionalId: string },
  appends: readonly TransactionalAppend[],
  { bumpsEpoch, knowsAbortable }: ClientAbilities,
): Promise<ProtocolError[]> {
  const partitions = appends.map(({ partition }) => ({ topic: partition.topic, partition: partition.index }))
  const request = { ...producer, partitions }
  const startMs = world.clock.monotonicMs()
  const answers = bumpsEpoch
    ? Array<ProtocolError>(partitions.length).fill(await transactions.addPartitions(request, 2))
    : await transactions.verifyPartitions(request)
  const { counters } = transactions
  counters.verifications.observe(world.clock.monotonicMs() - startMs)
  counters.verificationFailures += answers.filter(error => error !== errors.NONE).length
  return answers.map(error => asAppendError(error, knowsAbortable))
}

function asAppendError(error: ProtocolError, knowsAbortable: boolean): ProtocolError {
  if (error === errors.PRODUCER_FENCED) return errors.INVALID_PRODUCER_EPOCH
  return error === errors.TRANSACTION_ABORTABLE && !knowsAbortable ? errors.INVALID_TXN_STATE : error
}
