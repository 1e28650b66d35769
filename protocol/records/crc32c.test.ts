import { crc32 } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { goldenPrimitives } from '../../testing/golden/record-vectors.ts'
import { crc32c, portableCrc32c } from './crc32c.ts'
import { nativeModule } from './native-module.ts'
import { xxhash32 } from './xxhash32.ts'

const checksums = goldenPrimitives('checksum').map(({ inputHex, ...sums }) => ({
  bytes: Buffer.from(String(inputHex), 'hex'),
  sums,
}))

describe('checksums that Java computed', () => {
  test.each([
    ['crc32c', crc32c],
    ['crc32c', portableCrc32c],
    ['crc32', (bytes: Buffer) => crc32(bytes)],
    ['xxhash32seed0', (bytes: Buffer) => xxhash32(bytes)],
  ] as const)('%s', (name, compute) => {
    expect(checksums.length).toBe(85)
    for (const { bytes, sums } of checksums) expect(compute(bytes), bytes.toString('hex')).toBe(sums[name])
  })

  test.each([
    ['native', crc32c],
    ['portable', portableCrc32c],
  ])('crc32c goes on from the checksum of the bytes before (%s)', (_name, compute) => {
    for (const { bytes, sums } of checksums) {
      for (const cut of [0, 1, bytes.length >> 1, bytes.length]) {
        expect(compute(bytes.subarray(cut), compute(bytes.subarray(0, cut)))).toBe(sums.crc32c)
      }
    }
  })

  test('a native module that is not there is undefined, not an error', () => {
    expect(nativeModule('a-module-that-no-platform-has')).toBeUndefined()
  })

  test('crc32c of a view looks at the view only', () => {
    const all = Buffer.alloc(300, 'view')
    expect(crc32c(all.subarray(100, 250))).toBe(portableCrc32c(Buffer.from(all.subarray(100, 250))))
  })
})
