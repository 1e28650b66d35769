// The broker's side of the network: listens, admits connections, closes idle ones, and drains when the broker stops.
// It binds before the broker is ready, so that a free port is known when the broker registers itself, and serves after:
// connections that came in between wait. Source: Kafka 4.3.0's SocketServer.

import type { Clock } from '../../io/clock.ts'
import type { Logger } from '../../io/logger.ts'
import { type Connection, type Listener, type Net, NetError } from '../../io/net.ts'
import { FrameBuffers } from '../../protocol/frame-buffers.ts'
import { ConnectionLimits, type ConnectionLimitsOptions, plainHost } from './connection-limits.ts'
import type { HandlerTable } from './handler-table.ts'
import { noLoad, ServerCounters, type ServerLoad } from './server-counters.ts'
import type { Services } from './services.ts'
import { Session } from './session.ts'
import type { SessionLimits } from './session-limits.ts'
import { SharedLimit } from './shared-limit.ts'

export interface ListenerAddress {
  /** The listener's name, such as PLAINTEXT. */
  readonly name: string
  /** Null: all addresses. */
  readonly host: string | null
  readonly port: number
}

export interface ServerOptions {
  readonly net: Net
  readonly clock: Clock
  readonly logger: Logger
  readonly limits: SessionLimits
  readonly connections: ConnectionLimitsOptions
  /** Connections beyond max.connections that wait for room; those beyond are closed (`socket.listen.backlog.size`). */
  readonly waitingConnectionsMax: number
  /** `queued.max.request.bytes`. */
  readonly queuedRequestBytesMax: number
  /** `queued.max.requests`. */
  readonly queuedRequestsMax: number
  /** `connections.max.idle.ms`; negative: never. */
  readonly idleMsMax: number
  /** How long requests under way may take to be answered when the server stops. */
  readonly drainMsMax: number
  /** Where the memory for requests comes from. */
  readonly buffers?: FrameBuffers
}

/** Idle connections are looked for this often within the time they may be idle. */
const idleChecks = 20

export class Server {
  readonly counters = new ServerCounters()
  readonly #options: ServerOptions
  readonly #limits: ConnectionLimits
  readonly #buffers: FrameBuffers
  /** Bytes of large requests that are being collected or kept, of all connections. */
  readonly budget: SharedLimit
  /** Requests that wait for our own work, of all connections. */
  readonly queue: SharedLimit
  readonly #sessions = new Set<Session>()
  /** Those of the sessions that are not served because max.connections is reached, in order. */
  readonly #waiting = new Set<Session>()
  readonly #listeners: Listener[] = []
  #serving: { services: Services; handlers: HandlerTable } | undefined
  #isStopping = false
  #connectionCount = 0
  #stopIdleCheck: () => void = () => {}
  #onEmpty: (() => void) | undefined

  constructor(options: ServerOptions) {
    this.#options = options
    this.#limits = new ConnectionLimits(options.connections)
    this.#buffers = options.buffers ?? new FrameBuffers()
    this.budget = new SharedLimit(options.queuedRequestBytesMax)
    this.queue = new SharedLimit(options.queuedRequestsMax)
  }

  get connectionCount(): number {
    return this.#limits.count
  }
  get isServing(): boolean {
    return this.#serving !== undefined && !this.#isStopping
  }

  /** What is under way: a walk over all connections. */
  load(): ServerLoad {
    const load = noLoad()
    load.connections = this.#sessions.size - this.#waiting.size
    load.waitingConnections = this.#waiting.size
    for (const session of this.#sessions) session.addTo(load)
    return load
  }

  /** Opens a listener; connections are accepted and not yet served. Answers the address, with the port that was free for 0. */
  async bind(address: ListenerAddress): Promise<{ host: string; port: number }> {
    const listener = await this.#listen(address)
    this.#listeners.push(listener)
    return { host: listener.host, port: listener.port }
  }

  async #listen({ name, host, port }: ListenerAddress): Promise<Listener> {
    const { net } = this.#options
    const accept = (connection: Connection) => this.#accept(connection, name)
    if (host !== null) return net.listen({ host, port }, accept)
    try {
      return await net.listen({ host: '::', port }, accept)
    } catch (error) {
      if (error instanceof NetError && error.code === 'ADDRESS_IN_USE') throw error
      // A machine without IPv6.
      return net.listen({ host: '0.0.0.0', port }, accept)
    }
  }

