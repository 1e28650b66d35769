import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { coordinatorPartition, javaHashCode } from './java-hash.ts'

interface Vector {
  readonly id: string
  readonly javaHashCode: number
  readonly partition: { readonly [partitionCount: string]: number }
}

// Made by Java's String.hashCode and Kafka's partitionFor.
const file = join(import.meta.dirname, '../testdata/coordinator-partition.jsonl.gz')
const lines = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n')

test('a key lands in the partition where Kafka puts it', () => {
  expect(lines.length).toBeGreaterThan(50)
  for (const line of lines) {
    const vector = JSON.parse(line) as Vector
    expect(javaHashCode(vector.id), vector.id).toBe(vector.javaHashCode)
    for (const [count, partition] of Object.entries(vector.partition)) {
      expect(coordinatorPartition(vector.id, Number(count)), vector.id).toBe(partition)
    }
  }
})
