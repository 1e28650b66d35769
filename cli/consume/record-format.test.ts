// Records as they are printed.

import { expect, test } from 'vitest'
import { jsonPrinter, type PrintedRecord, printerFor } from './record-format.ts'

const record: PrintedRecord = {
  topic: 'orders',
  partition: 3,
  offset: 42,
  timestamp: 1_700_000_000_000,
  key: Buffer.from('k'),
  value: Buffer.from([0xff, 0x00]),
  headers: [
    { key: 'a', value: Buffer.from('1') },
    { key: 'b', value: null },
    { key: 'c', value: Buffer.alloc(0) },
  ],
}

function printed(format: string, of: Partial<PrintedRecord> = {}, nullText?: string): Buffer {
  const out: Uint8Array[] = []
  printerFor(format, nullText)({ ...record, ...of }, out)
  return Buffer.concat(out)
}

test('every part, and what stands between', () => {
  expect(printed('%t[%p]@%o %T %k %K %S %h %%\\t\\n\\\\\\x41').toString()).toBe(
    'orders[3]@42 1700000000000 k 1 2 a=1,b,c= %\t\n\\A',
  )
  expect(printed('%o', { offset: 2n ** 60n }).toString()).toBe('1152921504606846976')
})

test('bytes go out as they are', () => {
  expect(printed('%v')).toEqual(Buffer.from([0xff, 0x00]))
  expect(printed('%s')).toEqual(printed('%v'))
  expect(printed('\\xff\\x0a')).toEqual(Buffer.from([0xff, 0x0a]))
})

test('what is not there', () => {
  expect(printed('%k|%v|%K|%S', { key: null, value: null }).toString()).toBe('||-1|-1')
  expect(printed('%k|%v', { key: null, value: Buffer.alloc(0) }, 'NULL').toString()).toBe('NULL|')
})

test('what is not known is refused', () => {
  for (const wrong of ['%q', '%', 'a%', '\\q', '\\', '\\x4', '%ⓥ'])
    expect(() => printerFor(wrong), wrong).toThrow('--format')
})

test('JSON', () => {
  const out: Uint8Array[] = []
  jsonPrinter()({ ...record, key: null, offset: 2n ** 60n }, out)
  expect(JSON.parse(Buffer.concat(out).toString())).toEqual({
    topic: 'orders',
    partition: 3,
    offset: '1152921504606846976',
    timestamp: 1_700_000_000_000,
    key: null,
    value: { base64: '/wA=' },
    headers: [
      { key: 'a', value: '1' },
      { key: 'b', value: null },
      { key: 'c', value: '' },
    ],
  })
})

test('JSON that is there already', () => {
  const out: Uint8Array[] = []
  const value = Buffer.from('{"id":9007199254740993}')
  jsonPrinter()({ ...record, value, json: ['key', 'value'], key: null }, out)
  expect(Buffer.concat(out).toString()).toContain('"key":null,"value":{"id":9007199254740993},"headers"')
})
