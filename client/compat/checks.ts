// Every check of the client's suite, by area: whoever adds an area adds its array here.

import type { ClientCheck } from './check.ts'
import { clusterChecks } from './cluster-checks.ts'
import { faultChecks } from './faults-checks.ts'
import { hedgeChecks } from './hedge-checks.ts'
import { recordsChecks } from './records-checks.ts'

export const checks: readonly ClientCheck[] = [...clusterChecks, ...recordsChecks, ...faultChecks, ...hedgeChecks]
