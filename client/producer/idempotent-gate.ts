// The identity of a producer without transactions: asked for when it is first needed, and again when its epochs are used up.

import { errors } from '../../protocol/errors.ts'
import { initProducerId } from '../../protocol/messages/init-producer-id.ts'
import { brokerError, type ClientError, isRetriable } from '../client-error.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { wait } from '../resilience/wait.ts'
import type { Gate } from './partition-queue.ts'
import { nextEpoch, type ProducerIdentity } from './producer-identity.ts'
import type { ProducerSettings } from './producer-options.ts'

export interface IdentityEvents {
  /** Batches may go now. */
  onIdentity(): void
  /** There will be none: whoever waits is told. It is asked for again when the next batch needs it. */
  onNoIdentity(error: Error): void
}

const noTimeoutMs = 0x7fff_ffff

export class IdempotentGate implements Gate {
  readonly underWayMax: number
  readonly isIdempotent: boolean
  readonly isTransactional = false
  readonly #cluster: Cluster
  readonly #events: IdentityEvents
  #identity: ProducerIdentity | undefined
  #isAsking = false

  constructor(cluster: Cluster, settings: ProducerSettings, events: IdentityEvents) {
    this.#cluster = cluster
    this.#events = events
    this.isIdempotent = settings.isIdempotent
    this.underWayMax = settings.maxInFlightRequests
  }

  identity(): ProducerIdentity | undefined {
    if (this.#identity === undefined) this.#ask()
    return this.#identity
  }

  nextIdentity(): ProducerIdentity | undefined {
    this.#identity = this.#identity && nextEpoch(this.#identity)
    return this.identity()
  }

  mayJoin(): boolean {
    return true
  }

  #ask(): void {
    if (this.#isAsking) return
    this.#isAsking = true
    this.#askUntilAnswered().then(
      identity => {
        this.#isAsking = false
        this.#identity = identity
        this.#events.onIdentity()
      },
      error => {
        this.#isAsking = false
        this.#events.onNoIdentity(error as Error)
      },
    )
  }

  /** However long it takes: the batches that wait for it have their own time limit. */
  async #askUntilAnswered(): Promise<ProducerIdentity> {
    const { world, retrying } = this.#cluster
    for (let failures = 1; ; failures++) {
      try {
        return await this.#askOnce()
      } catch (error) {
        if (!isRetriable(error) || this.#cluster.isClosed) throw error
        const delayMs = retrying.backoff.delayMs(failures)
        this.#cluster.noteRetry('get a producer id', failures, delayMs, error as Error)
        await wait(world.clock, delayMs)
      }
    }
  }

  async #askOnce(): Promise<ProducerIdentity> {
    const body = { transactionalId: null, transactionTimeoutMs: noTimeoutMs }
    const answer = await this.#cluster.askAny(initProducerId, body)
    if (answer.errorCode !== errors.NONE.code) throw refused(answer.errorCode)
    return { producerId: answer.producerId, producerEpoch: answer.producerEpoch }
  }
}

function refused(errorCode: number): ClientError {
  const help = 'the user needs the right IdempotentWrite on the cluster, or Write on a topic; or give idempotent: false'
  return brokerError(errorCode, errorCode === errors.CLUSTER_AUTHORIZATION_FAILED.code ? { help } : {})
}
