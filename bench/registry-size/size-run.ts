// One registry with many schemas: how long its start takes, what it holds in memory, how it answers for schemas by their ids.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { residentMegabytes } from '../comparison/proc-stat.ts'
import { loadById } from './autocannon.ts'
import type { Side } from './side.ts'

export interface SizeOptions {
  readonly count: number
  /** Each is a start, a load before, and a load that counts. */
  readonly rounds: number
  readonly loadSeconds: number
  /** For what ids are written to. */
  readonly folder: string
}

export interface Figures {
  readonly startMs: number
  /** After the load: by then caches and heaps have grown to what the work takes. */
  readonly residentMb: number
  readonly requestsPerSecond: number
  readonly p99Ms: number
}

export interface SizeResult {
  readonly name: string
  readonly fillMs: number
  /** The median of each over all rounds. */
  readonly figures: Figures
  readonly failures: number
}

const warmUpSeconds = 5
const connections = 10

/** The sides take turns, so that a slow minute of the machine is nobody's alone. */
export async function sizeRun(sides: readonly Side[], options: SizeOptions): Promise<SizeResult[]> {
  const filled = []
  for (const [i, side] of sides.entries()) filled.push(await fill(side, join(options.folder, `ids-${i}.json`), options))
  for (let round = 0; round < options.rounds; round++) for (const side of filled) await runRound(side, options)
  return filled.map(({ side, fillMs, rounds, failures }) => ({
    name: side.name,
    fillMs,
    figures: medians(rounds),
    failures,
  }))
}

interface Filled {
  readonly side: Side
  readonly fillMs: number
  readonly lastId: number
  readonly idsPath: string
  readonly rounds: Figures[]
  failures: number
}

async function fill(side: Side, idsPath: string, { count }: SizeOptions): Promise<Filled> {
  const startedMs = performance.now()
  const ids = await side.fill(count)
  if (new Set(ids).size !== count) throw new Error(`${side.name} has ${new Set(ids).size} ids for ${count} schemas`)
  writeFileSync(idsPath, JSON.stringify(ids))
  return { side, fillMs: performance.now() - startedMs, lastId: ids.at(-1)!, idsPath, rounds: [], failures: 0 }
}

async function runRound(filled: Filled, { loadSeconds }: SizeOptions): Promise<void> {
  const { side, lastId, idsPath, rounds } = filled
  const running = await side.start(lastId)
  try {
    const load = { url: running.url, idsPath, connections }
    const before = await loadById({ ...load, seconds: warmUpSeconds })
    const { requestsPerSecond, p99Ms, failures } = await loadById({ ...load, seconds: loadSeconds })
    filled.failures += before.failures + failures
    rounds.push({ startMs: running.startMs, residentMb: residentMegabytes(running.pid), requestsPerSecond, p99Ms })
  } finally {
    await running.stop()
  }
}

function medians(rounds: readonly Figures[]): Figures {
  const median = (pick: (figures: Figures) => number) => {
    const sorted = rounds.map(pick).sort((a, b) => a - b)
    return sorted[Math.floor(sorted.length / 2)]!
  }
  return {
    startMs: median(figures => figures.startMs),
    residentMb: median(figures => figures.residentMb),
    requestsPerSecond: median(figures => figures.requestsPerSecond),
    p99Ms: median(figures => figures.p99Ms),
  }
}
