// Sends batches to the leaders of their partitions, and hears what becomes of them: the producer's only shell for records.
//
// Life of a batch here: its partition is ready -> waits in the lane of the partition's leader -> goes out in a request with
// batches of other partitions -> acknowledged, or put back to be sent again, or given up. Everything happens once per turn of
// the loop, so that what became ready in one turn leaves together.
// Invariants: at most `maxInFlightRequests` requests are under way to a broker; none goes out before its connection is open, so
// that they are sent in the order in which they were made. A partition that may not be sent to now is in no lane: an answer, a
// timer, a new image or a new identity brings it back.
// Source: org.apache.kafka.clients.producer.internals.Sender, Kafka 4.3.0.

import type { Cancel } from '../../io/clock.ts'
import { errors } from '../../protocol/errors.ts'
import { produce } from '../../protocol/messages/produce.ts'
import { brokerError, ClientError, isRetriable } from '../client-error.ts'
import type { Broker } from '../cluster/broker.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { type BrokerNode, leaderIn, partitionOf } from '../cluster/cluster-image.ts'
import type { Accumulator } from './accumulator.ts'
import { BatchNews } from './batch-news.ts'
import { BrokerLane } from './broker-lane.ts'
import type { Gate, PartitionQueue } from './partition-queue.ts'
import {
  type PartitionAnswer,
  type ProduceAnswer,
  ProduceRequest,
  type ProduceSettings,
  recordErrorsOf,
} from './produce-request.ts'
import { isMetadataError, type Verdict, verdictOf } from './produce-verdict.ts'
import type { ProducerBatch } from './producer-batch.ts'
import type { ProducerSettings } from './producer-options.ts'
import type { TopicQueue } from './topic-queue.ts'

export interface SenderMeans {
  readonly cluster: Cluster
  readonly settings: ProducerSettings
  readonly accumulator: Accumulator
  readonly gate: Gate
  topic(name: string): TopicQueue
  /** What the next request says besides its batches. */
  produceSettings(): ProduceSettings
  /** A batch was given up. */
  onFailed(error: Error): void
}

export class Sender {
  readonly #means: SenderMeans
  readonly #news: BatchNews
  readonly #lanes = new Map<number, BrokerLane>()
  readonly #dirty = new Set<BrokerLane>()
  readonly #leaderless = new Set<PartitionQueue>()
  /** Whose head may not be sent again yet, and when it may. */
  readonly #backingOff = new Map<PartitionQueue, number>()
  readonly #stopListening: () => void
  #cancelPass: Cancel | undefined
  #cancelWake: Cancel | undefined
  #isClosed = false

  constructor(means: SenderMeans) {
    this.#means = means
    const { cluster, settings, accumulator } = means
    const { clientId } = cluster.settings
    const { clock } = cluster.world
    const openedMs = (batch: ProducerBatch) => accumulator.openedMs(batch) ?? clock.monotonicMs()
    this.#news = new BatchNews({ clientId, transactionalId: settings.transactionalId, clock, openedMs })
    this.#stopListening = means.cluster.onImage(() => this.#onImage())
  }

