import { expect, test } from 'vitest'
import { goldenPrimitives } from '../../testing/golden/record-vectors.ts'
import { murmur2, partitionForKey } from './murmur2.ts'

interface Vector {
  readonly keyHex: string
  readonly hash: number
  readonly partition: Readonly<Record<string, number>>
}

// Made by Kafka 4.3.0: Utils.murmur2 and BuiltInPartitioner.partitionForKey.
const vectors = goldenPrimitives('murmur2') as unknown as readonly Vector[]

test('hashes and partitions are those of Java', () => {
  expect(vectors.length).toBeGreaterThan(100)
  for (const { keyHex, hash, partition } of vectors) {
    const key = Buffer.from(keyHex, 'hex')
    expect(murmur2(key), keyHex).toBe(hash)
    const partitions = Object.keys(partition).map(count => [count, partitionForKey(key, Number(count))])
    expect(Object.fromEntries(partitions)).toEqual(partition)
  }
})

test('a part of a buffer is hashed as if it were all', () => {
  const around = Buffer.from('..some-longer-key..')
  expect(murmur2(around, 2, around.length - 2)).toBe(murmur2(Buffer.from('some-longer-key')))
})
