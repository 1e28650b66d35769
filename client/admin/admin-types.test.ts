// The types that users of an Admin rely on: checked when the tests are compiled.

import { expectTypeOf, test } from 'vitest'
import { Admin, type ClientError, type CreatedTopic, type Outcomes } from '../index.ts'

const admin = new Admin({ bootstrap: '127.0.0.1:9092' })

/** For what only the compiler looks at. */
function neverCalled(..._calls: (() => unknown)[]): void {}

test('one thing is its value, several are outcomes', () => {
  expectTypeOf(admin.topics.create).returns.resolves.toEqualTypeOf<CreatedTopic>()
  expectTypeOf(admin.topics.createAll).returns.resolves.toEqualTypeOf<Outcomes<string, CreatedTopic>>()
  expectTypeOf(admin.topics.deleteAll).returns.resolves.toEqualTypeOf<Outcomes<string, void>>()
  expectTypeOf<Outcomes<string, CreatedTopic>>().toExtend<Map<string, CreatedTopic | ClientError>>()
  expectTypeOf<Outcomes<string, CreatedTopic>['value']>().returns.toEqualTypeOf<CreatedTopic>()
})

test('raw requests have the fields of their API, and no other', () => {
  const listed = () => admin.raw('ListGroups', 5, { typesFilter: ['consumer'] }, { broker: 1 })
  expectTypeOf(listed).returns.resolves.toHaveProperty('groups')
  type Group = Awaited<ReturnType<typeof listed>>['groups'][number]
  expectTypeOf<Group['groupId']>().toEqualTypeOf<string>()
  const described = () => admin.raw('DescribeGroups', 'latest', { groups: ['a'] }, { coordinator: { group: 'a' } })
  expectTypeOf<Awaited<ReturnType<typeof described>>['groups'][number]['errorCode']>().toEqualTypeOf<number>()
  neverCalled(
    // @ts-expect-error no such API
    () => admin.raw('ListGroup', 5, {}),
    // @ts-expect-error no such field
    () => admin.raw('ListGroups', 5, { typeFilter: [] }),
  )
})

test('places and settings are told from what they are not', () => {
  const at = { topic: 't', partition: 0 }
  neverCalled(
    () => admin.offsets.find({ ...at, at: { timestampMs: 1n } }),
    // @ts-expect-error no such place
    () => admin.offsets.find({ ...at, at: 'middle' }),
    // @ts-expect-error no such kind
    () => admin.configs.describe({ type: 'TABLE', name: 't' }),
  )
})
