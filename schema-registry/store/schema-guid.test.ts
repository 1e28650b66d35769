// GUIDs. The expected ones are md5sum's, over the bytes that Confluent's Schema.updateHash takes in their order; all 24 of its own
// SchemaMD5RegressionTest were compared once and agree.

import { expect, test } from 'vitest'
import { readMetadata, readRuleSet } from './entity-json.ts'
import { FieldReader } from './field-reader.ts'
import { guidOf, guidOfDigest, parseGuid } from './schema-guid.ts'

const plain = { text: '"int"', references: [], metadata: undefined, ruleSet: undefined }

test('of a text alone: its MD5, which for "int" is also what the Avro specification calls its fingerprint', () => {
  expect(guidOf(plain)).toBe('ef524ea1-b91e-7317-3d93-8ade36c1db32')
})

test('of references: name, subject and the version as four bytes', () => {
  const references = [{ name: 'a.B', subject: 'b-value', version: 258 }]
  // printf '"int"a.Bb-value\0\0\1\2' | md5sum
  expect(guidOf({ ...plain, references })).toBe('86936852-947d-ee30-4b65-f354cb4c0732')
})

test('of metadata: tags, properties, sensitive ones, each in the order of code units, behind a byte', () => {
  const fields = { tags: { t: ['z', 'y'] }, properties: { 9: 'nine', 10: 'ten' }, sensitive: ['10'] }
  // printf '"int"\1tyz10ten9nine10' | md5sum
  expect(guidOf({ ...plain, metadata: readMetadata(new FieldReader(fields)) })).toBe(
    '37d26a4f-5ec5-d0ab-63fc-22a7596bc4e0',
  )
})

test('of rules, with the defaults of their kind and mode', () => {
  const rule = { name: 'n', type: 'CEL', params: { b: '2', a: '1' }, expr: 'e', disabled: true }
  const ruleSet = readRuleSet(new FieldReader({ domainRules: [rule], enableAt: 'CLIENT' }))
  // printf '"int"\1nTRANSFORMWRITEREADCELa1b2e\1CLIENT' | md5sum
  expect(guidOf({ ...plain, ruleSet })).toBe('b57d73c1-1524-d066-7d4f-3827f2d01953')
})

test('empty metadata are not none', () => {
  const metadata = readMetadata(new FieldReader({}))
  // printf '"int"\1' | md5sum
  expect(guidOf({ ...plain, metadata })).toBe('1d1d1f70-2ee5-5e03-8ce5-4f3b6703c50f')
})

test('are read as UUIDs and as digits', () => {
  expect(parseGuid('EF524EA1-B91E-7317-3D93-8ADE36C1DB32')).toBe('ef524ea1-b91e-7317-3d93-8ade36c1db32')
  expect(parseGuid('ef524ea1b91e73173d938ade36c1db32')).toBe('ef524ea1-b91e-7317-3d93-8ade36c1db32')
  expect(parseGuid('ef524ea1b91e-73173d938ade36c1db32')).toBeUndefined()
  expect(parseGuid('ef52')).toBeUndefined()
  expect(guidOfDigest('71JOobkecxc9k4reNsHbMg==')).toBe('ef524ea1-b91e-7317-3d93-8ade36c1db32')
  expect(guidOfDigest('71JO')).toBeUndefined()
})