  /** The partition may have something to send. */
  ready(queue: PartitionQueue): void {
    if (queue.head === undefined || this.#isClosed) return
    if (queue.isStuck(this.#means.gate)) {
      this.giveUp(queue.head, queue.head.lastError ?? stuckError(queue))
      return
    }
    const { cluster } = this.#means
    const node = leaderIn(cluster.image, queue.topic, queue.partition)
    if (node === undefined) {
      this.#leaderless.add(queue)
      cluster.imageIsWrong()
      return
    }
    const lane = this.#lane(node)
    lane.ready.add(queue)
    this.#passSoon(lane)
  }

  /** Whether records without a key may go there. */
  isAvailable(topic: string, partition: number): boolean {
    const node = leaderIn(this.#means.cluster.image, topic, partition)
    if (node === undefined) return false
    const { partitionAvailabilityTimeoutMs: timeoutMs } = this.#means.settings
    return timeoutMs === 0 || !this.#lanes.get(node.nodeId)?.isLate(timeoutMs)
  }

  /** Gives up a batch that is not acknowledged in time. */
  expire(batch: ProducerBatch): void {
    const { topic, partition } = batch.queue
    const { deliveryTimeoutMs } = this.#means.settings
    const why = batch.lastError === undefined ? '' : ` (${batch.lastError.message})`
    const message = `${batch.count} records were not acknowledged within ${deliveryTimeoutMs} ms${why}`
    const help = 'whether they were written is not known; raise deliveryTimeoutMs if the cluster may take longer'
    this.giveUp(
      batch,
      new ClientError('DEADLINE_EXCEEDED', message, { topic, partition, help, cause: batch.lastError }),
    )
  }

  /** Gives up a batch wherever it is; one that was sent may have been written. */
  giveUp(batch: ProducerBatch, error: Error): void {
    const { queue } = batch
    queue.remove(batch)
    if (batch.attempts > 0 && this.#means.gate.isIdempotent) queue.sequences.onExpired(batch)
    this.#news.failed(batch, error)
    this.#means.accumulator.fail(batch, () => error)
    this.#means.onFailed(error)
    this.ready(queue)
  }

  /** Sends nothing any more. */
  close(): void {
    this.#isClosed = true
    this.#stopListening()
    this.#cancelPass?.()
    this.#cancelWake?.()
    for (const lane of this.#lanes.values()) lane.cancelWake?.()
  }

  #lane(node: BrokerNode): BrokerLane {
    let lane = this.#lanes.get(node.nodeId)
    if (lane === undefined) {
      lane = new BrokerLane(node, this.#means.cluster.world.clock)
      this.#lanes.set(node.nodeId, lane)
    }
    lane.node = node
    return lane
  }

  #passSoon(lane: BrokerLane): void {
    this.#dirty.add(lane)
    this.#cancelPass ??= this.#means.cluster.world.clock.soon(() => this.#passAll())
  }

  #passAll(): void {
    this.#cancelPass = undefined
    const lanes = [...this.#dirty]
    this.#dirty.clear()
    for (const lane of lanes) this.#pass(lane)
  }

  #pass(lane: BrokerLane): void {
    if (lane.ready.size === 0 || this.#isClosed) return
    const broker = this.#means.cluster.broker(lane.node)
    lane.noteReady()
    if (broker.offered === undefined) {
      this.#connect(lane, broker)
      return
    }
    while (lane.inFlight < this.#means.settings.maxInFlightRequests) {
      const batches = this.#collect(lane)
      if (batches.length === 0) return
      lane.noteDrained()
      this.#send(lane, broker, batches)
    }
  }

  #connect(lane: BrokerLane, broker: Broker): void {
    // What is under way on a connection that was just lost hears of it first.
    if (lane.isConnecting) return
    lane.isConnecting = true
    broker.versionOf(produce).then(
      () => {
        lane.isConnecting = false
        lane.failures = 0
        this.#passSoon(lane)
      },
      error => {
        lane.isConnecting = false
        lane.failures += 1
        this.#onUnreachable(lane, error as Error)
      },
    )
  }

  #onUnreachable(lane: BrokerLane, error: Error): void {
    if (this.#isClosed) return
    const { cluster } = this.#means
    for (const { head } of lane.ready) if (head !== undefined) head.lastError = error
    cluster.imageIsWrong()
    const delayMs = cluster.retrying.backoff.delayMs(lane.failures)
    cluster.noteRetry('connect to a leader', lane.failures, delayMs, error)
    lane.cancelWake?.()
    lane.cancelWake = cluster.world.clock.after(delayMs, () => this.#passSoon(lane))
  }

  /** Batches for one request, one of a partition. */
  #collect(lane: BrokerLane): ProducerBatch[] {
    const { gate, settings, accumulator } = this.#means
    const batches: ProducerBatch[] = []
    const served: PartitionQueue[] = []
    let bytes = 0
    let isPaid = false
    for (const queue of lane.ready) {
      if (!queue.mayTake(gate)) {
        lane.ready.delete(queue)
        continue
      }
      const head = queue.head!
      if (head.failures > 0) {
        if (!this.#mayRetry(queue, head, isPaid)) {
          lane.ready.delete(queue)
          continue
        }
        isPaid = true
      }
      if (head.isOpen) accumulator.seal(queue, this.#means.topic(queue.topic))
      if (batches.length > 0 && bytes + head.sizeInBytes > settings.maxRequestBytes) break
      bytes += head.sizeInBytes
      batches.push(queue.take(gate))
      lane.ready.delete(queue)
      served.push(queue)
    }
    // Behind those that were not served yet.
    for (const queue of served) if (queue.head !== undefined) lane.ready.add(queue)
    return batches
  }

  // A request takes one token of the budget, however many batches in it are sent again.
  #mayRetry(queue: PartitionQueue, head: ProducerBatch, isPaid: boolean): boolean {
    const { cluster } = this.#means
    const nowMs = cluster.world.clock.monotonicMs()
    if (head.retryAtMs > nowMs && this.#leaderEpoch(queue) <= head.leaderEpoch) {
      this.#backOff(queue, head.retryAtMs)
      return false
    }
    if (isPaid || cluster.retrying.budget.tryRetry()) return true
    this.#backOff(queue, nowMs + cluster.retrying.backoff.delayMs(head.failures))
    return false
  }

  #leaderEpoch({ topic, partition }: PartitionQueue): number {
    const known = this.#means.cluster.image.topics.get(topic)
    return (known && partitionOf(known, partition)?.leaderEpoch) ?? -1
  }

  #backOff(queue: PartitionQueue, untilMs: number): void {
    this.#backingOff.set(queue, untilMs)
    if (this.#cancelWake !== undefined) return
    const { clock } = this.#means.cluster.world
    this.#cancelWake = clock.after(untilMs - clock.monotonicMs(), () => this.#wake())
  }

  #wake(): void {
    this.#cancelWake = undefined
    const nowMs = this.#means.cluster.world.clock.monotonicMs()
    const waiting = [...this.#backingOff]
    this.#backingOff.clear()
    for (const [queue, untilMs] of waiting) {
      if (untilMs <= nowMs) this.ready(queue)
      else this.#backOff(queue, untilMs)
    }
  }

  #onImage(): void {
    const queues = [...this.#leaderless, ...this.#backingOff.keys()]
    this.#leaderless.clear()
    this.#backingOff.clear()
    for (const lane of this.#lanes.values()) {
      queues.push(...lane.ready)
      lane.ready.clear()
    }
    for (const queue of queues) this.ready(queue)
  }

  #send(lane: BrokerLane, broker: Broker, batches: readonly ProducerBatch[]): void {
    const { cluster, settings } = this.#means
    cluster.retrying.budget.noteRequest()
    for (const batch of batches) batch.leaderEpoch = this.#leaderEpoch(batch.queue)
    const request = new ProduceRequest(batches, this.#means.produceSettings(), cluster.image)
    lane.inFlight += 1
    const { versions } = request
    const onLost = (error: unknown) => this.#onLost(request, error as Error)
    const answered =
      settings.acks === 0
        ? broker
            .sendWithoutAnswer(produce, () => request.body(), { versions })
            .then(() => this.#onUnanswered(request), onLost)
        : broker
            .request(produce, () => request.body(), { versions })
            .then(answer => this.#onAnswer(request, broker, answer), onLost)
    for (const batch of batches) this.#news.sent(batch, broker.name)
    void answered.finally(() => {
      lane.inFlight -= 1
      for (const { queue } of batches) this.ready(queue)
      this.#passSoon(lane)
    })
  }

  #onUnanswered({ batches }: ProduceRequest): void {
    for (const batch of batches) {
      if (this.#settled(batch)) this.#acknowledge(batch, -1, -1)
    }
  }

  #onAnswer(request: ProduceRequest, broker: Broker, answer: ProduceAnswer): void {
    let isImageWrong = false
    for (const [batch, told] of request.match(answer)) {
      if (told === undefined) {
        this.#onLostBatch(
          batch,
          new ClientError('BROKEN_ANSWER', 'the answer leaves a batch out', placeOf(batch, broker)),
        )
        continue
      }
      if (told.errorCode === errors.NONE.code) this.#onWritten(batch, told)
      else this.#onRefused(batch, told, broker)
      if (!isMetadataError(told.errorCode)) continue
      isImageWrong = true
      const { leaderId } = told.currentLeader
      if (leaderId >= 0) this.#means.cluster.noteLeader(batch.queue, told.currentLeader, answer.nodeEndpoints)
    }
    if (isImageWrong) this.#means.cluster.imageIsWrong()
  }

  #onLost({ batches }: ProduceRequest, error: Error): void {
    for (const batch of batches) this.#onLostBatch(batch, error)
    this.#means.cluster.imageIsWrong()
  }

  #onLostBatch(batch: ProducerBatch, error: Error): void {
    if (!this.#settled(batch)) return
    if (isRetriable(error)) this.#again(batch, error)
    else this.giveUp(batch, error)
  }

  #onWritten(batch: ProducerBatch, { baseOffset, logAppendTimeMs }: PartitionAnswer): void {
    if (this.#settled(batch)) this.#acknowledge(batch, Number(baseOffset), logAppendTimeMs)
    else if (this.#means.gate.isIdempotent) batch.queue.sequences.onAcknowledged(batch)
  }

  #onRefused(batch: ProducerBatch, told: PartitionAnswer, broker: Broker): void {
    if (!this.#settled(batch)) return
    const place = placeOf(batch, broker)
    const verdict = this.#verdict(batch, told)
    if (verdict === 'written before') this.#acknowledge(batch, -1, -1)
    else if (verdict === 'split') this.#split(batch)
    else if (verdict === 'given up') this.#refuse(batch, told, broker)
    else {
      if (verdict === 'again, anew') batch.queue.sequences.requestRestart()
      this.#again(batch, brokerError(told.errorCode, place, told.errorMessage))
    }
  }

  #verdict({ count, queue, baseSequence }: ProducerBatch, told: PartitionAnswer): Verdict {
    const { isIdempotent, isTransactional } = this.#means.gate
    const { sequences } = queue
    return verdictOf(
      { errorCode: told.errorCode, logStartOffset: Number(told.logStartOffset) },
      {
        records: count,
        isIdempotent,
        isTransactional,
        isNext: sequences.isNext(baseSequence),
        isUnresolved: sequences.isUnresolved,
        isBehindUnresolved: sequences.isBehindUnresolved(baseSequence),
      },
    )
  }

  #refuse(batch: ProducerBatch, told: PartitionAnswer, broker: Broker): void {
    const errorOf = recordErrorsOf(told, placeOf(batch, broker))
    if (this.#means.gate.isIdempotent) batch.queue.sequences.onRefused(batch)
    const error = errorOf(-1)
    this.#news.failed(batch, error)
    this.#means.accumulator.fail(batch, errorOf)
    this.#means.onFailed(error)
  }

  #split(batch: ProducerBatch): void {
    const { queue } = batch
    const parts = this.#means.accumulator.split(batch, this.#means.topic(queue.topic))
    queue.sequences.split(batch, parts)
    for (const part of parts) queue.putBack(part)
  }

