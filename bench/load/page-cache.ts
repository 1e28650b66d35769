// Takes files out of the page cache, so that the next reader waits for the disk. The kernel is asked by dd, whose `nocache`
// flag with a count of nothing is posix_fadvise(POSIX_FADV_DONTNEED) on the whole file; fincore tells what is left.
// Left in: pages that are not on disk yet (hence the sync before) and pages that a process has mapped.

import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { processModule } from '../comparison/compat-module.ts'

const syncMsMax = 120_000

function segmentsBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return segmentsBelow(path)
    return entry.name.endsWith('.log') && statSync(path).size > 0 ? [path] : []
  })
}

/** Drops all segments below a folder. Resolves with a sentence about what could not be dropped, or nothing. */
export async function dropFromPageCache(folder: string): Promise<string | undefined> {
  const { run, works } = await processModule()
  if (!(await works('dd', '--version'))) return 'the page cache could not be dropped: there is no `dd` here'
  await run('sync', ['-f', folder], { timeoutMs: syncMsMax, anyStatus: true })
  const segments = segmentsBelow(folder)
  for (const path of segments) {
    const { status } = await run('dd', [`if=${path}`, 'iflag=nocache', 'count=0', 'status=none'], { anyStatus: true })
    if (status !== 0) return 'the page cache could not be dropped: this `dd` has no iflag=nocache'
  }
  return leftIn(segments)
}

/** More than a hundredth left is worth a word. */
async function leftIn(segments: readonly string[]): Promise<string | undefined> {
  const { run, works } = await processModule()
  if (!(await works('fincore', '--version')))
    return 'whether the page cache was dropped is not known: no `fincore` here'
  const { stdout } = await run('fincore', ['--bytes', '--noheadings', '--output', 'RES', ...segments])
  const left = stdout.split('\n').reduce((sum, line) => sum + Number(line.trim() || 0), 0)
  const size = segments.reduce((sum, path) => sum + statSync(path).size, 0)
  if (left <= size / 100) return undefined
  return `${Math.round((100 * left) / size)} % of the files stayed in the page cache`
}
