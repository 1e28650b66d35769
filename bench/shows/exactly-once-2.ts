// Kafka Streams' word count with exactly_once_v2, its instances killed in turns: the output is that of a batch.
// MILLRACE_SHOW_TARGET=kafka runs the same against Apache Kafka 4.3.0, to tell whose fault a failure is.

import { kafkaJars } from '../disk-swap/target.ts'
import { type WordCountResult, wordCountRun } from '../streams/word-count-run.ts'
import type { Show } from './show.ts'

const wrongShownMax = 10

function figureOf(target: string, result: WordCountResult): string {
  const { lineCount, outputCount, killCount, commitCount, abortCount, wrong } = result
  const seen = (isSeen: boolean) => (isSeen ? 'seen' : 'NOT seen')
  const line = [
    `${target}: ${lineCount} lines in, ${outputCount} counts out, ${killCount} kills`,
    `${commitCount} transactions committed, ${abortCount} aborted; ${wrong.length} differences from the batch`,
    `planted loss ${seen(result.plantedLossSeen)}, planted double ${seen(result.plantedDoubleSeen)}`,
  ].join('; ')
  const more = wrong.length > wrongShownMax ? [`and ${wrong.length - wrongShownMax} more`] : []
  return [line, ...wrong.slice(0, wrongShownMax), ...more].join('\n')
}

export const exactlyOnce2: Show = {
  id: 'exactly-once.2',
  title: 'a Kafka Streams word count with exactly_once_v2, one of three instances killed every 20 s: as a batch counts',
  async run({ reduced }) {
    try {
      await kafkaJars()
    } catch (error) {
      return { pass: false, figure: `Kafka Streams 4.3.0 is needed: ${(error as Error).message}` }
    }
    const target = process.env.MILLRACE_SHOW_TARGET === 'kafka' ? 'kafka' : 'millrace'
    const timetable = reduced ? { seconds: 13, killEverySeconds: 6 } : { seconds: 300, killEverySeconds: 20 }
    const result = await wordCountRun({ target, linesPerSecond: 200, ...timetable })
    const pass = result.wrong.length === 0 && result.plantedLossSeen && result.plantedDoubleSeen
    return { pass, figure: figureOf(target, result) }
  },
}
