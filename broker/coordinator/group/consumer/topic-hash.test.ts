// What Kafka 4.3.0 computes: written by broker/compat/vectors/TopicHashes.java.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { groupHash, topicHash } from './topic-hash.ts'
import { xxh3 } from './xxh3.ts'

type Vector =
  | { readonly hash: string; readonly bytes: number }
  | { readonly hash: string; readonly name: string; readonly id: string; readonly racks: string[][] }
  | { readonly hash: string; readonly group: Record<string, string> }

const file = join(import.meta.dirname, '../../testdata/topic-hashes.jsonl.gz')
const vectors = gunzipSync(readFileSync(file))
  .toString('utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as Vector)

function ours(vector: Vector): bigint {
  if ('bytes' in vector) {
    const bytes = Buffer.from(Array.from({ length: vector.bytes }, (_, index) => index * 7 + vector.bytes))
    return BigInt.asIntN(64, xxh3(bytes))
  }
  if ('name' in vector) return topicHash(vector)
  return groupHash(new Map(Object.entries(vector.group).map(([name, hash]) => [name, BigInt(hash)])))
}

test('hashes are Kafka’s', () => {
  expect(vectors.length).toBeGreaterThan(80)
  for (const vector of vectors) expect(String(ours(vector)), JSON.stringify(vector).slice(0, 100)).toBe(vector.hash)
})

test('a group without topics has hash 0', () => {
  expect(groupHash(new Map())).toBe(0n)
})
