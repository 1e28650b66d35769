import { describe, expect, test } from 'vitest'
import { apiByKey } from '../../protocol/messages/index.ts'
import { metadata } from '../../protocol/messages/metadata.ts'
import type { Api, VersionRange } from '../../protocol/wire/schema.ts'
import { commonVersion, requiredVersion } from './api-range.ts'

/** Ours is 0 to 13. */
const api = metadata as unknown as Api
const offered = (range: VersionRange) => new Map([[metadata.key, range]])

describe('the version in common', () => {
  test.each([
    ['the whole range', [0, 13], undefined, 13],
    ['a newer broker', [4, 20], undefined, 13],
    ['an older broker', [0, 5], undefined, 5],
    ['a broker that begins beyond', [14, 20], undefined, undefined],
    ['limits', [0, 13], [2, 6], 6],
    ['limits above what the broker has', [0, 5], [6, 9], undefined],
    ['limits below what the broker has', [7, 13], [0, 6], undefined],
    ['one version', [7, 7], [7, 7], 7],
  ] as const)('%s', (_, range, limits, version) => {
    expect(commonVersion(api, offered(range), limits)).toBe(version)
  })

  test('there is none of an API that the broker does not have', () => {
    expect(commonVersion(api, new Map())).toBeUndefined()
    expect(() => requiredVersion(api, new Map(), 'b:9092')).toThrow(
      'UNSUPPORTED_BY_BROKER: Metadata is needed in versions 0 to 13, the broker does not have it at broker b:9092',
    )
  })

  test('an unstable version is for who asks for it by name', () => {
    const unstable = [...apiByKey.values()].filter(({ latestUnstable }) => latestUnstable)
    for (const each of unstable) {
      const range = new Map([[each.key, each.versions]])
      expect(commonVersion(each, range)).toBe(each.versions[1] - 1)
      expect(commonVersion(each, range, each.versions)).toBe(each.versions[1])
    }
    expect(unstable.length).toBeGreaterThan(0)
  })
})
