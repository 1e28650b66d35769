// Consumers of both protocols come, go, die, dawdle and come back under chance, while topics come and grow, answers are lost,
// writes are refused and the coordinator begins anew. Whatever happens: no partition has two owners that the group knows, no
// committed offset goes back, a replay of the log is the live state, and when it is quiet everything is assigned.

import { expect, test } from 'vitest'
import { seededRandom } from '../../../../io/sim/random.ts'
import { errors } from '../../../../protocol/errors.ts'
import { MemoryLog } from '../../testing/memory-log.ts'
import { MemoryPartition } from '../../testing/memory-partition.ts'
import { SimulatedClassicConsumer } from '../../testing/simulated-classic-consumer.ts'
import { SimulatedConsumer } from '../../testing/simulated-consumer.ts'
import { TestCoordinator, type TestTopic } from '../../testing/test-coordinator.ts'
import { type ConsumerGroupState, groupTransitions } from './consumer-group.ts'

/** From which seed on, and how many: CONSUMER_GROUP_SEED=1097 CONSUMER_GROUP_SEEDS=1 runs one of them again. */
const firstSeed = Number(process.env.CONSUMER_GROUP_SEED ?? 1)
const seeds = Number(process.env.CONSUMER_GROUP_SEEDS ?? 30)
const settings = [['group.consumer.assignment.interval.ms', '500']] as const
const fencing = ['FENCED_MEMBER_EPOCH', 'UNKNOWN_MEMBER_ID']

class Simulation {
  readonly #random
  #log = new MemoryLog({ autoCommit: true })
  #broker: TestCoordinator
  readonly topics: TestTopic[] = [
    { name: 'ta', id: Buffer.from('ta'.padEnd(16)).toString('base64url'), partitionCount: 5 },
    { name: 'tb', id: Buffer.from('tb'.padEnd(16)).toString('base64url'), partitionCount: 3 },
  ]
  readonly members: (SimulatedConsumer | SimulatedClassicConsumer)[] = []
  /** How often the group went over from one protocol to the other. */
  changes = 0
  readonly #classicShare: number
  #type: string | undefined
  readonly transitions = new Set<string>()
  readonly #committed = new Map<string, number>()
  #state: ConsumerGroupState | undefined
  #count = 0

  constructor(seed: number) {
    this.#random = seededRandom(seed)
    // Some runs know the new protocol only.
    this.#classicShare = (seed % 3) * 0.3
    this.#broker = this.#start()
  }

