// A broker that dies between any two steps of what members of groups ask for: what they were told or shown before is there after it.
// Their generation or epoch, and the offset that was committed last.

import { describe, expect, test } from 'vitest'
import { errorName, errors } from '../../protocol/errors.ts'
import { consumerGroupHeartbeat } from '../../protocol/messages/consumer-group-heartbeat.ts'
import { createTopics } from '../../protocol/messages/create-topics.ts'
import { findCoordinator } from '../../protocol/messages/find-coordinator.ts'
import { heartbeat } from '../../protocol/messages/heartbeat.ts'
import { joinGroup } from '../../protocol/messages/join-group.ts'
import { offsetCommit } from '../../protocol/messages/offset-commit.ts'
import { offsetFetch } from '../../protocol/messages/offset-fetch.ts'
import { syncGroup } from '../../protocol/messages/sync-group.ts'
import { CommittedOffsetsStay } from '../sim/committed-offsets-stay.ts'
import { SimBroker, type SimClient } from './replay/sim-broker.ts'

/** What a group has committed for partition 0 of topic t, and who was told and shown what. */
class Offsets {
  readonly groupId: string
  readonly #stay: CommittedOffsetsStay
  #next = 1
  #unanswered: number | undefined
  #shown = -1
  acknowledged = 0

  constructor(groupId: string) {
    this.groupId = groupId
    this.#stay = new CommittedOffsetsStay(groupId)
  }

  async commit(client: SimClient, memberId: string, generationIdOrMemberEpoch: number, life: number): Promise<void> {
    const committedOffset = this.#next++
    this.#stay.attempt(committedOffset, life)
    this.#unanswered = committedOffset
    const partitions = [{ partitionIndex: 0, committedOffset, committedMetadata: '' }]
    const request = { groupId: this.groupId, memberId, generationIdOrMemberEpoch, topics: [{ name: 't', partitions }] }
    const answer = await client.send(offsetCommit, 9, request)
    expect(nameOf(answer.topics[0]!.partitions[0]!.errorCode)).toBe('NONE')
    this.#stay.acknowledge(committedOffset)
    this.#unanswered = undefined
    this.acknowledged++
  }

  /** Asks what is committed, again and again: what it is shown once is not taken back. */
  async watch(client: SimClient): Promise<void> {
    for (;;) await this.look(client)
  }

