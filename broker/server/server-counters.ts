// What the server counts, for whoever wants to see it (broker/metrics). Plain numbers that only rise: the hot path adds to
// them, and nothing else happens until somebody looks.

import { RequestCounters } from '../metrics/api-counters.ts'

export class ServerCounters {
  readonly requests = new RequestCounters()
  receivedBytes = 0
  sentBytes = 0
  /** Requests that broke their connection: a bad length, an API or version that is not spoken, a body that does not decode. */
  unreadableRequests = 0
  acceptedConnections = 0
  /** By the limit that was reached. */
  readonly refusedConnections = { 'max.connections': 0, 'max.connections.per.ip': 0 }
  /** `connections.max.idle.ms`. */
  idleConnectionsClosed = 0
}

/** What is under way in the server at one moment. */
export interface ServerLoad {
  /** Connections that are being served. */
  connections: number
  /** Accepted, and waiting for one of max.connections to close. */
  waitingConnections: number
  /** Read no further for now, because a limit is reached or the client does not take its answers. */
  pausedConnections: number
  /** Decided and not answered. */
  requestsInFlight: number
  /** Answered, and waiting for the answers before them on their connection. */
  answersWaiting: number
  /** Bytes of the requests in flight. */
  requestBytes: number
  /** Bytes that have arrived and are not decided. */
  readAheadBytes: number
  /** Bytes of answers that the operating system has not taken. */
  pendingBytes: number
}

export const noLoad = (): ServerLoad => ({
  connections: 0,
  waitingConnections: 0,
  pausedConnections: 0,
  requestsInFlight: 0,
  answersWaiting: 0,
  requestBytes: 0,
  readAheadBytes: 0,
  pendingBytes: 0,
})
