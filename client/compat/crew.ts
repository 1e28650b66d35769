// Members of one group in one program, each a consumer in a loop of its own. What they are given is written down, so that a check
// can say: each record once, no partition with two members at a time, who has what.

import assert from 'node:assert/strict'
import type { CloseOptions, Consumer } from '../consumer/consumer.ts'
import type { ConsumerOptions } from '../consumer/consumer-options.ts'
import type { ConsumerRecord } from '../consumer/consumer-record.ts'
import type { CheckContext } from './check.ts'
import { eventually, newConsumer } from './clients.ts'

const keyOf = ({ topic, partition }: { topic: string; partition: number }) => `${topic}-${partition}`

export class Member {
  readonly name: string
  readonly consumer: Consumer
  /** How often partitions were given to it, and how many were taken. */
  readonly assigned: string[][] = []
  readonly revoked: string[][] = []
  /** What ended its loop, if something did. */
  failure: unknown
  readonly #loop: Promise<void>

  constructor(name: string, consumer: Consumer, take: (record: ConsumerRecord) => void) {
    this.name = name
    this.consumer = consumer
    consumer.events.on('assigned', partitions => this.assigned.push(partitions.map(keyOf)))
    consumer.events.on('revoked', partitions => this.revoked.push(partitions.map(keyOf)))
    this.#loop = this.#read(take)
  }

  /** Numbers of the partitions that it reads. */
  get partitions(): number[] {
    return this.consumer.assignment.map(({ partition }) => partition).sort((a, b) => a - b)
  }

  /** Closes the consumer: whether the group waits for it is in the options. */
  async leave(options: CloseOptions): Promise<void> {
    await this.consumer.close(options)
    await this.#loop
  }

  async #read(take: (record: ConsumerRecord) => void): Promise<void> {
    try {
      for await (const record of this.consumer.records()) take(record)
    } catch (error) {
      this.failure = error
    }
  }
}

export class Crew {
  readonly context: CheckContext
  readonly groupId: string
  readonly members: Member[] = []
  readonly #options: Partial<ConsumerOptions>
  /** How often each record came. */
  readonly #seen = new Map<string, number>()
  readonly #wrong: string[] = []
  #count = 0

  constructor(context: CheckContext, options: Partial<ConsumerOptions>) {
    this.context = context
    this.groupId = context.newName('group')
    // A classic member hears of a rebalance with its next heartbeat.
    this.#options = { heartbeatIntervalMs: 200, sessionTimeoutMs: 10_000, ...options, group: this.groupId }
  }

  /** Records that have come, each counted once. */
  get processed(): number {
    return this.#seen.size
  }

  join(options: Partial<ConsumerOptions> = {}): Member {
    this.#count += 1
    const consumer = newConsumer(this.context, { ...this.#options, ...options })
    const member = new Member(`member ${this.#count}`, consumer, record => this.#take(member, record))
    this.members.push(member)
    return member
  }

  /** It goes, and the group goes on without it; or as the options say. */
  async leave(member: Member, options: CloseOptions = { membership: 'leave' }): Promise<void> {
    this.members.splice(this.members.indexOf(member), 1)
    await member.leave(options)
  }

  /** Until each of the members has so many partitions, and none is with two of them. */
  async untilShared(...counts: number[]): Promise<void> {
    await eventually(
      this.context,
      () => this.members.map(({ partitions }) => partitions),
      shares => {
        const sorted = shares.map(({ length }) => length).sort((a, b) => a - b)
        assert.deepEqual(sorted, [...counts].sort((a, b) => a - b), `partitions of the members: ${this.#explained()}`) // biome-ignore format: one thought
        const all = shares.flat()
        assert.equal(new Set(all).size, all.length, 'no partition is with two members')
      },
    )
  }

  /** Until so many records have come; each came once, to whoever had its partition. */
  async untilProcessed(count: number): Promise<void> {
    await eventually(
      this.context,
      () => this.#seen.size,
      size => assert.equal(size, count, `records that have come: ${this.#explained()}`),
    )
    this.checkOnce()
  }

  /** No record came twice, no member got one of a partition that another one reads, and none has failed. */
  checkOnce(): void {
    const twice = [...this.#seen].filter(([, times]) => times > 1).map(([record]) => record)
    assert.deepEqual(twice, [], 'records that came more than once')
    assert.deepEqual(this.#wrong, [])
    for (const { name, failure } of this.members) assert.equal(failure, undefined, name)
  }

  /** All members leave, the last ones first. */
  async close(): Promise<void> {
    await Promise.all(this.members.splice(0).map(member => member.leave({ membership: 'leave' })))
  }

  #take(member: Member, record: ConsumerRecord): void {
    const key = `${keyOf(record)}@${record.offset}`
    this.#seen.set(key, (this.#seen.get(key) ?? 0) + 1)
    for (const other of this.members) {
      const isReading = ({ topic, partition }: { topic: string; partition: number }) =>
        topic === record.topic && partition === record.partition
      if (other === member || !other.consumer.assignment.some(isReading)) continue
      this.#wrong.push(`${member.name} was given ${key}, which ${other.name} reads`)
    }
  }

  #explained(): string {
    return this.members
      .map(({ name, failure, consumer }) => `\n${name} ${failure ?? ''}\n${consumer.explain()}`)
      .join('')
  }
}
