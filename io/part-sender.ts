// How a connection's bytes get to the operating system: through JavaScript (socket-sender.ts) or past it
// (native/native-sender.ts). The connection knows about events, ending and who is to be told; a sender knows about parts.

import type { SendPart } from './net.ts'

export interface SenderEvents {
  /** The operating system has taken so many bytes more, and with them the last byte of so many sends. */
  taken(bytes: number, sends: number): void
  /** All that was given is handed on: the socket may be ended now, and loses nothing of it. */
  flushed(): void
  /** Nothing more can be sent. */
  failed(cause: Error): void
}

export interface PartSender {
  /** Queues the parts. They leave, with all else of this turn, when it is over; nothing is said before that. */
  send(parts: readonly SendPart[]): void
  /** Says `flushed` in a later turn, when what was given before is handed on. */
  flush(): void
  /** Sends and says nothing more. Can be called again. */
  close(): void
}
