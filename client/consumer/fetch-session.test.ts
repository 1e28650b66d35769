import { describe, expect, test } from 'vitest'
import { errors } from '../../protocol/errors.ts'
import { fetch } from '../../protocol/messages/fetch.ts'
import { decode, encode, type Message } from '../../protocol/wire/schema.ts'
import { FetchSession, type SessionRequest, type WantedPartition } from './fetch-session.ts'

const idOf: Record<string, string> = { a: 'AAAAAAAAAAAAAAAAAAAAKQ', b: 'AAAAAAAAAAAAAAAAAAAAKg' }

function wanted(topic: string, partition: number, fetchOffset: number, more: Partial<WantedPartition> = {}) {
  const rest = { currentLeaderEpoch: 1, lastFetchedEpoch: -1, maxBytes: 100 }
  return { topic, topicId: idOf[topic]!, partition, fetchOffset, ...rest, ...more }
}

/** "session/epoch +a-0@5 -b-1": what the request says. */
function text({ sessionId, sessionEpoch, topics = [], forgottenTopicsData = [] }: SessionRequest): string {
  const asked = topics.flatMap(({ topic, partitions = [] }) =>
    partitions.map(each => `+${topic}-${each.partition}@${each.fetchOffset}`),
  )
  const forgotten = forgottenTopicsData.flatMap(({ topic, topicId, partitions = [] }) =>
    partitions.map(partition => `-${topic}-${partition}${topicId === idOf[topic!] ? '' : `(${topicId})`}`),
  )
  return [`${sessionId}/${sessionEpoch}`, ...asked, ...forgotten].join(' ')
}

function answer(sessionId: number, errorCode = 0): Message<typeof fetch.response> {
  return decode(fetch.response, 12, encode(fetch.response, 12, { sessionId, errorCode }))
}

describe('a session', () => {
  test('begins in full, then names what has changed, and forgets what is not wanted', () => {
    const session = new FetchSession()
    expect(text(session.build([wanted('a', 0, 5), wanted('a', 1, 0), wanted('b', 0, 0)], 17))).toBe(
      '0/0 +a-0@5 +a-1@0 +b-0@0',
    )
    session.answered(answer(77))
    expect(text(session.build([wanted('a', 0, 9), wanted('a', 1, 0), wanted('b', 0, 0)], 17))).toBe('77/1 +a-0@9')
    session.answered(answer(77))
    expect(text(session.build([wanted('a', 0, 9), wanted('b', 0, 0)], 17))).toBe('77/2 -a-1')
    session.answered(answer(77))
    expect(text(session.build([wanted('a', 0, 9), wanted('b', 0, 0), wanted('a', 1, 3)], 17))).toBe('77/3 +a-1@3')
    expect(session.size).toBe(3)
  })

  test('a new leader epoch, a new limit, are changes', () => {
    const session = new FetchSession()
    session.build([wanted('a', 0, 5)], 17)
    session.answered(answer(77))
    expect(text(session.build([wanted('a', 0, 5, { currentLeaderEpoch: 2 })], 17))).toBe('77/1 +a-0@5')
    session.answered(answer(77))
    expect(text(session.build([wanted('a', 0, 5, { currentLeaderEpoch: 2, maxBytes: 200 })], 17))).toBe('77/2 +a-0@5')
  })

  test('a topic that was made anew is forgotten by its old id and asked for by its new one', () => {
    const session = new FetchSession()
    session.build([wanted('a', 0, 5)], 17)
    session.answered(answer(77))
    const again = session.build([wanted('a', 0, 0, { topicId: idOf.b! })], 17)
    expect(text(again)).toBe('77/1 +a-0@0 -a-0')
    expect(again.topics![0]!.topicId).toBe(idOf.b)
  })

  test('a broker without room for one gets everything each time', () => {
    const session = new FetchSession()
    session.build([wanted('a', 0, 5)], 17)
    session.answered(answer(0))
    expect(text(session.build([wanted('a', 0, 5)], 17))).toBe('0/0 +a-0@5')
  })

  test('after no answer the next request is full and closes what there may be', () => {
    const session = new FetchSession()
    session.build([wanted('a', 0, 5)], 17)
    session.answered(answer(77))
    session.build([wanted('a', 0, 9)], 17)
    session.failed()
    expect(text(session.build([wanted('a', 0, 9)], 17))).toBe('77/0 +a-0@9')
  })

  test.each([
    [errors.FETCH_SESSION_ID_NOT_FOUND.code, '0/0 +a-0@9'],
    [errors.INVALID_FETCH_SESSION_EPOCH.code, '77/0 +a-0@9'],
  ])('error %i begins another', (errorCode, expected) => {
    const session = new FetchSession()
    session.build([wanted('a', 0, 5)], 17)
    session.answered(answer(77))
    session.build([wanted('a', 0, 9)], 17)
    expect(session.answered(answer(0, errorCode))).toBe(errorCode)
    expect(text(session.build([wanted('a', 0, 9)], 17))).toBe(expected)
  })

  test('names in place of ids, or the other way round, need another', () => {
    const session = new FetchSession()
    session.build([wanted('a', 0, 5)], 17)
    session.answered(answer(77))
    expect(text(session.build([wanted('a', 0, 5)], 12))).toBe('77/0 +a-0@5')
  })

  test('ends with the final epoch, once', () => {
    const session = new FetchSession()
    expect(session.end()).toBeUndefined()
    session.build([wanted('a', 0, 5)], 17)
    session.answered(answer(77))
    expect(text(session.end()!)).toBe('77/-1')
    expect(session.end()).toBeUndefined()
  })
})
