import { describe, expect, test } from 'vitest'
import { addressText, parseBootstrap } from './address.ts'

describe('bootstrap addresses', () => {
  // As ClientUtilsTest of Kafka 4.3.0 has them.
  test.each([
    ['127.0.0.1:8000', [['127.0.0.1', 8000]]],
    ['localhost:8080', [['localhost', 8080]]],
    ['[::1]:8000', [['::1', 8000]]],
    ['[2001:db8:85a3:8d3:1319:8a2e:370:7348]:1234', [['2001:db8:85a3:8d3:1319:8a2e:370:7348', 1234]]],
    ['PLAINTEXT://localhost:9092', [['localhost', 9092]]],
    ['SASL_SSL://[::1]:9092', [['::1', 9092]]],
    [
      'a:1, b:2 ,,c:3,',
      [
        ['a', 1],
        ['b', 2],
        ['c', 3],
      ],
    ],
    [
      ['a:1', ' b:2 '],
      [
        ['a', 1],
        ['b', 2],
      ],
    ],
    [
      'a:1,a:1,a:2',
      [
        ['a', 1],
        ['a', 2],
      ],
    ],
    ['a_b-c.example:65535', [['a_b-c.example', 65_535]]],
  ] as const)('%s', (bootstrap, addresses) => {
    expect(parseBootstrap(bootstrap).map(({ host, port }) => [host, port])).toEqual(addresses)
  })

  test.each([
    ['', '`bootstrap` names no broker'],
    [' , ', '`bootstrap` names no broker'],
    ['localhost', '"localhost" is not an address'],
    ['localhost:', '"localhost:" is not an address'],
    [':9092', '":9092" is not an address'],
    ['localhost:x', '"localhost:x" is not an address'],
    ['::1:9092', '"::1:9092" is not an address'],
    ['http://localhost:9092/', '"http://localhost:9092/" is not an address'],
    ['localhost:0', '"localhost:0" has an impossible port'],
    ['localhost:65536', '"localhost:65536" has an impossible port'],
    ['a:1 b:2', '"a:1 b:2" is not an address'],
  ])('"%s" is refused, and says what to give', (bootstrap, message) => {
    expect(() => parseBootstrap(bootstrap)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', retriable: false }),
    )
    expect(() => parseBootstrap(bootstrap)).toThrow(message)
    expect(() => parseBootstrap(bootstrap)).toThrow(/; give /)
  })

  test('are written with brackets where they need them', () => {
    expect(addressText({ host: '::1', port: 1 })).toBe('[::1]:1')
    expect(addressText({ host: 'a', port: 1 })).toBe('a:1')
    expect(parseBootstrap(addressText({ host: '::1', port: 1 }))).toEqual([{ host: '::1', port: 1 }])
  })
})
