// A network of simulated hosts: latency, cuts, resets, partitions, hosts without power. Names are the hosts' names;
// 127.0.0.1, localhost and ::1 are the host itself, 0.0.0.0 and :: all its addresses.

import type { Cancel } from '../clock.ts'
import type { ConnectAddress, Connection, Listener, Net } from '../net.ts'
import { type Address, addressError } from '../net-error.ts'
import { SimConnection, type SimConnectionOptions } from './connection.ts'
import type { SimProcess } from './process.ts'
import type { SeededRandom } from './random.ts'
import type { Scheduler } from './scheduler.ts'
import { Wire, type WireWorld } from './wire.ts'

export interface NetworkConditions {
  latencyMsMin: number
  latencyMsMax: number
  /** That what leaves at once arrives in pieces. */
  splitChance: number
  /** That a transmission resets its connection instead. */
  resetChance: number
  /** That an attempt to connect is refused though somebody listens. */
  refuseChance: number
  /** How long bytes that do not get through are sent again before the connection fails. */
  retransmitMs: number
  /** How long `connect` waits when it was given no `timeoutMs`. */
  connectMs: number
  highWaterBytes: number
  windowBytes: number
  lingerMs: number
}

const conditionDefaults: NetworkConditions = {
  latencyMsMin: 0.05,
  latencyMsMax: 0.5,
  splitChance: 0.1,
  resetChance: 0,
  refuseChance: 0,
  retransmitMs: 20_000,
  connectMs: 60_000,
  highWaterBytes: 1024 * 1024,
  windowBytes: 256 * 1024,
  lingerMs: 1000,
}

const synAgainMs = 1000
const portFirst = 20_000

export interface SimNetworkOptions {
  readonly scheduler: Scheduler
  readonly random: SeededRandom
  readonly conditions?: Partial<NetworkConditions>
  readonly trace?: (line: string, bytes?: readonly Uint8Array[]) => void
}

interface Listening {
  readonly process: SimProcess
  readonly loopbackOnly: boolean
  readonly accept: (connection: Connection) => void
}

/** What comes of an attempt to connect. */
interface Outcome {
  connected(connection: Connection): void
  refused(error: Error): void
  isGivenUp(): boolean
}

export class SimNetwork {
  /** May be changed while the simulation runs. */
  readonly conditions: NetworkConditions
  readonly #scheduler: Scheduler
  readonly #random: SeededRandom
  readonly #trace: (line: string, bytes?: readonly Uint8Array[]) => void
  readonly #hosts = new Set<string>()
  readonly #off = new Set<string>()
  readonly #blocked = new Set<string>()
  readonly #listening = new Map<string, Listening>()
  #connections: { readonly connection: SimConnection; readonly wire: Wire }[] = []
  #nextPort = portFirst

  constructor(options: SimNetworkOptions) {
    this.#scheduler = options.scheduler
    this.#random = options.random
    this.#trace = options.trace ?? (() => {})
    this.conditions = { ...conditionDefaults, ...options.conditions }
  }

  /** The network as one process uses it. */
  attach(process: SimProcess): Net {
    this.#hosts.add(process.host)
    return {
      listen: (address, accept) => this.#listen(process, address, accept),
      connect: address => this.#connect(process, address),
    }
  }

  /** Nothing gets from one host to the other any more; both ways unless told otherwise. */
  block(from: string, to: string, options: { oneWay?: boolean } = {}): void {
    this.#trace(`block ${from} ${to}`)
    this.#blocked.add(wayName(from, to))
    if (!options.oneWay) this.#blocked.add(wayName(to, from))
  }

  /** Cuts the hosts into groups that do not reach each other; who is in no group reaches all. */
  partition(...groups: readonly (readonly string[])[]): void {
    for (const [index, group] of groups.entries()) {
      for (const other of groups.slice(index + 1)) for (const a of group) for (const b of other) this.block(a, b)
    }
  }

  /** Opens all ways; what waited arrives. */
  heal(): void {
    this.#trace('heal')
    this.#blocked.clear()
    this.#retry()
  }

  /** Resets every connection between two hosts, or all connections of one. */
  reset(host: string, other?: string): void {
    for (const { connection } of this.#connections) {
      const ends = [connection.localHost, connection.remoteHost]
      if (ends.includes(host) && (other === undefined || ends.includes(other)))
        connection.fail('RESET', 'connection reset')
    }
  }

  /** A host without power neither sends nor receives; its connections are gone without anybody being told. */
  powerOff(host: string): void {
    this.#off.add(host)
    for (const { connection } of this.#connections) if (connection.localHost === host) connection.vanish()
  }

  powerOn(host: string): void {
    this.#off.delete(host)
    this.#retry()
  }

  #blockedWay(from: string, to: string): boolean {
    return this.#off.has(from) || this.#off.has(to) || this.#blocked.has(wayName(from, to))
  }

  #retry(): void {
    for (const { wire } of this.#connections) wire.retry()
  }

  #listen(process: SimProcess, address: Address, accept: (connection: Connection) => void): Promise<Listener> {
    return new Promise((resolve, reject) => {
      process.schedule(0, () => {
        const port = address.port || this.#freePort(process.host)
        const key = `${process.host}:${port}`
        const refuse = (code: 'ADDRESS_IN_USE' | 'FAILED', reason: string) =>
          reject(addressError('listen on', address, code, new Error(reason)))
        if (!isOwn(process.host, address.host)) return refuse('FAILED', 'not an address of this host')
        if (this.#listening.has(key)) return refuse('ADDRESS_IN_USE', 'address already in use')
        this.#listening.set(key, { process, accept, loopbackOnly: isLoopback(address.host) })
        const stop = () => this.#listening.delete(key)
        const withdraw = process.onDeath(stop)
        let open = true
        const close = async () => {
          if (open) stop()
          open = false
          withdraw()
        }
        resolve({ host: address.host, port, close })
      })
    })
  }

