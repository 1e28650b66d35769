// Connections as an argument. Real: io/real-net.ts, node:net. Twin: io/sim/net.ts, which delays, splits and drops.

import type { DiskFile } from './disk.ts'

/** Bytes of a file that go out without passing through the program where the platform can do that. */
export interface FilePart {
  readonly file: DiskFile
  readonly position: number
  readonly length: number
}

/** What a connection sends: bytes, and ranges of files, in order. */
export type SendPart = Uint8Array | FilePart

export interface ConnectionEvents {
  /** Bytes in the order they were sent, cut anywhere. Valid during the call: what comes next is received into the same memory. */
  data(chunk: Buffer): void
  /**
   * Memory that the next bytes may be received into in place of the connection's; asked before each read. A connection need
   * not use it: each byte comes once and in order, by `filled` or by `data`.
   */
  room?(): Uint8Array | undefined
  /** So many bytes have come into what `room` has just answered, from its beginning on. */
  filled?(bytes: number): void
  /** All that had piled up has been taken (`pendingBytes` is 0), after a `send` that answered false. */
  drain(): void
  /** The other side will send no more. It can still be sent to: call `end` when there is nothing left to say. */
  end(): void
  /** Once, after which nothing else is called; the error when it did not end in good order. */
  close(error?: Error): void
}

export interface Connection {
  readonly remoteHost: string
  readonly remotePort: number
  readonly localHost: string
  readonly localPort: number
  /** Bytes handed to `send` that the operating system has not yet taken, counted down write by write. */
  readonly pendingBytes: number
  /** Must be called before the turn in which the connection was handed over ends. */
  listen(events: ConnectionEvents): void
  /**
   * Queues the parts in order; what is sent in one turn leaves together. False: more is pending than the connection's
   * high-water mark, wait for `drain`. `done` is called once, later than this call, when the operating system has taken all
   * of it or the connection is closed. Until then bytes must not change, and descriptors of file parts are retained. A file
   * that is shorter than promised, or cannot be read, destroys the connection: the cause of what `close` is told is the
   * DiskError, which names the file. Throws, having queued nothing, when a file is closed. After
   * `end`, `destroy` or `close` the parts are dropped, and `done` is called all the same.
   */
  send(parts: readonly SendPart[], done?: () => void): boolean
  /** No more `data` until `resume`; the peer is held back by TCP. */
  pause(): void
  resume(): void
  /**
   * Closes once all that was sent is out and the other side has ended too, which it is given a second for. What it still
   * sends is not looked at: of the events only `drain` and `close` follow.
   */
  end(): void
  /** Closes now; of the events only `close` follows. */
  destroy(): void
}

/** How a connection is encrypted, as node:tls takes it. */
export interface TlsOptions {
  /** Certificates in PEM that are trusted in place of the machine's. */
  readonly ca?: string | Buffer | readonly (string | Buffer)[]
  /** The client's own certificate chain and key, in PEM, where the server asks for one. */
  readonly cert?: string | Buffer
  readonly key?: string | Buffer
  readonly passphrase?: string
  /** The name that the server's certificate must have; the host when left out. */
  readonly servername?: string
  /** False: the certificate is not looked at, which protects from listeners only and not from an impostor. */
  readonly rejectUnauthorized?: boolean
}

export interface ConnectAddress {
  readonly host: string
  readonly port: number
  /** For connecting, the TLS handshake included. */
  readonly timeoutMs?: number
  readonly tls?: TlsOptions
  /** Raised: connecting is given up, and `connect` rejects with the signal's reason. Of no meaning once connected. */
  readonly signal?: AbortSignal
}

export interface Listener {
  readonly host: string
  readonly port: number
  /** Stops accepting; connections stay. */
  close(): Promise<void>
}

export interface Net {
  /** Port 0 takes a free one, host '' takes all addresses. Rejects with a NetError naming host and port. */
  listen(address: { host: string; port: number }, accept: (connection: Connection) => void): Promise<Listener>
  /**
   * Rejects with a NetError naming host and port; UNREACHABLE when there is no answer within `timeoutMs`, UNTRUSTED when the
   * TLS handshake fails; with the reason of `signal`. Of a name with several addresses they are tried side by side (RFC 8305).
   */
  connect(address: ConnectAddress): Promise<Connection>
}

/** RESET is what `close` gets when the other side went away without ending. */
export type NetErrorCode = 'ADDRESS_IN_USE' | 'REFUSED' | 'UNREACHABLE' | 'RESET' | 'UNTRUSTED' | 'FAILED'

export class NetError extends Error {
  readonly code: NetErrorCode

  constructor(code: NetErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.name = 'NetError'
    this.code = code
  }
}
