// A consumer of the classic protocol that gives everything up before it rejoins (eager), in a classic group or in a consumer group.
// As the leader of a classic group it deals partitions out topic by topic.

import { errorName, errors } from '../../../protocol/errors.ts'
import type { joinGroup } from '../../../protocol/messages/join-group.ts'
import { consumerProtocolAssignment } from '../../../protocol/stored/data/consumer-protocol-assignment.ts'
import { consumerProtocolSubscription } from '../../../protocol/stored/data/consumer-protocol-subscription.ts'
import { decode, encode, type MessageInput } from '../../../protocol/wire/schema.ts'
import { type ReaderOptions, SimulatedReader } from './simulated-reader.ts'

const heartbeatMs = 500
const sessionTimeoutMs = 10_000
const rebalanceTimeoutMs = 10_000
const embeddedVersion = 1

type JoinAnswer = MessageInput<typeof joinGroup.response>

export interface ClassicConsumerOptions extends ReaderOptions {
  readonly partitionCount: (name: string) => number
}

export class SimulatedClassicConsumer extends SimulatedReader {
  readonly #partitionCount: ClassicConsumerOptions['partitionCount']
  #isIn = false

  constructor(options: ClassicConsumerOptions) {
    super(options)
    this.#partitionCount = options.partitionCount
    void this.#run()
  }

  /** Gives everything up and goes. A static member that goes for now says nothing. */
  async leave(epoch: -1 | -2): Promise<void> {
    this.isRunning = false
    this.owned.clear()
    if (epoch === -2) return
    const members = [{ memberId: this.memberId, groupInstanceId: this.instance, reason: null }]
    await this.options.groups().leaveGroup(this.context(5), { groupId: this.groupId, members })
  }

  async #run(): Promise<void> {
    while (this.isRunning) {
      if (!this.#isIn) await this.#join()
      else await this.#beat()
      if (this.isRunning) await this.pause(this.#isIn ? heartbeatMs : 50)
    }
  }

  async #join(): Promise<void> {
    if (this.owned.size > 0) {
      await this.commit()
      await this.pause(this.isSlow ? 2 * rebalanceTimeoutMs : this.options.random.int(1000))
      this.owned.clear()
    }
    if (!this.isRunning) return
    const request = {
      groupId: this.groupId,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      memberId: this.memberId,
      groupInstanceId: this.instance,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: this.#subscription() }],
      reason: null,
    }
    const answer = await this.options.groups().joinGroup(this.context(9), request)
    if (!this.isRunning) return
    if (answer.errorCode === errors.MEMBER_ID_REQUIRED.code) this.memberId = answer.memberId!
    else if (answer.errorCode !== errors.NONE.code) this.#mind(answer.errorCode!)
    else await this.#sync(answer)
  }

  #subscription(): Buffer {
    const body = encode(consumerProtocolSubscription, embeddedVersion, { topics: [...this.options.topics] })
    return Buffer.concat([Buffer.of(0, embeddedVersion), body])
  }

  async #sync(joined: JoinAnswer): Promise<void> {
    this.memberId = joined.memberId!
    this.epoch = joined.generationId!
    const request = {
      groupId: this.groupId,
      generationId: this.epoch,
      memberId: this.memberId,
      groupInstanceId: this.instance,
      protocolType: 'consumer',
      protocolName: 'range',
      assignments: joined.skipAssignment ? [] : this.#deal(joined.members ?? []),
    }
    const answer = await this.options.groups().syncGroup(this.context(5), request)
    if (!this.isRunning) return
    if (answer.errorCode !== errors.NONE.code) return this.#mind(answer.errorCode!)
    this.#isIn = true
    const bytes = Buffer.from(answer.assignment ?? [])
    if (bytes.length === 0) return
    const { assignedPartitions } = decode(consumerProtocolAssignment, bytes.readInt16BE(0), bytes.subarray(2))
    for (const { topic, partitions } of assignedPartitions) {
      for (const partition of partitions) await this.#take(`${this.options.idOf(topic)} ${partition}`)
    }
  }

  async #take(place: string): Promise<void> {
    const epoch = this.epoch
    const position = await this.position(place)
    if (position !== undefined && this.isRunning && this.epoch === epoch) this.owned.set(place, position)
  }

  #deal(members: NonNullable<JoinAnswer['members']>) {
    const wishes = members.map(({ memberId, metadata }) => {
      const bytes = Buffer.from(metadata!)
      const { topics } = decode(consumerProtocolSubscription, bytes.readInt16BE(0), bytes.subarray(2))
      return { memberId: memberId!, topics }
    })
    return wishes.map(({ memberId, topics }) => {
      const assignedPartitions = topics.map(topic => {
        const takers = wishes.filter(wish => wish.topics.includes(topic)).map(wish => wish.memberId)
        const all = Array.from({ length: this.#partitionCount(topic) }, (_, index) => index)
        return { topic, partitions: all.filter(index => takers[index % takers.length] === memberId) }
      })
      const body = encode(consumerProtocolAssignment, embeddedVersion, { assignedPartitions })
      return { memberId, assignment: Buffer.concat([Buffer.of(0, embeddedVersion), body]) }
    })
  }

  async #beat(): Promise<void> {
    if (this.options.random.chance(0.5)) await this.commit()
    if (!this.isRunning) return
    const { memberId, instance: groupInstanceId, epoch: generationId } = this
    const request = { groupId: this.groupId, generationId, memberId, groupInstanceId }
    const { errorCode } = await this.options.groups().heartbeat(this.context(4), request)
    if (errorCode && this.isRunning) this.#mind(errorCode)
  }

  /** Told to rejoin, or fenced: then it has nothing any more. Otherwise it asks again. */
  #mind(errorCode: number): void {
    const error = errorName(errorCode)!
    this.told.push(error)
    if (error === 'UNKNOWN_MEMBER_ID' || error === 'ILLEGAL_GENERATION') this.owned.clear()
    if (error === 'UNKNOWN_MEMBER_ID') this.memberId = ''
    if (error === 'FENCED_INSTANCE_ID') this.crash()
    const isElsewhere = ['COORDINATOR_NOT_AVAILABLE', 'NOT_COORDINATOR', 'COORDINATOR_LOAD_IN_PROGRESS'].includes(error)
    if (!isElsewhere || !this.#isIn) this.#isIn = false
  }
}
