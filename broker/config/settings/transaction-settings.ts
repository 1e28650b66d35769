// Broker settings about the transaction coordinator.
// Source: Kafka 4.3.0's TransactionLogConfig, TransactionStateManagerConfig, AddPartitionsToTxnConfig.

import type { SettingTable } from '../setting.ts'
import { boolean, clusterWide, int, short, warn } from '../setting.ts'
import { atLeast } from '../setting-rule.ts'

const ownCoordinator = 'the coordinator has no such part'

export const transactionSettings = {
  'add.partitions.to.txn.retry.backoff.max.ms': int('100', atLeast(0)),
  'add.partitions.to.txn.retry.backoff.ms': int('20', atLeast(1)),
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': int('10000', atLeast(1)),
  'transaction.max.timeout.ms': int('900000', atLeast(1)),
  'transaction.partition.verification.enable': boolean('true', clusterWide),
  'transaction.remove.expired.transaction.cleanup.interval.ms': int('3600000', atLeast(1)),
  'transaction.state.log.load.buffer.size': int('5242880', atLeast(1), warn(ownCoordinator)),
  'transaction.state.log.min.isr': int('2', atLeast(1)),
  'transaction.state.log.num.partitions': int('50', atLeast(1)),
  'transaction.state.log.replication.factor': short('3', atLeast(1)),
  'transaction.state.log.segment.bytes': int('104857600', atLeast(1)),
  'transaction.two.phase.commit.enable': boolean('false'),
  'transactional.id.expiration.ms': int('604800000', atLeast(1)),
} as const satisfies SettingTable
