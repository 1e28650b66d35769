// Metrics of consumers. Lag is asked of the consumers that are open when a page is made; a consumer that fetches nothing, because
// its memory is full, knows the end of a partition as of its last answer.

import type { Consumer } from '../../consumer/consumer.ts'
import { onChannel } from '../channels.ts'
import { boundedLags } from './lag-series.ts'
import { checkedLimit, codeOf, type Meter } from './meter.ts'
import type { OpenClients } from './open-clients.ts'

const perGroup = ['client_id', 'group'] as const
const perTopic = [...perGroup, 'topic'] as const

export function consumerMetrics(meter: Meter, open: OpenClients, lagPartitionsMax: number): (() => void)[] {
  checkedLimit('lagPartitionsMax', lagPartitionsMax)
  readGauges(meter, open, lagPartitionsMax)
  return [...batches(meter), ...groups(meter), ...incidents(meter)]
}

function readGauges(meter: Meter, { consumers }: OpenClients, lagPartitionsMax: number): void {
  const lagLabels = [...perTopic, 'partition']
  meter.readGauge('consumer_lag_records', 'Offsets from the position to the end', lagLabels, set => {
    for (const { labels, lag } of boundedLags(consumers, lagPartitionsMax)) set(lag, ...labels)
  })
  const summed = (name: string, help: string, read: (consumer: Consumer) => number) =>
    meter.readGauge(name, help, perGroup, set => {
      const sums = new Map<string, { labels: [string, string]; sum: number }>()
      for (const consumer of consumers) {
        const labels: [string, string] = [consumer.clientId, consumer.group ?? '']
        const known = sums.get(labels.join('\n'))
        sums.set(labels.join('\n'), { labels, sum: (known?.sum ?? 0) + read(consumer) })
      }
      for (const { labels, sum } of sums.values()) set(sum, ...labels)
    })
  summed('consumer_assigned_partitions', 'Partitions that are read', ({ assignment }) => assignment.length)
  summed('consumer_buffered_bytes', 'Bytes fetched and not yet processed', ({ bufferedBytes }) => bufferedBytes)
}

function batches(meter: Meter): (() => void)[] {
  const records = meter.counter('consumer_records_total', 'Records that were processed', perTopic)
  const bytes = meter.counter('consumer_bytes_total', 'Bytes of batches that were processed, compressed', perTopic)
  const duration = meter.duration('consumer_processing_seconds', 'From the delivery of a batch to its end', perGroup)
  return [
    onChannel('millrace:client:consumer:batch:processed', message => {
      const { clientId, group = '', topic } = message
      duration(message.durationMs!, clientId, group)
      if (message.outcome !== 'processed') return
      records(message.records, clientId, group, topic)
      bytes(message.bytes, clientId, group, topic)
    }),
  ]
}

function groups(meter: Meter): (() => void)[] {
  const commits = meter.counter('consumer_commits_total', 'Commits that succeeded or failed', perGroup)
  const failures = meter.counter('consumer_commit_failures_total', 'Commits that failed, by why', [...perGroup, 'code'])
  const duration = meter.duration('consumer_commit_seconds', 'What a commit takes, repetitions included', perGroup)
  const rebalances = meter.counter('consumer_rebalances_total', 'Times that partitions were assigned, revoked, lost', [
    ...perGroup,
    'kind',
  ])
  return [
    onChannel('millrace:client:consumer:commit', ({ clientId, group = '', durationMs, error }) => {
      commits(1, clientId, group)
      duration(durationMs, clientId, group)
      if (error !== undefined) failures(1, clientId, group, codeOf(error))
    }),
    onChannel('millrace:client:consumer:rebalance', ({ clientId, group = '', kind }) => {
      rebalances(1, clientId, group, kind)
    }),
  ]
}

function incidents(meter: Meter): (() => void)[] {
  const stalls = meter.counter('consumer_stalls_total', 'Answers to fetches that were overdue', [...perGroup, 'broker'])
  const resets = meter.counter('consumer_resets_total', 'Positions that were looked up by the reset policy', perTopic)
  const truncated = meter.counter('consumer_truncations_total', 'Logs that had lost what had been read', perTopic)
  const skipped = meter.counter('consumer_skipped_offsets_total', 'Offsets left out because they are damaged', perTopic)
  const poison = meter.counter('consumer_poison_records_total', 'Records whose handler failed for good', perTopic)
  return [
    onChannel('millrace:client:consumer:stall', ({ clientId, group = '', broker }) =>
      stalls(1, clientId, group, broker),
    ),
    onChannel('millrace:client:consumer:reset', ({ clientId, group = '', topic }) => resets(1, clientId, group, topic)),
    onChannel('millrace:client:consumer:truncated', ({ clientId, group = '', topic }) => {
      truncated(1, clientId, group, topic)
    }),
    onChannel('millrace:client:consumer:skipped', ({ clientId, group = '', topic, fromOffset, toOffset }) => {
      skipped(toOffset - fromOffset, clientId, group, topic)
    }),
    onChannel('millrace:client:consumer:poison', ({ clientId, group = '', topic }) =>
      poison(1, clientId, group, topic),
    ),
  ]
}
