// The processor's checksum beside the one in JavaScript, around every length at which it begins to go another way.

import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { portableCrc32c } from '../../protocol/records/crc32c.ts'
import { addonPath, nativeAddon } from './addon.ts'

const { addon } = nativeAddon()
const compiled = addon?.crc32c

describe.skipIf(!compiled)('', () => {
  const crc32c = compiled!
  const bytes = Buffer.from(Array.from({ length: 20_000 }, (_, index) => (index * 2_654_435_761) >>> 13))

  test.each([0, 1, 7, 8, 9, 384, 768, 6144, 6144 + 384, 2 * 6144, 3 * 6144])('around %i bytes', length => {
    for (const around of [-9, -8, -7, -1, 0, 1, 7, 8, 9]) {
      const part = bytes.subarray(3, 3 + Math.max(0, length + around))
      expect(crc32c(part, 0), `${part.length} bytes`).toBe(portableCrc32c(part))
    }
  })

  test('any bytes, cut anywhere, behind any others', () => {
    const anywhere = fc.nat(bytes.length)
    fc.assert(
      fc.property(anywhere, anywhere, fc.nat(0xffff_ffff), (from, to, previous) => {
        const part = Buffer.allocUnsafeSlow(Math.max(0, to - from))
        bytes.copy(part, 0, from, Math.max(from, to))
        expect(crc32c(part, previous)).toBe(portableCrc32c(part, previous))
      }),
    )
  })

  test('what is no Uint8Array, and no checksum, is refused', () => {
    for (const values of [[], ['x', 0], [new Float64Array(1), 0], [Buffer.alloc(1)], [Buffer.alloc(1), 'x']]) {
      expect(() => (crc32c as (...values: unknown[]) => number)(...values)).toThrow('takes a Uint8Array')
    }
  })

  test('threads that load the addon at the same moment have the same checksum', async () => {
    const program = `
      const { parentPort, workerData } = require('node:worker_threads')
      parentPort.postMessage(require(workerData.path).crc32c(workerData.bytes, 0))`
    const workers = Array.from(
      { length: 4 },
      () => new Worker(program, { eval: true, workerData: { path: addonPath(), bytes } }),
    )
    const answers = await Promise.all(workers.map(worker => new Promise(resolve => worker.once('message', resolve))))
    await Promise.all(workers.map(worker => worker.terminate()))
    expect(answers).toEqual(Array(4).fill(portableCrc32c(bytes)))
  })
})
