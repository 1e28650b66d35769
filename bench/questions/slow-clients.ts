import type { Question, Work } from '../comparison/question.ts'
import type { Side } from '../comparison/side.ts'
import { allBadClients, type BadClient, badClients } from '../load/bad-clients.ts'
import { producePerformance } from '../load/perf-tools.ts'
import { withTopic } from '../load/topics.ts'
import { burdenRows, memoryRow, underBurden } from './burden.ts'
import { largeBatches } from './produce-work.ts'

/** More than any socket buffer holds. */
const records = 100_000
const recordBytes = 1000

async function withFullTopic<T>(side: Side, use: (topic: string) => Promise<T>): Promise<T> {
  const { bootstrap } = await side.running()
  return withTopic(side, 1, async topic => {
    await producePerformance({ bootstrap, topic, records, recordBytes, settings: largeBatches })
    return use(topic)
  })
}

function withBadClient(name: string, client: BadClient, isOnlyFull: boolean): Work {
  return {
    name: `p99, ${name}`,
    unit: 'ms',
    warmsUp: 'only full',
    isOnlyFull,
    async pass(side, scale) {
      const { port } = await side.running()
      return withFullTopic(side, topic => underBurden(side, scale, () => client({ port, topic })))
    },
  }
}

export const slowClients: Question = {
  name: 'slow-clients',
  says: "what slow readers, slow headers and a huge claim do to another client's p99, and to memory",
  rounds: { full: 3, quick: 1 },
  isAlone: true,
  works: [
    withBadClient('all of them at once', allBadClients, false),
    ...Object.entries(badClients).map(([name, client]) => withBadClient(name, client, true)),
  ],
  rows: figures =>
    figures.flatMap(each => [...burdenRows(each), memoryRow(each, `memory, ${each.work.name.slice(5)}`)]),
}
