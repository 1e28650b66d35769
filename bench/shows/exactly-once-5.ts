// A consumer group goes from the classic protocol to the new one and back under load, its members one by one, with real Java consumers
// and franz-go among them: each record is processed once. MILLRACE_SHOW_TARGET=kafka runs the same against Apache Kafka 4.3.0, to tell whose fault a failure is.

import { kafkaJars } from '../disk-swap/target.ts'
import { type UpgradeResult, upgradeRun } from '../group-upgrade/upgrade-run.ts'
import type { Show } from './show.ts'

const wrongShownMax = 10

function figureOf(target: string, result: UpgradeResult): string {
  const { processed, missing, duplicates, handovers, upgrades, downgrades, members, wrong } = result
  const line = [
    `${target}: ${upgrades} upgrades and ${downgrades} downgrades, ${members} members in turn, ${handovers} handovers of a partition`,
    `${processed} records processed, ${missing} missing, ${duplicates} duplicates, ${wrong.length} faults`,
    `planted duplicates ${result.plantedDuplicatesSeen ? 'seen' : 'NOT seen'}`,
  ].join('; ')
  const more = wrong.length > wrongShownMax ? [`and ${wrong.length - wrongShownMax} more`] : []
  return [line, ...wrong.slice(0, wrongShownMax), ...more].join('\n')
}

export const exactlyOnce5: Show = {
  id: 'exactly-once.5',
  title: 'a group of Java consumers goes from classic to KIP-848 and back, members joining and leaving: no duplicate',
  async run({ reduced }) {
    try {
      await kafkaJars()
    } catch (error) {
      return { pass: false, figure: `Kafka 4.3.0's clients are needed: ${(error as Error).message}` }
    }
    const target = process.env.MILLRACE_SHOW_TARGET === 'kafka' ? 'kafka' : 'millrace'
    const form = reduced
      ? { rolls: 1, memberCount: 2, partitionCount: 5, restlessCount: 0 }
      : { rolls: 7, memberCount: 3, partitionCount: 9, restlessCount: 4 }
    const result = await upgradeRun({ target, recordsPerSecond: 500, ...form })
    return { pass: result.wrong.length === 0 && result.plantedDuplicatesSeen, figure: figureOf(target, result) }
  },
}
