// What clients without manners cost in memory: the command as a process of its own, and its peak of resident memory by the
// kernel's count. Each bound is far above what happens, and far below what would happen without the limit that it is about.

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createConnection, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FrameCutter } from '../protocol/frame-cutter.ts'
import { writeRequestFrame } from '../protocol/framing.ts'
import { createTopics } from '../protocol/messages/create-topics.ts'
import { describeConfigs } from '../protocol/messages/describe-configs.ts'
import { fetch as fetchApi } from '../protocol/messages/fetch.ts'
import { produce } from '../protocol/messages/produce.ts'
import { buildBatch } from '../protocol/records/batch-builder.ts'
import type { Fields, InputFields } from '../protocol/wire/field.ts'
import type { Api } from '../protocol/wire/schema.ts'

const program = join(import.meta.dirname, '../dist/bundle/millrace.js')
const mib = 1024 * 1024

let folder = ''
let broker: Process
const sockets: Socket[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-memory-'))
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await broker.end()
  rmSync(folder, { recursive: true, force: true })
})

/** The broker as a process, seen through its own metrics and through /proc. */
class Process {
  readonly #child
  readonly #exited: Promise<unknown>
  #output = ''
  port = 0
  #metrics = ''
  #peakAtStart = 0

  constructor(...settings: string[]) {
    const args = ['start', '--port', '0', '--http', '0', ...settings.flatMap(setting => ['--set', setting])]
    this.#child = spawn(process.execPath, [program, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
    this.#exited = new Promise(resolve => this.#child.once('close', resolve))
  }

  async ready(): Promise<this> {
    await new Promise<void>(resolve =>
      this.#child.stdout.on('data', chunk => {
        this.#output += chunk
        if (this.#output.includes('/health')) resolve()
      }),
    )
    this.port = Number(/broker 127\.0\.0\.1:(\d+)/.exec(this.#output)![1])
    this.#metrics = /metrics (\S+)/.exec(this.#output)![1]!
    await this.metric('millrace_connections_open')
    this.#peakAtStart = this.#peakBytes()
    return this
  }

  #peakBytes(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8')
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)![1]) * 1024
  }

  /** By how much its peak has grown since it was ready. */
  get growthBytes(): number {
    return this.#peakBytes() - this.#peakAtStart
  }

  async metric(name: string): Promise<number> {
    const text = await (await fetch(this.#metrics)).text()
    const line = text.split('\n').find(each => each.startsWith(`${name} `) || each.startsWith(`${name}{`))
    return Number(line?.split(' ').at(-1) ?? 0)
  }

  /** Looks again and again: each look is an answer of the broker, which is therefore alive. */
  async until(name: string, isReached: (value: number) => boolean): Promise<void> {
    while (!isReached(await this.metric(name)));
  }

  async end(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exited
  }
}

async function start(...settings: string[]): Promise<void> {
  broker = await new Process(...settings).ready()
}

function connect(): Promise<Socket> {
  const socket = createConnection({ port: broker.port, host: '127.0.0.1' })
  sockets.push(socket)
  socket.on('error', () => {})
  return new Promise(resolve => socket.once('connect', () => resolve(socket)))
}

const closed = (socket: Socket) => new Promise<void>(resolve => socket.once('close', () => resolve()))

function frame<Q extends Fields>(api: Api<Q, never>, version: number, body: InputFields<Q>): Buffer {
  const parts = writeRequestFrame(api as unknown as Api<Q, Fields>, version, { correlationId: 1, clientId: 'm' }, body)
  return Buffer.concat(parts as Buffer[])
}

/** Sends a request and waits for its answer. */
async function ask(socket: Socket, bytes: Buffer): Promise<Buffer> {
  const cutter = new FrameCutter(1 << 30)
  const answer = new Promise<Buffer>(resolve => {
    const take = (chunk: Buffer) => {
      cutter.push(chunk)
      const found = cutter.next()
      if (found === undefined) return
      socket.off('data', take)
      resolve(found)
    }
    socket.on('data', take)
  })
  socket.write(bytes)
  return answer
}

async function topicOf(mebibytes: number): Promise<void> {
  const socket = await connect()
  const topics = [{ name: 't', numPartitions: 1, replicationFactor: 1 }]
  await ask(socket, frame(createTopics as never, 7, { topics, timeoutMs: 5000 } as never))
  const records = buildBatch([{ key: null, value: Buffer.alloc(mib - 1000, 'x'), headers: [], timestamp: 1000 }])
  const request = { acks: 1, timeoutMs: 5000, topicData: [{ name: 't', partitionData: [{ index: 0, records }] }] }
  for (let i = 0; i < mebibytes; i++) await ask(socket, frame(produce as never, 9, request as never))
  socket.destroy()
}

const fetchAll = () =>
  frame(fetchApi as never, 12, {
    maxWaitMs: 0,
    minBytes: 1,
    maxBytes: 50 * mib,
    topics: [{ topic: 't', partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 50 * mib }] }],
  } as never)

