// meta.properties: which cluster, node and directory a log directory belongs to. Version 1 (KRaft).
// Source: Kafka 4.3.0's MetaProperties and PropertiesUtils; the file is a Java properties file.

import type { Disk } from '../../io/disk.ts'
import type { Random } from '../../io/random.ts'
import { type Uuid, uuidOf } from '../../protocol/wire/uuid.ts'

export const metaPropertiesName = 'meta.properties'

export interface MetaProperties {
  readonly version: number
  readonly clusterId: string
  readonly nodeId: number
  /** Undefined: written before Kafka gave directories ids. */
  readonly directoryId: Uuid | undefined
}

/** Undefined when the file is missing. Throws MetaPropertiesError when it makes no sense. */
export async function readMetaProperties(disk: Disk, directory: string): Promise<MetaProperties | undefined> {
  const path = `${directory}/${metaPropertiesName}`
  if (!(await disk.stat(path))) return undefined
  return parseMetaProperties(path, (await disk.readFile(path)).toString('utf8'))
}

/** Replaces the file atomically. */
export async function writeMetaProperties(disk: Disk, directory: string, properties: MetaProperties): Promise<void> {
  await disk.replaceFile(`${directory}/${metaPropertiesName}`, Buffer.from(formatMetaProperties(properties)))
}

/** The file exists and is not what a broker of this kind may trust. */
export class MetaPropertiesError extends Error {
  readonly code = 'META_PROPERTIES_INVALID'

  constructor(path: string, problem: string) {
    super(
      `${path}: ${problem}. The directory is not one that a KRaft broker formatted; point log.dirs elsewhere or restore the file.`,
    )
    this.name = 'MetaPropertiesError'
  }
}

/** An id for a directory that has none: random (version 4). The first hundred ids are reserved and cannot come out. */
export function newDirectoryId(random: Random): Uuid {
  const bytes = random.bytes(16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return uuidOf(bytes)
}

/** Reads the text of the file; unknown properties are ignored, as Kafka does. */
export function parseMetaProperties(path: string, text: string): MetaProperties {
  const values = parseProperties(text)
  const version = Number(values.get('version') ?? '0')
  if (version !== 1) throw new MetaPropertiesError(path, `version is ${values.get('version') ?? 'missing'}, expected 1`)
  const clusterId = values.get('cluster.id')
  if (!clusterId) throw new MetaPropertiesError(path, 'cluster.id is missing')
  const nodeId = values.get('node.id')
  if (nodeId === undefined || !/^\d+$/.test(nodeId)) {
    throw new MetaPropertiesError(path, `node.id is ${nodeId ?? 'missing'}, expected a number`)
  }
  return { version, clusterId, nodeId: Number(nodeId), directoryId: values.get('directory.id') || undefined }
}

/** The text of the file. */
export function formatMetaProperties(properties: MetaProperties): string {
  const lines = ['#', `node.id=${properties.nodeId}`]
  if (properties.directoryId !== undefined) lines.push(`directory.id=${properties.directoryId}`)
  lines.push(`version=${properties.version}`, `cluster.id=${properties.clusterId}`)
  return `${lines.join('\n')}\n`
}

// Of Java's properties format only what such a file holds: one `name=value` (or `name:value`) per line, comments, blanks.
function parseProperties(text: string): Map<string, string> {
  const values = new Map<string, string>()
  for (const line of text.split(/\r\n|\n|\r/)) {
    const trimmed = line.trimStart()
    if (trimmed === '' || trimmed.startsWith('#') || trimmed.startsWith('!')) continue
    const match = /^([^=:\s]+)\s*[=:]?\s*(.*)$/.exec(trimmed)
    if (match) values.set(match[1]!, match[2]!.replace(/\\(.)/g, '$1'))
  }
  return values
}
