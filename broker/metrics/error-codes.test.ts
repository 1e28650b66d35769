import { expect, test } from 'vitest'
import { describeConfigs } from '../../protocol/messages/describe-configs.ts'
import { fetch } from '../../protocol/messages/fetch.ts'
import { apiByKey } from '../../protocol/messages/index.ts'
import { shareFetch } from '../../protocol/messages/share-fetch.ts'
import type { Fields, InputFields } from '../../protocol/wire/field.ts'
import { errorCodesIn } from './error-codes.ts'

function codesOf<F extends Fields>(response: F, answer: InputFields<F>): number[] {
  const codes: number[] = []
  errorCodesIn(response)(answer, code => codes.push(code))
  return codes
}

test('of the whole and of each partition; none is no error, and what is left out is none', () => {
  const partitions = [{ errorCode: 3 }, { errorCode: 0 }, {}, { errorCode: -1 }]
  const responses = [{ topic: 'a', partitions }, { topic: 'b' }, { topic: 'c', partitions: [{ errorCode: 3 }] }]
  expect(codesOf(fetch.response.fields, { errorCode: 70, responses })).toEqual([70, 3, -1, 3])
  expect(codesOf(fetch.response.fields, {})).toEqual([])
})

test('lists that are null have none', () => {
  expect(codesOf(describeConfigs.response.fields, { results: [{ errorCode: 5, configs: null as never }] })).toEqual([5])
})

test('codes with a longer name are codes', () => {
  const partitions = [{ errorCode: 0, acknowledgeErrorCode: 9 }]
  expect(codesOf(shareFetch.response.fields, { responses: [{ partitions }] })).toEqual([9])
})

test('every API can be looked at', () => {
  for (const api of apiByKey.values()) expect(codesOf(api.response.fields, {})).toEqual([])
})
