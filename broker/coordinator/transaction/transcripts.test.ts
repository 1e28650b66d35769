// Each transition of a transaction and the races around it, as transcripts: what every producer is told, which markers are
// sent, what is in the log.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { TransactionBench } from '../testing/transaction-bench.ts'
import { replayTranscript } from '../testing/transcript.ts'

const folder = join(import.meta.dirname, '../testdata/transaction-transcripts')

for (const name of readdirSync(folder)) {
  test(name, async () => {
    const path = join(folder, name)
    const replayed = await replayTranscript(readFileSync(path, 'utf8'), new TransactionBench())
    await expect(replayed).toMatchFileSnapshot(path)
  })
}
