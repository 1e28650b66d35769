// Every check of the client's suite, by area: whoever adds an area adds its array here.

import type { ClientCheck } from './check.ts'
import { clusterChecks } from './cluster-checks.ts'
import { recordsChecks } from './records-checks.ts'
import { subscriptionChecks } from './subscription-checks.ts'

export const checks: readonly ClientCheck[] = [...clusterChecks, ...recordsChecks, ...subscriptionChecks]
