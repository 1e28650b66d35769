// Requests: how many, how large, how long, and what went wrong, by API.

import { errorName } from '../../protocol/errors.ts'
import type { ServerCounters } from '../server/server-counters.ts'
import type { ApiCounters } from './api-counters.ts'
import { histogramSamples } from './histogram-samples.ts'
import { counter, type Metric, metric, type Sample } from './metric.ts'

export function requestMetrics(counters: ServerCounters): readonly Metric[] {
  const byApi = (value: (api: ApiCounters) => number) => () =>
    Array.from(counters.requests.all(), api => ({ labels: { api: api.apiName }, value: value(api) }))
  return [
    counter(
      { name: 'millrace_requests_total', help: 'Requests decided.', labels: ['api'] },
      byApi(api => api.requests),
    ),
    counter(
      { name: 'millrace_request_bytes_total', help: 'Bytes of the requests decided.', labels: ['api'] },
      byApi(api => api.requestBytes),
    ),
    counter(
      {
        name: 'millrace_response_bytes_total',
        help: 'Bytes of the answers handed to the network, ranges of files included.',
        labels: ['api'],
      },
      byApi(api => api.responseBytes),
    ),
    counter(
      {
        name: 'millrace_request_errors_total',
        help: 'Error codes in answers, of the whole, of a topic or of a partition: one answer may have many.',
        labels: ['api', 'error'],
      },
      () => Array.from(counters.requests.all()).flatMap(errorSamples),
    ),
    metric(
      'histogram',
      {
        name: 'millrace_request_duration_seconds',
        help: 'From the decision of a request until its answer was handed to the network. answered="at_once": our own work alone. answered="later": a wait is in it, of Produce for the disk, of Fetch for records (up to its maxWaitMs), of JoinGroup and SyncGroup for other members.',
        labels: ['api', 'answered'],
      },
      () => Array.from(counters.requests.all()).flatMap(durationSamples),
    ),
    counter(
      {
        name: 'millrace_unreadable_requests_total',
        help: 'Requests that could not be read, each of which ended its connection.',
      },
      () => counters.unreadableRequests,
    ),
  ]
}

function errorSamples({ apiName, errors }: ApiCounters): Sample[] {
  return Array.from(errors, ([code, value]) => ({
    labels: { api: apiName, error: errorName(code) ?? String(code) },
    value,
  }))
}

function durationSamples({ apiName, answeredAtOnce, answeredLater }: ApiCounters): Sample[] {
  return [
    ...histogramSamples(answeredAtOnce, { api: apiName, answered: 'at_once' }),
    ...histogramSamples(answeredLater, { api: apiName, answered: 'later' }),
  ]
}
