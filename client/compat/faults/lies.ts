// What brokers say that should not: refusals of those that are not in charge any more, and records that were damaged.

import { errors } from '../../../protocol/errors.ts'
import type { fetch } from '../../../protocol/messages/fetch.ts'
import type { findCoordinator } from '../../../protocol/messages/find-coordinator.ts'
import type { offsetCommit } from '../../../protocol/messages/offset-commit.ts'
import type { produce } from '../../../protocol/messages/produce.ts'
import { baseOffsetOf, lastOffsetOf } from '../../../protocol/records/batch-header.ts'
import { batches } from '../../../protocol/records/batches.ts'
import type { Message, MessageInput } from '../../../protocol/wire/schema.ts'

/** Of partition 0: the batch that has it cannot be read. */
export const corruptOffset = 7

type ProduceRequest = Message<typeof produce.request>
type FetchRequest = Message<typeof fetch.request>
type FetchedTopic = Message<typeof fetch.response>['responses'][number]
type Coordinators = Message<typeof findCoordinator.response>
type CommitAnswer = MessageInput<typeof offsetCommit.response>

/** A leader that was deposed stores nothing: it has no replicas, or knows that it leads no more. */
export function refusedProduce(
  topicData: ProduceRequest['topicData'],
  time: number,
): MessageInput<typeof produce.response> {
  const said = [errors.NOT_LEADER_OR_FOLLOWER, errors.NOT_ENOUGH_REPLICAS, errors.REQUEST_TIMED_OUT]
  const { code: errorCode } = said[time % said.length]!
  const responses = topicData.map(({ name, topicId, partitionData }) => ({
    name,
    topicId,
    partitionResponses: partitionData.map(({ index }) => ({ index, errorCode, baseOffset: -1 })),
  }))
  return { responses }
}

/** It knows of no newer epoch than its own, and of nothing that was written since. */
export function refusedFetch(topics: FetchRequest['topics'], time: number): MessageInput<typeof fetch.response> {
  const said = [errors.NOT_LEADER_OR_FOLLOWER, errors.UNKNOWN_LEADER_EPOCH, errors.NONE]
  const { code: errorCode } = said[time % said.length]!
  const responses = topics.map(({ topic, topicId, partitions }) => ({
    topic,
    topicId,
    partitions: partitions.map(({ partition }) => ({ partitionIndex: partition, errorCode, highWatermark: 1 })),
  }))
  return { responses }
}

/** NOT_COORDINATOR for all of it. */
export function commitRefused(
  topics: readonly {
    readonly name: string
    readonly topicId: string
    readonly partitions: readonly { readonly partitionIndex: number }[]
  }[],
): CommitAnswer {
  const errorCode = errors.NOT_COORDINATOR.code
  return {
    topics: topics.map(({ name, topicId, partitions }) => ({
      name,
      topicId,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
    })),
  }
}

/** Coordinators listen elsewhere. */
export function withPort(body: Coordinators, port: number): Coordinators {
  const moved = body.coordinators.map(each => (each.port > 0 ? { ...each, port } : each))
  return { ...body, port: body.port > 0 ? port : body.port, coordinators: moved }
}

/** What was sent, with a bit of each partition's records changed on the way. */
export function withDamage(body: ProduceRequest): ProduceRequest {
  const topicData = body.topicData.map(topic => ({
    ...topic,
    partitionData: topic.partitionData.map(each => ({ ...each, records: damaged(each.records as Buffer) })),
  }))
  return { ...body, topicData }
}

/** What was stored, with a bit changed in the one batch that has `corruptOffset`. */
export function withDamagedBatch(topic: FetchedTopic): FetchedTopic {
  const partitions = topic.partitions.map(each => {
    if (each.partitionIndex !== 0 || each.records === null) return each
    const all = [...batches(each.records as Buffer)].map(batch => (hasOffset(batch, corruptOffset) ? damaged(batch) : batch)) // biome-ignore format: one thought
    return { ...each, records: Buffer.concat(all) }
  })
  return { ...topic, partitions }
}

function hasOffset(batch: Buffer, offset: number): boolean {
  return baseOffsetOf(batch) <= offset && lastOffsetOf(batch) >= offset
}

function damaged(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  copy[copy.length - 1]! ^= 1
  return copy
}
