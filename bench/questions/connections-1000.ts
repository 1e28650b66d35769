import type { Question } from '../comparison/question.ts'
import { idleConnections } from '../load/bad-clients.ts'
import { burdenRows, memoryRow, underBurden } from './burden.ts'

const connections = 1000

export const connections1000: Question = {
  name: 'connections-1000',
  says: "what 1,000 idle connections do to a producer's p99, and what memory they take",
  rounds: { full: 3, quick: 1 },
  isAlone: true,
  works: [
    {
      name: 'p99, 1,000 idle connections',
      unit: 'ms',
      warmsUp: 'only full',
      async pass(side, scale) {
        const { port } = await side.running()
        return underBurden(side, scale, () => idleConnections(port, connections))
      },
    },
  ],
  rows: ([figures]) => [...burdenRows(figures!), memoryRow(figures!, 'memory of 1,000 idle connections')],
}
