// TCP of the machine: node:net. Addresses are numeric or names; listening on port 0 takes a free one.

import { createConnection, createServer, isIP, type Server, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import type { NativeAddon } from './native/addon.ts'
import type { ConnectAddress, Connection, Listener, Net, NetError, NetErrorCode, TlsOptions } from './net.ts'
import { type Address, addressError, isOfTls } from './net-error.ts'
import { RealConnection, type RealConnectionOptions } from './real-connection.ts'
import { streamTransport, transportOpener } from './transport.ts'

export interface RealNetOptions extends Partial<RealConnectionOptions> {
  /** Connections that the kernel completes while we do not accept. */
  readonly backlog?: number
  /** What bytes come and leave through. Unless given, the machine's addon if it has one; `off`: JavaScript all the same. */
  readonly native?: NativeAddon | 'off'
}

const connectionDefaults: RealConnectionOptions = { highWaterBytes: 1024 * 1024, lingerMs: 1000 }
const backlogDefault = 511

/** The machine's network. */
export function realNet(options: RealNetOptions = {}): Net {
  const { backlog = backlogDefault } = options
  const openTransport = transportOpener(options.native)
  const ofConnection = { ...connectionDefaults, ...options }
  // Half open: what was asked before the other side's FIN is still answered.
  // Keep-alive, as Kafka does, finds out about peers that went away without a word.
  const socketOptions = { allowHalfOpen: true, noDelay: true, keepAlive: true }
  return {
    listen: (address, accept) =>
      listenOn(createServer({ ...socketOptions, pauseOnConnect: true }), address, backlog, socket =>
        accept(new RealConnection(socket, ofConnection, openTransport)),
      ),
    connect: address => {
      // The addon knows nothing of TLS: what is encrypted goes through Node.
      const transport = address.tls ? streamTransport : openTransport
      return connectTo(address, socketOptions, socket => new RealConnection(socket, ofConnection, transport))
    },
  }
}

function listenOn(
  server: Server,
  address: Address,
  backlog: number,
  accept: (socket: Socket) => void,
): Promise<Listener> {
  server.on('connection', accept)
  return new Promise((resolve, reject) => {
    // Later errors are of single attempts to connect, as when descriptors run out: listening goes on.
    server.on('error', cause => reject(asNetError('listen on', address, cause)))
    server.listen({ host: address.host || undefined, port: address.port, backlog }, () => {
      const bound = server.address() as { address: string; port: number }
      resolve({ host: bound.address, port: bound.port, close: closerOf(server) })
    })
  })
}

// Server.close answers only when the last connection has gone, but it stops accepting at once.
function closerOf(server: Server): () => Promise<void> {
  return () => {
    if (server.listening) server.close()
    return Promise.resolve()
  }
}

function connectTo(
  address: ConnectAddress,
  socketOptions: object,
  connectionOn: (socket: Socket) => Connection,
): Promise<Connection> {
  const { signal } = address
  if (signal?.aborted) return Promise.reject(signal.reason)
  return new Promise((resolve, reject) => {
    const socket = openSocket(address, socketOptions)
    // Node begins to read with the connection otherwise, which is its transport's.
    socket.pause()
    const end = (reason: unknown) => {
      signal?.removeEventListener('abort', onAbort)
      socket.destroy()
      reject(reason)
    }
    const onAbort = () => end(signal!.reason)
    signal?.addEventListener('abort', onAbort, { once: true })
    const fail = (cause: Error) => end(asNetError('connect to', address, cause))
    if (address.timeoutMs !== undefined) {
      socket.setTimeout(address.timeoutMs, () =>
        fail(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })),
      )
    }
    socket.once('error', fail)
    socket.once(address.tls ? 'secureConnect' : 'connect', () => {
      socket.setTimeout(0)
      socket.off('error', fail)
      signal?.removeEventListener('abort', onAbort)
      resolve(connectionOn(socket))
    })
  })
}

// Several addresses of a name are tried side by side, with a pause of a quarter of a second between them (autoSelectFamily).
function openSocket({ host, port, tls }: ConnectAddress, socketOptions: object): Socket {
  const where = { host, port, autoSelectFamily: true, ...socketOptions }
  return tls ? tlsSocket(where, tls) : createConnection(where)
}

function tlsSocket(where: { host: string; port: number }, tls: TlsOptions): TLSSocket {
  // A numeric address cannot be asked for by name (RFC 6066), and is checked against the certificate all the same.
  const servername = tls.servername ?? (isIP(where.host) ? undefined : where.host)
  const { ca, ...rest } = tls
  return connectTls({ ...where, ...rest, ...(ca && { ca: ca as string }), ...(servername && { servername }) })
}

const codes: Readonly<Record<string, NetErrorCode>> = {
  EADDRINUSE: 'ADDRESS_IN_USE',
  ECONNRESET: 'RESET',
  ECONNREFUSED: 'REFUSED',
  EHOSTUNREACH: 'UNREACHABLE',
  ENETUNREACH: 'UNREACHABLE',
  ETIMEDOUT: 'UNREACHABLE',
  ENOTFOUND: 'UNREACHABLE',
  EAI_AGAIN: 'UNREACHABLE',
}

function asNetError(verb: 'listen on' | 'connect to', address: Address, cause: Error): NetError {
  const { code = '' } = cause as NodeJS.ErrnoException
  return addressError(verb, address, codes[code] ?? (isOfTls(code) ? 'UNTRUSTED' : 'FAILED'), cause)
}