  #connect(process: SimProcess, address: ConnectAddress): Promise<Connection> {
    const { signal } = address
    if (signal?.aborted) return Promise.reject(signal.reason)
    return new Promise((resolve, reject) => {
      let cancelNext: Cancel = () => {}
      const then = (delayMs: number, run: () => void) => {
        cancelNext = process.schedule(delayMs, run)
      }
      const onAbort = () => {
        cancelNext()
        reject(signal!.reason)
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      const settle = (run: () => void) => {
        signal?.removeEventListener('abort', onAbort)
        run()
      }
      this.#attempt(process, address, then, {
        connected: connection => settle(() => resolve(connection)),
        refused: error => settle(() => reject(error)),
        isGivenUp: () => signal?.aborted === true,
      })
    })
  }

  #attempt(
    process: SimProcess,
    address: ConnectAddress,
    then: (delayMs: number, run: () => void) => void,
    outcome: Outcome,
  ): void {
    const host = isLoopback(address.host) ? process.host : address.host
    const deadlineMs = this.#scheduler.nowMs + (address.timeoutMs ?? this.conditions.connectMs)
    const refuse = (code: 'REFUSED' | 'UNREACHABLE', reason: string) => {
      then(0, () => outcome.refused(addressError('connect to', address, code, new Error(reason))))
    }
    const attempt = () => {
      if (this.#blockedWay(process.host, host) || this.#blockedWay(host, process.host)) {
        const leftMs = deadlineMs - this.#scheduler.nowMs
        if (leftMs <= 0) return refuse('UNREACHABLE', 'no answer in time')
        then(Math.min(synAgainMs, leftMs), attempt)
        return
      }
      const listening = this.#listening.get(`${host}:${address.port}`)
      const reachable = listening && (host === process.host || !listening.loopbackOnly)
      if (!reachable || this.#random.chance(this.conditions.refuseChance))
        return refuse('REFUSED', 'connection refused')
      const { ours, theirs } = this.#pair(process, listening.process, address.port)
      listening.accept(theirs)
      // Not `then`, which a caller who gives up cancels: the other side has the connection, and must lose it.
      process.schedule(this.#latencyMs(), () => (outcome.isGivenUp() ? ours.destroy() : outcome.connected(ours)))
    }
    if (this.#hosts.has(host)) then(this.#latencyMs(), attempt)
    else refuse('UNREACHABLE', 'no such host')
  }

  #pair(from: SimProcess, to: SimProcess, port: number): { ours: SimConnection; theirs: SimConnection } {
    const options: SimConnectionOptions = {
      ...this.conditions,
      breaks: () => this.#random.chance(this.conditions.resetChance),
    }
    const here = { host: from.host, port: this.#nextPort++ }
    const there = { host: to.host, port }
    this.#trace(`connect ${here.host}:${here.port} ${there.host}:${there.port}`)
    const ours = new SimConnection(from, endsOf(here, there), options)
    const theirs = new SimConnection(to, endsOf(there, here), options)
    this.#connections = this.#connections.filter(({ connection, wire }) => !connection.closed || !wire.idle)
    for (const [end, peer] of [[ours, theirs] as const, [theirs, ours] as const]) {
      const wire = new Wire(this.#wireWorld, {
        name: `${end.localHost}:${end.localPort} ${end.remoteHost}:${end.remotePort}`,
        from: end.localHost,
        to: end.remoteHost,
        deliver: item => peer.receive(item),
        giveUp: () => end.fail('FAILED', 'no answer to what was sent (timed out)'),
      })
      end.attach(wire, peer)
      this.#connections.push({ connection: end, wire })
    }
    return { ours, theirs }
  }

  readonly #wireWorld: WireWorld = this.#makeWireWorld()

  #makeWireWorld(): WireWorld {
    const network = this
    return {
      get retransmitMs() {
        return network.conditions.retransmitMs
      },
      schedule: (delayMs: number, run: () => void): Cancel => network.#scheduler.schedule(delayMs, run),
      latencyMs: () => network.#latencyMs(),
      cuts: length => network.#cuts(length),
      blocked: (from, to) => network.#blockedWay(from, to),
      trace: (line, bytes) => network.#trace(line, bytes),
    }
  }

  #latencyMs(): number {
    const { latencyMsMin, latencyMsMax } = this.conditions
    return latencyMsMin + this.#random.next() * (latencyMsMax - latencyMsMin)
  }

  #cuts(length: number): number[] {
    if (length < 2 || !this.#random.chance(this.conditions.splitChance)) return []
    const cuts = Array.from({ length: 1 + this.#random.int(3) }, () => 1 + this.#random.int(length - 1))
    return [...new Set(cuts)].sort((a, b) => a - b)
  }

  #freePort(host: string): number {
    while (this.#listening.has(`${host}:${this.#nextPort}`)) this.#nextPort += 1
    return this.#nextPort++
  }
}

function endsOf(local: Address, remote: Address) {
  return { localHost: local.host, localPort: local.port, remoteHost: remote.host, remotePort: remote.port }
}

function wayName(from: string, to: string): string {
  return `${from} > ${to}`
}

function isLoopback(host: string): boolean {
  return host === '127.0.0.1' || host === 'localhost' || host === '::1'
}

function isOwn(host: string, address: string): boolean {
  return address === host || isLoopback(address) || address === '0.0.0.0' || address === '::' || address === ''
}
