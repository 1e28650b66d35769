import { describe, expect, test } from 'vitest'
import { errors } from '../protocol/errors.ts'
import { brokerError, ClientError, type ClientErrorCode, clientErrors, isRetriable, rootOf } from './client-error.ts'

describe('an error of the client', () => {
  test('says what happened, where, and what to do', () => {
    const cause = new Error('why')
    const place = { broker: 'b:9092', topic: 't', partition: 0, group: 'g', transactionalId: 'x' }
    const error = new ClientError('CONNECTION_CLOSED', 'it closed', { ...place, cause })
    expect(error.message).toBe(
      'CONNECTION_CLOSED: it closed for t-0 for group g for transactional id x at broker b:9092; whether the request was carried out is not known; ask again',
    )
    expect(error).toMatchObject({ name: 'ClientError', code: 'CONNECTION_CLOSED', retriable: true, cause, ...place })
    expect(error).toBeInstanceOf(Error)
  })

  test('of every code of its own says whether retrying helps, and gives advice', () => {
    for (const [code, { retriable, help }] of Object.entries(clientErrors)) {
      const error = new ClientError(code as ClientErrorCode, 'x')
      expect([error.retriable, error.help, isRetriable(error)]).toEqual([retriable, help, retriable])
      expect(help.length, code).toBeGreaterThan(10)
      expect(code in errors, `${code} is Kafka's: it would mean two things`).toBe(false)
    }
  })

  test('what the broker answered has Kafka’s name, its text, and whether it is retriable in Kafka', () => {
    for (const [name, { code, retriable }] of Object.entries(errors)) {
      if (code === errors.NONE.code) continue
      expect(brokerError(code, { topic: 't' }), name).toMatchObject({ code: name, retriable, topic: 't' })
    }
    expect(brokerError(errors.INVALID_TOPIC_EXCEPTION.code, {}, 'too long').message).toContain('(too long)')
    expect(brokerError(errors.NOT_CONTROLLER.code, { retriable: false }).retriable).toBe(false)
  })

  test('an error of a broker that is newer than this client is told by its number', () => {
    expect(brokerError(30_000)).toMatchObject({ code: 'UNKNOWN_SERVER_ERROR', retriable: false })
    expect(brokerError(30_000).message).toContain('30000')
  })

  test('that only says that nothing is to be had leads to why', () => {
    const why = new ClientError('BROKER_UNREACHABLE', 'refused')
    const open = new ClientError('CIRCUIT_OPEN', 'not asked', { cause: why })
    expect(rootOf(new ClientError('NO_BROKER_AVAILABLE', 'none', { cause: open }))).toBe(why)
    expect(rootOf(why)).toBe(why)
    const alone = new ClientError('CIRCUIT_OPEN', 'not asked')
    expect(rootOf(alone)).toBe(alone)
    const late = new ClientError('DEADLINE_EXCEEDED', 'late', { cause: why })
    expect(rootOf(late)).toBe(late)
  })

  test('of somebody else is not retriable', () => {
    expect([new Error('x'), null, 'x'].map(isRetriable)).toEqual([false, false, false])
  })
})
