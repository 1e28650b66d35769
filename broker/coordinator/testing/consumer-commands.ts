// What clients of the new protocol do in a transcript, and how a consumer group shows there. A member's id is its client's name and
// how often it has joined: a1, a2. Assignments show as topic:partition,partition.
//   beat CLIENT [join|rejoin] [topics=t,u] [regex=R] [instance=I] [assignor=A] [rebalance=MS] [owns=t:0,1|nothing|told] [full] [epoch=N] [v=1]
//   quit CLIENT [for-now]      show      topic NAME PARTITIONS      config NAME=VALUE (of the group)

import { errorName, errors } from '../../../protocol/errors.ts'
import { consumerGroupHeartbeat } from '../../../protocol/messages/consumer-group-heartbeat.ts'
import { decode, encode, type MessageInput } from '../../../protocol/wire/schema.ts'
import type { GroupRecord } from '../group/group-record.ts'
import type { TestCoordinator, TestTopic } from './test-coordinator.ts'

type Options = ReadonlyMap<string, string>
type TopicPartitions = { readonly topicId?: string; readonly partitions?: readonly number[] }

/** A client as the bench knows it; `generation` is its epoch. */
export interface BenchClient {
  memberId: string
  generation: number
  instance: string | null
  told: readonly TopicPartitions[]
  joins: number
}

export class ConsumerCommands {
  readonly #groupId: string
  readonly #topics: TestTopic[]
  readonly #nameOf: (memberId: string) => string

  constructor(groupId: string, topics: readonly TestTopic[], nameOf: (memberId: string) => string) {
    this.#groupId = groupId
    this.#nameOf = nameOf
    this.#topics = [...topics]
  }

  /** Topics as they are now. */
  get topics(): readonly TestTopic[] {
    return this.#topics
  }

  /** Answers what is shown of the answer. */
  async beat(test: TestCoordinator, name: string, client: BenchClient, args: readonly string[], options: Options) {
    const isJoining = args.includes('join') || client.joins === 0
    if (isJoining || args.includes('rejoin')) {
      if (isJoining) client.memberId = `${name}${++client.joins}`
      client.generation = 0
      client.told = []
      client.instance = options.get('instance') ?? client.instance
    }
    const request = this.#request(client, isJoining || args.includes('rejoin') || args.includes('full'), options)
    return this.#send(test, name, client, request, Number(options.get('v') ?? 1))
  }

  async quit(test: TestCoordinator, name: string, client: BenchClient, args: readonly string[]) {
    const memberEpoch = args.includes('for-now') ? -2 : -1
    const request = { groupId: this.#groupId, memberId: client.memberId, memberEpoch, instanceId: client.instance }
    return this.#send(test, name, client, request, 1)
  }

  async putTopic(test: TestCoordinator, name: string, partitionCount: number): Promise<void> {
    const known = this.#topics.findIndex(topic => topic.name === name)
    const id = known === -1 ? Buffer.from(name.padEnd(16, '.')).toString('base64url') : this.#topics[known]!.id
    const topic = { name, id, partitionCount }
    if (known === -1) this.#topics.push(topic)
    else this.#topics[known] = topic
    await test.putTopic(topic)
  }

  dropTopic(name: string): void {
    this.#topics.splice(
      this.#topics.findIndex(topic => topic.name === name),
      1,
    )
  }

