// Nobody waits for a disk that somebody else is reading from: the event loop's delay while one consumer reads cold segments
// and others produce, beside that of a process that does nothing on the same machine at the same time. Reduced: only that it
// can be measured, since little load on a machine with other work says nothing about a limit.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { repositoryPath } from '../../testing/repository-path.ts'
import { processModule, type RunningBroker, targetModules } from '../comparison/compat-module.ts'
import { fillColdTopic, forgetColdTopic, readColdWhileProducing } from '../loop-delay/cold-readers.ts'
import { idleArguments, takeLoopDelay, watchedArguments, watchedEnvironment } from '../loop-delay/loop-watch.ts'
import type { Show } from './show.ts'

const aboveIdleMsMax = 5
const ms = (value: number) => `${value.toFixed(1)} ms`

export const dataPath3: Show = {
  id: 'data-path.3',
  title: "event-loop delay beside a cold consumer: p99.9 at most 5 ms above an idle process's",
  async run({ reduced }) {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-cold-'))
    const watch = join(folder, 'broker.json')
    const broker = await startWatched(join(folder, 'data'), watch)
    try {
      return await compare(broker, folder, watch, reduced)
    } finally {
      await broker.stop()
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

async function startWatched(dataDir: string, watch: string): Promise<RunningBroker> {
  const { startMillrace } = await targetModules()
  Object.assign(process.env, watchedEnvironment(watch))
  const program = repositoryPath('dist/bundle/millrace.js')
  return startMillrace({ dataDir, program, nodeArguments: watchedArguments })
}

async function compare(broker: RunningBroker, folder: string, watch: string, reduced: boolean) {
  const { start } = await processModule()
  const idleWatch = join(folder, 'idle.json')
  const idle = start(process.execPath, idleArguments, { env: watchedEnvironment(idleWatch) })
  const records = reduced ? 500_000 : 3_000_000
  const seconds = reduced ? 10 : 40
  try {
    await fillColdTopic(broker, records)
    await forgetColdTopic(join(folder, 'data'))
    // What was before does not count.
    await Promise.all([takeLoopDelay(broker.pid, watch), takeLoopDelay(idle.child.pid!, idleWatch)])
    await readColdWhileProducing(broker, records, seconds)
    const ours = await takeLoopDelay(broker.pid, watch)
    const idles = await takeLoopDelay(idle.child.pid!, idleWatch)
    const isLow = ours.p999Ms <= idles.p999Ms + aboveIdleMsMax
    const figure = `${(records / 1e6).toFixed(1)} GB read cold beside 20,000 records/s produced: p99.9 ${ms(ours.p999Ms)} (p99 ${ms(ours.p99Ms)}, longest ${ms(ours.maxMs)}), idle process ${ms(idles.p999Ms)} (p99 ${ms(idles.p99Ms)}, longest ${ms(idles.maxMs)})`
    return { pass: ours.count > 0 && (isLow || reduced), figure: reduced ? `${figure}; not judged` : figure }
  } finally {
    idle.child.kill()
    await idle.done
  }
}
