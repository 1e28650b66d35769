// What a producer can be told. Defaults are those of Kafka's Java client 4.3.0, whose names stand in brackets.

import { ClientError } from '../client-error.ts'
import type { ClusterOptions } from '../cluster/cluster-options.ts'
import type { ClientTracing } from '../observability/client-tracing.ts'
import type { RecordBytes } from './batch-writer.ts'
import { type CompressionOption, type CompressionSettings, compressionSettings } from './compression-option.ts'

/** Chooses the partition, from 0, of a record that names none. Called once for each record, in the order of sending. */
export type Partitioner = (
  record: { topic: string; key: RecordBytes; value: RecordBytes },
  partitions: number,
) => number

export interface ProducerOptions extends ClusterOptions {
  /** Who must have a record before it is acknowledged: all in-sync replicas ('all'), the leader (1), nobody (0); 'all'. [acks] */
  readonly acks?: 'all' | -1 | 0 | 1
  /** Numbered batches: none is stored twice and none out of order, whatever is sent again; true, but with acks 0 and 1. [enable.idempotence] */
  readonly idempotent?: boolean
  /** Records are sent in transactions under this id; who starts with it fences those who had it before. [transactional.id] */
  readonly transactionalId?: string
  /** A transaction that takes longer is aborted by the cluster; 1 min. [transaction.timeout.ms] */
  readonly transactionTimeoutMs?: number
  /** Largest batch, in bytes; 16 KiB. [batch.size] */
  readonly batchBytes?: number
  /** How long a batch waits for more records before it is sent; 5 ms. [linger.ms] */
  readonly lingerMs?: number
  /** How batches are compressed: 'zstd', or { codec: 'zstd', level: 9 }; 'none'. [compression.type, compression.*.level] */
  readonly compression?: CompressionOption
  /** For all records that are not acknowledged yet; 32 MiB. Beyond, `send` waits. [buffer.memory] */
  readonly bufferMemoryBytes?: number
  /** How long `send` waits for memory, and for what the cluster says of the topic; 1 min. [max.block.ms] */
  readonly maxBlockMs?: number
  /** Records, and parts of `sendBatch`, that may wait like that; one more is refused; 250,000. */
  readonly waitingSendsMax?: number
  /** Largest request, and so the largest record, in bytes; 1 MiB. [max.request.size] */
  readonly maxRequestBytes?: number
  /** Requests under way to one broker; 5, which is the most for an idempotent producer. [max.in.flight.requests.per.connection] */
  readonly maxInFlightRequests?: number
  /** From the first record of a batch to its acknowledgement or failure; 2 min. [delivery.timeout.ms] */
  readonly deliveryTimeoutMs?: number
  /** Records without a key go less often to partitions with long queues; true. [partitioner.adaptive.partitioning.enable] */
  readonly adaptivePartitioning?: boolean
  /** A broker that could not be sent to for so long gets no records without a key; 0: it always does. [partitioner.availability.timeout.ms] */
  readonly partitionAvailabilityTimeoutMs?: number
  /** Keys do not choose the partition; false. [partitioner.ignore.keys] */
  readonly ignoreKeys?: boolean
  /** In place of Java's: murmur2 of the key, and large batches for one partition after the other without one. [partitioner.class] */
  readonly partitioner?: Partitioner
  /** Whether sending to a topic that does not exist may create it, where the cluster allows it; true. */
  readonly allowTopicCreation?: boolean
  /** Traces what is sent: `tracing()` of `millrace/client/opentelemetry`. */
  readonly tracing?: ClientTracing
}

/** The options with everything filled in. */
export interface ProducerSettings extends CompressionSettings {
  readonly acks: -1 | 0 | 1
  readonly isIdempotent: boolean
  readonly transactionalId: string | null
  readonly transactionTimeoutMs: number
  readonly batchBytes: number
  readonly lingerMs: number
  readonly bufferMemoryBytes: number
  readonly maxBlockMs: number
  readonly waitingSendsMax: number
  readonly maxRequestBytes: number
  readonly maxInFlightRequests: number
  readonly deliveryTimeoutMs: number
  readonly isAdaptive: boolean
  readonly partitionAvailabilityTimeoutMs: number
  readonly ignoreKeys: boolean
  readonly partitioner: Partitioner | undefined
  readonly allowTopicCreation: boolean
  readonly tracing: ClientTracing | undefined
}

/** Batches of a partition of which a broker remembers the numbers. Source: KIP-98. */
export const idempotentInFlightMax = 5
const int32Max = 0x7fff_ffff

