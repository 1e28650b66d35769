import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { goldenValue } from '../testing/golden/value.ts'
import { repositoryPath } from '../testing/repository-path.ts'
import {
  FrameCutter,
  readRequestFrame,
  readResponseFrame,
  requestHeaderVersion,
  responseHeaderVersion,
  writeRequestFrame,
  writeResponseFrame,
} from './framing.ts'
import { apiByKey } from './messages/index.ts'
import { DecodeError } from './wire/decode-error.ts'
import type { Part } from './wire/writer.ts'

interface FrameVector {
  readonly type: 'requestFrame' | 'responseFrame'
  readonly name: string
  readonly apiKey: number
  readonly version: number
  readonly headerVersion: number
  readonly header: { correlationId: number; clientId: string | null }
  readonly body: Record<string, unknown>
  readonly hex: string
}

const vectors = gunzipSync(readFileSync(repositoryPath('protocol/testdata/frames.jsonl.gz')))
  .toString('utf8')
  .split('\n')
  .filter(line => line !== '')
  .map(line => JSON.parse(line) as FrameVector)

const joined = (parts: Part[]) => Buffer.concat(parts as Uint8Array[])

describe("Kafka's frames", () => {
  test('all of them are there', () => {
    expect(vectors.length).toBe(604)
  })

  test.each(vectors.map(vector => [`${vector.type} ${vector.name} v${vector.version}`, vector] as const))(
    '%s',
    (_, vector) => {
      const api = apiByKey.get(vector.apiKey)!
      const bytes = Buffer.from(vector.hex, 'hex')
      const { version, header } = vector
      const cutter = new FrameCutter(bytes.length)
      cutter.push(bytes)
      const frame = cutter.next()!
      expect(frame.length).toBe(bytes.length - 4)
      if (vector.type === 'requestFrame') {
        expect(requestHeaderVersion(api, version)).toBe(vector.headerVersion)
        const request = readRequestFrame(frame)
        expect(request).toMatchObject({
          api,
          apiVersion: version,
          correlationId: header.correlationId,
          clientId: header.clientId,
        })
        const body = api.request.read(version, request.reader)
        expect(request.reader.remaining).toBe(0)
        expect(body).toEqual(goldenValue(api.request.fields, vector.body, []))
        expect(joined(writeRequestFrame(api, version, request, body)).toString('hex')).toBe(vector.hex)
      } else {
        expect(responseHeaderVersion(api, version)).toBe(vector.headerVersion)
        const { correlationId, reader } = readResponseFrame(api, version, frame)
        expect(correlationId).toBe(header.correlationId)
        const body = api.response.read(version, reader)
        expect(reader.remaining).toBe(0)
        expect(joined(writeResponseFrame(api, version, correlationId, body)).toString('hex')).toBe(vector.hex)
      }
    },
  )
})

describe('cutting', () => {
  const framed = (...bodies: Buffer[]) =>
    Buffer.concat(
      bodies.flatMap(body => {
        const length = Buffer.alloc(4)
        length.writeInt32BE(body.length)
        return [length, body]
      }),
    )
  const drain = (cutter: FrameCutter) => {
    const frames: Buffer[] = []
    for (let frame = cutter.next(); frame !== undefined; frame = cutter.next()) frames.push(frame)
    return frames
  }

  test('frames come out whole and in order wherever the stream is cut', () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 8 })
    const cuts = fc.array(fc.nat({ max: 400 }), { maxLength: 30 })
    fc.assert(
      fc.property(bodies, cuts, fc.boolean(), (contents, places, drainEachTime) => {
        const expected = contents.map(content => Buffer.from(content))
        const stream = framed(...expected)
        const cutter = new FrameCutter(40)
        const got: Buffer[] = []
        let from = 0
        for (const to of [...places.filter(place => place <= stream.length).sort((a, b) => a - b), stream.length]) {
          cutter.push(Buffer.from(stream.subarray(from, to)))
          from = to
          if (drainEachTime) got.push(...drain(cutter))
        }
        got.push(...drain(cutter))
        expect(got).toEqual(expected)
        expect(cutter.heldBytes).toBe(0)
      }),
    )
  })

  test('a frame within one chunk is a view of it', () => {
    const chunk = framed(Buffer.from('abc'), Buffer.from('defg'))
    const cutter = new FrameCutter(100)
    cutter.push(chunk)
    expect(drain(cutter).map(frame => frame.buffer === chunk.buffer)).toEqual([true, true])
  })

  test('a frame over many chunks is collected in one buffer of its size', () => {
    const body = Buffer.alloc(100_000, 7)
    const stream = framed(body)
    const cutter = new FrameCutter(body.length)
    for (let at = 0; at < stream.length; at += 1000) {
      expect(cutter.next()).toBeUndefined()
      cutter.push(stream.subarray(at, at + 1000))
    }
    const frame = cutter.next()!
    expect(frame.equals(body)).toBe(true)
    expect(frame.buffer.byteLength).toBe(body.length)
  })

  test.each([
    ['negative', 'ffffffff', 'a frame of -1 bytes was announced'],
    ['the smallest int32', '80000000', 'a frame of -2147483648 bytes was announced'],
    ['too large', '00000401', 'a frame of 1025 bytes was announced; at most 1024 are read'],
    ['an HTTP request', Buffer.from('GET ').toString('hex'), 'at most 1024 are read'],
  ])('a length that is %s is refused before anything is allocated', (_, hex, message) => {
    for (const size of [1, 2, 4]) {
      const cutter = new FrameCutter(1024)
      const bytes = Buffer.from(hex, 'hex')
      for (let at = 0; at < bytes.length; at += size) cutter.push(bytes.subarray(at, at + size))
      expect(() => cutter.next()).toThrow(DecodeError)
      const again = new FrameCutter(1024)
      again.push(bytes)
      expect(() => again.next()).toThrow(message)
    }
  })

  test('the largest frame allowed is read, also an empty one', () => {
    const cutter = new FrameCutter(1024)
    cutter.push(framed(Buffer.alloc(1024), Buffer.alloc(0)))
    expect(drain(cutter).map(frame => frame.length)).toEqual([1024, 0])
  })
})

describe('headers that cannot be read', () => {
  test.each([
    ['an API that does not exist', '03e800000000002a00016300'],
    ['a removed API', '000400000000002a00016300'],
    ['nothing', ''],
    ['an early end', '00030001'],
  ])('%s', (_, hex) => {
    expect(() => readRequestFrame(Buffer.from(hex, 'hex'))).toThrow(DecodeError)
  })

  test('an unknown version is the caller’s to refuse', () => {
    const frame = readRequestFrame(Buffer.from('001200630000002a00016300', 'hex'))
    expect(frame).toMatchObject({ apiVersion: 99, correlationId: 42, clientId: 'c' })
  })
})
