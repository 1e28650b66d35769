// Which schema a record names. The bytes are those of Confluent's own tests and clients.

import { expect, test } from 'vitest'
import { subjectStrategies, subjectStrategyOf } from './subject-name.ts'
import { framedOf, guidHeader, withId } from './wire-format.ts'

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')

// As in schemaregistry/test/serde/serde.spec.ts of confluent-kafka-javascript.
const guid = '89791762-2336-4186-9674-299b90a802e2'
const guidBytes = hex('01 89 79 17 62 23 36 41 86 96 74 29 9b 90 a8 02 e2')

test('an id before the bytes', () => {
  expect(withId(1, Buffer.from('x'))).toEqual(hex('00 00000001 78'))
  expect(withId(0x7fffffff, Buffer.alloc(0))).toEqual(hex('00 7fffffff'))
  const { schemaId, payload } = framedOf(hex('00 0000abcd 0102'), undefined, 'the value')
  expect(schemaId).toEqual({ id: 0xabcd })
  expect(Buffer.from(payload)).toEqual(hex('0102'))
})

test('a GUID in the header, which goes before the bytes, or in front of them', () => {
  expect(guidHeader(guid)).toEqual(guidBytes)
  const inHeader = framedOf(hex('00 0000abcd 0102'), guidBytes, 'the value')
  expect(inHeader.schemaId).toEqual({ guid })
  expect(Buffer.from(inHeader.payload)).toEqual(hex('00 0000abcd 0102'))
  const inFront = framedOf(Buffer.concat([guidBytes, hex('ff')]), undefined, 'the value')
  expect(inFront.schemaId).toEqual({ guid })
  expect(Buffer.from(inFront.payload)).toEqual(hex('ff'))
})

test('the payload is a view of the record', () => {
  const memory = new Uint8Array(hex('ff 00 00000001 78 ff'))
  const { schemaId, payload } = framedOf(memory.subarray(1, 7), undefined, 'the value')
  expect(schemaId).toEqual({ id: 1 })
  expect(payload.buffer).toBe(memory.buffer)
  expect([...payload]).toEqual([0x78])
})

test.each([
  ['', 'empty'],
  ['00', 'after 1 bytes'],
  ['00 000000', 'after 4 bytes'],
  ['01 000000', 'after 4 bytes'],
  ['7b 7d', 'begins with the byte 123'],
])('%j is refused', (bytes, why) => {
  expect(() => framedOf(hex(bytes), undefined, 'the value')).toThrow(why)
  expect(() => framedOf(Buffer.alloc(9), hex(bytes), 'the value')).toThrow('the header of the value')
})

test('subjects', () => {
  const question = { topic: 'orders', part: 'value', recordName: 'com.acme.Order' } as const
  expect(subjectStrategies.topicName(question)).toBe('orders-value')
  expect(subjectStrategies.recordName(question)).toBe('com.acme.Order')
  expect(subjectStrategies.topicRecordName(question)).toBe('orders-com.acme.Order')
  expect(subjectStrategyOf(({ topic }) => topic)(question)).toBe('orders')
  expect(() => subjectStrategies.recordName({ ...question, recordName: undefined })).toThrow('has no name')
  expect(() => subjectStrategyOf('topic' as 'topicName')).toThrow('topicName, recordName, topicRecordName')
})
