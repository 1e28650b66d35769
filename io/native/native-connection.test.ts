// Connections that send natively, against peers that behave badly. What all connections promise is in contract/net.ts.

import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Connection, NetError, type SendPart } from '../net.ts'
import { seededRandom } from '../sim/random.ts'
import { nativeAddon, sendPartsMax } from './addon.ts'
import { NativeBench, polls, readToEnd, until, untilFull } from './native-bench.ts'
import { nativeCounters } from './native-counters.ts'
import { turnBytesMax } from './native-sender.ts'

const addon = nativeAddon().addon!
const kib = 1024
const mib = 1024 * kib

let bench: NativeBench
beforeEach(async () => {
  bench = await NativeBench.start(addon)
})
afterEach(() => bench.close())

function sent(connection: Connection, parts: readonly SendPart[]): Promise<void> {
  return new Promise(resolve => connection.send(parts, resolve))
}

/** What the addon does meanwhile. */
async function counted(body: () => Promise<void>): Promise<ReturnType<typeof nativeCounters>> {
  const before = nativeCounters()
  await body()
  const after = nativeCounters()
  const changes = Object.entries(after).map(([name, value]) => [name, value - before[name as keyof typeof before]])
  return Object.fromEntries(changes)
}

describe.skipIf(!addon)('', () => {
  test('a response with a file is one call: its bytes by sendmsg, its file by sendfile', async () => {
    const { connection, peer } = await bench.pair()
    const file = await bench.file(Buffer.alloc(4 * kib, 'content'))
    peer.resume()
    const counts = await counted(() => sent(connection, [Buffer.alloc(100), { file, position: 1, length: 4000 }]))
    expect(counts).toMatchObject({ sends: 1, sendmsgBytes: 100, sendfileBytes: 4000, wouldBlock: 0, coldRanges: 0 })
    connection.destroy()
    await file.close()
  })

  test('what is sent in one turn leaves in one call', async () => {
    const { connection, peer } = await bench.pair()
    const counts = await counted(async () => {
      for (let count = 0; count < 9; count++) connection.send([Buffer.from('some'), Buffer.from('thing')])
      await Promise.resolve()
      await sent(connection, [Buffer.from('.')])
    })
    expect(counts).toMatchObject({ sends: 1, sendmsgBytes: 82 })
    connection.end()
    expect(String(await readToEnd(peer))).toBe(`${'something'.repeat(9)}.`)
  })

  test("what is more than a turn's share, in bytes or in parts, leaves in several", async () => {
    const { connection, peer } = await bench.pair()
    peer.resume()
    const large = await counted(() => sent(connection, [Buffer.alloc(2 * turnBytesMax + 1)]))
    expect(large.sends).toBeGreaterThanOrEqual(3)
    const parts = Array.from({ length: 2 * sendPartsMax + 1 }, () => Buffer.alloc(1))
    expect((await counted(() => sent(connection, parts))).sends).toBe(3)
    connection.destroy()
  })

  test('50 MB in random parts arrive unchanged', async () => {
    const { connection, peer, closed } = await bench.pair()
    const random = seededRandom(50)
    const content = random.bytes(8 * mib)
    const file = await bench.file(Buffer.from(content))
    const expected = createHash('sha256')
    const queue: SendPart[][] = []
    for (let bytes = 0; bytes < 50e6; ) {
      const parts = Array.from({ length: random.int(200) }, () => {
        // Mostly small, as headers are; some ranges are larger than what one turn sends.
        const length = random.int(3) > 0 ? random.int(300) : random.int(random.int(2) > 0 ? 20_000 : 3 * mib)
        const position = random.int(content.length - length)
        const part = content.subarray(position, position + length)
        expected.update(part)
        bytes += length
        return random.int(2) > 0 ? part : { file, position, length }
      })
      queue.push(parts)
    }
    const actual = createHash('sha256')
    peer.on('data', chunk => actual.update(chunk)).resume()
    await Promise.all(queue.map(parts => sent(connection, parts)))
    connection.end()
    expect(await closed).toBeUndefined()
    expect(actual.digest('hex')).toBe(expected.digest('hex'))
    await file.close()
  })

  test('a peer that never reads costs no memory, and pendingBytes goes down as it takes some after all', async () => {
    const { connection, peer, closed } = await bench.pair()
    const file = await bench.file(Buffer.alloc(8 * mib, 1))
    const before = process.memoryUsage()
    const counts = await counted(async () => {
      await untilFull(() => {
        for (let count = 0; count < 50; count++)
          connection.send([Buffer.from('header'), { file, position: 0, length: 8 * mib }])
      })
    })
    const after = process.memoryUsage()
    expect(counts.wouldBlock).toBeGreaterThan(0)
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(mib)
    const { pendingBytes } = connection
    expect(pendingBytes).toBeGreaterThan(350 * mib)
    await new Promise<void>(resolve => {
      let bytes = 0
      peer.on('data', chunk => {
        bytes += chunk.length
        if (bytes < 10 * mib) return
        peer.pause()
        resolve()
      })
      peer.resume()
    })
    await until(() => connection.pendingBytes < pendingBytes - 2 * mib)
    expect(connection.pendingBytes).toBeGreaterThan(300 * mib)
    connection.destroy()
    expect(await closed).toBeUndefined()
    await file.close()
  })

  test('a file truncated while it is being sent ends that connection, and no other', async () => {
    const [unlucky, other] = [await bench.pair(), await bench.pair()]
    const [cut, whole] = [await bench.file(Buffer.alloc(30 * mib, 1)), await bench.file(Buffer.alloc(30 * mib, 2))]
    await untilFull(() => unlucky.connection.send([{ file: cut, position: 0, length: 30 * mib }]))
    const otherSent = sent(other.connection, [{ file: whole, position: 0, length: 30 * mib }])
    await cut.truncate(mib)
    for (const { peer } of [unlucky, other]) peer.resume()
    const error = await unlucky.closed
    expect(error).toBeInstanceOf(NetError)
    expect(error).toMatchObject({ code: 'FAILED' })
    expect(error!.message).toContain(`${cut.path} ends before ${30 * mib}`)
    await otherSent
    other.connection.end()
    expect(await other.closed).toBeUndefined()
    await Promise.all([cut.close(), whole.close()])
  })

  test('the socket is watched only while something waits for room in it, or for bytes from it', async () => {
    const { connection, peer } = await bench.pair()
    expect(polls()).toEqual({ open: 1, active: 1 })
    connection.pause()
    expect(polls()).toEqual({ open: 1, active: 0 })
    let isDone = Promise.resolve()
    await untilFull(() => {
      isDone = sent(connection, [Buffer.alloc(30 * mib)])
    })
    expect(polls()).toEqual({ open: 1, active: 1 })
    peer.resume()
    await isDone
    await new Promise(resolve => setImmediate(resolve))
    expect(polls()).toEqual({ open: 1, active: 0 })
    connection.destroy()
  })

  test('a peer that resets while we wait for room is a reset', async () => {
    const { connection, peer, closed } = await bench.pair()
    let isDone = false
    const parts = [Buffer.alloc(30 * mib)]
    await untilFull(() => connection.send(parts, () => (isDone = true)))
    peer.resetAndDestroy()
    expect(await closed).toMatchObject({ name: 'NetError', code: 'RESET' })
    expect(isDone).toBe(true)
    expect(connection.pendingBytes).toBe(0)
  })

  test('nothing leaves after destroy, although the end of the turn is still to come', async () => {
    const { connection, peer, closed } = await bench.pair()
    connection.send([Buffer.from('never')])
    connection.destroy()
    expect(await closed).toBeUndefined()
    expect((await readToEnd(peer)).length).toBe(0)
  })
})
