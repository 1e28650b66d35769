// A member of a classic group: joins, is assigned partitions by whichever member leads, commits for them, and leaves, by
// itself or without a word. Held against: one assignment for each generation, and committed offsets that stay.

import type { BrokerConnection } from '../../client/connection.ts'
import { errors } from '../../protocol/errors.ts'
import { heartbeat } from '../../protocol/messages/heartbeat.ts'
import { joinGroup } from '../../protocol/messages/join-group.ts'
import { leaveGroup } from '../../protocol/messages/leave-group.ts'
import { syncGroup } from '../../protocol/messages/sync-group.ts'
import { consumerProtocolSubscription } from '../../protocol/stored/data/index.ts'
import { encode } from '../../protocol/wire/schema.ts'
import type { Actor, SimContext } from './context.ts'
import { CoordinatorClient, type OffsetCounter, passingGroupErrors } from './coordinator-client.ts'
import type { Produced } from './idempotent-producer.ts'
import { isLost, SimClient } from './sim-client.ts'

const sessionTimeoutMs = 600
const rebalanceTimeoutMs = 1000
const joinMsMax = 5000
const protocolName = 'by-turns'

/** As consumers write it: its version, then its content. */
function subscriptionTo(topic: string): Buffer {
  return Buffer.concat([Buffer.from([0, 1]), encode(consumerProtocolSubscription, 1, { topics: [topic] })])
}

interface Plan {
  readonly name: string
  readonly partitions: readonly number[]
}

interface Joined {
  readonly generationId: number
  readonly memberId: string
  readonly leader: string
  readonly members: readonly { readonly memberId: string }[]
}

/** The group's topic, with all partitions to be divided. */
export interface GroupWork {
  readonly groupId: string
  readonly targets: readonly Produced[]
  /** Shared by all members. */
  readonly counter: OffsetCounter
}

export class GroupMember implements Actor {
  readonly name: string
  readonly #context: SimContext
  readonly #client: SimClient
  readonly #coordinator: CoordinatorClient
  readonly #work: GroupWork
  #memberId = ''
  #plans = 0
  #state = 'begins'

  constructor(context: SimContext, name: string, work: GroupWork) {
    this.name = name
    this.#context = context
    this.#work = work
    this.#client = new SimClient(context, name)
    this.#coordinator = new CoordinatorClient(context, this.#client, work.groupId, work.counter)
  }

  status(): string {
    return `${this.#state}, member id ${this.#memberId || 'none'}`
  }