// The peak is the kernel's to tell, and only Linux tells it.
describe.runIf(process.platform === 'linux')('resident memory', () => {
  test('20 consumers that ask for 50 MiB each and take nothing: a chunk or two for each', async () => {
    await start()
    await topicOf(50)
    const before = broker.growthBytes
    for (let i = 0; i < 20; i++) {
      const socket = await connect()
      socket.pause()
      socket.write(fetchAll())
    }
    await broker.until('millrace_answers_pending_bytes', bytes => bytes > 20 * 30 * mib)
    // Another one is served meanwhile, which takes as long as filling the memory would.
    const other = await connect()
    for (let i = 0; i < 4; i++) expect((await ask(other, fetchAll())).length).toBeGreaterThan(40 * mib)
    expect(broker.growthBytes - before).toBeLessThan(200 * mib)
  })

  test('a client that sends 20,000 requests with large answers and takes none', async () => {
    await start()
    const socket = await connect()
    socket.pause()
    const asked = {
      resources: [{ resourceType: 4, resourceName: '1', configurationKeys: null }],
      includeDocumentation: true,
    }
    const request = frame(describeConfigs as never, 4, asked as never)
    socket.write(Buffer.concat(Array.from({ length: 20_000 }, () => request)))
    await broker.until('millrace_connections_paused', count => count === 1)
    expect(await broker.metric('millrace_requests_total')).toBeLessThan(1000)
    expect(broker.growthBytes).toBeLessThan(100 * mib)
  })

  test('1,000 connections that say nothing', async () => {
    await start()
    await Promise.all(Array.from({ length: 1000 }, connect))
    await broker.until('millrace_connections_open', count => count === 1000)
    expect(broker.growthBytes).toBeLessThan(100 * mib)
  })

  test('500 connections that send a header byte by byte, and 500 that announce 100 MB and send a little', async () => {
    await start()
    const all = await Promise.all(Array.from({ length: 1000 }, connect))
    for (const [i, socket] of all.entries()) {
      if (i % 2 === 0) socket.write(Buffer.from([0]))
      else socket.write(Buffer.from('05f5e100000000090000', 'hex'))
    }
    await broker.until('millrace_network_received_bytes_total', bytes => bytes >= 500 + 500 * 10)
    for (const socket of all) socket.write(Buffer.from([0]))
    // Three have room: 256 MiB, which the third may exceed. The others are read no further.
    await broker.until('millrace_connections_paused', count => count === 497)
    expect(await broker.metric('millrace_large_requests_bytes')).toBe(300_000_000)
    expect(broker.growthBytes).toBeLessThan(150 * mib)
  })

  test('20 requests of 16 MiB at once, where 32 MiB have room: the others wait in their sockets', async () => {
    await start(`socket.request.max.bytes=${16 * mib}`, `queued.max.request.bytes=${32 * mib}`)
    const almost = Buffer.alloc(16 * mib)
    almost.writeInt32BE(16 * mib)
    for (let i = 0; i < 20; i++) (await connect()).write(almost)
    await broker.until('millrace_large_requests_bytes', bytes => bytes >= 32 * mib)
    await broker.until('millrace_connections_paused', count => count === 18)
    await broker.until('millrace_requests_read_ahead_bytes', bytes => bytes >= 31 * mib)
    expect(broker.growthBytes).toBeLessThan(150 * mib)
  })

  test('a request of 100 MB is read, in memory once; one beyond socket.request.max.bytes is not', async () => {
    await start()
    const records = Buffer.alloc(100_000_000)
    const request = { acks: 1, timeoutMs: 1, topicData: [{ name: 't', partitionData: [{ index: 0, records }] }] }
    const answer = await ask(await connect(), frame(produce as never, 9, request as never))
    expect(answer.length).toBeGreaterThan(4)
    expect(broker.growthBytes).toBeLessThan(190 * mib)
    const before = broker.growthBytes
    const over = await connect()
    over.write(Buffer.from('06400001', 'hex'))
    over.write(Buffer.alloc(10 * mib))
    await closed(over)
    expect(broker.growthBytes - before).toBeLessThan(50 * mib)
    expect(await broker.metric('millrace_unreadable_requests_total')).toBe(1)
  })
})
