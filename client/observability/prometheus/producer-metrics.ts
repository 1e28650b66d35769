// Metrics of producers.

import { onChannel } from '../channels.ts'
import { codeOf, type Meter } from './meter.ts'
import type { OpenClients } from './open-clients.ts'

const perTopic = ['client_id', 'topic'] as const

export function producerMetrics(meter: Meter, { producers }: OpenClients): (() => void)[] {
  const records = meter.counter('producer_records_total', 'Records that were acknowledged', perTopic)
  const batches = meter.counter('producer_batches_total', 'Batches that were acknowledged', perTopic)
  const bytes = meter.counter('producer_bytes_total', 'Bytes of batches that were acknowledged, compressed', perTopic)
  const failed = meter.counter('producer_records_failed_total', 'Records that were given up, by why', [
    ...perTopic,
    'code',
  ])
  const queued = meter.duration('producer_queue_seconds', "From a batch's first record to its request", ['client_id'])
  const latency = meter.duration('producer_batch_seconds', 'From the request with a batch to its acknowledgement', [
    'client_id',
  ])
  meter.readGauge('producer_buffered_bytes', 'Of records that are not acknowledged yet', ['client_id'], set => {
    const sums = new Map<string, number>()
    for (const { clientId, bufferedBytes } of producers) sums.set(clientId, (sums.get(clientId) ?? 0) + bufferedBytes)
    for (const [clientId, sum] of sums) set(sum, clientId)
  })
  return [
    onChannel('millrace:client:producer:batch:acked', message => {
      const { clientId, topic } = message
      records(message.records, clientId, topic)
      batches(1, clientId, topic)
      bytes(message.bytes, clientId, topic)
      queued(message.queuedMs, clientId)
      latency(message.latencyMs!, clientId)
    }),
    onChannel('millrace:client:producer:batch:failed', ({ clientId, topic, records: count, error }) => {
      failed(count, clientId, topic, codeOf(error!))
    }),
  ]
}