  #start(): TestCoordinator {
    const clock = this.#broker === undefined ? {} : { clock: this.#broker.clock }
    const partitions = [new MemoryPartition(this.#log)]
    const { topics } = this
    return new TestCoordinator({ topics, settings, partitions, seed: this.#random.int(1e9), ...clock })
  }

  async run(steps: number): Promise<void> {
    await this.#broker.start()
    for (let step = 0; step < steps; step++) {
      await this.#step()
      this.#log.commit()
      // In small steps, so that what holds all the time is looked at often.
      for (let part = 0; part < 4; part++) {
        await this.#broker.clock.run(this.#random.int(600))
        await this.check()
      }
    }
    this.#log.refusal = undefined
    this.#log.autoCommit = true
    this.#log.commit()
    for (const member of this.members) member.isSlow = false
    for (let minute = 0; minute < 4; minute++) {
      await this.#broker.clock.run(60_000)
      await this.check()
    }
    await this.#checkReplay()
  }

  get running() {
    return this.members.filter(({ isRunning }) => isRunning)
  }

  async #step(): Promise<void> {
    const random = this.#random
    const someone = this.running.length > 0 ? random.pick(this.running) : undefined
    const what = random.int(100)
    if (what < 25 && this.running.length < 8) this.#join(null)
    else if (what < 32 && someone) void someone.leave(-1)
    else if (what < 38 && someone) someone.crash()
    else if (what < 48 && someone?.instance) this.#restart(someone)
    else if (what < 53 && someone) someone.isSlow = !someone.isSlow
    else if (what < 58) this.#log.autoCommit = !this.#log.autoCommit
    else if (what < 63) this.#log.refusal = this.#log.refusal === undefined ? errors.NOT_ENOUGH_REPLICAS : undefined
    else if (what < 66) await this.#restartCoordinator()
    else if (what < 70) await this.#changeTopics()
    else if (what < 72) await this.#checkReplay()
    else if (what < 76) for (const member of this.running) void member.leave(-1)
  }

  #join(instance: string | null): void {
    const name = `m${++this.#count}`
    const [clock, random] = [this.#broker.clock, this.#random.fork(name)]
    const ownInstance = random.chance(0.3) ? `static-${name}` : null
    const topics = random.pick([['ta'], ['ta', 'tb'], ['tb', 'tc']])
    const regex = random.chance(0.2) ? random.pick(['t.', 't[ab]']) : null
    const nameOf = (id: string) => this.topics.find(topic => topic.id === id)?.name
    const groups = () => this.#broker.groups
    const idOf = (topic: string) => this.topics.find(each => each.name === topic)?.id
    const partitionCount = (topic: string) => this.topics.find(each => each.name === topic)?.partitionCount ?? 0
    const options = { name, instance: instance ?? ownInstance, topics, clock, random, groups, nameOf, idOf }
    const isClassic = this.#random.chance(this.#classicShare)
    if (isClassic) this.members.push(new SimulatedClassicConsumer({ ...options, partitionCount }))
    else this.members.push(new SimulatedConsumer({ ...options, regex }))
  }

  #restart(member: SimulatedConsumer | SimulatedClassicConsumer): void {
    void member.leave(-2).then(() => this.#join(member.instance))
  }

  async #restartCoordinator(): Promise<void> {
    this.#log = this.#log.crashed()
    this.#log.autoCommit = true
    const before = this.#broker
    this.#broker = this.#start()
    this.#state = undefined
    await before.groups.close()
    await this.#broker.start()
  }

  async #changeTopics(): Promise<void> {
    const known = this.topics.find(({ name }) => name === 'tc')
    if (known === undefined || this.#random.chance(0.5)) {
      const id = known?.id ?? Buffer.from('tc'.padEnd(16)).toString('base64url')
      const topic = { name: 'tc', id, partitionCount: (known?.partitionCount ?? 0) + 1 }
      if (known === undefined) this.topics.push(topic)
      else this.topics[this.topics.indexOf(known)] = topic
      await this.#broker.putTopic(topic)
    } else {
      const larger = { ...this.topics[0]!, partitionCount: this.topics[0]!.partitionCount + 1 }
      this.topics[0] = larger
      await this.#broker.putTopic(larger)
    }
  }

  describe(broker: TestCoordinator = this.#broker) {
    const [group] = broker.groups.consumerGroupDescribe(broker.context(1), ['g'])
    return group!
  }

