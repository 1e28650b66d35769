// What ends a transaction, and what its user can do: one of three things, told apart by `remedy`.
// Source: the error groups of KIP-1050, and the handlers of TransactionManager, Kafka 4.3.0.

import { errorName, errors } from '../../protocol/errors.ts'
import { ClientError, type ErrorPlace } from '../client-error.ts'

/**
 * 'abort': the transaction cannot be committed; abort it and begin it again with the same producer.
 * 'new producer': this producer can do nothing any more; whoever still needs one makes a new one.
 * 'fix': nor can it, and a new one could not either before something is set right.
 */
export type Remedy = 'abort' | 'new producer' | 'fix'

const help: Readonly<Record<Remedy, string>> = {
  abort: 'abort the transaction and begin it again',
  'new producer':
    'close this producer; another one has its transactionalId, or a transaction took longer than transactionTimeoutMs',
  fix: 'close this producer, set right what the broker complains about, and make a new one',
}

export class TransactionError extends ClientError {
  readonly remedy: Remedy

  constructor(code: string, message: string, remedy: Remedy, options: ErrorPlace & { readonly cause?: unknown } = {}) {
    super(code, message, { ...options, help: help[remedy], retriable: false })
    this.name = 'TransactionError'
    this.remedy = remedy
  }
}

/** What to do about an answer of a coordinator. */
export type Treatment = 'again' | 'find the coordinator' | Remedy

const codes = (...names: (keyof typeof errors)[]): ReadonlySet<number> => new Set(names.map(name => errors[name].code))

const moved = codes('NOT_COORDINATOR', 'COORDINATOR_NOT_AVAILABLE')
const fencing = codes('PRODUCER_FENCED', 'INVALID_PRODUCER_EPOCH')
const abortable = codes(
  'TRANSACTION_ABORTABLE',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_ID_MAPPING',
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'OPERATION_NOT_ATTEMPTED',
  // The group has gone on without the member whose offsets these are.
  'UNKNOWN_MEMBER_ID',
  'ILLEGAL_GENERATION',
  'STALE_MEMBER_EPOCH',
  'FENCED_INSTANCE_ID',
)
/** Of records: nothing that this producer sends will ever be taken. */
const lastingForRecords = codes(
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'UNSUPPORTED_VERSION',
)

/** For what a coordinator of transactions or groups answered. INVALID_TXN_STATE: it has ended the transaction by itself, for its time was over. */
export function treatmentOf(errorCode: number): Treatment {
  if (moved.has(errorCode)) return 'find the coordinator'
  if (fencing.has(errorCode) || errorCode === errors.INVALID_TXN_STATE.code) return 'new producer'
  if (abortable.has(errorCode)) return 'abort'
  const name = errorName(errorCode)
  return name !== undefined && errors[name].retriable ? 'again' : 'fix'
}

/** For records that were given up. The epoch that a partition's leader refuses may be one that the coordinator still takes. */
export function remedyForRecords(error: Error): Remedy {
  const { code } = error as Partial<ClientError>
  const errorCode = code === undefined ? undefined : errors[code as keyof typeof errors]?.code
  if (errorCode === errors.PRODUCER_FENCED.code) return 'new producer'
  if (code === 'UNSUPPORTED_BY_BROKER') return 'fix'
  return errorCode !== undefined && lastingForRecords.has(errorCode) ? 'fix' : 'abort'
}

/** The error as one of the transaction. Fencing has one name, whoever answers it. */
export function transactionError(error: Error, remedy: Remedy, transactionalId: string): TransactionError {
  if (error instanceof TransactionError) return error
  const { code = 'UNKNOWN_SERVER_ERROR', topic, partition, broker, group } = error as Partial<ClientError>
  const name = code === 'INVALID_PRODUCER_EPOCH' && remedy === 'new producer' ? 'PRODUCER_FENCED' : code
  const place = { topic, partition, broker, group, transactionalId }
  return new TransactionError(name, `the transaction failed (${error.message})`, remedy, { ...place, cause: error })
}
