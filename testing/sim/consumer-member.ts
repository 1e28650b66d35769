// A member of a group of the consumer protocol (KIP-848), as clients are: sends heartbeats, gives partitions up when it is told to,
// takes up what it is given, reads on from the group's offset, and commits, by itself or in the transactions in which it copies.
// It leaves, vanishes, comes back, and begins anew when it is fenced. Held against: one owner at a time, epochs that do not go
// back, and committed offsets that stay.

import type { BrokerConnection } from '../../client/connection.ts'
import { errorName, errors } from '../../protocol/errors.ts'
import { consumerGroupHeartbeat } from '../../protocol/messages/consumer-group-heartbeat.ts'
import type { DecodedFields } from '../../protocol/wire/field.ts'
import type { Actor, SimContext } from './context.ts'
import { CoordinatorClient, type Membership, type OffsetCounter, passingGroupErrors } from './coordinator-client.ts'
import { Copying } from './copying.ts'
import type { Produced } from './idempotent-producer.ts'
import { consumerSessionMs } from './plan.ts'
import { isLost, SimClient } from './sim-client.ts'
import { partitionPlace, type TransactionalId, TransactionClient, TransactionOver } from './transaction-client.ts'

const heartbeatMs = 50
/** Longer than a session, so that nobody is fenced for being slow to give up while it still counts itself a member. */
const rebalanceTimeoutMs = 3000
/** The broker's clock may run a little faster than time. */
const sessionShare = 0.97
const leaveEpoch = -1
const fenced: readonly number[] = [errors.FENCED_MEMBER_EPOCH.code, errors.UNKNOWN_MEMBER_ID.code]

export interface ConsumerWork {
  readonly groupId: string
  /** All partitions of the topics that the group reads. */
  readonly inputs: readonly Produced[]
  /** Shared by all members. */
  readonly counter: OffsetCounter
  /** Where copies go; undefined: the group only commits. */
  readonly outputs: readonly Produced[] | undefined
  /** One for each member that copies. */
  readonly identity: TransactionalId | undefined
}

type Answer = DecodedFields<typeof consumerGroupHeartbeat.response.fields>

export class ConsumerMember implements Actor {
  readonly name: string
  readonly #context: SimContext
  readonly #client: SimClient
  readonly #coordinator: CoordinatorClient
  readonly #work: ConsumerWork
  readonly #transactions: TransactionClient | undefined
  #joins = 0
  #memberId = ''
  #epoch = 0
  #owned: Produced[] = []
  #target: Produced[] = []
  /** The coordinator knows what it has. */
  #isTold = false
  #state = 'begins'

  constructor(context: SimContext, name: string, work: ConsumerWork) {
    this.name = name
    this.#context = context
    this.#work = work
    this.#client = new SimClient(context, name)
    this.#coordinator = new CoordinatorClient(context, this.#client, work.groupId, work.counter)
    this.#transactions = work.identity && new TransactionClient(context, this.#client, work.identity)
    this.#beginAnew()
  }

  status(): string {
    const has = this.#owned.map(partitionPlace).join()
    const transactions = this.#transactions ? `, ${this.#transactions.status()}` : ''
    return `${this.#state}, ${this.#memberId} in epoch ${this.#epoch} has ${has || 'nothing'}${transactions}`
  }

  async run(): Promise<void> {
    await this.#coordinator.find()
    while (!this.#context.isEnding || !this.#isSettled) {
      try {
        await this.#takePart()
      } catch (error) {
        if (!(error instanceof TransactionOver) && !isLost(error)) throw error
        this.#transactions?.forget()
        // What it has said, and what it was told, is not known for certain.
        this.#isTold = false
      }
      await this.#client.think(heartbeatMs)
    }
    await this.#transactions?.start()
  }

