// Test data made by Kafka 4.3.0: directories of its metadata log, what its formatter writes, and captured conversations.

import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { Disk } from '../io/disk.ts'
import { repositoryPath } from './repository-path.ts'

function unpacked(name: string): string {
  return gunzipSync(readFileSync(repositoryPath(`broker/metadata/testdata/${name}`))).toString('utf8')
}

/** Files by name, from `__cluster_metadata-0` and the directory above it. */
export function kafkaFiles(name: 'clean' | 'unclean' | 'formatted'): Map<string, Buffer> {
  const files = JSON.parse(unpacked(`kafka-${name}.json.gz`)) as Record<string, string>
  return new Map(Object.entries(files).map(([file, content]) => [file, Buffer.from(content, 'base64')]))
}

/** All segments of the log, one after the other. */
export function kafkaLog(files: ReadonlyMap<string, Buffer>): Buffer {
  const segments = [...files].filter(([name]) => name.endsWith('.log')).sort(([a], [b]) => (a < b ? -1 : 1))
  return Buffer.concat(segments.map(([, content]) => content))
}

export interface CapturedExchange {
  readonly capture: string
  readonly n: number
  readonly name: string
  readonly apiKey: number
  readonly version: number
  readonly listener: string
  readonly requestHex: string
  readonly responseHex: string
}

export function capturedExchanges(): CapturedExchange[] {
  return unpacked('captures.jsonl.gz')
    .split('\n')
    .map(line => JSON.parse(line) as CapturedExchange)
}

export async function writeFiles(
  disk: Disk,
  directory: string,
  files: Iterable<readonly [string, Buffer]>,
): Promise<void> {
  await disk.makeDirectory(directory)
  for (const [name, content] of files) await disk.replaceFile(`${directory}/${name}`, content)
}
