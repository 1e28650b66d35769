import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../../io/sim/random.ts'
import { GatheredKeys, gatheredKeysMax } from './gathered-keys.ts'
import { KeyDigest, md5Beginning } from './key-digest.ts'
import { emptyOffsetMap, OffsetMap, slotBytes } from './offset-map.ts'

const random = seededRandom(5)
const secret = [1, 2, 3, 4]
const mapOf = (slots: number) => new OffsetMap(new SharedArrayBuffer(slots * slotBytes), secret)

describe('the digest', () => {
  test('is MD5, for every length up to three blocks and wherever the key lies', () => {
    const digest = new KeyDigest(md5Beginning)
    for (let length = 0; length <= 192; length += 1) {
      const [before, behind] = [random.int(5), random.int(5)]
      const bytes = random.bytes(before + length + behind)
      digest.hash(bytes, before, before + length)
      const expected = createHash('md5')
        .update(bytes.subarray(before, before + length))
        .digest()
      const words = [0, 4, 8, 12].map(at => expected.readInt32LE(at))
      expect([...digest.words.subarray(0, 4)], `length ${length}`).toEqual(words)
    }
  })

  test('of many keys at once is that of each, whatever their lengths', () => {
    const [digest, alone] = [new KeyDigest(secret), new KeyDigest(secret)]
    for (let round = 0; round < 200; round += 1) {
      const bytes = random.bytes(8000)
      const keys = new GatheredKeys()
      for (let left = random.int(gatheredKeysMax + 1); left > 0; left -= 1) {
        const start = random.int(5000)
        keys.add(start, start + random.int(random.pick([10, 57, 200])), left)
      }
      digest.hashAll(bytes, keys)
      for (let index = 0; index < keys.count; index += 1) {
        alone.hash(bytes, keys.starts[index], keys.ends[index])
        expect(digest.words.subarray(4 * index, 4 * index + 4)).toEqual(alone.words.subarray(0, 4))
      }
    }
  })

  test('depends on its secret', () => {
    const [one, other] = [new KeyDigest([1, 2, 3, 4]), new KeyDigest([1, 2, 3, 5])]
    const key = Buffer.from('key')
    one.hash(key)
    other.hash(key)
    expect(one.words).not.toEqual(other.words)
  })
})

describe('the offset map', () => {
  test('answers as a Map does, up to the last slot, with offsets of any size', () => {
    for (let round = 0; round < 40; round += 1) {
      const slots = 1 + random.int(60)
      const map = mapOf(slots)
      const model = new Map<string, number>()
      for (let i = 0; i < 200; i += 1) {
        const key = `key-${random.int(slots)}`
        const bytes = Buffer.from(key)
        const offset = random.pick([0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + i, i, 2 ** 51])
        map.put(bytes, 0, bytes.length, offset)
        model.set(key, offset)
        expect(map.latestOffset).toBe(offset)
        expect(map.size).toBe(model.size)
      }
      for (let i = 0; i < slots + 10; i += 1) {
        const bytes = Buffer.from(`key-${i}`)
        expect(map.get(bytes, 0, bytes.length)).toBe(model.get(`key-${i}`) ?? -1)
      }
    }
  })

  test('a full one takes known keys and no others', () => {
    const map = mapOf(2)
    for (const key of ['a', 'b', 'a']) map.put(Buffer.from(key), 0, 1, 7)
    expect(() => map.put(Buffer.from('c'), 0, 1, 8)).toThrow('the offset map is full: 2 keys')
    expect(map.get(Buffer.from('c'), 0, 1)).toBe(-1)
  })

  test('many keys at once are put as one after the other, up to the most that may be', () => {
    const bytes = Buffer.from('abacbd')
    const gathered = (offsets: number[]) => {
      const keys = new GatheredKeys()
      for (const [at, offset] of offsets.entries()) keys.add(at, at + 1, offset)
      return keys
    }
    const map = mapOf(10)
    expect(map.putAll(bytes, gathered([1, 2, 3, 4, 5, 6]), 3)).toBe(4)
    expect([map.size, map.latestOffset]).toEqual([3, 4])
    expect([...'abcd'].map(key => map.get(Buffer.from(key), 0, 1))).toEqual([3, 2, 4, -1])
    expect(map.putAll(bytes, gathered([7, 8, 9, 10, 11, 12]), 10)).toBe(6)
    expect([...'abcd'].map(key => map.get(Buffer.from(key), 0, 1))).toEqual([9, 11, 10, 12])
  })

  test('another thread goes on where one has stopped', () => {
    const memory = new SharedArrayBuffer(10 * slotBytes)
    const first = new OffsetMap(memory, secret, emptyOffsetMap)
    first.put(Buffer.from('a'), 0, 1, 3)
    const second = new OffsetMap(memory, secret, first.state)
    expect([second.size, second.latestOffset, second.get(Buffer.from('a'), 0, 1)]).toEqual([1, 3, 3])
  })
})
