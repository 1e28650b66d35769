// Memory and descriptors that stay where they are: under full load, and after thousands of connections that were aborted.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { repositoryPath } from '../../testing/repository-path.ts'
import { type RunningBroker, targetModules } from '../comparison/compat-module.ts'
import { median } from '../comparison/fold.ts'
import { abortConnections, openDescriptors, settledDescriptors } from '../soak/aborted-connections.ts'
import { memorySoak, soakSettings } from '../soak/memory-soak.ts'
import type { Show } from './show.ts'

/**
 * What the median of the last fifth of the time may be above that of the second fifth; the first one is for warming up, which
 * takes longer than a fifth of the reduced minute.
 */
const growthMegabytesMax = { full: 24, reduced: 80 }
/** Files that the log keeps open between two looks: segments of which some are being deleted. */
const descriptorsMore = 8

export const dataPath4: Show = {
  id: 'data-path.4',
  title: 'resident memory flat over ten minutes of full load, descriptors flat over 10,000 aborted connections',
  async run({ reduced }) {
    const dataDir = mkdtempSync(join(tmpdir(), 'millrace-soak-'))
    const { startMillrace } = await targetModules()
    const program = repositoryPath('dist/bundle/millrace.js')
    const broker = await startMillrace({ dataDir, program, settings: soakSettings })
    try {
      const memory = reduced
        ? await flatMemory(broker, 60, growthMegabytesMax.reduced)
        : await flatMemory(broker, 600, growthMegabytesMax.full)
      const descriptors = await flatDescriptors(broker, reduced ? 1000 : 10_000)
      return { pass: memory.pass && descriptors.pass, figure: `${memory.figure}; ${descriptors.figure}` }
    } finally {
      await broker.stop()
      rmSync(dataDir, { recursive: true, force: true })
    }
  },
}

async function flatMemory(broker: RunningBroker, seconds: number, growthMax: number) {
  const { residentMegabytes: samples, producedRecords, readBytes } = await memorySoak(broker, seconds)
  const fifth = Math.floor(samples.length / 5)
  const [early, late] = [median(samples.slice(fifth, 2 * fifth)), median(samples.slice(-fifth))]
  const figure = `${seconds} s, ${producedRecords / 1e6} million records of 1 KB produced, ${(readBytes / 1e9).toFixed(1)} GB read: resident ${early.toFixed(0)} MB in the second fifth, ${late.toFixed(0)} MB in the last, ${Math.max(...samples).toFixed(0)} MB at most`
  return { pass: late - early <= growthMax, figure }
}

async function flatDescriptors(broker: RunningBroker, count: number) {
  // Once before, so that what is opened on the first use is open.
  await abortConnections(broker.port, 'soak', 100)
  await settledDescriptors(broker.pid, 0)
  const before = openDescriptors(broker.pid)
  await abortConnections(broker.port, 'soak', count)
  const after = await settledDescriptors(broker.pid, before)
  return {
    pass: after <= before + descriptorsMore,
    figure: `${before} descriptors before and ${after} after ${count} connections that were aborted`,
  }
}
