// 100,000 schemas in our registry and in Apicurio's, on one machine in turns: both a single process with its storage on disk.

import { loadavg } from 'node:os'
import { join } from 'node:path'
import { openWorkFolder } from '../comparison/work-folder.ts'
import { apicurioSide } from '../registry-size/apicurio-side.ts'
import { ourSide } from '../registry-size/our-side.ts'
import { type Figures, type SizeResult, sizeRun } from '../registry-size/size-run.ts'
import type { Show, ShowResult } from './show.ts'

const full = { count: 100_000, rounds: 3, loadSeconds: 10 }
const reduced = { count: 2000, rounds: 1, loadSeconds: 2 }

/** What the issue hopes for. */
const hoped: Figures = { startMs: 10_000, residentMb: 500, requestsPerSecond: 5000, p99Ms: Number.POSITIVE_INFINITY }
/** A machine that runs more than this when nothing of ours runs has other work to do. */
const quietLoadMax = 0.5

export const registry4: Show = {
  id: 'registry.4',
  title:
    "100,000 schemas: start-up, memory, GET by id and its p99 beside Apicurio's server, ours ahead in each (10 s, 500 MB, 5,000/s)",
  async run({ reduced: isReduced }) {
    const machine = machineLine()
    const folder = openWorkFolder()
    const ours = ourSide(join(folder, 'data'))
    if (isReduced) {
      const [result] = await sizeRun([ours], { ...reduced, folder })
      return { pass: result!.failures === 0, figure: `${reduced.count} schemas, times not judged: ${lineOf(result!)}` }
    }
    const [our, their] = await sizeRun([ours, apicurioSide(join(folder, 'apicurio'))], { ...full, folder })
    return judged(our!, their!, machine)
  },
}

function judged(our: SizeResult, their: SizeResult, machine: string): ShowResult {
  const ahead = {
    'start-up': our.figures.startMs < their.figures.startMs,
    memory: our.figures.residentMb < their.figures.residentMb,
    requests: our.figures.requestsPerSecond > their.figures.requestsPerSecond,
    p99: our.figures.p99Ms < their.figures.p99Ms,
  }
  const behind = Object.entries(ahead).flatMap(([what, isAhead]) => (isAhead ? [] : [what]))
  const lines = [
    `${full.count} schemas, medians of ${full.rounds} rounds, ${behind.length === 0 ? 'ahead in each' : `BEHIND in ${behind.join(', ')}`}`,
    lineOf(our),
    lineOf(their),
    `hoped for: ${missedOf(our.figures)}`,
    machine,
  ]
  return { pass: behind.length === 0 && our.failures + their.failures === 0, figure: lines.join('\n') }
}

function lineOf({ name, figures, failures, fillMs }: SizeResult): string {
  const { startMs, residentMb, requestsPerSecond, p99Ms } = figures
  return (
    `${name}: start-up ${(startMs / 1000).toFixed(2)} s, ${residentMb.toFixed(0)} MB resident after the load, ` +
    `${requestsPerSecond.toFixed(0)} requests/s by id, p99 ${p99Ms} ms, ${failures} failed (filled in ${(fillMs / 1000).toFixed(0)} s)`
  )
}

function missedOf(ours: Figures): string {
  const missed = [
    ours.startMs > hoped.startMs && `start-up within ${hoped.startMs / 1000} s`,
    ours.residentMb > hoped.residentMb && `${hoped.residentMb} MB`,
    ours.requestsPerSecond < hoped.requestsPerSecond && `${hoped.requestsPerSecond} requests/s`,
  ].filter(Boolean)
  return missed.length === 0 ? 'all of it' : `all but ${missed.join(', ')}`
}

function machineLine(): string {
  const [load] = loadavg()
  return load! > quietLoadMax
    ? `the machine was BUSY (load ${load!.toFixed(1)} before): measure again`
    : 'a quiet machine'
}
