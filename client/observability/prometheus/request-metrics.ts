// Metrics of requests and connections, of all kinds of clients.

import { onChannel } from '../channels.ts'
import { codeOf, type Meter } from './meter.ts'

const perBroker = ['client_id', 'broker'] as const
const perApi = [...perBroker, 'api'] as const

export function requestMetrics(meter: Meter): (() => void)[] {
  return [...requests(meter), ...connections(meter), ...failures(meter)]
}

function requests(meter: Meter): (() => void)[] {
  const ended = meter.counter('requests_total', 'Requests that were answered or have failed', perApi)
  const failed = meter.counter('request_failures_total', 'Requests without an answer, by why', [...perApi, 'code'])
  const duration = meter.duration('request_duration_seconds', 'From sending to the answer', ['client_id', 'api'])
  const out = meter.counter('request_bytes_total', 'Bytes of requests', perApi)
  const back = meter.counter('response_bytes_total', 'Bytes of answers', perApi)
  const throttled = meter.counter('throttle_seconds_total', 'For which brokers asked to be left alone', perBroker)
  return [
    onChannel('millrace:client:request:sent', ({ clientId, broker, api, requestBytes }) => {
      out(requestBytes, clientId, broker, api)
    }),
    onChannel('millrace:client:request:answered', message => {
      const { clientId, broker, api, error, latencyMs, responseBytes, throttleTimeMs } = message
      ended(1, clientId, broker, api)
      duration(latencyMs!, clientId, api)
      if (error !== undefined) failed(1, clientId, broker, api, codeOf(error))
      else back(responseBytes!, clientId, broker, api)
      if (throttleTimeMs) throttled(throttleTimeMs / 1000, clientId, broker)
    }),
  ]
}

function connections(meter: Meter): (() => void)[] {
  const opened = meter.counter('connections_opened_total', 'Connections that were made', perBroker)
  const lost = meter.counter(
    'connections_lost_total',
    'Connections that ended without this client wanting it',
    perBroker,
  )
  const failed = meter.counter('connection_failures_total', 'Connections that could not be made, by why', [
    ...perBroker,
    'code',
  ])
  return [
    onChannel('millrace:client:connection:opened', ({ clientId, broker }) => opened(1, clientId, broker)),
    onChannel('millrace:client:connection:closed', ({ clientId, broker, error }) => {
      if (error !== undefined) lost(1, clientId, broker)
    }),
    onChannel('millrace:client:connection:failed', ({ clientId, broker, error }) => {
      failed(1, clientId, broker, codeOf(error))
    }),
  ]
}

function failures(meter: Meter): (() => void)[] {
  const retries = meter.counter('retries_total', 'What failed and was tried again, by why', ['client_id', 'code'])
  const openings = meter.counter('breaker_openings_total', 'Times that a broker began to be left alone', perBroker)
  const isOpen = meter.gauge(
    'breaker_open',
    '1: the broker is left alone, because it failed; 0: not any more',
    perBroker,
  )
  return [
    onChannel('millrace:client:retry', ({ clientId, error }) => retries(1, clientId, codeOf(error))),
    onChannel('millrace:client:breaker:opened', ({ clientId, broker }) => {
      openings(1, clientId, broker)
      isOpen(1, clientId, broker)
    }),
    onChannel('millrace:client:breaker:closed', ({ clientId, broker }) => isOpen(0, clientId, broker)),
  ]
}
