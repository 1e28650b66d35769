// The way to the broker that coordinates a group: looked up when it is needed, and again after it failed or said it is not.

import type { DecodedFields, Fields } from '../../protocol/wire/field.ts'
import type { Api } from '../../protocol/wire/schema.ts'
import { isRetriable } from '../client-error.ts'
import type { Body, Broker, RequestOptions } from '../cluster/broker.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Lane } from '../cluster/lane.ts'

export interface CoordinatorAnswer<Answer> {
  readonly answer: Answer
  /** When the request went out, by the monotonic clock: what it says was true then or later. */
  readonly sentMs: number
}

export class GroupCoordinator {
  readonly groupId: string
  readonly #cluster: Cluster
  /** The last one used, whose lanes may have to be dropped. */
  #broker: Broker | undefined

  constructor(cluster: Cluster, groupId: string) {
    this.#cluster = cluster
    this.groupId = groupId
  }

  /**
   * One attempt; `timeoutMs` is for looking up the coordinator and the answer together. Rejects as `Broker.request` and
   * `Cluster.coordinator` do; after a failure to reach it the coordinator is looked up again. Errors in answers are the caller's.
   */
  async ask<Request extends Fields, Response extends Fields>(
    api: Api<Request, Response>,
    body: Body<Request>,
    options: RequestOptions = {},
  ): Promise<CoordinatorAnswer<DecodedFields<Response>>> {
    const { timeoutMs = this.#cluster.settings.requestTimeoutMs, signal } = options
    const deadlineMs = this.#cluster.world.clock.monotonicMs() + timeoutMs
    const broker = await this.find({ timeoutMs, signal })
    const sentMs = this.#cluster.world.clock.monotonicMs()
    try {
      const answer = await broker.request(api, body, { ...options, timeoutMs: Math.max(1, deadlineMs - sentMs) })
      return { answer, sentMs }
    } catch (error) {
      if (isRetriable(error)) this.forget()
      throw error
    }
  }

  async find(options: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined }): Promise<Broker> {
    const broker = await this.#cluster.coordinator('group', this.groupId, options)
    this.#broker = broker
    return broker
  }

  forget(): void {
    this.#cluster.forgetCoordinator('group', this.groupId)
  }

  dropLane(lane: Lane): void {
    this.#broker?.dropLane(lane)
  }
}
