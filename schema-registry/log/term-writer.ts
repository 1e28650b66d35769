// Writes one batch into the one partition of `_schemas`, numbered within a term (term.ts), until it is known what became of it
// or the time is over. A batch that is sent again is stored once: the partition knows its number.
// Not done by the producer, which begins anew under an epoch of its own choice after a batch of unknown outcome: here an epoch
// is a leader's term, and only who has claimed it may use it.

import { brokerError, ClientError, isRetriable } from '../../client/client-error.ts'
import type { Cluster } from '../../client/cluster/cluster.ts'
import { type ClusterImage, leaderIn } from '../../client/cluster/cluster-image.ts'
import { isMetadataError } from '../../client/producer/produce-verdict.ts'
import { retrying } from '../../client/resilience/retrying.ts'
import { errors } from '../../protocol/errors.ts'
import { produce } from '../../protocol/messages/produce.ts'
import { buildBatch } from '../../protocol/records/batch-builder.ts'
import { safeNumber } from '../../protocol/wire/int64.ts'
import { type Uuid, zeroUuid } from '../../protocol/wire/uuid.ts'
import type { SchemasRecord } from '../store/schemas-log.ts'
import type { Term } from './term.ts'

/** A batch: which term writes it, and the number of its first record in that term. */
export interface TermBatch {
  readonly term: Term
  readonly sequence: number
  readonly records: readonly SchemasRecord[]
}

export type Written =
  /** The offset of the first record. */
  | { readonly kind: 'written'; readonly baseOffset: number }
  /** A later term has been claimed, or this one by somebody else. */
  | { readonly kind: 'deposed'; readonly mayBeThere: boolean; readonly error: ClientError }
  | { readonly kind: 'failed'; readonly mayBeThere: boolean; readonly error: ClientError }

export interface TermWriter {
  /** Never rejects. */
  write(batch: TermBatch, timeoutMs: number): Promise<Written>
}

const codes = (...names: (keyof typeof errors)[]): ReadonlySet<number> => new Set(names.map(name => errors[name].code))

/** Another epoch, or other numbers, than this term's stand in the partition. */
const deposing = codes(
  'INVALID_PRODUCER_EPOCH',
  'PRODUCER_FENCED',
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
)
/** The batch may have been stored although the answer is an error. */
const leavingOpen = codes(
  'REQUEST_TIMED_OUT',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'UNKNOWN_SERVER_ERROR',
  'KAFKA_STORAGE_ERROR',
  'DUPLICATE_SEQUENCE_NUMBER',
)
/** Failures before anything was sent. */
const unsent: ReadonlySet<string> = new Set([
  'BROKER_UNREACHABLE',
  'CIRCUIT_OPEN',
  'UNTRUSTED',
  'UNSUPPORTED_BY_BROKER',
])
/** From this version on topics have ids in place of names (KIP-516). */
const topicIdsSince = 13

export class PartitionTermWriter implements TermWriter {
  readonly #cluster: Cluster
  readonly #topic: string

  constructor(cluster: Cluster, topic: string) {
    this.#cluster = cluster
    this.#topic = topic
    cluster.topics.mayCreate = false
    cluster.topics.add(topic)
  }

  async write({ term, sequence, records }: TermBatch, timeoutMs: number): Promise<Written> {
    const batch = this.#batchOf(term, sequence, records)
    let mayBeThere = false
    try {
      const what = `write to ${this.#topic}`
      const baseOffset = await retrying(this.#cluster.retrying, { what, timeoutMs }, async leftMs => {
        const before = mayBeThere
        try {
          const answer = await this.#ask(batch, leftMs, () => (mayBeThere = true))
          if (!leavingOpen.has(answer.errorCode)) mayBeThere = before
          return this.#offsetIn(answer)
        } catch (error) {
          if (unsent.has((error as ClientError).code)) mayBeThere = before
          throw error
        }
      })
      return { kind: 'written', baseOffset }
    } catch (cause) {
      const error = cause as ClientError
      const isDeposed = deposing.has(errors[error.code as keyof typeof errors]?.code)
      return { kind: isDeposed ? 'deposed' : 'failed', mayBeThere, error }
    }
  }

  #batchOf({ producerId, epoch }: Term, baseSequence: number, records: readonly SchemasRecord[]): Buffer {
    const timestamp = this.#cluster.world.clock.now()
    const inputs = records.map(({ key, value }) => ({
      key: Buffer.from(key),
      value: value === null ? null : Buffer.from(value),
      timestamp,
    }))
    return buildBatch(inputs, { producerId, producerEpoch: epoch, baseSequence })
  }

  async #ask(records: Buffer, leftMs: number, onSent: () => void) {
    const name = this.#topic
    const what = `find the leader of ${name}`
    const leader = await this.#cluster.until(image => leaderIn(image, name, 0), { what, timeoutMs: leftMs })
    const topicId = topicIdIn(this.#cluster.image, name)
    // Whole: it stands in the request.
    const timeoutMs = Math.max(1, Math.floor(Math.min(leftMs, this.#cluster.settings.requestTimeoutMs)))
    const topicData = [{ name, topicId, partitionData: [{ index: 0, records }] }]
    const body = { transactionalId: null, acks: -1, timeoutMs, topicData }
    const newest = topicId === zeroUuid ? topicIdsSince - 1 : topicIdsSince
    try {
      onSent()
      const answer = await this.#cluster.broker(leader).request(produce, body, { timeoutMs, versions: [3, newest] })
      return answer.responses[0]!.partitionResponses[0]!
    } catch (error) {
      if (error instanceof ClientError && isRetriable(error)) this.#cluster.imageIsWrong()
      throw error
    }
  }

  #offsetIn(answer: { errorCode: number; errorMessage: string | null; baseOffset: number | bigint }): number {
    const { errorCode, errorMessage } = answer
    const baseOffset = safeNumber(answer.baseOffset) ?? -1
    if (errorCode === errors.NONE.code && baseOffset >= 0) return baseOffset
    if (isMetadataError(errorCode)) this.#cluster.imageIsWrong()
    if (errorCode === errors.NONE.code) {
      throw new ClientError('BROKEN_ANSWER', 'the broker does not say where a batch is', { topic: this.#topic })
    }
    // Deposed is deposed, however often it is asked; UNKNOWN_PRODUCER_ID and others are retriable for producers only.
    const options = { topic: this.#topic, partition: 0, ...(deposing.has(errorCode) && { retriable: false }) }
    throw brokerError(errorCode, options, errorMessage)
  }
}

function topicIdIn(image: ClusterImage, topic: string): Uuid {
  return image.topics.get(topic)?.topicId ?? zeroUuid
}
