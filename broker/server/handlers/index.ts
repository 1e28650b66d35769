// THE table of handlers: what is not in it is not spoken. It also answers ApiVersions. One line per API, by key.

import type { Handler } from '../handler.ts'
import apiVersions from './api-versions.ts'
import deleteRecords from './delete-records.ts'
import describeLogDirs from './describe-log-dirs.ts'
import fetch from './fetch.ts'
import findCoordinator from './find-coordinator.ts'
import initProducerId from './init-producer-id.ts'
import listOffsets from './list-offsets.ts'
import metadata from './metadata.ts'
import offsetForLeaderEpoch from './offset-for-leader-epoch.ts'
import produce from './produce.ts'

export const handlers: readonly Handler[] = [
  produce,
  fetch,
  listOffsets,
  metadata,
  findCoordinator,
  apiVersions,
  deleteRecords,
  initProducerId,
  offsetForLeaderEpoch,
  describeLogDirs,
]
