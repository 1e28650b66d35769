// The group under test: members of both protocols that come and go, and what the broker says of the group.

import { setTimeout as pause } from 'node:timers/promises'
import { listGroups } from '../../protocol/messages/list-groups.ts'
import { offsetFetch } from '../../protocol/messages/offset-fetch.ts'
import { check, Requests, untilPassed } from '../disk-swap/requests.ts'
import { MemberProcess, type Protocol } from './member-process.ts'
import type { StartProgram } from './programs.ts'

export interface GroupOptions {
  readonly start: StartProgram
  readonly port: number
  readonly groupId: string
  readonly topic: string
  readonly partitionCount: number
}

export interface MemberOptions {
  /** Never commits, so that what it did is done again. */
  readonly forgetful?: boolean
  /** Further settings of the consumer, name=value. */
  readonly settings?: readonly string[]
}

const consumerSettings: Record<Protocol, readonly string[]> = {
  classic: [
    'group.protocol=classic',
    'partition.assignment.strategy=org.apache.kafka.clients.consumer.CooperativeStickyAssignor',
    // On a busy machine nobody is to be taken for dead.
    'session.timeout.ms=40000',
    'heartbeat.interval.ms=300',
  ],
  consumer: ['group.protocol=consumer'],
}
const settleMsMax = 60_000
const betweenLooksMs = 20
/** How long the partitions must lie still. */
const calmMs = 300

export class Group {
  readonly #options: GroupOptions
  readonly #requests: Requests
  readonly #members: MemberProcess[] = []
  readonly #gone: MemberProcess[] = []
  #count = 0

  private constructor(options: GroupOptions, requests: Requests) {
    this.#options = options
    this.#requests = requests
  }

  static async open(options: GroupOptions): Promise<Group> {
    const requests = await Requests.open(options.port, 'group-upgrade')
    await requests.coordinate(options.groupId)
    await requests.createTopic(options.topic, options.partitionCount)
    return new Group(options, requests)
  }

  /** Everybody who was ever in the group. */
  get everybody(): readonly MemberProcess[] {
    return [...this.#gone, ...this.#members]
  }

  get members(): readonly MemberProcess[] {
    return this.#members
  }

  /** A classic member of another client than Kafka's. */
  joinFranzGo(): MemberProcess {
    const { start, port, topic, groupId } = this.#options
    const name = `franz-go member ${++this.#count}`
    const args = [`127.0.0.1:${port}`, topic, groupId]
    const member = new MemberProcess(name, 'classic', onLine => start('franz-go', args, onLine))
    this.#members.push(member)
    return member
  }

  /** A member with our own client; `settings` as our-member.ts takes them. */
  joinOurs(protocol: Protocol, settings: readonly string[]): MemberProcess {
    const { start, port, topic, groupId } = this.#options
    const name = `our ${protocol} member ${++this.#count}`
    const args = [`127.0.0.1:${port}`, topic, groupId, 'careful', ...settings]
    const member = new MemberProcess(name, protocol, onLine => start('ours', args, onLine))
    this.#members.push(member)
    return member
  }

  /** SIGKILL: the group finds out by the session timeout. */
  async kill(member: MemberProcess): Promise<void> {
    this.#members.splice(this.#members.indexOf(member), 1)
    this.#gone.push(member)
    await member.kill()
  }

  /** SIGSTOP for so long, during which the group goes on without it; it comes back as one that has lost everything. */
  async freeze(member: MemberProcess, ms: number): Promise<void> {
    this.#members.splice(this.#members.indexOf(member), 1)
    member.freeze()
    await pause(ms)
    await this.settled()
    this.#members.push(member)
    member.thaw()
  }

  join(protocol: Protocol, { forgetful = false, settings = [] }: MemberOptions = {}): MemberProcess {
    const { start, port, topic, groupId } = this.#options
    const name = `${protocol} member ${++this.#count}`
    const args = [`127.0.0.1:${port}`, topic, groupId, forgetful ? 'forgetful' : 'careful']
    const all = [...args, ...consumerSettings[protocol], ...settings, `client.id=${name.replaceAll(' ', '-')}`]
    const member = new MemberProcess(name, protocol, onLine => start('Member', all, onLine))
    this.#members.push(member)
    return member
  }

  async leave(member: MemberProcess): Promise<void> {
    this.#members.splice(this.#members.indexOf(member), 1)
    this.#gone.push(member)
    await member.stop()
  }

  async leaveAll(): Promise<void> {
    await Promise.all([...this.#members].map(member => this.leave(member)))
  }

  /** Waits until each partition has one member and each member its share, and until that has lasted a moment. */
  async settled(): Promise<void> {
    await this.#until('each member to have its share', async () => {
      if (!this.#isShared()) return false
      const before = this.#shares()
      await pause(calmMs)
      return this.#isShared() && before === this.#shares()
    })
  }

  /** Waits until the broker says that the group is of this type. */
  async hasType(type: Protocol): Promise<void> {
    await this.#until(`the group to be a ${type} one`, async () => {
      const { groups } = await this.#requests.send(listGroups, 5, {})
      return groups.some(({ groupId, groupType }) => groupId === this.#options.groupId && groupType === type)
    })
  }

  /** Waits until the group has committed all records. */
  async committed(counts: readonly number[]): Promise<void> {
    const groups = [{ groupId: this.#options.groupId, topics: null }]
    await this.#until(`commits up to ${counts}`, () =>
      untilPassed(async () => {
        const [answer] = (await this.#requests.send(offsetFetch, 9, { groups })).groups
        check('OffsetFetch', answer!.errorCode)
        const found = new Map(answer!.topics[0]?.partitions.map(each => [each.partitionIndex, each.committedOffset]))
        return counts.every((count, partition) => count === 0 || Number(found.get(partition)) === count)
      }),
    )
  }

  async close(): Promise<void> {
    await this.leaveAll()
    this.#requests.close()
  }

  #isShared(): boolean {
    const { partitionCount } = this.#options
    const most = Math.ceil(partitionCount / this.#members.length)
    const least = Math.floor(partitionCount / this.#members.length)
    const owned = this.#members.flatMap(member => [...member.owned])
    const isWhole = owned.length === partitionCount && new Set(owned).size === partitionCount
    return isWhole && this.#members.every(member => member.owned.size <= most && member.owned.size >= least)
  }

  #shares(): string {
    return this.#members.map(({ name, owned }) => `${name}: ${[...owned].sort()}`).join('; ')
  }

  async #until(what: string, condition: () => Promise<boolean>): Promise<void> {
    const untilMs = Date.now() + settleMsMax
    while (!(await condition())) {
      const faults = this.everybody.flatMap(member => member.faults)
      if (Date.now() > untilMs || faults.length > 0) {
        const state = [this.#shares(), ...faults].join('; ')
        throw new Error(`waited for ${what}; it came not within ${settleMsMax} ms or a member failed: ${state}`)
      }
      await pause(betweenLooksMs)
    }
  }
}