  async look(client: SimClient): Promise<void> {
    const [atLeast, shown] = [this.#stay.lowest, this.#shown]
    const groups = [{ groupId: this.groupId, topics: [{ name: 't', partitionIndexes: [0] }] }]
    const [group] = (await client.send(offsetFetch, 8, { groups })).groups
    expect(nameOf(group!.errorCode)).toBe('NONE')
    const offset = Number(group!.topics[0]!.partitions[0]!.committedOffset)
    expect(this.#stay.see(offset, atLeast)).toEqual([])
    expect(offset).toBeGreaterThanOrEqual(shown)
    this.#shown = Math.max(this.#shown, offset)
  }

  endLife(): void {
    if (this.#unanswered !== undefined) this.#stay.lose(this.#unanswered)
  }
}

const nameOf = (code: number): string => errorName(code) ?? String(code)

class ClassicMember {
  readonly groupId = 'classic'
  readonly offsets = new Offsets(this.groupId)
  #memberId = ''
  /** The latest that it was told of by SyncGroup, and the latest for which it has asked. */
  told = 0
  #asked = 0
  #life = 0

  /** Goes on where the last life ended, until the connection is gone. */
  async live(client: SimClient): Promise<void> {
    this.#life++
    for (;;) {
      const generationId = await this.#join(client)
      this.#asked = generationId
      const identity = { groupId: this.groupId, memberId: this.#memberId, generationId }
      const assignments = [{ memberId: this.#memberId, assignment: Buffer.from(`${generationId}`) }]
      const answer = await client.send(syncGroup, 5, { ...identity, protocolType: 'consumer', protocolName: 'range', assignments }) // biome-ignore format: one thought
      expect([nameOf(answer.errorCode), String(answer.assignment)]).toEqual(['NONE', `${generationId}`])
      this.told = generationId
      await this.offsets.commit(client, this.#memberId, generationId, this.#life)
    }
  }

  async #join(client: SimClient): Promise<number> {
    for (;;) {
      const common = { groupId: this.groupId, sessionTimeoutMs: 30_000, rebalanceTimeoutMs: 30_000 }
      const protocols = [{ name: 'range', metadata: Buffer.from('000000000000ffffffff', 'hex') }]
      const more = { memberId: this.#memberId, protocolType: 'consumer', protocols }
      const { errorCode, memberId, generationId } = await client.send(joinGroup, 9, { ...common, ...more })
      if (errorCode === errors.NONE.code) return generationId
      // A member whose first SyncGroup was not answered may be in no record: a new coordinator does not know it.
      const isForgotten = errorCode === errors.UNKNOWN_MEMBER_ID.code && this.told === 0
      if (!isForgotten) expect(nameOf(errorCode)).toBe('MEMBER_ID_REQUIRED')
      this.#memberId = isForgotten ? '' : memberId
    }
  }

  /** In the next life: the coordinator knows this member as it was told. */
  async check(client: SimClient): Promise<void> {
    if (this.told === 0) return
    const request = { groupId: this.groupId, memberId: this.#memberId, generationId: this.told }
    const code = nameOf((await client.send(heartbeat, 4, request)).errorCode)
    const isUnanswered = this.#asked > this.told
    const possible = isUnanswered ? ['NONE', 'REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION'] : ['NONE', 'REBALANCE_IN_PROGRESS'] // biome-ignore format: one thought
    expect(possible).toContain(code)
  }
}

interface Owned {
  readonly topicId: string
  readonly partitions: readonly number[]
}

class ConsumerMember {
  readonly groupId = 'consumer'
  readonly offsets = new Offsets(this.groupId)
  /** As it was told last. */
  #epoch = 0
  #owned: readonly Owned[] = []
  #subscribed = ['t']
  #life = 0
  /** How often it was told another epoch. */
  told = 0

  /** Goes on where the last life ended, until the connection is gone. */
  async live(client: SimClient): Promise<void> {
    this.#life++
    for (;;) {
      // Another subscription each time: there is something to write.
      this.#subscribed = this.#subscribed.length === 2 ? ['t'] : ['t', 'u']
      await this.#beat(client)
      // Gives up at once what it is told to, and says so.
      await this.#beat(client)
      await this.offsets.commit(client, 'member-1', this.#epoch, this.#life)
    }
  }

  /** All fields each time, as a member does whose last answer was lost: the answer then has its assignment. */
  async #beat(client: SimClient): Promise<void> {
    const owned = this.#epoch === 0 ? [] : this.#owned
    const answer = await client.send(consumerGroupHeartbeat, 1, {
      groupId: this.groupId,
      memberId: 'member-1',
      memberEpoch: this.#epoch,
      rebalanceTimeoutMs: 30_000,
      subscribedTopicNames: this.#subscribed,
      topicPartitions: owned.map(one => ({ ...one, partitions: [...one.partitions] })),
    })
    expect(nameOf(answer.errorCode)).toBe('NONE')
    if (answer.memberEpoch > this.#epoch) this.told++
    this.#epoch = answer.memberEpoch
    this.#owned = (answer.assignment?.topicPartitions as readonly Owned[] | undefined) ?? this.#owned
  }

  /** A member that was told an epoch is neither unknown nor fenced with it. */
  async check(client: SimClient): Promise<void> {
    if (this.#epoch > 0) await this.#beat(client)
  }
}

class Run {
  readonly member: ClassicMember | ConsumerMember
  readonly #sim: SimBroker
  readonly #failures: unknown[] = []
  #clients = 0

  private constructor(sim: SimBroker, member: ClassicMember | ConsumerMember) {
    this.#sim = sim
    this.member = member
  }

  static async start(seed: number, member: ClassicMember | ConsumerMember): Promise<Run> {
    const settings = {
      'offsets.topic.num.partitions': '2',
      'group.initial.rebalance.delay.ms': '0',
      'group.consumer.assignment.interval.ms': '0',
      // What is acknowledged is flushed, so that it survives a loss of power, too.
      'log.flush.interval.messages': '1',
    }
    const run = new Run(await SimBroker.start({ seed, settings }), member)
    const client = await run.#connected()
    const topics = ['t', 'u'].map(name => ({ name, numPartitions: 2, replicationFactor: 1 }))
    await client.ask(createTopics, 7, { topics, timeoutMs: 10_000 })
    return run
  }

  /** One life: the member is as it was told, goes on, and the broker dies after so many steps. */
  async life(steps: number, kind: 'process' | 'power'): Promise<void> {
    const { member } = this
    const [client, watcher] = [await this.#connected(), await this.#connected()]
    await this.#untilCoordinated(client)
    await this.#sim.world.complete(member.check(client), 60_000)
    await this.#sim.world.complete(member.offsets.look(client), 60_000)
    member.live(client).catch(error => this.#failures.push(error))
    member.offsets.watch(watcher).catch(error => this.#failures.push(error))
    await this.#sim.world.run({ stepsMax: steps })
    member.offsets.endLife()
    if (kind === 'power') this.#sim.host.losePower()
    else this.#sim.host.crashProcess()
    expect(this.#failures).toEqual([])
    await this.#sim.start()
  }

  stop(): Promise<void> {
    return this.#sim.stop()
  }

  #connected(): Promise<SimClient> {
    return this.#sim.connect('member', `member-${++this.#clients}`)
  }

  async #untilCoordinated(client: SimClient): Promise<void> {
    const { groupId } = this.member
    await client.ask(findCoordinator, 4, { keyType: 0, coordinatorKeys: [groupId] })
    for (;;) {
      const answer = await client.ask(offsetFetch, 8, { groups: [{ groupId, topics: null }] })
      if (answer.groups[0]!.errorCode === errors.NONE.code) return
      await this.#sim.world.runFor(10)
    }
  }
}

const livesCount = 110
/** On a machine that has other work. */
const testMsMax = 60_000

describe.each(['process', 'power'] as const)('death of the %s after every single step', kind => {
  test.each([
    ['classic', ClassicMember],
    ['consumer', ConsumerMember],
  ])(
    'under a member of a %s group',
    async (_, Member) => {
      const member = new Member()
      const run = await Run.start(3, member)
      for (let steps = 0; steps < livesCount; steps++) await run.life(steps, kind)
      await run.stop()
      expect(member.offsets.acknowledged).toBeGreaterThan(12)
      expect(member.told).toBeGreaterThan(40)
    },
    testMsMax,
  )
})