  /** Requests are answered from here on. */
  serve(services: Services, handlers: HandlerTable): void {
    this.#serving = { services, handlers }
    for (const session of this.#sessions) if (!this.#waiting.has(session)) session.start(services, handlers)
    this.#checkIdle()
  }

  /** The limits were changed at run time. */
  limitConnections(connections: ConnectionLimitsOptions): void {
    this.#limits.adopt(connections)
    this.#admitWaiting()
  }

  /** No new connections, no new requests; resolves when what is under way is answered, or after `drainMsMax` regardless. */
  async stop(): Promise<void> {
    this.#isStopping = true
    this.#stopIdleCheck()
    for (const session of [...this.#sessions]) session.drain()
    await Promise.all(this.#listeners.map(listener => listener.close()))
    if (this.#sessions.size === 0) return
    await new Promise<void>(resolve => {
      const cancel = this.#options.clock.after(this.#options.drainMsMax, () => {
        const requests = [...this.#sessions].reduce((sum, session) => sum + session.requestsInFlight, 0)
        if (requests > 0)
          this.#options.logger.warn({ requests }, 'requests were still under way when the broker stopped')
        for (const session of [...this.#sessions]) session.destroy()
      })
      this.#onEmpty = () => {
        cancel()
        resolve()
      }
    })
  }

  /** As a crash does: everything closed at once, nothing answered. */
  async destroy(): Promise<void> {
    this.#isStopping = true
    this.#stopIdleCheck()
    await Promise.all(this.#listeners.map(listener => listener.close()))
    for (const session of [...this.#sessions]) session.destroy()
  }

  #accept(connection: Connection, listenerName: string): void {
    if (this.#isStopping) {
      turnAway(connection)
      return
    }
    const { remoteHost } = connection
    const admission = this.#limits.admit(remoteHost, listenerName)
    const isFull = admission === 'full' || admission === 'listener full'
    const mayWait = isFull && this.#waiting.size < this.#options.waitingConnectionsMax
    if (admission !== 'admitted' && !mayWait) {
      const limit = isFull ? 'max.connections' : 'max.connections.per.ip'
      this.counters.refusedConnections[limit] += 1
      this.#options.logger.info({ remoteHost, listener: listenerName, limit }, 'a connection was turned away')
      turnAway(connection)
      return
    }
    this.counters.acceptedConnections += 1
    const session = this.#sessionOf(connection, listenerName)
    this.#sessions.add(session)
    if (mayWait) this.#waiting.add(session)
    else if (this.#serving !== undefined) session.start(this.#serving.services, this.#serving.handlers)
  }

  #sessionOf(connection: Connection, listenerName: string): Session {
    const { clock, logger, limits } = this.#options
    const { localHost, localPort, remoteHost, remotePort } = connection
    const number = this.#connectionCount++
    return new Session({
      connection,
      // Kafka puts the number of the network thread before the last one; there is one thread.
      connectionId: `${plainHost(localHost)}:${localPort}-${plainHost(remoteHost)}:${remotePort}-0-${number}`,
      clientHost: `/${plainHost(remoteHost)}`,
      listenerName,
      clock,
      logger,
      limits,
      buffers: this.#buffers,
      budget: this.budget,
      queue: this.queue,
      counters: this.counters,
      onClosed: session => this.#onClosed(session, remoteHost, listenerName),
    })
  }

  #onClosed(session: Session, remoteHost: string, listenerName: string): void {
    this.#sessions.delete(session)
    if (!this.#waiting.delete(session)) {
      this.#limits.leave(remoteHost, listenerName)
      this.#admitWaiting()
    }
    if (this.#sessions.size === 0) this.#onEmpty?.()
  }

  #admitWaiting(): void {
    for (const session of this.#waiting) {
      const admission = this.#limits.admit(session.remoteHost, session.listenerName)
      if (admission === 'full') return
      if (admission === 'listener full') continue
      if (admission === 'too many of this address') {
        this.counters.refusedConnections['max.connections.per.ip'] += 1
        session.destroy()
      } else {
        this.#waiting.delete(session)
        if (this.#serving !== undefined) session.start(this.#serving.services, this.#serving.handlers)
      }
    }
  }

  #checkIdle(): void {
    const { clock, idleMsMax } = this.#options
    if (idleMsMax < 0) return
    this.#stopIdleCheck = clock.after(Math.max(idleMsMax / idleChecks, 1), () => {
      const nowMs = clock.monotonicMs()
      for (const session of [...this.#sessions]) {
        if (session.idleMs(nowMs) < idleMsMax) continue
        this.counters.idleConnectionsClosed += 1
        session.destroy()
      }
      this.#checkIdle()
    })
  }
}

/** Closes a connection without having looked at it. */
function turnAway(connection: Connection): void {
  connection.listen({ data() {}, drain() {}, end() {}, close() {} })
  connection.destroy()
}