  /** Everything that there is to read is with somebody: the group has come to rest. */
  get #isSettled(): boolean {
    const { witness, sim } = this.#context
    const { groupId, inputs } = this.#work
    return inputs.every(input => witness.owners.ownerOf(groupId, partitionPlace(input), sim.nowMs) !== undefined)
  }

  async #takePart(): Promise<void> {
    const { random } = this.#client
    const connection = await this.#client.connect()
    await this.#beat(connection)
    this.#settle()
    for (const target of this.#owned) {
      if (random.chance(0.4)) await this.#workOn(connection, target)
      if (this.#epoch === 0) return
    }
    if (this.#context.isEnding || this.#epoch === 0) return
    const what = random.int(100)
    if (what < 2) await this.#leave(connection)
    else if (what < 4) await this.#vanish()
  }

  async #beat(connection: BrokerConnection): Promise<void> {
    const { witness, sim } = this.#context
    const { groupId } = this.#work
    const isJoining = this.#epoch === 0
    this.#state = isJoining ? 'joins' : 'is a member'
    const [sentMs, moment] = [sim.nowMs, witness.moment()]
    const memberId = this.#memberId
    const answer = await this.#client.request(connection, consumerGroupHeartbeat, 1, this.#heartbeat(isJoining))
    if (answer.errorCode !== errors.NONE.code) return this.#mind(answer.errorCode)
    this.#isTold = true
    this.#epoch = answer.memberEpoch
    const untilMs = sentMs + consumerSessionMs * sessionShare
    if (witness.isGroupBinding(moment)) {
      witness.report(witness.owners.hear(groupId, memberId, answer.memberEpoch, untilMs))
    }
    if (answer.assignment) this.#target = this.#assigned(answer.assignment)
  }

  #heartbeat(isJoining: boolean) {
    const { groupId, inputs } = this.#work
    const isFull = isJoining || !this.#isTold || this.#client.random.chance(0.1)
    const topics = [...new Set(inputs.map(({ topic }) => topic.name))]
    return {
      groupId,
      memberId: this.#memberId,
      memberEpoch: this.#epoch,
      ...(isFull && { rebalanceTimeoutMs, subscribedTopicNames: topics }),
      topicPartitions: isFull ? byTopic(this.#owned) : null,
    }
  }

  #assigned({ topicPartitions }: NonNullable<Answer['assignment']>): Produced[] {
    return topicPartitions.flatMap(({ topicId, partitions }) =>
      partitions.map(index => {
        const found = this.#work.inputs.find(({ topic, index: known }) => topic.id === topicId && known === index)
        if (found) return found
        throw new Error(`${this.name} is assigned ${topicId}-${index}, to which it has not subscribed`)
      }),
    )
  }

  /** First what is not its own any more, then what is new. */
  #settle(): void {
    const { witness, sim } = this.#context
    const { groupId } = this.#work
    const memberId = this.#memberId
    const surplus = this.#owned.filter(target => !this.#target.includes(target))
    for (const target of surplus) witness.owners.giveUp({ groupId, memberId, partition: partitionPlace(target) })
    const added = this.#target.filter(target => !this.#owned.includes(target))
    // All of them: what was known may have been lost with the power.
    for (const target of this.#target) {
      witness.report(witness.owners.take({ groupId, memberId, partition: partitionPlace(target) }, sim.nowMs))
    }
    if (surplus.length + added.length === 0) return
    this.#isTold = false
    this.#owned = [...this.#target]
    const has = this.#owned.map(partitionPlace).join()
    sim.trace.add(sim.nowMs, `${this.name} ${memberId} in epoch ${this.#epoch} has ${has || 'nothing'}`)
  }

  async #workOn(connection: BrokerConnection, target: Produced): Promise<void> {
    const { outputs, groupId } = this.#work
    const member: Membership = { memberId: this.#memberId, generationId: this.#epoch }
    if (!this.#transactions || !outputs) {
      this.#state = 'commits'
      const errorCode = await this.#coordinator.commit(connection, target, member, 9)
      if (errorCode !== errors.NONE.code) await this.#mind(errorCode)
      return
    }
    this.#state = 'copies'
    if (!this.#transactions.isStarted) await this.#transactions.start()
    const copying = new Copying(this.#context, { groupId, input: target, outputs })
    await copying.copy(this.#client, this.#transactions, { member, pause: () => this.#client.think(5) })
  }

  async #leave(connection: BrokerConnection): Promise<void> {
    this.#state = 'leaves'
    const { groupId } = this.#work
    const memberId = this.#memberId
    this.#beginAnew()
    const body = { groupId, memberId, memberEpoch: leaveEpoch }
    const answer = await this.#client.request(connection, consumerGroupHeartbeat, 1, body)
    const isExpected = [errors.NONE.code, ...fenced, ...passingGroupErrors].includes(answer.errorCode)
    const isLost = answer.errorCode === errors.GROUP_ID_NOT_FOUND.code && this.#mayBeLost
    if (!isExpected && !isLost) this.#coordinator.unexpected('leaving', answer.errorCode)
    await this.#client.think(100)
  }

  /** As a process that died: the session runs out. */
  async #vanish(): Promise<void> {
    this.#state = 'is gone without a word'
    this.#beginAnew()
    this.#transactions?.forget()
    this.#client.disconnect()
    await this.#client.think(300)
  }

  /** The group itself, with the power, where nobody promised otherwise. */
  get #mayBeLost(): boolean {
    return this.#context.plan.groupDurability === 'written' && this.#context.witness.powerLosses > 0
  }

  async #mind(errorCode: number): Promise<void> {
    if (fenced.includes(errorCode)) return this.#beginAnew()
    if (errorCode === errors.GROUP_ID_NOT_FOUND.code && this.#mayBeLost) return this.#beginAnew()
    // A commit with an epoch that has just ended: the next heartbeat brings the new one.
    if (errorCode === errors.STALE_MEMBER_EPOCH.code) return
    if (!passingGroupErrors.includes(errorCode)) {
      this.#coordinator.unexpected(`a member in epoch ${this.#epoch}`, errorCode)
    }
    this.#isTold = false
    this.#state = `was told ${errorName(errorCode)}`
    await this.#client.sleep(30)
  }

  #beginAnew(): void {
    this.#context.witness.owners.leave(this.#work.groupId, this.#memberId)
    this.#memberId = `${this.name}-${++this.#joins}`
    this.#epoch = 0
    this.#owned = []
    this.#target = []
    this.#isTold = false
  }
}

function byTopic(targets: readonly Produced[]) {
  const ids = [...new Set(targets.map(({ topic }) => topic.id))]
  return ids.map(topicId => {
    return { topicId, partitions: targets.filter(({ topic }) => topic.id === topicId).map(({ index }) => index) }
  })
}
