// Loading the addon, and what it does for a caller who makes mistakes or goes away.

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { realNet } from '../real-net.ts'
import { addonPath, type LoadedAddon, nativeAddon, outcomes, places, sendPartsMax } from './addon.ts'

/** A broken addon may never let its process end. */
const programMsMax = 30_000

const { addon } = nativeAddon()
const given = process.env.MILLRACE_NATIVE

afterEach(() => {
  vi.unstubAllEnvs()
})

async function loadAgain(setting: string): Promise<LoadedAddon> {
  vi.stubEnv('MILLRACE_NATIVE', setting)
  vi.resetModules()
  return (await import('./addon.ts')).nativeAddon()
}

test('it can be turned off, and what does not load is a sentence', async () => {
  expect(await loadAgain('off')).toEqual({ addon: undefined, reason: 'MILLRACE_NATIVE=off' })
  expect(await loadAgain('/nowhere.node')).toMatchObject({
    reason: expect.stringContaining('there is no native addon'),
  })
  const folder = mkdtempSync(join(tmpdir(), 'millrace-addon-'))
  writeFileSync(join(folder, 'text.node'), 'not a library')
  const loaded = await loadAgain(join(folder, 'text.node'))
  expect(loaded).toMatchObject({ addon: undefined, reason: expect.stringContaining('the native addon does not load') })
  rmSync(folder, { recursive: true })
})

test.runIf(given && given !== 'off')('the build that was asked for is the one under test', () => {
  expect(nativeAddon()).toEqual({ addon: expect.anything() })
})

describe.skipIf(!addon)('', () => {
  const { Channel, numbers } = addon ?? ({} as NonNullable<typeof addon>)
  const ofStdout = 1
  const nothing = () => {}

  function describePart(...part: [descriptor: number, position: number, length: number]): void {
    numbers.set(part, places.firstPart)
  }

  test('what send cannot read is refused, and nothing is sent', () => {
    const channel = new Channel(ofStdout, nothing, nothing)
    const bytes = Buffer.from('some bytes')
    for (const length of [0, -1, 11, Number.NaN]) {
      describePart(-1, 0, length)
      expect(() => channel.send([bytes], 1, false), String(length)).toThrow('not what send takes')
    }
    describePart(-1, 5, 6)
    expect(() => channel.send([bytes], 1, false)).toThrow('not what send takes')
    describePart(-1, 0, 1)
    expect(() => channel.send([], 1, false)).toThrow('not what send takes')
    expect(() => channel.send(['text'] as unknown as Buffer[], 1, false)).toThrow('not what send takes')
    expect(() => channel.send([bytes], sendPartsMax + 1, false)).toThrow('not what send takes')
    expect(() => channel.send([bytes], 1, undefined as unknown as boolean)).toThrow('not what send takes')
    expect(() => new Channel(-1, nothing, nothing)).toThrow('cannot be duplicated')
    expect(() => new Channel(ofStdout, 'text' as unknown as () => void, nothing)).toThrow('a function')
    expect(() => new Channel(ofStdout, nothing, undefined as unknown as () => void)).toThrow('a function')
    expect(() => Reflect.apply(channel.send, {}, [[], 0, false])).toThrow('Illegal invocation')
    channel.close()
  })

  test('a closed sender sends nothing', () => {
    const channel = new Channel(ofStdout, nothing, nothing)
    channel.close()
    channel.close()
    describePart(-1, 0, 4)
    expect(channel.send([Buffer.from('text')], 1, false)).toBe(outcomes.failed)
    expect(numbers[places.takenBytes]).toBe(0)
  })

  test('when descriptors have run out, a connection sends through JavaScript', async () => {
    class NoChannel extends Channel {
      constructor(_socket: number, onWritable: () => void, onReadable: () => void) {
        super(-1, onWritable, onReadable)
      }
    }
    const received = new Promise<string>(resolve => {
      const server = createServer(socket => socket.once('data', data => resolve(String(data))))
      server.listen(0, '127.0.0.1', async () => {
        const { port } = server.address() as AddressInfo
        const connection = await realNet({ native: { ...addon!, Channel: NoChannel } }).connect({
          host: '127.0.0.1',
          port,
        })
        connection.listen({ data() {}, drain() {}, end() {}, close() {} })
        connection.send([Buffer.from('all the same')], () => connection.destroy())
        server.close()
      })
    })
    expect(await received).toBe('all the same')
  })

  // Each in a process of its own, since it is the end of one that is looked at.
  const waiting = `
    const { createServer, connect } = require('node:net')
    const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1', () => {
      const socket = connect(server.address().port, '127.0.0.1')
      server.once('connection', peer => {
        const { Channel, numbers } = require(${JSON.stringify(addonPath())})
        const channel = new Channel(socket._handle.fd, onWritable, () => {})
        numbers.set([-1, 0, 1 << 25], ${places.firstPart})
        then(channel.send([Buffer.alloc(1 << 25)], 1, false), { channel, socket, peer })
        server.close()
      })
    })`
  const run = async (program: string) =>
    (await promisify(execFile)(process.execPath, ['--expose-gc', '-e', program], { timeout: programMsMax })).stdout

  test('a thread that ends while a channel waits closes its handles', async () => {
    const inWorker = `${waiting}
      const onWritable = () => {}
      const then = outcome => require('node:worker_threads').parentPort.postMessage(outcome)`
    const program = `
      const worker = new (require('node:worker_threads').Worker)(${JSON.stringify(inWorker)}, { eval: true })
      worker.on('message', outcome => worker.terminate().then(code => console.log(outcome, code)))`
    expect(await run(program)).toBe(`${outcomes.wouldBlock} 1\n`)
  })

  test('a process ends by itself once its sender is closed, also while that was waiting', async () => {
    const program = `${waiting}
      const onWritable = () => {}
      function then(outcome, { channel, socket, peer }) {
        console.log(outcome)
        for (const end of [socket, peer]) end.destroy()
        setImmediate(() => setImmediate(() => channel.close()))
      }`
    expect(await run(program)).toBe(`${outcomes.wouldBlock}\n`)
  })

  test('what a callback throws is not swallowed', async () => {
    // Nothing but the addon holds the channel: it must not be collected meanwhile.
    const program = `${waiting}
      const onWritable = () => { throw new Error('thrown by a callback') }
      const then = (outcome, { peer }) => { setImmediate(() => { gc(); peer.resume() }) }`
    await expect(run(program)).rejects.toThrow('thrown by a callback')
  })
})
