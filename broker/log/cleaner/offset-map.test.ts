import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../../io/sim/random.ts'
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
      expect([digest.a, digest.b, digest.c, digest.d], `length ${length}`).toEqual(words)
    }
  })

  test('depends on its secret', () => {
    const [one, other] = [new KeyDigest([1, 2, 3, 4]), new KeyDigest([1, 2, 3, 5])]
    const key = Buffer.from('key')
    one.hash(key)
    other.hash(key)
    expect(one.a === other.a && one.b === other.b).toBe(false)
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

  test('another thread goes on where one has stopped', () => {
    const memory = new SharedArrayBuffer(10 * slotBytes)
    const first = new OffsetMap(memory, secret, emptyOffsetMap)
    first.put(Buffer.from('a'), 0, 1, 3)
    const second = new OffsetMap(memory, secret, first.state)
    expect([second.size, second.latestOffset, second.get(Buffer.from('a'), 0, 1)]).toEqual([1, 3, 3])
  })
})
