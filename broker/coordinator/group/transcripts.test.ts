// The hard interleavings of classic groups, as transcripts: what every client is told, and when.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { GroupBench } from '../testing/group-bench.ts'
import { replayTranscript } from '../testing/transcript.ts'

const folder = join(import.meta.dirname, '../testdata/transcripts')

for (const name of readdirSync(folder)) {
  test(name, async () => {
    const path = join(folder, name)
    const replayed = await replayTranscript(readFileSync(path, 'utf8'), new GroupBench())
    await expect(replayed).toMatchFileSnapshot(path)
  })
}
