// A consumer as clients are: joins, syncs, sends heartbeats, commits, rejoins when told to. It notes what it was told, and what a
// well-behaved consumer should not be told.

import type { Clock } from '../../../io/clock.ts'
import type { SeededRandom } from '../../../io/sim/random.ts'
import { errorName, errors } from '../../../protocol/errors.ts'
import { joinGroup } from '../../../protocol/messages/join-group.ts'
import { decode, encode } from '../../../protocol/wire/schema.ts'
import type { GroupCoordinator } from '../group/group-coordinator.ts'

const heartbeatMs = 1000
const sessionTimeoutMs = 10_000
export const rebalanceTimeoutMs = 20_000
const retryMs = 100
const topic = { name: 't', topicId: 'y5asSyDaRgy74n8yJSG_2g' }

export interface MemberOptions {
  readonly name: string
  readonly instance: string | null
  readonly version: number
  readonly clock: Clock
  readonly random: SeededRandom
  /** The coordinator of the moment. */
  readonly groups: () => GroupCoordinator
  /** How many partitions the leader has to give away. */
  readonly partitionCount: number
}

export class SimulatedMember {
  readonly name: string
  memberId = ''
  generation = -1
  /** Partitions it reads; undefined: it is on the way to know. */
  assigned: readonly number[] | undefined
  /** What was acknowledged, by partition. */
  readonly committed = new Map<number, number>()
  readonly told: string[] = []
  isRunning = true
  /** True while the coordinator may have lost the group, or the member did not behave. */
  isExcused = false
  readonly #options: MemberOptions
  #position = 0

  constructor(options: MemberOptions) {
    this.name = options.name
    this.#options = options
    void this.#run()
  }

  /** The process is gone, without a word. */
  crash(): void {
    this.isRunning = false
  }

  /** Leaves in good order. */
  async leave(): Promise<void> {
    this.isRunning = false
    const member = { memberId: this.memberId, groupInstanceId: this.#options.instance, reason: null }
    await this.#options.groups().leaveGroup(this.#context, { groupId: 'g', members: [member] })
  }

  get instance(): string | null {
    return this.#options.instance
  }

  get #context() {
    return { apiVersion: this.#options.version, clientId: this.name, clientHost: '/127.0.0.1' }
  }

  get #identity() {
    return { groupId: 'g', memberId: this.memberId, groupInstanceId: this.#options.instance }
  }

  async #run(): Promise<void> {
    while (this.isRunning) {
      if (this.assigned === undefined) await this.#join()
      else {
        await this.#pause(heartbeatMs)
        if (this.isRunning) await this.#beat()
      }
    }
  }

  async #join(): Promise<void> {
    const protocols = [{ name: 'range', metadata: Buffer.from('000000000001000174ffffffff', 'hex') }]
    const request = { ...this.#identity, sessionTimeoutMs, rebalanceTimeoutMs, protocolType: 'consumer', protocols }
    const { version } = this.#options
    const decoded = decode(joinGroup.request, version, encode(joinGroup.request, version, request))
    const answer = await this.#options.groups().joinGroup(this.#context, decoded)
    if (!this.isRunning) return
    if (answer.errorCode === errors.MEMBER_ID_REQUIRED.code) this.memberId = answer.memberId!
    else if (answer.errorCode !== errors.NONE.code) await this.#mind('JoinGroup', answer.errorCode!)
    else {
      this.memberId = answer.memberId!
      this.generation = answer.generationId!
      await this.#sync((answer.members ?? []).map(({ memberId }) => memberId!))
    }
  }

  async #sync(members: readonly string[]): Promise<void> {
    const request = {
      ...this.#identity,
      generationId: this.generation,
      protocolType: 'consumer',
      protocolName: 'range',
      assignments: members.map((memberId, index) => ({ memberId, assignment: this.#share(index, members.length) })),
    }
    if (this.#options.random.chance(0.5)) await this.#pause(this.#options.random.int(1500))
    if (!this.isRunning) return
    const answer = await this.#options.groups().syncGroup(this.#context, request)
    if (!this.isRunning) return
    if (answer.errorCode) await this.#mind('SyncGroup', answer.errorCode)
    else this.assigned = [...Buffer.from(answer.assignment ?? [])]
  }

  #share(index: number, count: number): Buffer {
    const partitions = Array.from({ length: this.#options.partitionCount }, (_, partition) => partition)
    return Buffer.from(partitions.filter(partition => partition % count === index))
  }

  async #beat(): Promise<void> {
    if (this.#options.random.chance(0.5)) await this.#commit()
    if (!this.isRunning || this.assigned === undefined) return
    const request = { ...this.#identity, generationId: this.generation }
    const { errorCode } = await this.#options.groups().heartbeat(this.#context, request)
    if (errorCode && this.isRunning) await this.#mind('Heartbeat', errorCode)
  }

  async #commit(): Promise<void> {
    const partition = this.assigned?.[0]
    if (partition === undefined) return
    const committedOffset = ++this.#position
    const partitions = [{ partitionIndex: partition, committedOffset, committedLeaderEpoch: -1, committedMetadata: '' }]
    const request = {
      ...this.#identity,
      generationIdOrMemberEpoch: this.generation,
      retentionTimeMs: -1,
      topics: [{ ...topic, partitions }],
    }
    const answer = await this.#options.groups().offsetCommit(this.#context, request)
    const errorCode = 'error' in answer ? answer.error.code : answer.topics?.[0]?.partitions?.[0]?.errorCode
    if (!errorCode) this.committed.set(partition, committedOffset)
    else if (this.isRunning) await this.#mind('OffsetCommit', errorCode)
  }

  /** What clients do at an error: forget who they are, or ask again. */
  async #mind(request: string, errorCode: number): Promise<void> {
    const error = errorName(errorCode)!
    if (error === 'UNKNOWN_MEMBER_ID') {
      if (!this.isExcused) this.told.push(`${this.name} ${request}: ${error}`)
      this.memberId = ''
    }
    if (error === 'FENCED_INSTANCE_ID') this.isRunning = false
    const isElsewhere = ['COORDINATOR_NOT_AVAILABLE', 'NOT_COORDINATOR', 'COORDINATOR_LOAD_IN_PROGRESS'].includes(error)
    if (isElsewhere) await this.#pause(retryMs)
    if (!isElsewhere || request !== 'Heartbeat') this.assigned = undefined
  }

  #pause(ms: number): Promise<void> {
    return new Promise(resolve => void this.#options.clock.after(ms, resolve))
  }
}
