// How a connection's bytes come from the operating system: through Node's streams (socket-receiver.ts) or past them, into
// memory of the listener's (native/native-receiver.ts).

import type { ConnectionEvents } from './net.ts'

export interface ReceiverEvents extends Pick<ConnectionEvents, 'room' | 'filled' | 'data' | 'end'> {
  /** The connection is broken. */
  failed(cause: Error): void
}

/** Says nothing before `start`. */
export interface Receiver {
  start(): void
  /** Nothing more is received until `resume`. */
  pause(): void
  resume(): void
  /** Says nothing more and receives all the same, to the end, at which it closes the socket. */
  discard(): void
  /** Receives nothing more. Can be called again. */
  close(): void
}