  #again(batch: ProducerBatch, error: Error): void {
    const { cluster } = this.#means
    batch.lastError = error
    batch.failures += 1
    const delayMs = cluster.retrying.backoff.delayMs(batch.failures)
    batch.retryAtMs = cluster.world.clock.monotonicMs() + delayMs
    cluster.noteRetry(`write to ${batch.queue.name}`, batch.failures, delayMs, error)
    batch.queue.putBack(batch)
    this.ready(batch.queue)
  }

  #acknowledge(batch: ProducerBatch, baseOffset: number, logAppendTimeMs: number | bigint): void {
    const { topic, partition } = batch.queue
    if (this.#means.gate.isIdempotent) batch.queue.sequences.onAcknowledged(batch)
    this.#news.acknowledged(batch, baseOffset)
    this.#means.accumulator.acknowledge(batch, { topic, partition, baseOffset, logAppendTimeMs })
  }

  /** The request is over. Answers whether anybody still waits for the batch. */
  #settled(batch: ProducerBatch): boolean {
    batch.isUnderWay = false
    batch.queue.underWay -= 1
    return !batch.isDone
  }
}

function stuckError({ topic, partition }: PartitionQueue): ClientError {
  return new ClientError('TRANSACTION_ABORTED', 'an earlier batch of the transaction was refused', {
    topic,
    partition,
    help: 'abort the transaction and begin it again',
  })
}

function placeOf({ queue }: ProducerBatch, broker: Broker) {
  return { topic: queue.topic, partition: queue.partition, broker: broker.name }
}
