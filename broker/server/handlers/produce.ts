// Produce: v3-13. Appends one batch per partition and answers once it is written (acks=1) or committed (acks=-1).
// v5: log start offset. v7: zstd. v8: which records were refused, and a message. v10: the current leader. v13: topic ids.
// acks=0 gets no answer; an error then closes the connection, which is how the producer hears of it. The request is under
// way until its records are written all the same, so that a producer cannot send faster than the disk for ever.
// A batch that waits for space on a full disk gets KAFKA_STORAGE_ERROR when the request's timeout is over, whatever its acks.
// A batch that has to be recompressed is prepared on another thread first. Until all of a request are decided, no request
// behind it on the connection is: decisions stay in arrival order, and a connection has one request in preparation at most.
// The first transactional batch in a partition waits until the transaction's coordinator knows of the partition, and so do the
// requests behind it. v11: TRANSACTION_ABORTABLE. v12: transaction version 2, the partition is added to the transaction here.

import { errorName, errors, type ProtocolError } from '../../../protocol/errors.ts'
import { produce } from '../../../protocol/messages/produce.ts'
import { isTransactional } from '../../../protocol/records/batch-header.ts'
import type { Int64 } from '../../../protocol/wire/int64.ts'
import type { Message, MessageInput } from '../../../protocol/wire/schema.ts'
import { spacePollMs } from '../../log/log-directory.ts'
import type { PreparedBatch } from '../../log/recompressor.ts'
import type { Acks, AppendRequest, Partition } from '../../partition/partition.ts'
import { CurrentLeaders } from '../current-leader.ts'
import { handler, type RequestContext } from '../handler.ts'
import { producedBatch } from '../produce-records.ts'
import { type TransactionalBatch as BatchToVerify, verifyProduced } from '../produce-verification.ts'
import { isInternalTopic } from '../topic-name.ts'
import type { Verified } from '../transaction-verification.ts'

type Request = Message<typeof produce.request>
type Response = MessageInput<typeof produce.response>
type Topic = Request['topicData'][number]

interface TransactionalBatch extends BatchToVerify {
  readonly answer: PartitionAnswer
}

/** Errors after which Kafka does not tell where the log starts. */
const withoutLogStart: ReadonlySet<ProtocolError> = new Set([
  errors.UNKNOWN_TOPIC_OR_PARTITION,
  errors.NOT_LEADER_OR_FOLLOWER,
  errors.MESSAGE_TOO_LARGE,
  errors.RECORD_LIST_TOO_LARGE,
  errors.CORRUPT_MESSAGE,
  errors.KAFKA_STORAGE_ERROR,
])

/** Tools that call themselves this may write to internal topics. */
const internalClientId = '__admin_client'

export default handler(produce, handleProduce, { parks: true, holdsRequest: true, failure })

function handleProduce(
  context: RequestContext,
  request: Request,
): Response | undefined | Promise<Response | undefined> {
  const { acks } = request
  if (acks !== -1 && acks !== 0 && acks !== 1) return failure(request, errors.INVALID_REQUIRED_ACKS.code)
  const pending = new PendingProduce(context, request, acks)
  for (const topic of request.topicData) pending.append(topic)
  pending.appendTransactional()
  return pending.answer()
}

interface PartitionAnswer {
  readonly index: number
  errorCode: number
  baseOffset: number
  logAppendTimeMs: Int64
  logStartOffset: number
  recordErrors: readonly { batchIndex: number; batchIndexErrorMessage: string | null }[]
  errorMessage: string | null
  currentLeader?: { leaderId: number; leaderEpoch: number }
}

type Verification = AppendRequest['verification']

/** What was found out about a batch before it is appended. */
interface Given {
  readonly prepared?: PreparedBatch | undefined
  readonly verification?: Verification | undefined
}

/** One request on its way: appended at once, answered when the last of its partitions is. */
class PendingProduce {
  readonly #context: RequestContext
  readonly #request: Request
  readonly #acks: Acks
  readonly #leaders: CurrentLeaders
  readonly #topics: { name: string; topicId: string; partitionResponses: PartitionAnswer[] }[] = []
  /** Not written or committed yet. */
  readonly #waiting = new Map<PartitionAnswer, Partition>()
  readonly #transactional: TransactionalBatch[] = []
  #hasErrors = false
  /** The log may still have to write some of the request's bytes. */
  #isUnwritten = false
  /** Partitions whose batch is being prepared. */
  #undecided = 0
  #letGo: (() => void) | undefined
  #done: (() => void) | undefined

  constructor(context: RequestContext, request: Request, acks: Acks) {
    this.#context = context
    this.#request = request
    this.#acks = acks
    this.#leaders = new CurrentLeaders(context.services.metadata.image, context.listenerName)
  }

