// What a client and its cluster have in common: the image of it, kept fresh, and the way to each broker. Producers, consumers
// and admins stand on this; each has one of its own, or shares one.
//
// Life of the image: asked for at first use, again when it is old, again whenever somebody was told that it is wrong
// (`imageIsWrong`), at most once per backoff, which grows while the answers say the same. When no broker of the image answers, the bootstrap addresses are asked; when
// nobody has answered for long, or a broker says so, the image's brokers are forgotten (KIP-899, KIP-1102).
// Invariant: at most one request for metadata is under way; who asks while one is gets the answer of the next.

import type { Cancel } from '../../io/clock.ts'
import { errors } from '../../protocol/errors.ts'
import { findCoordinator } from '../../protocol/messages/find-coordinator.ts'
import { metadata } from '../../protocol/messages/metadata.ts'
import type { DecodedFields, Fields } from '../../protocol/wire/field.ts'
import type { Api } from '../../protocol/wire/schema.ts'
import { brokerError, ClientError, isRetriable } from '../client-error.ts'
import type { ClientWorld } from '../client-world.ts'
import { channels } from '../observability/channels.ts'
import { Backoff } from '../resilience/backoff.ts'
import { RetryBudget } from '../resilience/retry-budget.ts'
import { type OnRetry, type Retrying, retrying } from '../resilience/retrying.ts'
import { orAborted } from '../resilience/wait.ts'
import type { Body, Broker, RequestOptions } from './broker.ts'
import { Brokers } from './brokers.ts'
import {
  type BrokerNode,
  type ClusterImage,
  emptyImage,
  saysTheSame,
  withLeader,
  withMetadata,
} from './cluster-image.ts'
import { type ClusterOptions, type ClusterSettings, clusterSettings } from './cluster-options.ts'
import { CoordinatorCache, type CoordinatorKind, coordinatorIn, findCoordinatorBody } from './coordinators.ts'
import { TopicInterest } from './topic-interest.ts'

export interface WaitOptions {
  /** For messages: "find the leader of orders-3". */
  readonly what: string
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

export class Cluster {
  readonly settings: ClusterSettings
  readonly world: ClientWorld
  /** Backoff and budget of all that this client tries again. */
  readonly retrying: Retrying
  /** The topics that the image is to have. */
  readonly topics = new TopicInterest()
  readonly #brokers: Brokers
  readonly #coordinators = new CoordinatorCache()
  readonly #listeners = new Set<(image: ClusterImage) => void>()
  #image = emptyImage
  #asking: Promise<ClusterImage> | undefined
  #askingNext: Promise<ClusterImage> | undefined
  #failures = 0
  #failure: Error | undefined
  /** It was said since the image was last asked for, and a time to ask again is set. */
  #isSaidWrong = false
  /** Answers in a row that said what was known, though it was said to be wrong. */
  #sameAnswers = 0
  #answeredBy: Broker | undefined
  #answeredMs: number
  #cancelTimer: Cancel | undefined
  #timerMs = Number.POSITIVE_INFINITY
  readonly #closing = new AbortController()

