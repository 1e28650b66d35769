// Clients of one group, driven by the commands of a transcript. Every answer shows under the command that brought it about.
//
// Clients are named by one letter; a member id shows as the letter and how many ids the client has had: a1, a2.
//   join CLIENT [new] [v=9] [instance=I] [protocols=p,q] [metadata=M] [session=MS] [rebalance=MS] [topics=t,u] [member=ID]
//   sync CLIENT [MEMBER:ASSIGNMENT ...] [generation=N] [v=5]      heartbeat CLIENT [generation=N]
//   leave CLIENT|instance=I ...                                   commit CLIENT|nobody TOPIC-PARTITION:OFFSET ... [generation=N] [v=9]
//   fetch [stable] [TOPIC-PARTITION ...]    delete-offsets TOPIC-PARTITION ...    delete-group    describe    list
//   A command that ends in & shares its turn with the next one: their records go to the log together.
//   Clients of the new protocol: consumer-commands.ts.
//   wait MS      delete-topic TOPIC      set NAME=VALUE (before anything else)
//   log hold|commit|release|refuse ERROR|accept      records      crash (a new process finds what was committed)

import { type ErrorName, errorName, errors } from '../../../protocol/errors.ts'
import { consumerProtocolAssignment } from '../../../protocol/stored/data/consumer-protocol-assignment.ts'
import { consumerProtocolSubscription } from '../../../protocol/stored/data/consumer-protocol-subscription.ts'
import { decode, encode } from '../../../protocol/wire/schema.ts'
import type { GroupCoordinator } from '../group/group-coordinator.ts'
import { type GroupRecord, groupRecordCodec } from '../group/group-record.ts'
import { type BenchClient, ConsumerCommands } from './consumer-commands.ts'
import { MemoryLog } from './memory-log.ts'
import { MemoryPartition } from './memory-partition.ts'
import { TestCoordinator } from './test-coordinator.ts'
import type { Bench } from './transcript.ts'

type Options = ReadonlyMap<string, string>

const groupId = 'g'
const topics = [
  { name: 't', id: 'y5asSyDaRgy74n8yJSG_2g', partitionCount: 2 },
  { name: 'u', id: 'woPStTFQSBWJxaC2T_wBNw', partitionCount: 1 },
]

export class GroupBench implements Bench {
  readonly #settings: [string, string][] = []
  readonly #clients = new Map<string, BenchClient>()
  readonly #consumers = new ConsumerCommands(groupId, topics, memberId => this.#nameOf(memberId))
  /** Member ids by the names they have in transcripts. */
  readonly #ids = new Map<string, string>()
  #lines: string[] = []
  #test: TestCoordinator | undefined
  #log = new MemoryLog({ autoCommit: true })
  #recordsShown = 0
  #starts = 0

