// A consumer that assigns itself its partition and only keeps its offset in a group.

import { errors } from '../../protocol/errors.ts'
import type { Actor, SimContext } from './context.ts'
import { CoordinatorClient, OffsetCounter, passingGroupErrors } from './coordinator-client.ts'
import type { Produced } from './idempotent-producer.ts'
import { isLost, SimClient } from './sim-client.ts'

export class Committer implements Actor {
  readonly name: string
  readonly #context: SimContext
  readonly #client: SimClient
  readonly #coordinator: CoordinatorClient
  readonly #target: Produced
  #state = 'begins'

  constructor(context: SimContext, name: string, target: Produced) {
    this.name = name
    this.#context = context
    this.#target = target
    this.#client = new SimClient(context, name)
    this.#coordinator = new CoordinatorClient(context, this.#client, `alone-${name}`, new OffsetCounter())
  }

  status(): string {
    return this.#state
  }

  async run(): Promise<void> {
    await this.#coordinator.find()
    while (!this.#context.isEnding) {
      try {
        await this.#step()
      } catch (error) {
        if (!isLost(error)) throw error
      }
      await this.#client.think(40)
    }
    this.#state = 'asks for the offset a last time'
    await this.#coordinator.checkAtLast(this.#target)
  }

  async #step(): Promise<void> {
    const connection = await this.#client.connect()
    if (this.#client.random.chance(0.4)) {
      this.#state = 'asks for the offset'
      await this.#coordinator.check(connection, this.#target)
      return
    }
    this.#state = 'commits'
    const errorCode = await this.#coordinator.commit(connection, this.#target)
    if (errorCode === errors.NONE.code) return
    if (!passingGroupErrors.includes(errorCode)) this.#coordinator.unexpected('OffsetCommit', errorCode)
    await this.#client.sleep(30)
  }
}