  /** The group and its members: what they have, and what they are to have where that differs. */
  show(test: TestCoordinator): string[] {
    const [group] = test.groups.consumerGroupDescribe(test.context(1, 'admin'), [this.#groupId])
    if (group!.errorCode) return [errorName(group!.errorCode)!]
    const { groupState, groupEpoch, assignmentEpoch, assignorName } = group!
    const members = [...(group!.members ?? [])].sort((one, other) => (one.memberId! < other.memberId! ? -1 : 1))
    const lines = members.map(member => {
      const [has, target] = [member.assignment, member.targetAssignment].map(each => {
        return this.#text(each?.topicPartitions ?? [])
      })
      const names = `${this.#nameOf(member.memberId!)}${member.instanceId ? `(${member.instanceId})` : ''}`
      const kind = member.memberType === 0 ? ' classic' : ''
      return `  ${names}${kind} epoch=${member.memberEpoch} ${has}${has === target ? '' : ` -> ${target}`}`
    })
    return [`${groupState} epoch=${groupEpoch} assignment=${assignmentEpoch} ${assignorName}`, ...lines]
  }

  /** A record of a consumer group; undefined: of something else. */
  recordText(record: GroupRecord): string | undefined {
    const { type, key, value } = record
    if (!type.startsWith('consumerGroup')) return undefined
    const name = type.replace('consumerGroup', '').replace(/^./, letter => letter.toLowerCase())
    const { memberId, regularExpression } = key as { memberId?: string; regularExpression?: string }
    const who = memberId === undefined ? regularExpression : this.#nameOf(memberId)
    return [name, ...(who === undefined ? [] : [who]), value === null ? 'tombstone' : this.#valueText(record)].join(' ')
  }

  #valueText(record: GroupRecord): string {
    switch (record.type) {
      case 'consumerGroupMetadata':
        return `epoch=${record.value!.epoch}`
      case 'consumerGroupTargetAssignmentMetadata':
        return `epoch=${record.value!.assignmentEpoch}`
      case 'consumerGroupTargetAssignmentMember':
        return this.#text(record.value!.topicPartitions)
      case 'consumerGroupCurrentMemberAssignment': {
        const { memberEpoch, previousMemberEpoch, state, assignedPartitions, partitionsPendingRevocation } =
          record.value!
        const pending =
          partitionsPendingRevocation.length > 0 ? ` pending=${this.#text(partitionsPendingRevocation)}` : ''
        return `epoch=${previousMemberEpoch}->${memberEpoch} state=${state} ${this.#text(assignedPartitions)}${pending}`
      }
      case 'consumerGroupMemberMetadata': {
        const { subscribedTopicNames, subscribedTopicRegex, instanceId, classicMemberMetadata } = record.value!
        const regex = subscribedTopicRegex ? ` regex=${subscribedTopicRegex}` : ''
        const isStatic = instanceId === null ? '' : ` instance=${instanceId}`
        return `topics=${subscribedTopicNames}${regex}${isStatic}${classicMemberMetadata === null ? '' : ' classic'}`
      }
      case 'consumerGroupRegularExpression':
        return `topics=${record.value!.topics}`
      default:
        return ''
    }
  }

  #request(
    client: BenchClient,
    isFull: boolean,
    options: Options,
  ): MessageInput<typeof consumerGroupHeartbeat.request> {
    const { memberId, generation } = client
    const regex = options.get('regex')
    const names = options.get('topics') ?? (isFull && regex === undefined ? 't' : undefined)
    return {
      groupId: this.#groupId,
      memberId: options.get('member') ?? memberId,
      memberEpoch: Number(options.get('epoch') ?? generation),
      instanceId: client.instance,
      rackId: options.get('rack') ?? null,
      rebalanceTimeoutMs: isFull ? Number(options.get('rebalance') ?? 60_000) : -1,
      subscribedTopicNames: names?.split(',').filter(name => name !== '') ?? null,
      subscribedTopicRegex: regex ?? null,
      serverAssignor: options.get('assignor') ?? null,
      topicPartitions: this.#owned(client, options.get('owns') ?? (isFull ? 'told' : undefined)),
    }
  }

  #owned({ told }: BenchClient, owns: string | undefined) {
    if (owns === undefined) return null
    if (owns === 'nothing') return []
    if (owns === 'told') return told.map(({ topicId, partitions }) => ({ topicId, partitions: [...partitions!] }))
    return owns.split(';').map(part => {
      const [name, partitions] = part.split(':')
      const topicId = this.#topics.find(topic => topic.name === name)!.id
      return { topicId, partitions: partitions!.split(',').map(Number) }
    })
  }

  async #send(
    test: TestCoordinator,
    name: string,
    client: BenchClient,
    request: MessageInput<typeof consumerGroupHeartbeat.request>,
    version: number,
  ): Promise<string> {
    const asked = decode(
      consumerGroupHeartbeat.request,
      version,
      encode(consumerGroupHeartbeat.request, version, request),
    )
    const answer = await test.groups.consumerGroupHeartbeat(test.context(version, name), asked)
    if (answer.errorCode !== errors.NONE.code) return errorName(answer.errorCode ?? 0)!
    client.memberId = answer.memberId!
    client.generation = answer.memberEpoch!
    const assigned = answer.assignment?.topicPartitions
    if (assigned) client.told = assigned
    return `epoch=${answer.memberEpoch}${assigned ? ` ${this.#text(assigned)}` : ''}`
  }

  #text(assignment: readonly TopicPartitions[]): string {
    const parts = assignment.map(({ topicId, partitions }) => {
      const name = this.#topics.find(topic => topic.id === topicId)?.name ?? topicId
      return `${name}:${[...partitions!].sort((a, b) => a - b)}`
    })
    return `[${parts.sort().join(' ')}]`
  }
}