  async run(): Promise<void> {
    await this.#coordinator.find()
    while (!this.#context.isEnding) {
      try {
        await this.#takePart(await this.#client.connect())
      } catch (error) {
        if (!isLost(error)) throw error
      }
      await this.#client.think(20)
    }
    this.#state = 'asks for the offsets a last time'
    for (const target of this.#work.targets) await this.#coordinator.checkAtLast(target)
  }

  /** One generation, from joining to whatever ends it. */
  async #takePart(connection: BrokerConnection): Promise<void> {
    const joined = await this.#join(connection)
    if (!joined) return
    const plan = await this.#sync(connection, joined)
    if (!plan) return
    const mine = this.#work.targets.filter((_, i) => plan.partitions.includes(i))
    for (const target of mine) await this.#coordinator.check(connection, target)
    while (!this.#context.isEnding && (await this.#beat(connection, joined))) {
      for (const target of mine) {
        if (this.#client.random.chance(0.5) && !(await this.#commit(connection, joined, target))) return
      }
      await this.#client.think(60)
      if (this.#client.random.chance(0.02)) return this.#leave(connection)
      if (this.#client.random.chance(0.02)) return this.#vanish()
    }
  }

  async #join(connection: BrokerConnection): Promise<Joined | undefined> {
    this.#state = 'joins'
    const subscription = subscriptionTo(this.#work.targets[0]!.topic.name)
    const body = {
      groupId: this.#work.groupId,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      memberId: this.#memberId,
      protocolType: 'consumer',
      protocols: [{ name: protocolName, metadata: subscription }],
    }
    const version = this.#client.versionOf(joinGroup, 2)
    const answer = await this.#client.request(connection, joinGroup, version, body, joinMsMax)
    if (answer.errorCode === errors.NONE.code) {
      this.#memberId = answer.memberId
      return answer
    }
    if (answer.errorCode === errors.MEMBER_ID_REQUIRED.code) this.#memberId = answer.memberId
    else await this.#recover('JoinGroup', answer.errorCode)
    return undefined
  }

  async #sync(connection: BrokerConnection, joined: Joined): Promise<Plan | undefined> {
    this.#state = `syncs generation ${joined.generationId}`
    const { groupId } = this.#work
    const { generationId, memberId } = joined
    const assignments = joined.leader === memberId ? this.#divide(joined) : []
    const names = { protocolType: 'consumer', protocolName }
    const body = { groupId, generationId, memberId, ...names, assignments }
    const { witness } = this.#context
    const moment = witness.moment()
    const version = this.#client.versionOf(syncGroup)
    const answer = await this.#client.request(connection, syncGroup, version, body, joinMsMax)
    if (answer.errorCode !== errors.NONE.code) {
      await this.#recover('SyncGroup', answer.errorCode)
      return undefined
    }
    // A member that joined while the leader made its plan is in no plan.
    if (answer.assignment.length === 0) return { name: '', partitions: [] }
    const plan = JSON.parse(answer.assignment.toString()) as Plan
    if (witness.isGroupBinding(moment)) {
      const partitions = plan.partitions.map(String)
      witness.report(witness.generations.see({ groupId, generationId, memberId, plan: plan.name, partitions }))
    }
    return plan
  }

  #divide({ members }: Joined): { memberId: string; assignment: Buffer }[] {
    const name = `${this.name}/${++this.#plans}`
    const indexes = this.#work.targets.map((_, i) => i)
    return members.map(({ memberId }, turn) => {
      const plan: Plan = { name, partitions: indexes.filter(i => i % members.length === turn) }
      return { memberId, assignment: Buffer.from(JSON.stringify(plan)) }
    })
  }

  /** False: the generation has ended. */
  async #beat(connection: BrokerConnection, { generationId, memberId }: Joined): Promise<boolean> {
    this.#state = `is in generation ${generationId}`
    const body = { groupId: this.#work.groupId, generationId, memberId }
    const answer = await this.#client.request(connection, heartbeat, this.#client.versionOf(heartbeat), body)
    if (answer.errorCode === errors.NONE.code) return true
    await this.#recover('Heartbeat', answer.errorCode)
    return false
  }

  /** False: the generation has ended. */
  async #commit(connection: BrokerConnection, { generationId, memberId }: Joined, target: Produced): Promise<boolean> {
    const errorCode = await this.#coordinator.commit(connection, target, { generationId, memberId })
    if (errorCode === errors.NONE.code) return true
    await this.#recover('OffsetCommit', errorCode)
    return false
  }

  async #leave(connection: BrokerConnection): Promise<void> {
    this.#state = 'leaves'
    const memberId = this.#memberId
    this.#memberId = ''
    const version = this.#client.versionOf(leaveGroup)
    const who = version < 3 ? { memberId } : { members: [{ memberId }] }
    await this.#client.request(connection, leaveGroup, version, { groupId: this.#work.groupId, ...who })
    await this.#client.think(100)
  }

  /** As a process that died: the session runs out. */
  async #vanish(): Promise<void> {
    this.#state = 'is gone without a word'
    this.#memberId = ''
    this.#client.disconnect()
    await this.#client.think(300)
  }

  async #recover(what: string, errorCode: number): Promise<void> {
    if (errorCode === errors.UNKNOWN_MEMBER_ID.code) this.#memberId = ''
    else if (errorCode !== errors.REBALANCE_IN_PROGRESS.code && errorCode !== errors.ILLEGAL_GENERATION.code) {
      if (!passingGroupErrors.includes(errorCode)) this.#coordinator.unexpected(what, errorCode)
      await this.#client.sleep(30)
    }
  }
}
