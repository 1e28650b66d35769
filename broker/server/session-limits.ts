// How much one connection may have under way. When a limit is reached the connection is read no further until an answer
// has left; the client is held back by TCP, and nobody else notices.

export interface SessionLimits {
  /** `socket.request.max.bytes`: a longer frame closes the connection. */
  readonly requestBytesMax: number
  /** Requests decided and not yet answered. */
  readonly requestsInFlightMax: number
  /** Bytes of those requests; a single larger one is let through. */
  readonly bytesInFlightMax: number
  /** Memory of answers that are not handed to the network yet; a single larger one is let through. */
  readonly answerBytesMax: number
  /** Bytes that are read ahead while requests may not be decided: what fits into two chunks from a socket. */
  readonly readAheadBytesMax: number
}

export const defaultSessionLimits: SessionLimits = {
  requestBytesMax: 104_857_600,
  // Kafka's own clients pipeline 5, kafkajs by default as many as it likes.
  requestsInFlightMax: 128,
  bytesInFlightMax: 16 * 1024 * 1024,
  answerBytesMax: 1024 * 1024,
  readAheadBytesMax: 128 * 1024,
}

/** Of all connections together, when `queued.max.request.bytes` does not say (-1: Kafka has no limit then, we have this). */
export const queuedRequestBytesMaxDefault = 256 * 1024 * 1024
