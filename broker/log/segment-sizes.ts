// Whether the files of a log still hold what was written to them. Nobody but the broker may change them: a file that somebody
// cut would be served as if nothing had happened up to the cut, and written on behind a hole of zeros.

import { type Disk, DiskError } from '../../io/disk.ts'
import type { LogSegment } from './segment.ts'

/**
 * What is wrong with the first file that is shorter than what was written to it; undefined: none is. What the log itself cuts
 * or removes meanwhile counts as it is afterwards: `isPart` says whether a segment still is one of the log's.
 */
export async function findShortFile(
  disk: Disk,
  segments: readonly LogSegment[],
  isPart: (segment: LogSegment) => boolean,
): Promise<DiskError | undefined> {
  for (const segment of segments) {
    const writtenBytes = segment.writtenBytes
    const { path } = segment.file
    const sizeBytes = (await disk.stat(path))?.sizeBytes ?? 0
    if (sizeBytes >= Math.min(writtenBytes, segment.writtenBytes) || !isPart(segment)) continue
    const message = `${path} has ${sizeBytes} bytes, ${writtenBytes} were written to it: something else has cut it`
    return new DiskError('TOO_SHORT', path, { message })
  }
  return undefined
}
