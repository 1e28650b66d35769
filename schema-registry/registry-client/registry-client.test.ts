// Addresses, failover, retries, time limits and what is made of answers.

import { describe, expect, test } from 'vitest'
import { ManualClock } from '../../io/sim/clock.ts'
import { seededRandom } from '../../io/sim/random.ts'
import { RegistryClient } from './registry-client.ts'
import { RegistryError } from './registry-error.ts'
import { parseAddresses, type RegistryOptions } from './registry-options.ts'
import { type Answer, type Asked, scriptedFetch } from './scripted-fetch.ts'

const stored = { schema: '"string"' }

function make(answerTo: (asked: Asked, number: number) => Answer, options: Partial<RegistryOptions> = {}) {
  const clock = new ManualClock()
  const { fetch, asked } = scriptedFetch(answerTo)
  const random = { ...seededRandom(1), next: () => 1 }
  const url = ['http://a:8081', 'http://b:8081/registry/']
  const client = new RegistryClient({ url, ...options, world: { clock, random, fetch } })
  /** What the promise has come to after so much time. */
  const outcome = async <T>(promise: Promise<T>, ms = 60_000): Promise<T | RegistryError | 'not yet'> => {
    let come: T | RegistryError | 'not yet' = 'not yet'
    promise.then(
      value => (come = value),
      error => (come = error),
    )
    await clock.run(ms)
    return come
  }
  return { clock, client, asked, outcome, urls: () => asked.map(({ url }) => url) }
}

describe('addresses', () => {
  test('several, with paths, users and passwords', () => {
    expect(parseAddresses('127.0.0.1:8081, https://u:p%40ss@b/x/')).toEqual([
      { url: 'http://127.0.0.1:8081', authorization: undefined },
      { url: 'https://b/x', authorization: `Basic ${Buffer.from('u:p@ss').toString('base64')}` },
    ])
  })

  test.each(['', ' , ', 'ftp://a', 'http://', 'http://a?x=1', 'http://u:geheim@a b'])('%j is none', text => {
    expect(() => parseAddresses(text)).toThrow(RegistryError)
    expect(() => parseAddresses(text)).not.toThrow('geheim')
  })
})

