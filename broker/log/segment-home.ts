// Where the segments of one log live, and what they share with those of other logs.

import type { Disk } from '../../io/disk.ts'
import type { IndexCache } from './index-cache.ts'
import type { OpenFiles } from './open-files.ts'

export interface SegmentHome {
  readonly disk: Disk
  /** The partition's directory. */
  readonly directory: string
  readonly openFiles: OpenFiles
  readonly indexCache: IndexCache
}