  append(topic: Topic): void {
    const { apiVersion, services } = this.#context
    const name = apiVersion >= 13 ? services.metadata.image.topicById(topic.topicId)?.name : topic.name
    const partitionResponses: PartitionAnswer[] = []
    for (const { index, records } of topic.partitionData) {
      const answer = emptyAnswer(index)
      partitionResponses.push(answer)
      if (name === undefined) this.#refuse(answer, errors.UNKNOWN_TOPIC_ID, '')
      else this.#appendTo(answer, name, records)
    }
    this.#topics.push({ name: topic.name, topicId: topic.topicId, partitionResponses })
  }

  #appendTo(answer: PartitionAnswer, topic: string, records: Buffer | null): void {
    const found = this.#context.services.partitions.leading(topic, answer.index)
    const batch = producedBatch(records, this.#context.apiVersion)
    const refused = this.#refusal(topic, found.error, batch)
    if (refused !== undefined) this.#refuse(answer, refused, topic)
    else if (isTransactional(batch as Buffer)) {
      this.#transactional.push({ answer, partition: found.partition!, batch: batch as Buffer })
    } else this.#appendBatch(answer, found.partition!, batch as Buffer)
  }

  /** When all partitions have been looked at: the coordinator is asked once for all of them. */
  appendTransactional(): void {
    const batches = this.#transactional
    if (batches.length === 0) return
    const { services, apiVersion } = this.#context
    const verified = verifyProduced(services, this.#request.transactionalId, batches, apiVersion)
    if (!(verified instanceof Promise)) {
      for (const [index, batch] of batches.entries()) this.#appendVerified(batch, verified[index]!, batch.answer)
      return
    }
    for (const { answer, partition } of batches) this.#waiting.set(answer, partition)
    this.#undecided += 1
    this.#letGo ??= this.#context.holdUp()
    void verified.then(outcomes => {
      for (const [index, batch] of batches.entries()) {
        const isAwaited = this.#waiting.delete(batch.answer)
        const answer = isAwaited ? batch.answer : emptyAnswer(batch.answer.index)
        this.#appendVerified(batch, outcomes[index]!, answer)
      }
      this.#noteDecided()
    })
  }

  #appendVerified({ partition, batch }: BatchToVerify, verified: Verified, answer: PartitionAnswer): void {
    if ('error' in verified) this.#refuse(answer, verified.error, partition.topic)
    else this.#appendBatch(answer, partition, batch, verified.verification)
  }

  #noteDecided(): void {
    if (this.#waiting.size === 0) this.#done?.()
    this.#undecided -= 1
    if (this.#undecided === 0) this.#letGo?.()
  }

  /** What is wrong before the log is asked, in Kafka's order. */
  #refusal(topic: string, error: ProtocolError | undefined, batch: Buffer | ProtocolError): ProtocolError | undefined {
    if (error === errors.UNKNOWN_TOPIC_OR_PARTITION) return error
    if ('code' in batch) return batch
    const mayWriteInternal = this.#context.clientId === internalClientId
    if (isInternalTopic(topic) && !mayWriteInternal) return errors.INVALID_TOPIC_EXCEPTION
    return error
  }

