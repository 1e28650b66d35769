import { expect, test } from 'vitest'
import { TopicInterest } from './topic-interest.ts'

test('interest is counted: what two want stays when one does not any more', () => {
  const topics = new TopicInterest()
  for (const name of ['a', 'b', 'a']) topics.add(name)
  topics.remove('a')
  expect(topics.names).toEqual(['a', 'b'])
  topics.remove('a')
  topics.remove('never added')
  expect(topics.names).toEqual(['b'])
  topics.addAll()
  topics.addAll()
  topics.removeAll()
  expect(topics.wantsAll).toBe(true)
  topics.removeAll()
  topics.removeAll()
  topics.addAll()
  expect(topics.wantsAll).toBe(true)
})
