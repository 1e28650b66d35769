// Kafka's kafka-dump-log on our directories, and our broker on Kafka's.

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kafkaJars } from '../disk-swap/target.ts'
import { type DumpResult, dumpLog } from '../dump-log/dump-log.ts'
import { WorkedDirectory } from '../dump-log/worked-directory.ts'
import { appendMore, writeLogs } from '../dump-log/written-logs.ts'
import { serveDirectories } from '../kafka-directories/served.ts'
import type { Show } from './show.ts'

interface Part {
  readonly figure: string
  readonly wrong: readonly string[]
}

const wrongShownMax = 20

async function withDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const work = mkdtempSync(join(tmpdir(), 'millrace-dump-log-'))
  try {
    return await use(join(work, 'data'))
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** The tool's complaints, and what it should have read but did not. */
function judge(what: string, { complaints, records, saneIndexes, indexes }: DumpResult, recordsMin: number): string[] {
  const missing = records < recordsMin ? [`read ${records} records of at least ${recordsMin}`] : []
  const insane = saneIndexes === indexes ? [] : [`${saneIndexes} of ${indexes} indexes passed the sanity check`]
  return [...missing, ...insane, ...complaints].map(line => `${what}: ${line}`)
}

/** After clean stops, with a restart in between; then after a kill and recovery. */
function dumpOfBroker(jars: string, batchCount: number): Promise<Part> {
  return withDirectory(async dataDir => {
    const directory = new WorkedDirectory(dataDir, batchCount)
    await directory.live('stop')
    const kept = await directory.live('stop')
    const stopped = await dumpLog(dataDir, jars)
    await directory.live('kill')
    const recovered = await directory.recover()
    const killed = await dumpLog(dataDir, jars)
    const wrong = [...judge('clean stop', stopped, kept), ...judge('kill and recovery', killed, recovered)]
    const shown = ({ files, batches, records, metadataRecords }: DumpResult) =>
      `${files} files, ${batches} batches, ${records} + ${metadataRecords} records`
    return { wrong, figure: `after clean stops ${shown(stopped)}; after kill -9 and recovery ${shown(killed)}` }
  })
}

/** Of our log alone: transactions, leader epochs, full indexes; then with an index entry that points elsewhere. */
function dumpOfLogs(jars: string): Promise<Part> {
  return withDirectory(async directory => {
    const written = await writeLogs(directory)
    const first = await dumpLog(directory, jars)
    const more = await appendMore(directory)
    const second = await dumpLog(directory, jars)
    damageIndex(directory)
    const isHeard = (await dumpLog(directory, jars)).complaints.length > 0
    const wrong = [...judge('logs', first, written), ...judge('logs opened again', second, written + more)]
    if (!isHeard) wrong.push('planted damage was NOT found')
    return {
      wrong,
      figure: `transactions and full indexes ${second.files} files, ${second.records} records; planted damage ${isHeard ? 'found' : 'NOT found'}`,
    }
  })
}

function damageIndex(directory: string): void {
  const partition = join(directory, 'codec-none-0')
  const name = readdirSync(partition).find(each => each.endsWith('.index') && statSync(join(partition, each)).size > 0)
  const path = join(partition, name!)
  const index = readFileSync(path)
  index.writeInt32BE(index.readInt32BE(0) + 1, 0)
  writeFileSync(path, index)
}

async function serveKafkasDirectories(): Promise<Part> {
  const { partitions, records, lookups, commits, wrong } = await serveDirectories(['clean', 'unclean', 'damaged'])
  return {
    wrong,
    figure: `Kafka's 3 directories: ${partitions} partitions, ${records} records, ${lookups} lookups by time, ${commits} committed offsets served as in Kafka`,
  }
}

export const mainJob3: Show = {
  id: 'main-job.3',
  title: "kafka-dump-log finds nothing wrong in our directories; all of Kafka's own are served record for record",
  async run({ reduced }) {
    const served = await serveKafkasDirectories()
    let jars: string
    try {
      jars = await kafkaJars()
    } catch (error) {
      return { pass: false, figure: `Kafka 4.3.0 is needed: ${(error as Error).message}; ${served.figure}` }
    }
    const parts = [await dumpOfBroker(jars, reduced ? 3 : 60), await dumpOfLogs(jars), served]
    const wrong = parts.flatMap(part => part.wrong)
    const shown = [
      ...wrong.slice(0, wrongShownMax),
      ...(wrong.length > wrongShownMax ? [`and ${wrong.length - wrongShownMax} more`] : []),
    ]
    return { pass: wrong.length === 0, figure: [parts.map(part => part.figure).join('; '), ...shown].join('\n') }
  },
}
