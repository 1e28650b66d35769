// What the client tells of itself, channel by channel: the shapes of the messages. A message is read, kept if one likes, and not
// changed. Fields are only ever added. Times are milliseconds by the client's monotonic clock.

import type { TopicPartition } from '../../protocol/types.ts'
import type { Admin } from '../admin/admin.ts'
import type { ClientError } from '../client-error.ts'
import type { Consumer } from '../consumer/consumer.ts'
import type { ConsumerEvents, PartitionLag } from '../consumer/consumer-events.ts'
import type { ConsumerRecord } from '../consumer/consumer-record.ts'
import type { OffsetToCommit } from '../group/group-membership.ts'
import type { Producer } from '../producer/producer.ts'

/** A client was made, or closed. Whoever wants to ask it something keeps it in between. */
export type ClientMessage = { readonly clientId: string } & (
  | { readonly kind: 'producer'; readonly client: Producer }
  | { readonly kind: 'consumer'; readonly client: Consumer; readonly group: string | undefined }
  | { readonly kind: 'admin'; readonly client: Admin }
)

export interface ConnectionMessage {
  readonly clientId: string
  /** "host:port". */
  readonly broker: string
  /** What the connection is for: data, fetch, group, "join GROUP" (cluster/lane.ts). */
  readonly lane: string
}

/** It can be used: connected, TLS and authentication done. */
export interface ConnectionOpenedMessage extends ConnectionMessage {
  readonly durationMs: number
}

/** One that had been opened. */
export interface ConnectionClosedMessage extends ConnectionMessage {
  /** Undefined: this client wanted it. */
  readonly error: Error | undefined
}

export interface ConnectionFailedMessage extends ConnectionMessage {
  readonly durationMs: number
  readonly error: Error
}

/** `sent` and `answered` are told with the same object: what comes with the answer is undefined before. */
export interface RequestMessage extends ConnectionMessage {
  /** "Produce", "Metadata". */
  readonly api: string
  readonly apiVersion: number
  readonly correlationId: number
  /** With its length field. */
  readonly requestBytes: number
  /** False: acks 0; it is never `answered`. */
  readonly expectsAnswer: boolean
  readonly sentMs: number
  /** From `sent` to here. */
  latencyMs: number | undefined
  responseBytes: number | undefined
  /** By how long the broker asks to be left alone; 0 where an answer cannot say that. */
  throttleTimeMs: number | undefined
  /** There was no answer, or none that could be read. What a broker answered, errors included, is not an error here. */
  error: Error | undefined
}

/** Something failed and will be tried again. */
export interface RetryMessage {
  readonly clientId: string
  /** In words: "find the coordinator of group billing". */
  readonly what: string
  /** In a row: 1 for the first. */
  readonly failures: number
  /** Until then, at the soonest. */
  readonly delayMs: number
  readonly error: Error
}

export interface BreakerMessage {
  readonly clientId: string
  readonly broker: string
}

/** The broker failed too often in a row: it is left alone. Told again each time a trial fails. */
export interface BreakerOpenedMessage extends BreakerMessage {
  readonly waitMs: number
  readonly error: Error
}

/** `sent`, `acked` and `failed` of one attempt are told with the same object. */
export interface ProducerBatchMessage extends TopicPartition {
  readonly clientId: string
  readonly transactionalId: string | null
  /** "host:port"; undefined of a batch that failed before it was sent. */
  readonly broker: string | undefined
  readonly records: number
  /** As sent, compressed, with its header; of a batch that was never closed what its records take. */
  readonly bytes: number
  /** Requests that carried it, this one included. */
  readonly attempt: number
  /** From its first record to this request. */
  readonly queuedMs: number
  /** When this request left; of a batch that failed before, when it did. */
  readonly sentMs: number
  /** From the request to here. */
  latencyMs: number | undefined
  /** -1: not known (acks 0, or it was written before). */
  baseOffset: number | undefined
  /** Of a batch that was given up: sent again it is told as `millrace:client:retry`. */
  error: Error | undefined
}

export interface OfConsumer {
  readonly clientId: string
  readonly group: string | undefined
}

/** `delivered` and `processed` are told with the same object. */
export interface ConsumerBatchMessage extends OfConsumer, TopicPartition {
  /** The first offset that is shown, or the position where none of the batch's records is left. */
  readonly fromOffset: number
  /** Behind all of it. */
  readonly nextOffset: number
  /** 0 when they cannot be read. */
  readonly records: number
  /** As it came, compressed. */
  readonly bytes: number
  /** Offsets behind it, when it was fetched. */
  readonly lag: number
  /** From `delivered` to here. */
  durationMs: number | undefined
  /** given back: the loop was left, and the next one is given it again. given up: the partition was taken away, or moved. */
  outcome: 'processed' | 'given back' | 'given up' | undefined
}

export interface CommitMessage extends OfConsumer {
  readonly offsets: readonly OffsetToCommit[]
  readonly durationMs: number
  readonly error: Error | undefined
}

export interface RebalanceMessage extends OfConsumer {
  /** revoked: to be given up; what is in hand is finished first. lost: somebody else's already. */
  readonly kind: 'assigned' | 'revoked' | 'lost'
  readonly partitions: readonly TopicPartition[]
  readonly reason: string | undefined
  readonly memberId: string
  /** The classic generation, or the member epoch. */
  readonly generationId: number
}

/** Context of the TracingChannel `millrace:client:consumer:process`, which runs each call of a handler of `run()`. */
export interface ProcessMessage extends OfConsumer {
  readonly record: ConsumerRecord
  /** As the handler is told. */
  readonly attempt: number
}

export interface LagMessage extends OfConsumer {
  readonly partitions: readonly PartitionLag[]
}

/** Of the event of that name (consumer/consumer-events.ts), with whose it is. */
type EventMessage<Name extends keyof ConsumerEvents> = OfConsumer & ConsumerEvents[Name][0]

/** Message by channel. */
export interface ClientMessages {
  'millrace:client:opened': ClientMessage
  'millrace:client:closed': ClientMessage
  'millrace:client:connection:opened': ConnectionOpenedMessage
  'millrace:client:connection:closed': ConnectionClosedMessage
  'millrace:client:connection:failed': ConnectionFailedMessage
  'millrace:client:request:sent': RequestMessage
  'millrace:client:request:answered': RequestMessage
  'millrace:client:retry': RetryMessage
  'millrace:client:breaker:opened': BreakerOpenedMessage
  'millrace:client:breaker:closed': BreakerMessage
  'millrace:client:producer:batch:sent': ProducerBatchMessage
  'millrace:client:producer:batch:acked': ProducerBatchMessage
  'millrace:client:producer:batch:failed': ProducerBatchMessage
  'millrace:client:consumer:batch:delivered': ConsumerBatchMessage
  'millrace:client:consumer:batch:processed': ConsumerBatchMessage
  'millrace:client:consumer:commit': CommitMessage
  'millrace:client:consumer:rebalance': RebalanceMessage
  'millrace:client:consumer:lag': LagMessage
  'millrace:client:consumer:stall': EventMessage<'stall'>
  'millrace:client:consumer:hedged': EventMessage<'hedged'>
  'millrace:client:consumer:reset': EventMessage<'reset'>
  'millrace:client:consumer:truncated': EventMessage<'truncated'>
  'millrace:client:consumer:skipped': EventMessage<'skipped'>
  'millrace:client:consumer:poison': EventMessage<'poison'>
  'millrace:client:consumer:commitFailed': OfConsumer & { readonly error: ClientError }
}

export type ChannelName = keyof ClientMessages