describe('asking', () => {
  test('what is sent', async () => {
    const { client, asked } = make(() => ({ json: { id: 7, guid: 'g' } }), {
      auth: { bearer: async () => 'token' },
      headers: { 'x-a': '1' },
    })
    const references = [{ name: 'com.acme.Money', subject: 'money', version: 2 }]
    const registered = await client.register('a/b:c', { schema: '"x"', references }, { normalize: true })
    expect(registered).toEqual({ id: 7, guid: 'g', version: undefined })
    expect(asked).toEqual([
      {
        method: 'POST',
        url: 'http://a:8081/subjects/a%2Fb%3Ac/versions?normalize=true',
        headers: {
          accept: 'application/vnd.schemaregistry.v1+json, application/json',
          'content-type': 'application/vnd.schemaregistry.v1+json',
          authorization: 'Bearer token',
          'x-a': '1',
        },
        body: { schema: '"x"', references },
      },
    ])
  })

  test('an address that fails hands over to the next one, which is asked from then on', async () => {
    const { client, outcome, urls } = make(({ url }) => (url.startsWith('http://a') ? 'refused' : { json: stored }))
    expect(await outcome(client.schemaById(1))).toMatchObject(stored)
    expect(await outcome(client.schemaById(2))).toMatchObject(stored)
    expect(urls()).toEqual([
      'http://a:8081/schemas/ids/1',
      'http://b:8081/registry/schemas/ids/1',
      'http://b:8081/registry/schemas/ids/2',
    ])
  })

  test('an address that says nothing costs one attempt', async () => {
    const { clock, client, outcome } = make(({ url }) => (url.startsWith('http://a') ? 'silent' : { json: stored }))
    expect(await outcome(client.schemaById(1), 5000)).toBe('not yet')
    expect(await outcome(client.schemaById(1), 200)).toMatchObject(stored)
    expect(clock.pending).toBe(0)
  })

  test('nobody answers: the last reason, after the time that was given', async () => {
    const { clock, client, outcome } = make(() => 'refused', { timeoutMs: 3000 })
    const error = (await outcome(client.subjects(), 3000)) as RegistryError
    expect(error).toMatchObject({ code: 'DEADLINE_EXCEEDED', retriable: true })
    expect(error.message).toContain('list subjects within 3000 ms')
    expect(error.message).toContain('ECONNREFUSED')
    expect(error.cause).toMatchObject({ code: 'REGISTRY_UNREACHABLE' })
    expect(clock.pending).toBe(0)
  })

  test('what a registry refuses is not asked again; what it cannot do now is', async () => {
    const { client, outcome, asked } = make((_, number) =>
      number === 1
        ? { status: 503, json: { error_code: 50004, message: 'no leader' } }
        : { status: 404, json: { error_code: 40403, message: 'Schema 9 not found' } },
    )
    expect(await outcome(client.schemaById(9))).toMatchObject({
      name: 'RegistryError',
      code: 'SCHEMA_NOT_FOUND',
      status: 404,
      errorCode: 40403,
      retriable: false,
      message: expect.stringContaining('Schema 9 not found'),
    })
    expect(asked).toHaveLength(2)
  })

  test('too many requests: as long as the registry says', async () => {
    const { client, outcome, asked } = make((_, number) =>
      number === 1 ? { status: 429, json: {}, headers: { 'retry-after': '3' } } : { json: number === 2 ? ['s'] : [] },
    )
    const listed = client.subjects()
    expect(await outcome(listed, 2999)).toBe('not yet')
    expect(asked).toHaveLength(1)
    expect(await outcome(listed, 200)).toEqual(['s'])
  })

  test('a deletion is repeated only when it cannot have been carried out', async () => {
    const refused = make((_, number) => (number === 1 ? 'refused' : { json: [1] }))
    expect(await refused.outcome(refused.client.deleteSubject('s'))).toEqual([1])
    const lost = make((_, number) => (number === 1 ? 'reset' : { json: [1] }))
    expect(await lost.outcome(lost.client.deleteSubject('s'))).toMatchObject({ code: 'REGISTRY_UNREACHABLE' })
    expect(lost.asked).toHaveLength(1)
  })

  test('something else than a registry', async () => {
    const page = make(() => ({ text: '<html>hello</html>' }))
    expect(await page.outcome(page.client.subjects())).toMatchObject({
      code: 'BROKEN_ANSWER',
      message: expect.stringContaining('<html>hello'),
    })
    const object = make(() => ({ json: { id: '7' } }))
    expect(await object.outcome(object.client.register('s', stored))).toMatchObject({ code: 'BROKEN_ANSWER' })
    const missing = make(() => ({ status: 404, text: 'nginx' }))
    expect(await missing.outcome(missing.client.subjects())).toMatchObject({ code: 'REGISTRY_REFUSED', status: 404 })
  })

  test('close ends what is under way, a signal ends a call', async () => {
    const { clock, client, outcome } = make(() => 'silent')
    const controller = new AbortController()
    const aborted = outcome(client.subjects({ signal: controller.signal }), 10)
    controller.abort()
    expect(await aborted).toMatchObject({ code: 'ABORTED' })
    const closed = outcome(client.subjects(), 10)
    client.close()
    expect(await closed).toMatchObject({ code: 'CLOSED' })
    expect(await outcome(client.subjects(), 10)).toMatchObject({ code: 'CLOSED' })
    await clock.run(10_000)
    expect(clock.pending).toBe(0)
  })

  test('a level that registries call by two names, and one that is not the subject’s own', async () => {
    const { client, outcome } = make(({ url }) =>
      url.includes('/config/')
        ? { status: 404, json: { error_code: 40408, message: 'none' } }
        : { json: { compatibilityLevel: 'FULL' } },
    )
    expect(await outcome(client.compatibilityLevel('s'))).toBe('FULL')
  })
  test('lists in pages, as many at once as the registry gives; and from one that knows no pages', async () => {
    const all = Array.from({ length: 7 }, (_, index) => `s${index}`)
    const byThree = make(({ url }) => {
      const offset = Number(new URL(url).searchParams.get('offset'))
      return { json: all.slice(offset, offset + 3) }
    })
    expect(await byThree.outcome(byThree.client.subjects())).toEqual(all)
    expect(byThree.asked).toHaveLength(4)
    const whole = make(() => ({ json: all }))
    expect(await whole.outcome(whole.client.subjects())).toEqual(all)
    expect(whole.asked).toHaveLength(2)
  })
})
