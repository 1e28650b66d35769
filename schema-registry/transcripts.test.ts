// Each resource as a transcript. Codes and texts were compared with Confluent's sources, which each transcript names.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { replayTranscript } from './testing/transcript.ts'

const folder = join(import.meta.dirname, 'testdata/transcripts')

for (const name of readdirSync(folder)) {
  test(name, async () => {
    const path = join(folder, name)
    await expect(await replayTranscript(readFileSync(path, 'utf8'))).toMatchFileSnapshot(path)
  })
}