  constructor(options: ClusterOptions, world: ClientWorld) {
    this.settings = clusterSettings(options)
    this.world = world
    const { retryBackoffMs: initialMs, retryBackoffMaxMs: maxMs, retryBudget } = this.settings
    const backoff = new Backoff({ initialMs, maxMs }, world.random)
    const budget = new RetryBudget(world.clock, retryBudget)
    this.retrying = { clock: world.clock, backoff, budget, closing: this.#closing.signal, onRetry: this.noteRetry }
    this.#brokers = new Brokers(this.settings, world)
    this.#answeredMs = world.clock.monotonicMs()
  }

  /** The latest image; empty before the first answer. */
  get image(): ClusterImage {
    return this.#image
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted
  }

  /** Why no broker answers; undefined while one does. */
  get trouble(): Error | undefined {
    return this.#failure
  }

  /** Called with every new image. Answers how to stop that. */
  onImage(listener: (image: ClusterImage) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The broker behind a node of the image, or one that an answer named. */
  broker(node: BrokerNode): Broker {
    return this.#brokers.at(node)
  }

  /** Something of this client's failed, and will be tried again. For those who are told. */
  readonly noteRetry: OnRetry = (what, failures, delayMs, error) => {
    if (!channels.retry.hasSubscribers) return
    channels.retry.publish({ clientId: this.settings.clientId, what, failures, delayMs, error })
  }

  /** An image asked for after this call. Rejects with NO_BROKER_AVAILABLE, CLOSED, or what the broker answered. */
  refresh(): Promise<ClusterImage> {
    if (this.isClosed) return Promise.reject(closedError())
    if (this.#asking === undefined) return this.#ask()
    this.#askingNext ??= this.#asking.then(
      () => this.#askNext(),
      () => this.#askNext(),
    )
    return this.#askingNext
  }

  /** Somebody was told that the image is wrong (NOT_LEADER_OR_FOLLOWER and the like): it is asked for soon. */
  imageIsWrong(): void {
    // One wait for all who say so: of a thousand waits by chance one would always be short.
    if (this.#isSaidWrong) return
    this.#isSaidWrong = true
    this.#askWithin(this.retrying.backoff.delayMs(Math.max(1, this.#failures, this.#sameAnswers + 1)))
  }

  /** A newer leader that an answer named (KIP-951). */
  noteLeader(
    place: { readonly topic: string; readonly partition: number },
    leader: { readonly leaderId: number; readonly leaderEpoch: number },
    endpoints: readonly BrokerNode[],
  ): void {
    const image = withLeader(this.#image, place, leader, endpoints)
    if (image !== this.#image) this.#show(image)
  }

  /**
   * What `find` finds in the image, now or in one of the next: as long as it answers undefined, or throws a retriable error,
   * the image is asked for again. Rejects with what it throws, DEADLINE_EXCEEDED, ABORTED, CLOSED.
   */
  async until<T>(find: (image: ClusterImage) => T | undefined, options: WaitOptions): Promise<T> {
    const { what } = options
    let isFirst = true
    return retrying(this.retrying, options, async () => {
      if (this.isClosed) throw closedError()
      if (!isFirst) this.#isSaidWrong = true
      if (!isFirst || this.#isOld) await orAborted(this.refresh(), options.signal)
      isFirst = false
      const found = find(this.#image)
      if (found !== undefined) return found
      throw new ClientError('LEADER_NOT_AVAILABLE', `the cluster does not say yet: ${what}`, { retriable: true })
    })
  }

  /** Asks any broker; the next one when it cannot be reached. Rejects with NO_BROKER_AVAILABLE, CLOSED, or what is not the broker's fault. */
  async askAny<Request extends Fields, Response extends Fields>(
    api: Api<Request, Response>,
    body: Body<Request>,
    options: RequestOptions = {},
  ): Promise<DecodedFields<Response>> {
    return (await this.#askOneOf(this.#brokers.candidates(this.#image), api, body, options)).answer
  }

  /** The controller's broker, or any other: since Kafka 2.8 each passes on what is the controller's. */
  async controller(options: WaitOptions): Promise<Broker> {
    const node = await this.until(
      image => image.brokers.get(image.controllerId) ?? [...image.brokers.values()][0],
      options,
    )
    return this.broker(node)
  }

  /** The coordinator of a group or transactional id, found if need be. Rejects with DEADLINE_EXCEEDED, ABORTED, or what was answered. */
  async coordinator(kind: CoordinatorKind, key: string, options: Omit<WaitOptions, 'what'>): Promise<Broker> {
    const known = this.#coordinators.get(kind, key)
    if (known !== undefined) return this.broker(known)
    const what = `find the coordinator of ${kind} ${key}`
    return retrying(this.retrying, { ...options, what }, async leftMs => {
      const timeoutMs = Math.max(1, Math.min(leftMs, this.settings.requestTimeoutMs))
      const { signal } = options
      const answer = await this.askAny(findCoordinator, findCoordinatorBody(kind, key), { timeoutMs, signal })
      const node = coordinatorIn(answer, kind, key)
      this.#coordinators.set(kind, key, node)
      return this.broker(node)
    })
  }

  /** The coordinator has moved, or does not answer: it is looked up again when it is next needed. */
  forgetCoordinator(kind: CoordinatorKind, key: string): void {
    this.#coordinators.forget(kind, key)
  }

  /** Closes every connection and ends every wait: what is under way is told CLOSED. Can be called again. */
  close(): void {
    if (this.isClosed) return
    this.#closing.abort(closedError())
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    this.#brokers.close()
    this.#listeners.clear()
  }

  async #askOneOf<Request extends Fields, Response extends Fields>(
    candidates: readonly Broker[],
    api: Api<Request, Response>,
    body: Body<Request>,
    options: RequestOptions = {},
  ): Promise<{ answer: DecodedFields<Response>; broker: Broker }> {
    const failures: unknown[] = []
    for (const broker of candidates) {
      if (this.isClosed) throw closedError()
      try {
        return { answer: await broker.request(api, body, options), broker }
      } catch (error) {
        if (this.isClosed) throw closedError()
        if (!isRetriable(error)) throw error
        failures.push(error)
      }
    }
    const reasons = failures.map(failure => (failure as Error).message).join('; ')
    throw new ClientError('NO_BROKER_AVAILABLE', `${api.name} was not answered: ${reasons}`, { cause: failures.at(-1) })
  }

  get #isOld(): boolean {
    const { names, wantsAll } = this.topics
    if (this.world.clock.monotonicMs() - this.#image.updatedMs >= this.settings.metadataMaxAgeMs) return true
    return !wantsAll && names.some(name => !this.#image.topics.has(name))
  }

  #askNext(): Promise<ClusterImage> {
    this.#askingNext = undefined
    return this.refresh()
  }

  #ask(): Promise<ClusterImage> {
    const asking = this.#askOnce().finally(() => {
      this.#asking = undefined
    })
    this.#asking = asking
    return asking
  }

  async #askOnce(): Promise<ClusterImage> {
    this.#stopTimer()
    const wasSaidWrong = this.#isSaidWrong
    this.#isSaidWrong = false
    const { wantsAll, names, mayCreate } = this.topics
    const topics = wantsAll ? null : names.map(name => ({ name }))
    let apiVersion = 0
    try {
      // Who said the same again may be cut off from the others.
      const candidates = this.#brokers.candidates(this.#image, this.#sameAnswers > 0 ? this.#answeredBy : undefined)
      const { answer, broker } = await this.#askOneOf(candidates, metadata, version => {
        apiVersion = version
        return { topics, allowAutoTopicCreation: mayCreate }
      })
      this.#answeredBy = broker
      if (answer.errorCode === errors.REBOOTSTRAP_REQUIRED.code) this.#forgetBrokers()
      if (answer.errorCode !== errors.NONE.code) throw brokerError(answer.errorCode, { retriable: true })
      this.#noteAnswered()
      const request = { allTopics: wantsAll, apiVersion, nowMs: this.#answeredMs }
      this.#showAnswer(withMetadata(this.#image, answer, request), wasSaidWrong)
      return this.#image
    } catch (error) {
      this.#noteFailed(error as Error)
      throw error
    }
  }

  #showAnswer(image: ClusterImage, wasSaidWrong: boolean): void {
    if (!saysTheSame(this.#image, image)) this.#sameAnswers = 0
    else if (wasSaidWrong) this.#sameAnswers += 1
    this.#show(image)
  }

  #noteAnswered(): void {
    this.#failures = 0
    this.#failure = undefined
    this.#answeredMs = this.world.clock.monotonicMs()
    this.#askWithin(this.settings.metadataMaxAgeMs)
  }

  #noteFailed(error: Error): void {
    this.#failures += 1
    this.#failure = error
    const silentMs = this.world.clock.monotonicMs() - this.#answeredMs
    if (silentMs >= this.settings.rebootstrapAfterMs) this.#forgetBrokers()
    const delayMs = this.retrying.backoff.delayMs(this.#failures)
    this.#askWithin(delayMs)
    if (!this.isClosed) this.noteRetry('ask for metadata', this.#failures, delayMs, error)
  }

  #forgetBrokers(): void {
    this.#answeredMs = this.world.clock.monotonicMs()
    this.#image = { ...this.#image, brokers: new Map() }
  }

  #show(image: ClusterImage): void {
    this.#image = image
    this.#brokers.retain(image)
    for (const listener of this.#listeners) listener(image)
  }

  #askWithin(ms: number): void {
    if (this.isClosed) return
    const dueMs = this.world.clock.monotonicMs() + ms
    if (dueMs >= this.#timerMs) return
    this.#stopTimer()
    this.#timerMs = dueMs
    this.#cancelTimer = this.world.clock.after(ms, () => {
      this.#stopTimer()
      // A failure sets the next timer; who waits for an answer asks by itself.
      this.refresh().catch(error => this.world.logger.debug({ err: error }, 'metadata was not refreshed'))
    })
  }

  #stopTimer(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    this.#timerMs = Number.POSITIVE_INFINITY
  }
}

function closedError(): ClientError {
  return new ClientError('CLOSED', 'the client was closed')
}
