// Connections, what is under way on them, and the limits that hold them back.

import type { Server } from '../server/server.ts'
import type { ServerLoad } from '../server/server-counters.ts'
import { counter, gauge, type Metric, type MetricText } from './metric.ts'

export function connectionMetrics(server: Server): readonly Metric[] {
  const { counters } = server
  const load = (name: keyof ServerLoad, text: MetricText) => gauge(text, () => server.load()[name])
  return [
    load('connections', { name: 'millrace_connections_open', help: 'Connections that are served.' }),
    load('waitingConnections', {
      name: 'millrace_connections_waiting',
      help: 'Connections beyond max.connections that wait for another one to close.',
    }),
    load('pausedConnections', {
      name: 'millrace_connections_paused',
      help: 'Connections that are read no further for now: a limit is reached, or the client does not take its answers.',
    }),
    counter(
      { name: 'millrace_connections_accepted_total', help: 'Connections accepted.' },
      () => counters.acceptedConnections,
    ),
    counter(
      {
        name: 'millrace_connections_refused_total',
        help: 'Connections turned away, by the setting whose limit was reached.',
        labels: ['limit'],
      },
      () => Object.entries(counters.refusedConnections).map(([limit, value]) => ({ labels: { limit }, value })),
    ),
    counter(
      { name: 'millrace_connections_idle_closed_total', help: 'Connections closed by connections.max.idle.ms.' },
      () => counters.idleConnectionsClosed,
    ),
    counter(
      { name: 'millrace_network_received_bytes_total', help: 'Bytes that came from clients.' },
      () => counters.receivedBytes,
    ),
    counter(
      { name: 'millrace_network_sent_bytes_total', help: 'Bytes of answers handed to the network.' },
      () => counters.sentBytes,
    ),
    load('requestsInFlight', {
      name: 'millrace_requests_in_flight',
      help: 'Requests decided and not answered, parked fetches among them.',
    }),
    load('answersWaiting', {
      name: 'millrace_answers_waiting',
      help: 'Answers that wait for the answers before them on their connection.',
    }),
    load('requestBytes', { name: 'millrace_requests_in_flight_bytes', help: 'Bytes of the requests in flight.' }),
    load('readAheadBytes', {
      name: 'millrace_requests_read_ahead_bytes',
      help: 'Bytes that have arrived and are not decided yet.',
    }),
    load('pendingBytes', {
      name: 'millrace_answers_pending_bytes',
      help: 'Bytes of answers that the operating system has not taken, ranges of files included.',
    }),
    gauge(
      {
        name: 'millrace_large_requests_bytes',
        help: 'Memory of requests that did not arrive in one piece, bounded by queued.max.request.bytes.',
      },
      () => server.budget.used,
    ),
    gauge(
      { name: 'millrace_large_requests_max_bytes', help: 'The bound of millrace_large_requests_bytes.' },
      () => server.budget.max,
    ),
    gauge(
      {
        name: 'millrace_requests_queued',
        help: 'Requests of all connections that wait for the disk or other work of ours, bounded by queued.max.requests.',
      },
      () => server.queue.used,
    ),
    gauge(
      { name: 'millrace_requests_queued_max', help: 'The bound of millrace_requests_queued.' },
      () => server.queue.max,
    ),
    gauge(
      {
        name: 'millrace_connections_queueing',
        help: 'Connections whose next request waits for a place among those.',
      },
      () => server.queue.waitingCount,
    ),
  ]
}
