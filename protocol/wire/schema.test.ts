// What the golden vectors cannot say: any value survives a round trip, and no bytes make the decoder do harm.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { arbitraryValue } from '../../testing/golden/arbitrary.ts'
import { goldenVectors, schemaOf } from '../../testing/golden/vectors.ts'
import { apis } from '../messages/index.ts'
import { metadata } from '../messages/metadata.ts'
import { produce } from '../messages/produce.ts'
import { DecodeError } from './decode-error.ts'
import { EncodeError } from './encode-error.ts'
import { array, bytes, int8, int16, int32, int64, nullable, string, struct, uint16, uint32 } from './field.ts'
import { taggedFieldsMax } from './reader.ts'
import { decode, encode, encodeParts, message } from './schema.ts'
import { Writer } from './writer.ts'

const bytesOf = (write: (writer: Writer) => void) => {
  const writer = new Writer()
  write(writer)
  return writer.toBuffer()
}

describe('round trips', () => {
  test('any value of any version of any API', () => {
    for (const schema of apis.flatMap(api => [api.request, api.response])) {
      const version = fc.integer({ min: schema.versions[0], max: schema.versions[1] })
      const valueOfVersion = version.chain(v => fc.tuple(fc.constant(v), arbitraryValue(schema.fields, v)))
      fc.assert(
        fc.property(valueOfVersion, ([v, value]) => {
          expect(decode(schema, v, encode(schema, v, value))).toEqual(value)
        }),
        { numRuns: 15 },
      )
    }
  })

  test('int64 is exact on both sides of 2^53', () => {
    const schema = message({ name: 'Wide', versions: [0, 0], fields: { value: int64 } })
    for (const value of [0, -1, 2 ** 53 - 1, -(2 ** 53) + 1, 2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n)]) {
      expect(decode(schema, 0, encode(schema, 0, { value })).value).toBe(value)
    }
    expect(() => encode(schema, 0, { value: 2 ** 53 })).toThrow(EncodeError)
    expect(() => encode(schema, 0, { value: 0.5 })).toThrow(EncodeError)
  })

  test('a file range takes part in a message as itself', () => {
    const range = { file: 'segment', position: 7, length: 1000 }
    const topicData = [
      {
        name: 'a',
        partitionData: [
          { index: 1, records: range },
          { index: 2, records: Buffer.from('end') },
        ],
      },
    ]
    const parts = encodeParts(produce.request, 9, { topicData })
    expect(parts[1]).toBe(range)
    const whole = Buffer.concat(
      parts.map(part => (part instanceof Uint8Array ? part : Buffer.alloc(part.length, 0x78))),
    )
    const [first, second] = decode(produce.request, 9, whole).topicData[0]!.partitionData
    expect(first!.records!.toString()).toBe('x'.repeat(1000))
    expect(second!.records!.toString()).toBe('end')
  })
})

