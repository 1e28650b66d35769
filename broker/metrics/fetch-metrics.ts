// Fetches that wait for records, and the sessions of clients that fetch again and again.

import type { FetchService } from '../server/fetch/fetch-service.ts'
import { gauge, type Metric } from './metric.ts'

export function fetchMetrics(fetches: FetchService): readonly Metric[] {
  return [
    gauge(
      { name: 'millrace_fetches_parked', help: 'Fetches that wait for records or for their time to be up.' },
      () => fetches.waitingCount,
    ),
    gauge(
      {
        name: 'millrace_fetch_sessions',
        help: 'Fetch sessions (KIP-227), at most max.incremental.fetch.session.cache.slots.',
      },
      () => fetches.sessionCount,
    ),
    gauge(
      { name: 'millrace_fetch_session_partitions', help: 'Partitions of all fetch sessions.' },
      () => fetches.sessionPartitionCount,
    ),
  ]
}
