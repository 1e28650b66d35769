// THE list of what a broker shows of itself. Another part that counts something adds one line here, and its names to the
// table in the README, which a test compares.

import type { GroupCoordinator } from '../coordinator/group/group-coordinator.ts'
import type { TransactionCoordinator } from '../coordinator/transaction/transaction-coordinator.ts'
import type { LogManager } from '../log/log-manager.ts'
import type { FetchService } from '../server/fetch/fetch-service.ts'
import type { Server } from '../server/server.ts'
import { connectionMetrics } from './connection-metrics.ts'
import { coordinatorMetrics } from './coordinator-metrics.ts'
import { fetchMetrics } from './fetch-metrics.ts'
import { groupMetrics } from './group-metrics.ts'
import { logMetrics } from './log-metrics.ts'
import type { Metric } from './metric.ts'
import { requestMetrics } from './request-metrics.ts'
import { transactionMetrics } from './transaction-metrics.ts'

export interface MeasuredParts {
  readonly server: Server
  readonly logs: LogManager
  readonly fetches: FetchService
  readonly groups: GroupCoordinator
  readonly transactions: TransactionCoordinator
}

export function brokerMetrics({ server, logs, fetches, groups, transactions }: MeasuredParts): readonly Metric[] {
  return [
    ...requestMetrics(server.counters),
    ...connectionMetrics(server),
    ...fetchMetrics(fetches),
    ...logMetrics(logs),
    ...coordinatorMetrics({ group: groups.runtime, transaction: transactions.runtime }),
    ...groupMetrics(groups),
    ...transactionMetrics(transactions),
  ]
}
