// Every check of the client's suite, by area: whoever adds an area adds its array here.

import { adminClusterChecks } from './admin-cluster-checks.ts'
import { adminTopicChecks } from './admin-topic-checks.ts'
import type { ClientCheck } from './check.ts'
import { clusterChecks } from './cluster-checks.ts'
import { faultChecks } from './faults-checks.ts'
import { groupChecks } from './group-checks.ts'
import { hedgeChecks } from './hedge-checks.ts'
import { readingChecks } from './reading-checks.ts'
import { recordsChecks } from './records-checks.ts'
import { replicaChecks } from './replica-checks.ts'
import { subscriptionChecks } from './subscription-checks.ts'
import { transactionChecks } from './transaction-checks.ts'
import { workerChecks } from './worker-checks.ts'
import { writingChecks } from './writing-checks.ts'

export const checks: readonly ClientCheck[] = [
  ...clusterChecks,
  ...recordsChecks,
  ...writingChecks,
  ...readingChecks,
  ...groupChecks,
  ...subscriptionChecks,
  ...workerChecks,
  ...transactionChecks,
  ...adminTopicChecks,
  ...adminClusterChecks,
  ...replicaChecks,
  ...faultChecks,
  ...hedgeChecks,
]
