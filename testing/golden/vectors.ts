// For tests and shows: the messages that real Kafka 4.3.0 wrote, each in every version, and the schema that each belongs to.

import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import * as headers from '../../protocol/messages/headers.ts'
import { apis } from '../../protocol/messages/index.ts'
import * as data from '../../protocol/stored/data/index.ts'
import * as group from '../../protocol/stored/group/index.ts'
import * as metadata from '../../protocol/stored/metadata/index.ts'
import * as raft from '../../protocol/stored/raft/index.ts'
import * as share from '../../protocol/stored/share/index.ts'
import * as storage from '../../protocol/stored/storage/index.ts'
import * as streams from '../../protocol/stored/streams/index.ts'
import * as testMessages from '../../protocol/stored/test-messages/index.ts'
import * as transaction from '../../protocol/stored/transaction/index.ts'
import type { Schema } from '../../protocol/wire/schema.ts'
import { repositoryPath } from '../repository-path.ts'
import type { GoldenUnknownTag } from './value.ts'

export interface GoldenVector {
  readonly name: string
  readonly version: number
  readonly flexible: boolean
  readonly instance: string
  readonly json: Record<string, unknown>
  readonly unknownTags?: readonly GoldenUnknownTag[]
  readonly hex: string
}

/** The folders of the vectors, one file of testdata each. */
export const vectorFolders = [
  'data',
  'group-coordinator',
  'headers',
  'metadata',
  'raft',
  'rpc',
  'share-coordinator',
  'storage',
  'streams',
  'test-messages',
  'transaction-coordinator', // biome-ignore format: a list
] as const

export function goldenVectors(folder: (typeof vectorFolders)[number]): GoldenVector[] {
  const file = repositoryPath(`protocol/testdata/messages-${folder}.jsonl.gz`)
  const lines = gunzipSync(readFileSync(file)).toString('utf8').split('\n')
  return lines.filter(line => line !== '').map(line => JSON.parse(line) as GoldenVector)
}

const stored = [data, group, metadata, raft, share, storage, streams, testMessages, transaction, headers]

/** Every schema of protocol/, messages and stored records, by Kafka's name for it. */
export const schemaByName: ReadonlyMap<string, Schema> = new Map<string, Schema>([
  ...apis.flatMap(api => [api.request, api.response].map(schema => [`${schema.name}Data`, schema] as const)),
  ...stored.flatMap(folder => Object.values(folder).map(schema => [schema.name, schema as Schema] as const)),
])

/** The schema that a vector belongs to: Kafka adds "Data" to the names of its generated classes. */
export function schemaOf(vector: GoldenVector): Schema {
  const schema = schemaByName.get(vector.name) ?? schemaByName.get(vector.name.replace(/Data$/, ''))
  if (schema === undefined) throw new Error(`no schema is named ${vector.name}`)
  return schema
}