  /** What holds at every moment, of what is committed. */
  async check(): Promise<void> {
    const group = this.describe()
    const type = group.errorCode ? 'other' : 'consumer'
    if (this.#type !== undefined && type !== this.#type) this.changes++
    this.#type = type
    if (group.errorCode) return this.#checkOffsets()
    const state = group.groupState as ConsumerGroupState
    if (this.#state !== undefined && this.#state !== state) this.transitions.add(`${this.#state} ${state}`)
    this.#state = state
    const ids = new Set(group.members!.map(({ memberId }) => memberId))
    const owners = new Map<string, string>()
    for (const member of this.running) {
      if (!ids.has(member.memberId)) continue
      for (const place of member.owned.keys()) {
        const other = owners.get(place)
        if (other !== undefined) throw new Error(`${place} is with ${other} and with ${member.name}`)
        owners.set(place, member.name)
      }
    }
    await this.#checkOffsets()
  }

  async #checkOffsets(): Promise<void> {
    const request = { groupId: 'g', memberId: null, memberEpoch: -1, topics: null }
    const fetched = await this.#broker.groups.offsetFetch(this.#broker.context(9), request, false)
    if ('error' in fetched) return
    for (const { name, partitions } of fetched.topics ?? []) {
      for (const { partitionIndex, committedOffset } of partitions!) {
        const [place, offset] = [`${name} ${partitionIndex}`, Number(committedOffset)]
        const before = this.#committed.get(place) ?? 0
        if (offset < before) throw new Error(`the offset of ${place} went from ${before} back to ${offset}`)
        this.#committed.set(place, offset)
      }
    }
  }

  get commits(): number {
    return [...this.#committed.values()].reduce((sum, offset) => sum + offset, 0)
  }

  async #checkReplay(): Promise<void> {
    if (this.#log.refusal !== undefined || !this.#log.autoCommit || this.describe().errorCode) return
    const log = new MemoryLog({ content: this.#log.batches })
    const again = await new TestCoordinator({ topics: this.topics, partitions: [new MemoryPartition(log)] }).start()
    const replayed = this.describe(again)
    await again.groups.close()
    expect(sorted(replayed)).toEqual(sorted(this.describe()))
  }
}

function sorted(group: ReturnType<Simulation['describe']>) {
  return { ...group, members: [...(group.members ?? [])].sort((a, b) => (a.memberId! < b.memberId! ? -1 : 1)) }
}

const transitions = new Set<string>()

test(
  `${seeds} groups keep what must hold, and come to rest`,
  async () => {
    let [commits, fenced, changes] = [0, 0, 0]
    for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
      const simulation = new Simulation(seed)
      await simulation.run(50).catch((cause: unknown) => {
        throw new Error(`seed ${seed}: ${(cause as Error).message}`, { cause })
      })
      const { running, topics, members } = simulation
      const group = simulation.describe()
      const where = running.map(({ name, epoch, owned }) => `${name} at ${epoch}: ${[...owned.keys()]}`).join('; ')
      const shown = JSON.stringify(group.members?.map(({ memberId, memberEpoch }) => `${memberId}@${memberEpoch}`))
      const told = `seed ${seed}: ${group.groupState} ${group.groupEpoch} ${shown}; ${where}`
      if (running.length > 0) {
        const isClassic = running.every(member => member instanceof SimulatedClassicConsumer)
        if (!group.errorCode) expect(group.groupState, told).toBe('Stable')
        else expect(isClassic, told).toBe(true)
        const wanted = topics
          .filter(({ name }) => running.some(member => member.isSubscribedTo(name)))
          .reduce((sum, topic) => sum + topic.partitionCount, 0)
        const owned = running.flatMap(member => [...member.owned.keys()])
        expect(new Set(owned).size, told).toBe(wanted)
        expect(owned.length, told).toBe(wanted)
      }
      commits += simulation.commits
      changes += simulation.changes
      fenced += members.flatMap(member => member.told).filter(error => fencing.includes(error)).length
      for (const transition of simulation.transitions) transitions.add(transition)
    }
    expect(commits).toBeGreaterThan(seeds * 100)
    expect(fenced).toBeGreaterThan(0)
    expect(changes).toBeGreaterThan(seeds / 4)
  },
  Math.max(120_000, seeds * 500),
)

test('the states of a group follow each other as the table says', () => {
  const allowed = Object.entries(groupTransitions).flatMap(([from, next]) => next.map(to => `${from} ${to}`))
  // The state is looked at now and then: two members may have joined since.
  const skipping = ['Empty Reconciling']
  expect([...transitions].filter(each => !allowed.includes(each) && !skipping.includes(each))).toEqual([])
  expect(allowed.filter(transition => !transitions.has(transition))).toEqual([])
})