  #appendBatch(answer: PartitionAnswer, partition: Partition, batch: Buffer, verification?: Verification): void {
    const isUndecided = partition.prepare(batch, prepared => {
      this.#appendPrepared(answer, partition, batch, { prepared, verification })
    })
    if (!isUndecided) {
      this.#appendNow(answer, partition, batch, { verification })
      return
    }
    this.#waiting.set(answer, partition)
    this.#undecided += 1
    this.#letGo ??= this.#context.holdUp()
  }

  /** Appended also when the request has timed out meanwhile, as anything that timed out is. */
  #appendPrepared(answer: PartitionAnswer, partition: Partition, batch: Buffer, given: Given): void {
    const isAwaited = this.#waiting.delete(answer)
    const bytes = given.prepared?.outcome.ok ? given.prepared.outcome.batch : batch
    this.#appendNow(isAwaited ? answer : emptyAnswer(answer.index), partition, bytes, given)
    this.#noteDecided()
  }

  #appendNow(answer: PartitionAnswer, partition: Partition, batch: Buffer, { prepared, verification }: Given): void {
    const outcome = partition.append(batch, { acks: this.#acks, origin: 'client', prepared, verification })
    if (!outcome.ok) {
      this.#refuse(answer, outcome.error, partition.topic)
      if (!withoutLogStart.has(outcome.error)) answer.logStartOffset = partition.logStartOffset
      answer.errorMessage = outcome.message ?? null
      answer.recordErrors = (outcome.recordErrors ?? []).map(({ batchIndex, message }) => ({
        batchIndex,
        batchIndexErrorMessage: message,
      }))
      return
    }
    answer.baseOffset = outcome.baseOffset
    answer.logAppendTimeMs = outcome.logAppendTimeMs
    answer.logStartOffset = partition.logStartOffset
    this.#waiting.set(answer, partition)
    const done = (error: ProtocolError) => {
      if (!this.#waiting.delete(answer)) return
      if (error !== errors.NONE) {
        this.#isUnwritten = true
        this.#refuse(answer, error, partition.topic)
      }
      if (this.#waiting.size === 0) this.#done?.()
    }
    if (this.#acks === -1) partition.whenCommitted(outcome.lastOffset, done)
    else partition.whenWritten(outcome.lastOffset, done)
  }

  #refuse(answer: PartitionAnswer, error: ProtocolError, topic: string): void {
    this.#hasErrors = true
    answer.errorCode = error.code
    answer.baseOffset = -1
    answer.logAppendTimeMs = -1
    answer.logStartOffset = -1
    // Earlier versions have no place for it.
    const tellsLeader = this.#context.apiVersion >= 10
    if (error === errors.NOT_LEADER_OR_FOLLOWER && tellsLeader)
      answer.currentLeader = this.#leaders.of(topic, answer.index)
  }

  answer(): Response | undefined | Promise<Response | undefined> {
    if (this.#waiting.size === 0) return this.#response()
    const { clock } = this.#context.services.world
    return new Promise(resolve => {
      // Behind the writes of this turn, with which nearly all are answered: a timer would be made and taken back for nothing.
      let cancel = clock.soon(() => {
        cancel = this.#acks === -1 ? this.#timeOutOnce() : this.#timeOutWhenFull()
      })
      this.#done = () => {
        cancel()
        resolve(this.#response())
      }
    })
  }

  #timeOutOnce(): () => void {
    const { clock } = this.#context.services.world
    return clock.after(this.#request.timeoutMs, () => {
      for (const [answer, partition] of this.#waiting) this.#timeOut(answer, partition)
      this.#done?.()
    })
  }

  // What is only written here has no timeout in Kafka: it cannot take longer than the disk, which fails by itself. A disk that
  // is full does not, and nobody waits for space longer than for replicas.
  #timeOutWhenFull(): () => void {
    const { clock } = this.#context.services.world
    const delayMs = Math.max(this.#request.timeoutMs, spacePollMs)
    let cancel = () => {}
    const check = () => {
      for (const [answer, partition] of this.#waiting) if (isFull(partition)) this.#timeOut(answer, partition)
      if (this.#waiting.size === 0) this.#done?.()
      else cancel = clock.after(delayMs, check)
    }
    cancel = clock.after(delayMs, check)
    return () => cancel()
  }

  /** Appended all the same, and written when there is space; the producer does not know that and sends it again. */
  #timeOut(answer: PartitionAnswer, partition: Partition): void {
    this.#waiting.delete(answer)
    this.#hasErrors = true
    this.#isUnwritten = true
    if (isFull(partition)) this.#refuse(answer, errors.KAFKA_STORAGE_ERROR, partition.topic)
    else answer.errorCode = errors.REQUEST_TIMED_OUT.code
  }

  #response(): Response | undefined {
    if (!this.#isUnwritten) this.#context.requestIsDone()
    if (this.#acks !== 0) return { responses: this.#topics, nodeEndpoints: this.#leaders.endpoints }
    if (this.#hasErrors) this.#context.closeConnection(`produce with acks=0 failed: ${this.#errorSummary()}`)
    return undefined
  }

  #errorSummary(): string {
    const refused = this.#topics.flatMap(({ name, topicId, partitionResponses }) =>
      partitionResponses
        .filter(({ errorCode }) => errorCode !== 0)
        .map(({ index, errorCode }) => `${name || topicId}-${index} ${errorName(errorCode)}`),
    )
    return refused.slice(0, 10).join(', ')
  }
}

function isFull(partition: Partition): boolean {
  return partition.log.logDirectory.isFull
}

function emptyAnswer(index: number): PartitionAnswer {
  return {
    index,
    errorCode: 0,
    baseOffset: -1,
    logAppendTimeMs: -1,
    logStartOffset: -1,
    recordErrors: [],
    errorMessage: null,
  }
}

function failure({ topicData }: Request, errorCode: number): Response {
  return {
    responses: topicData.map(({ name, topicId, partitionData }) => ({
      name,
      topicId,
      partitionResponses: partitionData.map(({ index }) => ({ ...emptyAnswer(index), errorCode })),
    })),
  }
}
