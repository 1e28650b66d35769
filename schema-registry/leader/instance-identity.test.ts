// The bytes of Confluent's instances, as Jackson writes SchemaRegistryIdentity and Assignment (version 8: with `leader`; before:
// without). Property order is Jackson's: those of the constructor first.

import { expect, test } from 'vitest'
import { assignmentBytes, assignmentOf, identityBytes, identityOf, urlOf } from './instance-identity.ts'

const ours = { scheme: 'http', host: 'a', port: 8081, isEligible: true, isLeader: true } as const

test('reads what other registries write', () => {
  const text = '{"host":"sr-1","port":8081,"master_eligibility":true,"scheme":"http","version":1,"leader":false}'
  const identity = { scheme: 'http', host: 'sr-1', port: 8081, isEligible: true, isLeader: false }
  expect(identityOf(Buffer.from(text))).toEqual(identity)
  const older = '{"version":1,"host":"sr-1","port":8081,"master_eligibility":true}'
  expect(identityOf(Buffer.from(older))).toEqual(identity)
  const assignment = `{"error":0,"master":"sr-1-6f","master_identity":${text},"version":1}`
  expect(assignmentOf(Buffer.from(assignment))).toEqual({ hasDuplicateUrls: false, leader: identity })
  const nobody = '{"error":1,"version":1}'
  expect(assignmentOf(Buffer.from(nobody))).toEqual({ hasDuplicateUrls: true, leader: undefined })
})

test('says who leads only where it is asked to: early versions of other registries refuse what they do not know', () => {
  expect(identityBytes(ours, { says: false }).toString()).toBe(
    '{"version":1,"host":"a","port":8081,"master_eligibility":true,"scheme":"http"}',
  )
  expect(identityOf(identityBytes(ours, { says: true }))).toEqual(ours)
  const bytes = assignmentBytes('m', { hasDuplicateUrls: false, leader: ours }, { says: false })
  expect(bytes.toString()).toBe(
    '{"version":1,"error":0,"master":"m","master_identity":{"version":1,"host":"a","port":8081,"master_eligibility":true,"scheme":"http"}}',
  )
  expect(
    assignmentOf(assignmentBytes(undefined, { hasDuplicateUrls: true, leader: undefined }, { says: true })),
  ).toEqual({
    hasDuplicateUrls: true,
    leader: undefined,
  })
})

test('what is no identity is none', () => {
  for (const text of [
    '',
    'null',
    '[]',
    '{}',
    '{"host":"a"}',
    '{"host":"a","port":"1"}',
    '{"host":"a","port":1,"scheme":"ftp"}',
    '\xff',
  ]) {
    expect(identityOf(Buffer.from(text))).toBeUndefined()
  }
  expect(assignmentOf(Buffer.from('range'))).toBeUndefined()
})

test('the URL of an instance', () => {
  expect(urlOf(ours)).toBe('http://a:8081')
  expect(urlOf({ scheme: 'https', host: '::1', port: 1 })).toBe('https://[::1]:1')
})
