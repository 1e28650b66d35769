import { join } from 'node:path'
import { repositoryRoot } from '../../testing/repository-path.ts'
import { details, type Figure, type Question, rowOf } from '../comparison/question.ts'
import { runCommand } from '../run-command.ts'

interface Measured {
  readonly firstMs: number
  readonly medianMs: number
  readonly megabytesEach: number
}

async function embedded(): Promise<Figure> {
  const program = join(repositoryRoot, 'dist/bench/load/embedded-broker.js')
  const { code, stdout, output } = await runCommand(process.execPath, [program])
  if (code !== 0) throw new Error(`the embedded brokers failed (exit ${code}):\n${output}`)
  const { firstMs, medianMs, megabytesEach } = JSON.parse(stdout) as Measured
  return { value: firstMs / 1000, details: { later: medianMs / 1000, megabytesEach } }
}

export const embeddedStart: Question = {
  name: 'embedded-start',
  says: 'startBroker() of millrace/testing: from the call until the first request is answered, and memory for each broker',
  isAlone: true,
  rounds: { full: 5, quick: 2 },
  works: [
    {
      name: 'embedded start, first in the process',
      unit: 's',
      warmsUp: false,
      target: { of: 'ours', most: 0.1 },
      // What tests have without it is a process of Kafka's, formatted before and not in its time.
      async pass(side) {
        if (side.name === 'millrace') return embedded()
        await side.clear()
        const { startMs } = await side.running()
        await side.stop()
        return { value: startMs / 1000 }
      },
    },
  ],
  rows([figures]) {
    const first = rowOf(figures!)
    const ofOurs = (name: string, field: string, unit: string) => {
      return { ...first, name, unit, ours: details(figures!.millrace, field), peer: [], target: undefined }
    }
    return [
      first,
      { ...ofOurs('embedded start, a later one', 'later', 's'), target: first.target },
      ofOurs('resident memory for each broker', 'megabytesEach', 'MB'),
    ]
  },
}
