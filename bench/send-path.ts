// What does it cost to send? CPU of this process per gigabyte of file ranges, and per small response, through the native
// addon and through JavaScript, in turns, to one reader on loopback in a process of its own.
//   npm run bench:send-path -- [--rounds 5] [--only 'KiB']
// The network and the files are the broker's own (io/), so that it is the connection that is measured and nothing above it.

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { cpus, release, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { DiskFile } from '../io/disk.ts'
import { nativeAddon } from '../io/native/addon.ts'
import type { Connection, Net, SendPart } from '../io/net.ts'
import { realDisk } from '../io/real-disk.ts'
import { realNet } from '../io/real-net.ts'

const fileBytes = 64 * 1024 * 1024
const headerBytes = 150

interface Work {
  readonly name: string
  /** Of the file range in each response; 0 for none. */
  readonly rangeBytes: number
  readonly responseBytes: number
  readonly responses: number
  readonly inFlight: number
}

interface Cost {
  readonly userSeconds: number
  readonly systemSeconds: number
}

const kib = 1024
const works: readonly Work[] = [
  ...[64, 256, 1024].map(size => ({
    name: `${size} KiB of a file`,
    rangeBytes: size * kib,
    responseBytes: headerBytes,
    responses: (1024 * 1024) / size,
    inFlight: 2,
  })),
  { name: '200 bytes', rangeBytes: 0, responseBytes: 200, responses: 200_000, inFlight: 1 },
]

/** Connects to us and reads without looking, for as long as we live. */
function read(port: number): void {
  const open = () => {
    const socket = connect({ host: '127.0.0.1', port, onread: { buffer: Buffer.alloc(1 << 20), callback: () => true } })
    // The next connection is for the next round.
    socket.on('close', open)
    socket.on('error', () => process.exit(0))
  }
  open()
}

function startReader(port: number): ChildProcess {
  return spawn(process.execPath, [fileURLToPath(import.meta.url), 'reader', String(port)], { stdio: 'inherit' })
}

/** Sends the work's responses, a few in flight, each when an earlier one is taken. */
function sendAll(connection: Connection, file: DiskFile, work: Work): Promise<void> {
  const { rangeBytes, responseBytes, responses, inFlight } = work
  const bytes = Buffer.alloc(responseBytes, 1)
  return new Promise(resolve => {
    let left = responses
    let underWay = inFlight
    let position = 0
    const next = () => {
      if (left === 0) {
        if (--underWay === 0) resolve()
        return
      }
      left -= 1
      const parts: SendPart[] = [bytes]
      if (rangeBytes > 0) parts.push({ file, position, length: rangeBytes })
      position = (position + rangeBytes) % fileBytes
      connection.send(parts, next)
    }
    for (let count = 0; count < inFlight; count++) next()
  })
}

class Side {
  readonly name: string
  readonly #net: Net
  #onConnection: (connection: Connection) => void = () => {}

  constructor(name: string, net: Net) {
    this.name = name
    this.#net = net
  }

  async withReader(body: () => Promise<void>): Promise<void> {
    const accept = (connection: Connection) => {
      connection.listen({ data() {}, drain() {}, end() {}, close() {} })
      this.#onConnection(connection)
    }
    const listener = await this.#net.listen({ host: '127.0.0.1', port: 0 }, accept)
    const reader = startReader(listener.port)
    await body()
    reader.kill()
    await listener.close()
  }

  connection(): Promise<Connection> {
    return new Promise(resolve => {
      this.#onConnection = resolve
    })
  }
}

async function measure(connection: Connection, file: DiskFile, work: Work): Promise<Cost> {
  const before = process.cpuUsage()
  await sendAll(connection, file, work)
  const { user, system } = process.cpuUsage(before)
  return { userSeconds: user / 1e6, systemSeconds: system / 1e6 }
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!
}

/** In seconds per gigabyte of files, or microseconds per response. */
function unitOf({ rangeBytes, responses }: Work): { per: number; unit: string } {
  return rangeBytes > 0
    ? { per: (rangeBytes * responses) / 1e9, unit: 's/GB' }
    : { per: responses / 1e6, unit: 'us each' }
}

function row(work: Work, side: string, costs: readonly Cost[]): string {
  const { per, unit } = unitOf(work)
  const totals = costs.map(({ userSeconds, systemSeconds }) => (userSeconds + systemSeconds) / per)
  const cells = [
    median(totals),
    median(costs.map(({ userSeconds }) => userSeconds / per)),
    median(costs.map(({ systemSeconds }) => systemSeconds / per)),
  ].map(value => value.toFixed(3))
  const spread = `${Math.min(...totals).toFixed(3)}-${Math.max(...totals).toFixed(3)}`
  return `| ${work.name} | ${side} | ${cells.join(' | ')} | ${spread} | ${unit} |`
}

async function fileOf(directory: string): Promise<DiskFile> {
  const file = await realDisk().open(join(directory, 'file'), 'create')
  const chunk = Buffer.alloc(1024 * 1024, 'what is sent')
  for (let position = 0; position < fileBytes; position += chunk.length) await file.write([chunk], position)
  return file
}

async function compare(rounds: number, only: string): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-send-path-'))
  const file = await fileOf(directory)
  const { addon } = nativeAddon()
  const sides = [new Side('JavaScript', realNet({ native: 'off' }))]
  if (addon) sides.unshift(new Side('native', realNet()))
  console.log(`node ${process.versions.node}, Linux ${release()}, ${cpus().length} cores, medians of ${rounds} rounds`)
  console.log('| each response | through | CPU | user | system | spread | unit |\n|---|---|---|---|---|---|---|')
  for (const work of works.filter(({ name }) => name.includes(only))) {
    const costs = sides.map((): Cost[] => [])
    // The first round warms up.
    for (let round = 0; round <= rounds; round++) {
      for (const [index, side] of sides.entries()) {
        await side.withReader(async () => {
          const connection = await side.connection()
          const cost = await measure(connection, file, work)
          if (round > 0) costs[index]!.push(cost)
          connection.destroy()
        })
      }
    }
    for (const [index, side] of sides.entries()) console.log(row(work, side.name, costs[index]!))
  }
  await file.close()
  await rm(directory, { recursive: true })
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '5' }, only: { type: 'string', default: '' } },
})
if (positionals[0] === 'reader') read(Number(positionals[1]))
else await compare(Number(values.rounds), values.only)
