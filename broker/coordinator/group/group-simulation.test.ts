// Consumers come, go, die and come back under chance, while writes are delayed and refused. Whatever happens, a consumer that
// behaves is never told that it is unknown, nobody waits for ever, and when it is quiet everybody agrees on who reads what.

import { expect, test } from 'vitest'
import { seededRandom } from '../../../io/sim/random.ts'
import { errors } from '../../../protocol/errors.ts'
import { MemoryLog } from '../testing/memory-log.ts'
import { MemoryPartition } from '../testing/memory-partition.ts'
import { SimulatedMember } from '../testing/simulated-member.ts'
import { TestCoordinator } from '../testing/test-coordinator.ts'

const partitionCount = 12
const topics = [{ name: 't', id: 'y5asSyDaRgy74n8yJSG_2g', partitionCount }]
const settings = [['group.initial.rebalance.delay.ms', '500']] as const

class Simulation {
  readonly #random
  #log = new MemoryLog({ autoCommit: true })
  #broker: TestCoordinator
  readonly members: SimulatedMember[] = []
  readonly #isRough: boolean
  #count = 0

  constructor(seed: number) {
    this.#random = seededRandom(seed)
    this.#isRough = seed % 2 === 0
    this.#broker = this.#start()
  }

  #start(): TestCoordinator {
    const clock = this.#broker === undefined ? {} : { clock: this.#broker.clock }
    const partitions = [new MemoryPartition(this.#log)]
    return new TestCoordinator({ topics, settings, partitions, seed: this.#random.int(1e9), ...clock })
  }

  async run(steps: number): Promise<void> {
    await this.#broker.start()
    for (let step = 0; step < steps; step++) {
      await this.#step()
      this.#log.commit()
      await this.#broker.clock.run(this.#random.int(1500))
    }
    // Quiet: nothing fails any more, and everybody has time to come together.
    this.#log.refusal = undefined
    this.#log.autoCommit = true
    this.#log.commit()
    await this.#broker.clock.run(120_000)
  }

  get running(): SimulatedMember[] {
    return this.members.filter(({ isRunning }) => isRunning)
  }

  async #step(): Promise<void> {
    const random = this.#random
    const someone = this.running.length > 0 ? random.pick(this.running) : undefined
    const what = random.int(100)
    if (what < 25 && this.running.length < 8) this.#join(null)
    else if (what < 32 && someone) void someone.leave()
    else if (what < 38 && someone) someone.crash()
    else if (what < 50 && someone) this.#restart(someone)
    else if (what < 55) this.#log.autoCommit = !this.#log.autoCommit
    // Half of the runs without what takes members away that behave.
    else if (!this.#isRough) return
    else if (what < 60) this.#refuse()
    else if (what < 62) await this.#restartCoordinator()
  }

  #join(instance: string | null): void {
    const name = `m${++this.#count}`
    const [clock, random] = [this.#broker.clock, this.#random.fork(name)]
    const version = random.pick(instance === null ? [3, 5, 8, 9] : [5, 8, 9])
    const ownInstance = random.chance(0.3) ? `static-${name}` : null
    const groups = () => this.#broker.groups
    const member = new SimulatedMember({
      name,
      instance: instance ?? (version >= 5 ? ownInstance : null),
      version,
      clock,
      random,
      groups,
      partitionCount,
    })
    member.isExcused = this.#log.refusal !== undefined
    this.members.push(member)
  }

  /** A static member's process restarts; a dynamic one is another member then. */
  #restart(member: SimulatedMember): void {
    member.crash()
    this.#join(member.instance)
  }

  #refuse(): void {
    this.#log.refusal = this.#log.refusal === undefined ? errors.NOT_ENOUGH_REPLICAS : undefined
    // A group that could not be written is gone again, and with it its members.
    for (const member of this.members) member.isExcused = true
  }

  async #restartCoordinator(): Promise<void> {
    for (const member of this.members) member.isExcused = true
    this.#log = this.#log.crashed()
    this.#log.autoCommit = true
    const before = this.#broker
    this.#broker = this.#start()
    await before.groups.close()
    await this.#broker.start()
  }

  async committedOffsets(): Promise<Map<number, number>> {
    const request = { groupId: 'g', memberId: null, memberEpoch: -1, topics: null }
    const fetched = await this.#broker.groups.offsetFetch(this.#broker.context(9), request, false)
    if ('error' in fetched) throw new Error(`OffsetFetch: ${fetched.error.code}`)
    const partitions = fetched.topics?.[0]?.partitions ?? []
    return new Map(partitions.map(({ partitionIndex, committedOffset }) => [partitionIndex!, Number(committedOffset)]))
  }
}

test('30 groups come together, whatever happens', async () => {
  let generations = 0
  for (let seed = 1; seed <= 30; seed++) {
    const simulation = new Simulation(seed)
    await simulation.run(40)
    const { running, members } = simulation
    expect(
      members.flatMap(({ told }) => told),
      `seed ${seed}`,
    ).toEqual([])
    const where = running.map(({ name, generation, assigned }) => `${name} in ${generation}: ${assigned}`).join('; ')
    const partitions = running.flatMap(({ assigned }) => assigned ?? [Number.NaN])
    const all = running.length === 0 ? [] : Array.from({ length: partitionCount }, (_, partition) => partition)
    expect(
      partitions.sort((one, other) => one - other),
      `seed ${seed}: ${where}`,
    ).toEqual(all)
    expect(new Set(running.map(({ generation }) => generation)).size, `seed ${seed}: ${where}`).toBeLessThan(2)
    generations += Math.max(0, ...running.map(({ generation }) => generation))
    const offsets = await simulation.committedOffsets()
    for (const { committed, name } of members) {
      for (const partition of committed.keys())
        expect(offsets.has(partition), `seed ${seed}: ${name} lost ${partition}`).toBe(true)
    }
  }
  expect(generations).toBeGreaterThan(120)
})
