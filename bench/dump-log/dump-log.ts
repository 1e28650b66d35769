// Kafka's kafka-dump-log over every file of a log directory, and what it finds wrong. Whatever the tool writes on standard
// error is a complaint, except for the known noise; on standard output it hides some among what it prints.
// Source: org.apache.kafka.tools.DumpLogSegments, Kafka 4.3.0.

import { readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { runCommand } from '../run-command.ts'

export interface DumpResult {
  /** Files that the tool read. */
  readonly files: number
  readonly batches: number
  /** Records of partitions of topics, and of the metadata's log and snapshots. */
  readonly records: number
  readonly metadataRecords: number
  /** Offset and time indexes there are, and those that passed the tool's sanity check. */
  readonly indexes: number
  readonly saneIndexes: number
  readonly complaints: readonly string[]
}

const filesAtOnce = 500
const dumped = /\.(log|checkpoint|index|timeindex|txnindex|snapshot)$/
const indexes = /\.(index|timeindex)$/

/** Among what is printed on standard output. */
const isComplaint =
  /^Found \d+ invalid bytes|isvalid: false|isValid: false|(key|payload): (Unknown record type|Error at)|mismatch|out of order/i
/**
 * Not a complaint on standard error: the tool takes offset -1 for the one before the first record of any segment, and the
 * logging library misses its binding.
 */
const isNoise = /^$|^ *-1 is followed by|^SLF4J|^WARNING: /
/** In a compacted log. */
const isGap = /: (Non-consecutive offsets in .*| *-?\d+ is followed by \d+)$/
const nonConsecutive = /^Non-consecutive offsets in/
/** In a compacted log, too: an entry of a time index that names a batch of which no record is left. Kafka's own cleaner makes such. */
const isOfEmptyBatch = /: +Index timestamp: \d+, log timestamp: -1$/
const isTimestampHeading = /: Found timestamp mismatch in /

/**
 * Runs the tool over all files below a log directory. `jars`: the folder with Kafka's jars. `compactedTopics`: beside the
 * coordinators' own, those in which offsets may be missing because the cleaner has been there.
 */
export async function dumpLog(
  directory: string,
  jars: string,
  compactedTopics: readonly string[] = [],
): Promise<DumpResult> {
  const paths = filesBelow(directory)
  const of = (pattern: RegExp) => paths.filter(path => pattern.test(path.slice(directory.length)))
  const offsets = of(/\/__consumer_offsets-/)
  const metadata = of(/\/__cluster_metadata-|\/bootstrap\.checkpoint$/)
  const transactions = of(/\/__transaction_state-/)
  const decoded = new Set([...offsets, ...metadata, ...transactions])
  const others = paths.filter(path => !decoded.has(path))
  const mayHaveGaps = (path: string) => compactedTopics.includes(basename(dirname(path)).replace(/-\d+$/, ''))
  const plain = others.filter(path => !mayHaveGaps(path))
  const [metadataRun, ...topicRuns] = await inTurn([
    () => runTool(jars, ['--deep-iteration', '--cluster-metadata-decoder'], metadata),
    () => runOnCompacted(jars, ['--deep-iteration', '--offsets-decoder'], offsets),
    () => runOnCompacted(jars, ['--deep-iteration', '--transaction-log-decoder'], transactions),
    () => runTool(jars, ['--deep-iteration'], plain),
    () => runOnCompacted(jars, ['--deep-iteration'], others.filter(mayHaveGaps)),
  ])
  // The tool looks at an index's entries or at its sanity, not at both at once.
  const sanity = await runTool(jars, ['--index-sanity-check'], of(indexes))
  const runs = [metadataRun!, ...topicRuns]
  const count = (lines: readonly string[], pattern: RegExp) => lines.filter(line => pattern.test(line)).length
  const counted = (chosen: readonly ToolRun[], pattern: RegExp) =>
    chosen.reduce((n, run) => n + count(run.lines, pattern), 0)
  return {
    files: counted(runs, /^Dumping /),
    batches: counted(runs, /^baseOffset: /),
    records: counted(topicRuns, /^\| offset: /),
    metadataRecords: counted([metadataRun!], /^\| offset: /),
    indexes: of(indexes).length,
    saneIndexes: count(sanity.lines, /passed sanity check\.$| is empty\.$/),
    complaints: [...runs, sanity].flatMap(run => run.complaints),
  }
}

/**
 * Files of log directories only: the checkpoints of the whole directory are lists of numbers. Nobody reads deleted logs any more, and Kafka
 * leaves their indexes as long as it had made them before the first entry.
 */
function filesBelow(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter(entry => entry.isFile() && dumped.test(entry.name) && !entry.parentPath.endsWith('-delete'))
    .map(entry => join(entry.parentPath, entry.name))
}

interface ToolRun {
  readonly lines: readonly string[]
  readonly complaints: readonly string[]
}

async function inTurn<T>(tasks: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = []
  for (const task of tasks) results.push(await task())
  return results
}

/** In several runs when there are many files: an argument may not be longer than 128 KiB. */
async function runTool(jars: string, options: readonly string[], paths: readonly string[]): Promise<ToolRun> {
  const runs: ToolRun[] = []
  for (let at = 0; at < paths.length; at += filesAtOnce) {
    runs.push(await runToolOnce(jars, options, paths.slice(at, at + filesAtOnce)))
  }
  return { lines: runs.flatMap(run => run.lines), complaints: runs.flatMap(run => run.complaints) }
}

/** Offsets may be missing there, which the tool complains of. */
async function runOnCompacted(jars: string, options: readonly string[], paths: readonly string[]): Promise<ToolRun> {
  const run = await runTool(jars, options, paths)
  const left = run.complaints.filter(line => !isGap.test(line) && !isOfEmptyBatch.test(line))
  return { ...run, complaints: left.filter((line, at) => !isTimestampHeading.test(line) || isDetail(left[at + 1])) }
}

function isDetail(line: string | undefined): boolean {
  return line !== undefined && /: +Index timestamp: /.test(line)
}

async function runToolOnce(jars: string, options: readonly string[], paths: readonly string[]): Promise<ToolRun> {
  const printing = options.some(option => option.endsWith('decoder')) ? ['--print-data-log'] : []
  const java = ['-cp', `${jars}/*`, 'org.apache.kafka.tools.DumpLogSegments']
  const run = await runCommand('java', [...java, ...options, ...printing, '--files', paths.join(',')])
  const lines = run.stdout.split('\n')
  const complaints = [...lines.filter(line => isComplaint.test(line)), ...complaintsOn(run.stderr)]
  if (run.code !== 0) complaints.push(`kafka-dump-log ended with ${run.code}`)
  return { lines, complaints: complaints.map(line => `${options.join(' ')}: ${line}`) }
}

/** "Non-consecutive offsets in FILE" stands above the pairs it found, of which the first one is noise. */
function complaintsOn(stderr: string): string[] {
  const lines = stderr.split('\n').filter(line => !isNoise.test(line))
  return lines.filter((line, i) => !nonConsecutive.test(line) || / is followed by /.test(lines[i + 1] ?? ''))
}
