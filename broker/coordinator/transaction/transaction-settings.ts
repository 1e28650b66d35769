// The settings of the transaction coordinator, by the names they have here.

import type { BrokerConfig } from '../../config/broker-config.ts'

export interface TransactionSettings {
  /** What a producer may ask for. */
  readonly timeoutMsMax: number
  /** How often transactions are looked for that have timed out. */
  readonly timeoutCheckMs: number
  /** An id that nobody has used for this long is forgotten. */
  readonly expirationMs: number
  readonly expirationCheckMs: number
  /** Partitions of __transaction_state when it is created. */
  readonly partitionCount: number
  /** KIP-939. */
  readonly twoPhaseEnabled: boolean
  /** For a record to be committed, for a marker to be written. */
  readonly writeTimeoutMs: number
}

export function transactionSettings(config: BrokerConfig): TransactionSettings {
  return {
    timeoutMsMax: config.int('transaction.max.timeout.ms'),
    timeoutCheckMs: config.int('transaction.abort.timed.out.transaction.cleanup.interval.ms'),
    expirationMs: config.int('transactional.id.expiration.ms'),
    expirationCheckMs: config.int('transaction.remove.expired.transaction.cleanup.interval.ms'),
    partitionCount: config.int('transaction.state.log.num.partitions'),
    twoPhaseEnabled: config.boolean('transaction.two.phase.commit.enable'),
    writeTimeoutMs: config.int('request.timeout.ms'),
  }
}
