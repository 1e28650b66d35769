// Groups of our consumer and Java's, in the classic protocol (cooperative) and in KIP-848's, while members join, leave and are killed.
// What a killed member had processed and not committed is processed again by whoever follows: at least once allows that, and nothing else.

import { kafkaJars } from '../disk-swap/target.ts'
import { type MixedResult, mixedRun } from '../group-upgrade/mixed-run.ts'
import type { Show } from './show.ts'

const [targets, protocols] = [
  ['kafka', 'millrace'],
  ['classic', 'consumer'],
] as const
const wrongShownMax = 5
const isAllowedAfterKills = (line: string) => /processed twice|was processed after/.test(line)

function figureOf(name: string, result: MixedResult, wrong: readonly string[]): string {
  const { joins, leaves, killed, frozen, handovers, processed, missing, duplicates } = result
  const line = [
    `${name}: ${joins} joins, ${leaves} leaves, ${killed} killed, ${frozen} frozen, ${handovers} handovers of a partition`,
    `${processed} records processed, ${missing} missing, ${duplicates} again, ${wrong.length} faults`,
  ].join('; ')
  return [line, ...wrong.slice(0, wrongShownMax)].join('\n')
}

export const client2: Show = {
  id: 'client.2',
  title:
    "our consumer and Java's in one group, both protocols, members join, leave and are killed: each record, one owner",
  async run({ reduced }) {
    try {
      await kafkaJars()
    } catch (error) {
      return { pass: false, figure: `Kafka 4.3.0's clients are needed: ${(error as Error).message}` }
    }
    const figures: string[] = []
    let pass = true
    for (const target of reduced ? targets.slice(1) : targets) {
      for (const protocol of protocols) {
        const rebalances = reduced ? 6 : 50
        const result = await mixedRun({
          target,
          protocol,
          rebalances,
          kills: true,
          partitionCount: 8,
          recordsPerSecond: 300,
        })
        const wrong = result.wrong.filter(line => result.killed === 0 || !isAllowedAfterKills(line))
        pass &&= wrong.length === 0 && result.processed > 0 && result.missing === 0
        figures.push(figureOf(`${target}, ${protocol}`, result, wrong))
      }
    }
    return { pass, figure: figures.join('\n') }
  },
}
