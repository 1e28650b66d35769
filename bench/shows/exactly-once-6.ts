// The disk swap with everything that makes processing exact: transactions open and ended, compacted topics cleaned by either broker,
// groups of both protocols. Kafka's own reader goes over every file; Kafka's directories open in ours with the same answers.

import { readdirSync, rmSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { type ChainOptions, runChain } from '../disk-swap/chain.ts'
import { CleanedTopics, cleanedTopics } from '../disk-swap/cleaned-topics.ts'
import { ConsumerGroups } from '../disk-swap/consumer-groups.ts'
import { CoordinatorTopics } from '../disk-swap/coordinator-topics.ts'
import { MixedGroup } from '../disk-swap/mixed-group.ts'
import { runChains } from '../disk-swap/run-chains.ts'
import { kafkaJars } from '../disk-swap/target.ts'
import type { TransactionVersion } from '../disk-swap/transactional-producer.ts'
import { Transactions } from '../disk-swap/transactions.ts'
import { TransactionsUnderLoad } from '../disk-swap/transactions-under-load.ts'
import type { SwapWork } from '../disk-swap/work.ts'
import { Workload } from '../disk-swap/workload.ts'
import { serveDirectories } from '../kafka-directories/served.ts'
import type { Show } from './show.ts'

const wrongShownMax = 20

function worksOf(version: TransactionVersion): SwapWork[] {
  const works = [
    new Transactions(version),
    new CleanedTopics(version),
    new ConsumerGroups(),
    new MixedGroup(),
    new CoordinatorTopics(),
  ]
  // The load speaks version 2 only.
  return version === 2 ? [...works, new TransactionsUnderLoad()] : works
}

function chainsOf(reduced: boolean, jars: string): ChainOptions[] {
  const dump = { jars, compactedTopics: [...cleanedTopics, 'compacted'] }
  if (reduced) return [{ turns: ['kafka', 'millrace', 'kafka'], end: 'kill', works: worksOf(2), dump }]
  const oursFirst = ['millrace', 'kafka', 'millrace', 'kafka'] as const
  const kafkaFirst = ['kafka', 'millrace', 'kafka', 'millrace'] as const
  return ([1, 2] as const).flatMap(version =>
    (['stop', 'kill'] as const).flatMap(end =>
      [oursFirst, kafkaFirst].map(turns => ({
        ...{ turns, end, dump, logDirCount: turns === oursFirst ? 2 : 1 },
        works: [new Workload({ batchCount: 4, end }), ...worksOf(version)],
      })),
    ),
  )
}

/** Done to the directory after a clean stop, each in a run of its own; and what must be said then. */
const plants = [
  {
    name: 'forgotten aborts',
    works: () => [new Transactions(2)],
    damage(dataDir: string) {
      const partition = join(dataDir, 'transactional-0')
      const indexes = readdirSync(partition).filter(name => name.endsWith('.txnindex'))
      for (const name of indexes) rmSync(join(partition, name))
    },
    said: /transactional-0 committed record \d+: was \(not there\)/,
  },
  {
    name: 'lost last value',
    works: () => [new CleanedTopics(2)],
    damage(dataDir: string) {
      const partition = join(dataDir, 'cleaned-0')
      const segments = readdirSync(partition).filter(name => name.endsWith('.log'))
      const last = join(partition, segments.sort().at(-1)!)
      truncateSync(last, statSync(last).size - 1)
    },
    said: /cleaned-0: the last value for /,
  },
] as const

async function unseenPlants(): Promise<string[]> {
  const unseen = plants.map(async ({ name, works, damage, said }) => {
    const { wrong } = await runChain({ turns: ['millrace', 'millrace'], end: 'stop', works: works(), plant: damage })
    return wrong.some(line => said.test(line)) ? [] : [`planted and NOT seen: ${name}`]
  })
  return (await Promise.all(unseen)).flat()
}

export const exactlyOnce6: Show = {
  id: 'exactly-once.6',
  title:
    'directories with transactions, compaction and groups of both protocols go to Kafka 4.3.0 and back, and dump clean',
  async run({ reduced }) {
    let jars: string
    try {
      jars = await kafkaJars()
    } catch (error) {
      return { pass: false, figure: `Kafka 4.3.0 is needed: ${(error as Error).message}` }
    }
    const [chains, served, unseen] = await Promise.all([
      runChains(chainsOf(reduced, jars)),
      serveDirectories(reduced ? ['clean'] : ['clean', 'unclean', 'damaged']),
      unseenPlants(),
    ])
    const wrong = [...chains.wrong, ...served.wrong, ...unseen]
    const { records, commits, descriptions } = served
    const figures = [
      chains.figure,
      `Kafka's own directories: ${records} records, ${commits} committed offsets, ${descriptions} descriptions of groups, transactions and producers as in Kafka`,
      `${plants.length - unseen.length} of ${plants.length} planted differences seen`,
    ]
    return { pass: wrong.length === 0, figure: [figures.join('; '), ...wrong.slice(0, wrongShownMax)].join('\n') }
  },
}
