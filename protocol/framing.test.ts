import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { goldenValue } from '../testing/golden/value.ts'
import { repositoryPath } from '../testing/repository-path.ts'
import { FrameCutter } from './frame-cutter.ts'
import {
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