  async run(command: string, args: readonly string[], options: Options): Promise<readonly string[]> {
    this.#lines = []
    if (command === 'set') this.#settings.push(...options)
    else {
      const test = (this.#test ??= await this.#start())
      await this.#dispatch(test, command, args, options)
      if (!args.includes('&')) await test.clock.run()
      if (this.#test !== undefined && this.#log.autoCommit) await this.#checkReplay(this.#test)
    }
    return this.#lines
  }

  async #start(): Promise<TestCoordinator> {
    const partitions = [new MemoryPartition(this.#log)]
    const seed = ++this.#starts
    const now = this.#consumers.topics
    const test = new TestCoordinator({ settings: this.#settings, topics: now, partitions, seed, ...this.#clock() })
    return test.start()
  }

  /** A consumer group is what its records say: a coordinator that begins now must show the same one. */
  async #checkReplay(test: TestCoordinator): Promise<void> {
    const live = this.#consumers.show(test)
    if (live.length === 1) return
    const log = new MemoryLog({ content: this.#log.batches })
    const again = new TestCoordinator({ topics: this.#consumers.topics, partitions: [new MemoryPartition(log)] })
    await again.start()
    const replayed = this.#consumers.show(again)
    await again.groups.close()
    if (live.join('\n') !== replayed.join('\n')) this.#lines.push('REPLAY DIFFERS', ...replayed)
  }

  /** A new process lives on in the same time. */
  #clock() {
    return this.#test === undefined ? {} : { clock: this.#test.clock }
  }

  async #dispatch(test: TestCoordinator, command: string, args: readonly string[], options: Options): Promise<void> {
    switch (command) {
      case 'join':
        return this.#join(test.groups, args, options)
      case 'sync':
        return this.#sync(test.groups, args, options)
      case 'heartbeat':
        return this.#heartbeat(test.groups, args, options)
      case 'leave':
        return this.#leave(test.groups, args, options)
      case 'commit':
        return this.#commit(test, args, options)
      case 'fetch':
        return this.#fetch(test, args)
      case 'delete-offsets':
        return this.#deleteOffsets(test, args)
      case 'delete-group':
        return this.#say('', test.groups.deleteGroups(test.context(2), [groupId]), ([result]) => errorOf(result!))
      case 'describe':
        return this.#describe(test)
      case 'list':
        return this.#list(test)
      case 'wait':
        return test.clock.run(Number(args[0]))
      case 'delete-topic':
        await test.deleteTopic(args[0]!)
        return this.#consumers.dropTopic(args[0]!)
      case 'topic':
        return this.#consumers.putTopic(test, args[0]!, Number(args[1]))
      case 'beat': {
        const client = this.#client(args[0]!)
        return this.#say(args[0]!, this.#consumers.beat(test, args[0]!, client, args, options), line => line)
      }
      case 'quit':
        return this.#say(args[0]!, this.#consumers.quit(test, args[0]!, this.#client(args[0]!), args), line => line)
      case 'show':
        this.#lines.push(...this.#consumers.show(test))
        return
      case 'config':
        test.groupOverrides.set(groupId, options)
        return
      case 'log':
        return this.#steerLog(args)
      case 'records':
        return this.#showRecords()
      case 'crash':
        return this.#crash(test)
      default:
        throw new Error(`no command ${command}`)
    }
  }

  #join(groups: GroupCoordinator, args: readonly string[], options: Options): void {
    const name = args[0]!
    const client = this.#client(name)
    if (args.includes('new')) client.memberId = ''
    client.instance = options.get('instance') ?? client.instance
    const version = Number(options.get('v') ?? 9)
    const metadata = subscription(options.get('topics')?.split(',') ?? ['t'], options.get('metadata') ?? '')
    const request = {
      groupId,
      sessionTimeoutMs: Number(options.get('session') ?? 10_000),
      rebalanceTimeoutMs: Number(options.get('rebalance') ?? 60_000),
      memberId: this.#idOf(options.get('member')) ?? client.memberId,
      groupInstanceId: client.instance,
      protocolType: options.get('type') ?? 'consumer',
      protocols: (options.get('protocols') ?? 'range').split(',').map(protocol => ({ name: protocol, metadata })),
      reason: null,
    }
    const context = { apiVersion: version, clientId: name, clientHost: '/127.0.0.1' }
    this.#say(`${name} JoinGroup`, groups.joinGroup(context, request), response => {
      const isAccepted = [errors.NONE.code, errors.MEMBER_ID_REQUIRED.code].includes(response.errorCode as 0)
      if (isAccepted) client.memberId = response.memberId!
      const id = `member=${this.#nameOf(response.memberId ?? '')}`
      if (response.errorCode !== errors.NONE.code) return `${errorOf(response)} ${id}`
      client.generation = response.generationId!
      const members = (response.members ?? []).map(member => this.#nameOf(member.memberId!))
      const leader = `leader=${this.#nameOf(response.leader!)}${response.skipAssignment ? ' skip-assignment' : ''}`
      return `${id} generation=${response.generationId} ${response.protocolName} ${leader} members=[${members}]`
    })
  }

  #sync(groups: GroupCoordinator, args: readonly string[], options: Options): void {
    const name = args[0]!
    const client = this.#client(name)
    const assignments = args.slice(1).map(arg => {
      const [member, assignment] = arg.split(':')
      return { memberId: this.#idOf(member) ?? member!, assignment: Buffer.from(assignment!) }
    })
    const request = {
      groupId,
      generationId: Number(options.get('generation') ?? client.generation),
      memberId: client.memberId,
      groupInstanceId: client.instance,
      protocolType: 'consumer',
      protocolName: options.get('protocol') ?? 'range',
      assignments,
    }
    this.#say(`${name} SyncGroup`, groups.syncGroup(contextOf(name), request), response => {
      return response.errorCode ? errorOf(response) : `assignment="${assignmentText(response.assignment)}"`
    })
  }

  #heartbeat(groups: GroupCoordinator, args: readonly string[], options: Options): void {
    const name = args[0]!
    const client = this.#client(name)
    const generationId = Number(options.get('generation') ?? client.generation)
    const request = { groupId, generationId, memberId: client.memberId, groupInstanceId: client.instance }
    this.#say(`${name} Heartbeat`, groups.heartbeat(contextOf(name), request), errorOf)
  }

  #leave(groups: GroupCoordinator, args: readonly string[], options: Options): void {
    const named = args.map(name => ({ memberId: this.#client(name).memberId, groupInstanceId: null, reason: null }))
    const instance = options.get('instance')
    const removed = instance === undefined ? [] : [{ memberId: '', groupInstanceId: instance, reason: null }]
    const answer = groups.leaveGroup(contextOf('admin'), { groupId, members: [...named, ...removed] })
    this.#say('LeaveGroup', answer, response => {
      const members = (response.members ?? []).map(member => {
        return `${member.groupInstanceId ?? this.#nameOf(member.memberId ?? '')}:${errorOf(member)}`
      })
      return response.errorCode ? errorOf(response) : members.join(' ')
    })
  }

  #commit(test: TestCoordinator, args: readonly string[], options: Options): void {
    const name = args[0]!
    const client = name === 'nobody' ? { memberId: '', generation: -1, instance: null } : this.#client(name)
    const byTopic = placesOf(args.slice(1))
    const request = {
      groupId,
      generationIdOrMemberEpoch: Number(options.get('generation') ?? client.generation),
      memberId: client.memberId,
      groupInstanceId: client.instance,
      retentionTimeMs: Number(options.get('retention') ?? -1),
      topics: [...byTopic].map(([topic, partitions]) => ({
        name: topic,
        topicId: topics.find(known => known.name === topic)!.id,
        partitions: partitions.map(({ partition, value }) => ({
          partitionIndex: partition,
          committedOffset: Number(value),
          committedLeaderEpoch: -1,
          committedMetadata: options.get('metadata') ?? '',
        })),
      })),
    }
    const context = { ...contextOf(name), apiVersion: Number(options.get('v') ?? 9) }
    this.#say(`${name} OffsetCommit`, test.groups.offsetCommit(context, request), answer => {
      if ('error' in answer) return errorName(answer.error.code)!
      return (answer.topics ?? []).flatMap(topic => (topic.partitions ?? []).map(errorOf)).join(' ')
    })
  }

  #fetch(test: TestCoordinator, args: readonly string[]): void {
    const isStable = args.includes('stable')
    const places = args.filter(arg => arg !== 'stable')
    const asked = [...placesOf(places)].map(([name, partitions]) => {
      const topicId = 'AAAAAAAAAAAAAAAAAAAAAA'
      return { name, topicId, partitionIndexes: partitions.map(({ partition }) => partition) }
    })
    const request = { groupId, memberId: null, memberEpoch: -1, topics: places.length > 0 ? asked : null }
    this.#say('OffsetFetch', test.groups.offsetFetch(contextOf('admin'), request, isStable), answer => {
      if ('error' in answer) return errorName(answer.error.code)!
      const offsets = (answer.topics ?? []).flatMap(topic =>
        (topic.partitions ?? []).map(partition => {
          const shown = partition.errorCode ? errorOf(partition) : partition.committedOffset
          return `${topic.name}-${partition.partitionIndex}:${shown}`
        }),
      )
      return offsets.join(' ') || 'nothing'
    })
  }

  #deleteOffsets(test: TestCoordinator, args: readonly string[]): void {
    const asked = [...placesOf(args)].map(([name, partitions]) => {
      return { name, partitions: partitions.map(({ partition }) => ({ partitionIndex: partition })) }
    })
    this.#say('OffsetDelete', test.groups.offsetDelete(contextOf('admin'), { groupId, topics: asked }), answer => {
      if (answer.errorCode) return errorOf(answer)
      return (answer.topics ?? []).flatMap(topic => (topic.partitions ?? []).map(errorOf)).join(' ')
    })
  }

  #describe(test: TestCoordinator): void {
    const [group] = test.groups.describeGroups({ ...contextOf('admin'), apiVersion: 6 }, [groupId])
    const members = (group!.members ?? []).map(member => {
      const instance = member.groupInstanceId ? `(${member.groupInstanceId})` : ''
      return `${this.#nameOf(member.memberId!)}${instance}="${assignmentText(member.memberAssignment)}"`
    })
    const problem = group!.errorCode ? ` ${errorOf(group!)}` : ''
    this.#lines.push(`${group!.groupState}${problem} ${group!.protocolData ?? ''} [${members.join(' ')}]`)
  }

  #list(test: TestCoordinator): void {
    this.#say('', test.groups.listGroups(contextOf('admin'), { statesFilter: [], typesFilter: [] }), answer => {
      const groups = (answer.groups ?? []).map(group => `${group.groupId}:${group.groupState}:${group.groupType}`)
      return answer.errorCode ? errorOf(answer) : groups.join(' ') || 'no groups'
    })
  }

  #steerLog([what, error]: readonly string[]): void {
    if (what === 'hold') this.#log.autoCommit = false
    else if (what === 'commit') this.#log.commit()
    else if (what === 'release') {
      this.#log.autoCommit = true
      this.#log.commit()
    } else if (what === 'refuse') this.#log.refusal = errors[error as ErrorName]
    else this.#log.refusal = undefined
  }

  #showRecords(): void {
    const all = this.#log.records()
    for (const { key, value } of all.slice(this.#recordsShown)) {
      const record = groupRecordCodec.decode(key, value) as GroupRecord
      this.#lines.push(this.#consumers.recordText(record) ?? this.#recordText(record))
    }
    this.#recordsShown = all.length
  }

  #recordText({ type, key, value }: GroupRecord): string {
    if (type === 'offsetCommit') {
      return `offset ${key.topic}-${key.partition} ${value === null ? 'tombstone' : value.offset}`
    }
    if (type !== 'groupMetadata') return type
    if (value === null) return 'group tombstone'
    const members = value.members.map(
      member => `${this.#nameOf(member.memberId)}="${assignmentText(member.assignment)}"`,
    )
    const leader = value.leader === null ? null : this.#nameOf(value.leader)
    return `group generation=${value.generation} protocol=${value.protocol} leader=${leader} [${members.join(' ')}]`
  }

  async #crash(test: TestCoordinator): Promise<void> {
    this.#log = this.#log.crashed()
    this.#log.autoCommit = true
    await test.groups.close()
    this.#test = await this.#start()
  }

  #say<Answer>(who: string, answer: Promise<Answer>, show: (answer: Answer) => string): void {
    void answer.then(value => this.#lines.push(`${who}${who && ': '}${show(value)}`))
  }

  #client(name: string): BenchClient {
    const none = { memberId: '', generation: -1, instance: null, told: [], joins: 0 }
    const client = this.#clients.get(name) ?? none
    this.#clients.set(name, client)
    return client
  }

  #nameOf(memberId: string): string {
    if (memberId === '') return '""'
    if (/^[a-z]\d+$/.test(memberId)) return memberId
    for (const [name, id] of this.#ids) if (id === memberId) return name
    const isUuid = memberId.length === 22
    const prefix = memberId.length > 36 ? memberId.slice(0, -37) : isUuid ? 'id' : memberId
    const count = [...this.#ids.keys()].filter(name => name.replace(/\d+$/, '') === prefix).length
    this.#ids.set(`${prefix}${count + 1}`, memberId)
    return `${prefix}${count + 1}`
  }

  #idOf(name: string | undefined): string | undefined {
    return name === undefined ? undefined : (this.#ids.get(name) ?? name)
  }
}

