import { expect, test } from 'vitest'
import { clusterSettings } from './cluster-options.ts'

test('defaults are those of the Java clients 4.3.0', () => {
  expect(clusterSettings({ bootstrap: 'a:1' })).toMatchObject({
    ...{ requestTimeoutMs: 30_000, connectTimeoutMs: 10_000, metadataMaxAgeMs: 300_000, rebootstrapAfterMs: 300_000 },
    ...{ retryBackoffMs: 100, retryBackoffMaxMs: 1000, reconnectBackoffMs: 50, reconnectBackoffMaxMs: 1000 },
  })
})

test('TLS: on with the machine’s certificates, with others, off', () => {
  const tls = (value?: boolean | { ca: string }) =>
    clusterSettings({ bootstrap: 'a:1', ...(value !== undefined && { tls: value }) }).tls
  expect([tls(true), tls({ ca: 'x' }), tls(false), tls()]).toEqual([{}, { ca: 'x' }, undefined, undefined])
})

test.each([
  ['requestTimeoutMs', 0],
  ['connectTimeoutMs', -1],
  ['metadataMaxAgeMs', Number.NaN],
  ['breakerFailuresMax', 0],
  ['retryBackoffMs', '100' as unknown as number],
])('%s = %s is refused by name, with what would do', (name, value) => {
  const make = () => clusterSettings({ bootstrap: 'a:1', [name]: value })
  expect(make).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
  expect(make).toThrow(`${name} is ${value}; give a number of at least `)
})

test('what brokers are told of is whole', () => {
  const make = () => clusterSettings({ bootstrap: 'a:1', requestTimeoutMs: 0.5 + 1000 })
  expect(make).toThrow('requestTimeoutMs is 1000.5; give whole milliseconds')
})

test('a part of the retry budget leaves the rest as it is', () => {
  const { retryBudget } = clusterSettings({ bootstrap: 'a:1', retryBudget: { ratio: 0.5 } })
  expect(retryBudget).toEqual({ ratio: 0.5, perSecondMin: 10, retriesMax: 100 })
})
