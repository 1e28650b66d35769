import { expect, test } from 'vitest'
import { claimOf, claimRecord, isNoop } from './claim.ts'

const claim = { term: { producerId: 7, epoch: 3 }, token: 'abc', leaderUrl: 'http://a:8081' }

test('a claim is a NOOP with a value, so that compaction keeps the last one', () => {
  const record = claimRecord(claim)
  expect(record).toEqual({
    key: '{"keytype":"NOOP","magic":0}',
    value: '{"producerId":7,"epoch":3,"token":"abc","leader":"http://a:8081"}',
  })
  expect(claimOf(record.value)).toEqual(claim)
})

test('a NOOP is known however it is written; other keys are not one', () => {
  expect(isNoop('{ "magic": 0, "keytype": "NOOP" }')).toBe(true)
  expect(isNoop('{"keytype":"SCHEMA","subject":"NOOP","version":1,"magic":1}')).toBe(false)
  expect(isNoop('NOOP')).toBe(false)
  expect(isNoop('')).toBe(false)
})

test("another registry's NOOP is no claim", () => {
  for (const value of [null, '', 'null', '{}', '[]', '{"producerId":7,"epoch":-1,"token":"a"}', '{"producerId":"7"}']) {
    expect(claimOf(value)).toBeUndefined()
  }
})