const contextOf = (clientId: string) => ({ apiVersion: 9, clientId, clientHost: '/127.0.0.1' })
const errorOf = ({ errorCode }: { readonly errorCode?: number }) => errorName(errorCode ?? 0)!
/** As the broker makes it for members of the classic protocol in a consumer group, or as the leader of a transcript writes it. */
function assignmentText(bytes: Uint8Array | undefined): string {
  const buffer = Buffer.from(bytes ?? [])
  if (buffer.length < 10 || buffer[0] !== 0) return buffer.toString()
  const { assignedPartitions } = decode(consumerProtocolAssignment, buffer.readInt16BE(0), buffer.subarray(2))
  return assignedPartitions.map(({ topic, partitions }) => `${topic}:${partitions}`).join(' ')
}

/** What a consumer tells the leader: its topics, and something that makes it differ. */
function subscription(topics: readonly string[], userData: string): Buffer {
  const body = encode(consumerProtocolSubscription, 0, { topics, userData: Buffer.from(userData) })
  return Buffer.concat([Buffer.alloc(2), body])
}

/** `t-0:5 t-1:6` by topic. */
function placesOf(args: readonly string[]) {
  const byTopic = new Map<string, { partition: number; value: string | undefined }[]>()
  for (const arg of args) {
    const [, topic, partition, value] = /^(.+)-(\d+)(?::(.*))?$/.exec(arg)!
    byTopic.set(topic!, [...(byTopic.get(topic!) ?? []), { partition: Number(partition), value }])
  }
  return byTopic
}