describe('the encoder refuses', () => {
  const schema = message({
    name: 'Sample',
    versions: [0, 2],
    flexible: 2,
    fields: {
      name: string,
      late: int32.since(1),
      hint: int32.since(1).ignorable(),
      list: array(int32),
      inner: struct({ a: int32 }),
    },
  })

  test('a field that the version lacks, unless it is ignorable or at its default', () => {
    expect(() => encode(schema, 0, { late: 1 })).toThrow(/late is set/)
    expect(encode(schema, 0, { late: 0, hint: 5 })).toEqual(encode(schema, 0, {}))
  })

  test('null where none is allowed', () => {
    for (const field of ['name', 'list', 'inner'])
      expect(() => encode(schema, 2, { [field]: null } as object)).toThrow(EncodeError)
  })

  test('a version that the message does not have', () => {
    expect(() => encode(schema, 3, {})).toThrow('Sample has versions 0 to 2, not 3')
  })

  test('what is no whole number where one must be, with the name of its field', () => {
    const numbers = message({
      name: 'Numbers',
      versions: [0, 0],
      flexible: 0,
      fields: { a: int8, b: int16, c: uint16, d: int32, e: uint32, list: array(int32), tagged: int32.tag(0) },
    })
    const good = { a: -128, b: 32_767, c: 65_535, d: -(2 ** 31), e: 2 ** 32 - 1, list: [2 ** 31 - 1], tagged: -1 }
    expect(decode(numbers, 0, encode(numbers, 0, good))).toEqual(good)
    for (const wrong of [0.5, Number.NaN, Number.POSITIVE_INFINITY, '7', true, null, 2 ** 40, 10n]) {
      for (const name of Object.keys(good)) {
        const value = { ...good, [name]: name === 'list' ? [1, wrong] : wrong } as object
        expect(() => encode(numbers, 0, value), `${name}: ${String(wrong)}`).toThrow(EncodeError)
      }
    }
    const told = 'Numbers v0: list is 1.5: it takes a whole number, -2147483648 to 2147483647'
    expect(() => encode(numbers, 0, { list: [1.5] })).toThrow(told)
    const edges = { a: [-129, 128], b: [-32_769, 32_768], c: [-1, 65_536], d: [2 ** 31], e: [-1, 2 ** 32] }
    for (const [name, values] of Object.entries(edges)) {
      for (const value of values) expect(() => encode(numbers, 0, { [name]: value })).toThrow(`${name} is ${value}:`)
    }
  })

  test('numbers out of range, strings over 32767 bytes, uuids that are none', () => {
    expect(() => encode(schema, 1, { late: 2 ** 31 })).toThrow(EncodeError)
    expect(() => encode(schema, 1, { name: 'é'.repeat(16_384) })).toThrow(/32768 bytes/)
    expect(() => encode(metadata.request, 12, { topics: [{ topicId: 'short', name: null }] })).toThrow(/not a uuid/)
  })
})

describe('the decoder refuses before it allocates', () => {
  const flat = message({
    name: 'Flat',
    versions: [0, 1],
    flexible: 1,
    fields: { list: array({ a: int64 }), data: nullable(bytes) },
  })

  test('an array that could not fit', () => {
    const claims = bytesOf(w => w.int32(0x7fffffff))
    expect(() => decode(flat, 0, claims)).toThrow('array of 2147483647 elements cannot fit in the 0 bytes left')
    const compact = bytesOf(w => {
      w.unsignedVarint(3)
      w.raw(Buffer.alloc(17))
    })
    expect(() => decode(flat, 1, compact)).toThrow('array of 2 elements cannot fit in the 17 bytes left')
  })

  test('a length that exceeds the frame', () => {
    const claims = bytesOf(w => {
      w.int32(0)
      w.int32(0x7fffffff)
    })
    expect(() => decode(flat, 0, claims)).toThrow(/needs 2147483647 bytes/)
  })

  test('more than 10,000 tagged fields', () => {
    const claims = bytesOf(w => {
      w.unsignedVarint(1)
      w.unsignedVarint(0)
      w.unsignedVarint(taggedFieldsMax + 1)
      w.raw(Buffer.alloc(3 * taggedFieldsMax))
    })
    expect(() => decode(flat, 1, claims)).toThrow('10001 tagged fields; at most 10000 are read')
  })

  test('null where none is allowed, bytes left over, a string over 32767 bytes', () => {
    expect(() =>
      decode(
        flat,
        0,
        bytesOf(w => w.int32(-1)),
      ),
    ).toThrow('null where an array must be')
    expect(() =>
      decode(
        flat,
        0,
        bytesOf(w => [w.int32(0), w.int32(-1), w.int8(0)]),
      ),
    ).toThrow('1 bytes left over')
    const named = message({ name: 'Named', versions: [0, 0], flexible: 0, fields: { name: string } })
    const long = bytesOf(w => [w.unsignedVarint(0x8001), w.raw(Buffer.alloc(0x8001))])
    expect(() => decode(named, 0, long)).toThrow('string of 32768 bytes')
  })

  test('a varint of more than 5 bytes', () => {
    expect(() => decode(flat, 1, Buffer.from('ffffffffff01', 'hex'))).toThrow('varint is longer than 5 bytes')
  })

  test('every golden message cut anywhere is a DecodeError and nothing else', () => {
    for (const vector of goldenVectors('rpc')) {
      if (!vector.instance.endsWith('1')) continue
      const whole = Buffer.from(vector.hex, 'hex')
      const step = Math.max(1, Math.floor(whole.length / 20))
      for (let length = 0; length < whole.length; length += step) {
        expect(() => decode(schemaOf(vector), vector.version, whole.subarray(0, length))).toThrow(DecodeError)
      }
    }
  })
})
