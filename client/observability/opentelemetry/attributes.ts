// What spans say of messages. Source: OpenTelemetry semantic conventions for messaging and Kafka, 1.27 and later (read at 1.44).

import type { SpanAttributes } from '@opentelemetry/api'
import type { ConsumerBatch } from '../../consumer/consumer-batch.ts'
import type { ConsumerRecord } from '../../consumer/consumer-record.ts'
import { countOf } from '../batch-count.ts'
import type { ProcessCall, SendCall } from '../client-tracing.ts'

export function sendAttributes({ clientId, topic, record }: SendCall): SpanAttributes {
  const { key, value, partition } = record ?? {}
  return {
    ...common('send', clientId, topic),
    ...(partition !== undefined && { 'messaging.destination.partition.id': String(partition) }),
    // A key of bytes has no text that is its own.
    ...(typeof key === 'string' && { 'messaging.kafka.message.key': key }),
    ...(record !== undefined && (value ?? null) === null && { 'messaging.kafka.message.tombstone': true }),
  }
}

export function recordAttributes(call: ProcessCall, record: ConsumerRecord): SpanAttributes {
  return {
    ...processAttributes(call, record.topic, record.partition),
    'messaging.kafka.offset': record.offset,
    ...(record.value === null && { 'messaging.kafka.message.tombstone': true }),
  }
}

export function batchAttributes(call: ProcessCall, batch: ConsumerBatch): SpanAttributes {
  const { topic, partition } = batch
  return { ...processAttributes(call, topic, partition), 'messaging.batch.message_count': countOf(batch) }
}

function processAttributes({ clientId, group }: ProcessCall, topic: string, partition: number): SpanAttributes {
  return {
    ...common('process', clientId, topic),
    'messaging.destination.partition.id': String(partition),
    ...(group !== undefined && { 'messaging.consumer.group.name': group }),
  }
}

function common(operation: 'send' | 'process', clientId: string, topic: string): SpanAttributes {
  return {
    'messaging.system': 'kafka',
    'messaging.operation.name': operation,
    'messaging.operation.type': operation,
    'messaging.destination.name': topic,
    'messaging.client.id': clientId,
  }
}
