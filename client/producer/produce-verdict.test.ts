import { describe, expect, test } from 'vitest'
import { errors } from '../../protocol/errors.ts'
import { type Circumstances, isMetadataError, verdictOf } from './produce-verdict.ts'

const usual: Circumstances = {
  records: 10,
  isIdempotent: true,
  isTransactional: false,
  isNext: true,
  isUnresolved: false,
  isBehindUnresolved: false,
}
const verdict = (name: keyof typeof errors, circumstances: Partial<Circumstances> = {}, logStartOffset = 0) =>
  verdictOf({ errorCode: errors[name].code, logStartOffset }, { ...usual, ...circumstances })

describe('a batch that was refused', () => {
  test.each(['NOT_LEADER_OR_FOLLOWER', 'NOT_ENOUGH_REPLICAS', 'KAFKA_STORAGE_ERROR', 'CORRUPT_MESSAGE'] as const)(
    'is sent again: %s',
    name => expect(verdict(name)).toBe('again'),
  )
  test.each([
    'TOPIC_AUTHORIZATION_FAILED',
    'INVALID_RECORD',
    'INVALID_PRODUCER_EPOCH',
    'UNKNOWN_SERVER_ERROR',
  ] as const)('is given up: %s', name => expect(verdict(name)).toBe('given up'))
  test('was written before when its numbers were seen', () => {
    expect(verdict('DUPLICATE_SEQUENCE_NUMBER')).toBe('written before')
  })
  test('is split when it is too large, as far as it can be', () => {
    expect(verdict('MESSAGE_TOO_LARGE')).toBe('split')
    expect(verdict('MESSAGE_TOO_LARGE', { records: 1 })).toBe('given up')
  })
})

describe('out of order', () => {
  const name = 'OUT_OF_ORDER_SEQUENCE_NUMBER'
  test('waits for those before it', () => expect(verdict(name, { isNext: false })).toBe('again'))
  test('begins anew when there are none before it', () => expect(verdict(name)).toBe('again, anew'))
  test('begins anew behind one that was given up, and no other', () => {
    expect(verdict(name, { isUnresolved: true, isBehindUnresolved: true, isNext: false })).toBe('again, anew')
    expect(verdict(name, { isUnresolved: true, isBehindUnresolved: false, isNext: false })).toBe('again')
  })
  test('ends a transaction, whose epoch is the coordinator’s', () => {
    expect(verdict(name, { isTransactional: true })).toBe('given up')
    expect(verdict(name, { isTransactional: true, isNext: false })).toBe('again')
  })
  test('means nothing to a producer without numbers', () => {
    expect(verdict(name, { isIdempotent: false })).toBe('given up')
  })
})

describe('a producer that the broker does not know', () => {
  const name = 'UNKNOWN_PRODUCER_ID'
  test('asks again while the broker does not know its log start', () => expect(verdict(name, {}, -1)).toBe('again'))
  test('begins anew', () => expect(verdict(name)).toBe('again, anew'))
  test('ends its transaction', () => expect(verdict(name, { isTransactional: true })).toBe('given up'))
})

test('which errors say that the leader is another one', () => {
  expect(isMetadataError(errors.NOT_LEADER_OR_FOLLOWER.code)).toBe(true)
  expect(isMetadataError(errors.UNKNOWN_TOPIC_ID.code)).toBe(true)
  expect(isMetadataError(errors.NOT_ENOUGH_REPLICAS.code)).toBe(false)
  expect(isMetadataError(errors.NONE.code)).toBe(false)
})
