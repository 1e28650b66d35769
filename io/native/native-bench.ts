// What the tests of native sending stand on: connections that send natively, each with the bare socket of its peer.

import { readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DiskFile } from '../disk.ts'
import type { Connection, Net } from '../net.ts'
import { realDisk } from '../real-disk.ts'
import { realNet } from '../real-net.ts'
import { type NativeAddon, outcomes, places } from './addon.ts'
import { nativeCounters } from './native-counters.ts'

export interface NativePair {
  readonly connection: Connection
  /** Does not read until it is told to. */
  readonly peer: Socket
  /** The error that the connection ended with. */
  readonly closed: Promise<Error | undefined>
}

export class NativeBench {
  readonly #directory: string
  readonly #server: Server
  readonly #net: Net
  #files = 0

  private constructor(directory: string, server: Server, addon: NativeAddon) {
    this.#directory = directory
    this.#server = server
    this.#net = realNet({ native: addon, lingerMs: 50 })
  }

  static async start(addon: NativeAddon): Promise<NativeBench> {
    const directory = await mkdtemp(join(tmpdir(), 'millrace-native-'))
    const server = createServer({ pauseOnConnect: true })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    return new NativeBench(directory, server, addon)
  }

  async close(): Promise<void> {
    this.#server.close()
    await rm(this.#directory, { recursive: true })
  }

  async pair(): Promise<NativePair> {
    const { port } = this.#server.address() as { port: number }
    const accepted = new Promise<Socket>(resolve => this.#server.once('connection', resolve))
    const connection = await this.#net.connect({ host: '127.0.0.1', port })
    const closed = new Promise<Error | undefined>(resolve =>
      connection.listen({ data() {}, drain() {}, end() {}, close: resolve }),
    )
    const peer = await accepted
    // What happens to it is seen from the other side.
    peer.on('error', () => {})
    return { connection, peer, closed }
  }

  /** A bare socket, and that of its peer. */
  async sockets(): Promise<{ socket: Socket; peer: Socket }> {
    const { port } = this.#server.address() as { port: number }
    const accepted = new Promise<Socket>(resolve => this.#server.once('connection', resolve))
    const socket = connect(port, '127.0.0.1')
    await new Promise<void>(resolve => socket.once('connect', resolve))
    return { socket, peer: await accepted }
  }

  /** On the disk, so that the page cache can forget it. */
  async file(content: Buffer): Promise<DiskFile> {
    this.#files += 1
    const file = await realDisk().open(join(this.#directory, `${this.#files}`), 'create')
    await file.write([content], 0)
    await file.datasync()
    return file
  }
}

/** Everything that the peer gets until the other side ends. */
export async function readToEnd(peer: Socket): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of peer) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** Looks again after each round of the event loop; the test's own time limit ends it. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setImmediate(resolve))
}

/** Sends, and waits until some socket takes no more. */
export async function untilFull(send: () => unknown): Promise<void> {
  const { wouldBlock } = nativeCounters()
  send()
  await until(() => nativeCounters().wouldBlock > wouldBlock)
}

export function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length
}

/** libuv's poll handles: how many there are, and how many watch something. */
export function polls(): { open: number; active: number } {
  const { libuv } = process.report.getReport() as unknown as { libuv: { type: string; is_active: boolean }[] }
  const found = libuv.filter(({ type }) => type === 'poll')
  return { open: found.length, active: found.filter(handle => handle.is_active).length }
}

type Warm = NativeAddon['warm']

/** The addon on a machine whose page cache never has what is to leave next, and whose disk is `warm`. */
export function withColdDisk(addon: NativeAddon, warm: Warm): NativeAddon {
  const isFile = (index: number) => addon.numbers[places.firstPart + index * places.perPart]! >= 0
  class Channel extends addon.Channel {
    override send(buffers: readonly Uint8Array[], count: number, firstIsWarm: boolean): number {
      let leading = firstIsWarm ? 1 : 0
      while (leading < count && !isFile(leading)) leading += 1
      const outcome = super.send(buffers, leading, firstIsWarm)
      return outcome === outcomes.allTaken && leading < count ? outcomes.cold : outcome
    }
  }
  return { ...addon, Channel, warm }
}

/** The addon on a machine whose page cache claims to have everything. */
export function withWarmDisk(addon: NativeAddon): NativeAddon {
  class Channel extends addon.Channel {
    override send(buffers: readonly Uint8Array[], count: number, _firstIsWarm: boolean): number {
      return super.send(buffers, count, true)
    }
  }
  return { ...addon, Channel }
}
