// Disk swap: our broker and Apache Kafka 4.3.0 take turns on one data directory, stopped cleanly or killed in between.

import { statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { type ChainOptions, runChain } from '../disk-swap/chain.ts'
import { runChains } from '../disk-swap/run-chains.ts'
import { kafkaJars } from '../disk-swap/target.ts'
import { Workload } from '../disk-swap/workload.ts'
import type { Show } from './show.ts'

function chainsOf(reduced: boolean): ChainOptions[] {
  const oursFirst = ['millrace', 'kafka', 'millrace'] as const
  const kafkaFirst = ['kafka', 'millrace', 'kafka'] as const
  return (['stop', 'kill'] as const).flatMap(end =>
    [oursFirst, kafkaFirst].map(turns => ({
      turns: reduced ? turns : [...turns, turns[1], turns[0], turns[1]],
      end,
      logDirCount: turns === oursFirst ? 2 : 1,
      works: [new Workload({ batchCount: reduced ? 2 : 40, end })],
    })),
  )
}

/** The comparison is shown to see a loss: the last bytes of a segment, gone after a clean stop. */
async function isLossSeen(): Promise<boolean> {
  const plant = (dataDir: string) => {
    const path = join(dataDir, 'codec-none-0', '00000000000000000000.log')
    truncateSync(path, statSync(path).size - 100)
  }
  const { wrong } = await runChain({
    ...{ turns: ['millrace', 'millrace'], end: 'stop' },
    ...{ works: [new Workload({ batchCount: 2, end: 'stop' })], plant },
  })
  return wrong.some(line => /codec-none-0 record \d+: was .*, is \(not there\)/.test(line))
}

export const mainJob4: Show = {
  id: 'main-job.4',
  title: 'disk swap: our broker and Kafka 4.3.0 take turns on one directory: same records, settings, groups, offsets',
  async run({ reduced }) {
    try {
      await kafkaJars()
    } catch (error) {
      return { pass: false, figure: `Kafka 4.3.0 is needed: ${(error as Error).message}` }
    }
    const { wrong, figure } = await runChains(chainsOf(reduced))
    const lossSeen = await isLossSeen()
    const seen = `planted loss ${lossSeen ? 'seen' : 'NOT seen'}`
    return { pass: wrong.length === 0 && lossSeen, figure: [`${figure}; ${seen}`, ...wrong].join('\n') }
  },
}