/** Throws INVALID_ARGUMENT. */
export function producerSettings(options: ProducerOptions): ProducerSettings {
  const acks = acksOf(options)
  const isIdempotent = options.idempotent ?? (acks === -1 || options.transactionalId !== undefined)
  const transactionalId = options.transactionalId ?? null
  checkTogether(acks, isIdempotent, transactionalId)
  const { partitioner, allowTopicCreation = true, adaptivePartitioning = true, ignoreKeys = false } = options
  return {
    acks,
    isIdempotent,
    transactionalId,
    ...compressionSettings(options.compression),
    ...sizesOf(options),
    ...timesOf(options),
    maxInFlightRequests: numberOf(options, 'maxInFlightRequests', 5, [1, isIdempotent ? idempotentInFlightMax : 1000]),
    isAdaptive: adaptivePartitioning,
    ignoreKeys,
    partitioner,
    allowTopicCreation,
    tracing: options.tracing,
  }
}

function sizesOf(options: ProducerOptions) {
  const maxRequestBytes = numberOf(options, 'maxRequestBytes', 1024 * 1024, [1, int32Max])
  const batchBytes = numberOf(options, 'batchBytes', 16 * 1024, [128, maxRequestBytes])
  const bufferMemoryBytes = numberOf(options, 'bufferMemoryBytes', 32 * 1024 * 1024, [batchBytes, 2 ** 40])
  return {
    maxRequestBytes,
    batchBytes,
    bufferMemoryBytes,
    waitingSendsMax: numberOf(options, 'waitingSendsMax', 250_000, [1, int32Max]),
  }
}

function timesOf(options: ProducerOptions) {
  const lingerMs = numberOf(options, 'lingerMs', 5, [0, int32Max])
  const requestTimeoutMs = options.requestTimeoutMs ?? 30_000
  // Less would give up what is under way before a request could time out. Java refuses it, too.
  const leastMs = lingerMs + requestTimeoutMs
  const deliveryTimeoutMs = numberOf(options, 'deliveryTimeoutMs', Math.max(120_000, leastMs), [leastMs, int32Max])
  return {
    lingerMs,
    deliveryTimeoutMs,
    maxBlockMs: numberOf(options, 'maxBlockMs', 60_000, [0, int32Max]),
    transactionTimeoutMs: whole(options, 'transactionTimeoutMs', 60_000, [1, int32Max]),
    partitionAvailabilityTimeoutMs: numberOf(options, 'partitionAvailabilityTimeoutMs', 0, [0, int32Max]),
  }
}

function acksOf({ acks = 'all', transactionalId, idempotent }: ProducerOptions): -1 | 0 | 1 {
  const number = acks === 'all' ? -1 : acks
  if (number !== -1 && number !== 0 && number !== 1) throw wrong(`acks is ${acks}`, "give 'all', 1 or 0")
  if (number !== -1 && (transactionalId !== undefined || idempotent === true)) {
    throw wrong(`acks is ${acks}`, "an idempotent or transactional producer needs acks: 'all'")
  }
  return number
}

function checkTogether(acks: number, isIdempotent: boolean, transactionalId: string | null): void {
  if (transactionalId === '') throw wrong('transactionalId is empty', 'give a name that no other producer has')
  if (transactionalId !== null && !isIdempotent) {
    throw wrong('a transactional producer is idempotent', 'leave `idempotent` out')
  }
  if (isIdempotent && acks !== -1) throw wrong('an idempotent producer needs all acknowledgements', 'leave `acks` out')
}

function numberOf(options: ProducerOptions, name: keyof ProducerOptions, standard: number, range: [number, number]) {
  const value = (options[name] as number | undefined) ?? standard
  if (typeof value === 'number' && inRange(value, range)) return value
  throw wrong(`${name} is ${value}`, `give a number from ${range[0]} to ${range[1]}`)
}

/** What brokers are told. */
function whole(options: ProducerOptions, name: keyof ProducerOptions, standard: number, range: [number, number]) {
  const value = numberOf(options, name, standard, range)
  if (Number.isInteger(value)) return value
  throw wrong(`${name} is ${value}`, `give a whole number from ${range[0]} to ${range[1]}`)
}

function inRange(value: number, [min, max]: [number, number]): boolean {
  return value >= min && value <= max
}

function wrong(what: string, help: string): ClientError {
  return new ClientError('INVALID_ARGUMENT', what, { help })
}
