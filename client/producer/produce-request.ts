// Produce requests and their answers: batches of several topics, by name or, where all sides know them, by id.

import { errors } from '../../protocol/errors.ts'
import type { produce } from '../../protocol/messages/produce.ts'
import type { Message, VersionRange } from '../../protocol/wire/schema.ts'
import { type Uuid, zeroUuid } from '../../protocol/wire/uuid.ts'
import { brokerError, ClientError, type ErrorPlace } from '../client-error.ts'
import type { ClusterImage } from '../cluster/cluster-image.ts'
import type { ProducerBatch } from './producer-batch.ts'

export interface ProduceSettings {
  readonly acks: -1 | 0 | 1
  readonly timeoutMs: number
  readonly transactionalId: string | null
  /** Whether partitions join a transaction by being produced to (KIP-890). */
  readonly joinsByProducing: boolean
}

export type ProduceAnswer = Message<typeof produce.response>
export type PartitionAnswer = ProduceAnswer['responses'][number]['partitionResponses'][number]

/** From this version on topics have ids in place of names (KIP-516). */
const topicIdsSince = 13
/** From this version on partitions join a transaction by being produced to. Source: ProduceRequest, KIP-890. */
const joiningSince = 12
const oldest = 3

/** A request with one batch each for several partitions. */
export class ProduceRequest {
  readonly batches: readonly ProducerBatch[]
  readonly #settings: ProduceSettings
  readonly #topics = new Map<string, { readonly id: Uuid; readonly batches: Map<number, ProducerBatch> }>()

  constructor(batches: readonly ProducerBatch[], settings: ProduceSettings, image: ClusterImage) {
    this.batches = batches
    this.#settings = settings
    for (const batch of batches) {
      const { topic, partition } = batch.queue
      let known = this.#topics.get(topic)
      if (known === undefined) {
        known = { id: image.topics.get(topic)?.topicId ?? zeroUuid, batches: new Map() }
        this.#topics.set(topic, known)
      }
      known.batches.set(partition, batch)
    }
  }

  /** Those in which it can be sent. */
  get versions(): VersionRange {
    const { transactionalId, joinsByProducing } = this.#settings
    if (transactionalId !== null && !joinsByProducing) return [oldest, joiningSince - 1]
    const hasIds = [...this.#topics.values()].every(({ id }) => id !== zeroUuid)
    return [oldest, hasIds ? topicIdsSince : topicIdsSince - 1]
  }

  body() {
    const { acks, timeoutMs, transactionalId } = this.#settings
    const isTransactional = transactionalId !== null
    const topicData = [...this.#topics].map(([name, { id, batches }]) => ({
      name,
      topicId: id,
      partitionData: [...batches].map(([index, batch]) => ({ index, records: batch.stamp(isTransactional) })),
    }))
    return { transactionalId, acks, timeoutMs, topicData }
  }

  /** What was answered for each batch; undefined for one that the answer leaves out. */
  *match(answer: ProduceAnswer): Generator<[ProducerBatch, PartitionAnswer | undefined]> {
    const answered = new Map<ProducerBatch, PartitionAnswer>()
    for (const { name, topicId, partitionResponses } of answer.responses) {
      const topic = this.#topics.get(name) ?? this.#byId(topicId)
      for (const partition of partitionResponses) {
        const batch = topic?.batches.get(partition.index)
        if (batch !== undefined) answered.set(batch, partition)
      }
    }
    for (const batch of this.batches) yield [batch, answered.get(batch)]
  }

  #byId(topicId: Uuid) {
    return [...this.#topics.values()].find(({ id }) => id === topicId && id !== zeroUuid)
  }
}

/** The errors of the records of a batch that was given up, by their index in it; that of the batch for -1. */
export function recordErrorsOf(answer: PartitionAnswer, place: ErrorPlace): (index: number) => Error {
  const { errorCode, errorMessage, recordErrors } = answer
  const whole = brokerError(errorCode, place, errorMessage)
  if (recordErrors.length === 0) return () => whole
  // Several: each says what is wrong with it. One: the broker's code is about it.
  const code = recordErrors.length === 1 ? errorCode : errors.INVALID_RECORD.code
  const own = new Map(
    recordErrors.map(({ batchIndex, batchIndexErrorMessage }) => [
      batchIndex,
      brokerError(code, place, batchIndexErrorMessage ?? errorMessage),
    ]),
  )
  const others = new ClientError('INVALID_RECORD', 'other records of the same batch are invalid', {
    ...place,
    cause: whole,
    help: 'nothing is wrong with this record: send it again without those',
  })
  return index => (index < 0 ? whole : (own.get(index) ?? others))
}
