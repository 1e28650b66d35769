// A run of trouble for a group, from a seed: members come, go and die, the network is cut in all the ways there are, the broker
// dies and comes back. Then it ends, and the group has to come to rest.

import type { GroupMembershipOptions } from '../../client/group/group-membership.ts'
import type { SeededRandom } from '../../io/sim/random.ts'
import { brokerHost, GroupWorld } from './group-world.ts'
import type { SimMember } from './sim-member.ts'

export interface TroubleOptions {
  readonly seed: number
  readonly steps: number
  /** What members may be, one of them by chance each time. */
  readonly kinds: readonly Partial<GroupMembershipOptions>[]
  /** A member that fails with this is started anew a moment later, as whoever looks after it would do. */
  readonly mayFail?: string
}

export interface TroubleResult {
  readonly world: GroupWorld
  readonly counts: Record<string, number>
}

const membersMax = 5
const partitionsAtFirst = 7
const restMsMax = 120_000

export async function trouble({ seed, steps, kinds, mayFail }: TroubleOptions): Promise<TroubleResult> {
  const world = await GroupWorld.start({ seed })
  const run = new TroubleRun(world, kinds)
  if (mayFail !== undefined) run.replaceThoseThatFailWith(mayFail)
  await run.begin()
  for (let step = 0; step < steps; step += 1) await run.step()
  await run.rest()
  return { world, counts: run.counts }
}

class TroubleRun {
  readonly counts: Record<string, number> = {}
  readonly #world: GroupWorld
  readonly #random: SeededRandom
  readonly #kinds: readonly Partial<GroupMembershipOptions>[]
  readonly #leaving = new Set<Promise<void>>()
  readonly #departing = new Set<SimMember>()
  #partitions = partitionsAtFirst
  #downUntilMs = 0

  constructor(world: GroupWorld, kinds: readonly Partial<GroupMembershipOptions>[]) {
    this.#world = world
    this.#random = world.sim.random.fork('trouble')
    this.#kinds = kinds
  }

  replaceThoseThatFailWith(code: string): void {
    const { sim } = this.#world
    sim.checkAfterEveryStep(() => {
      for (const member of this.#world.alive) {
        if ((member.failure as { code?: string } | undefined)?.code !== code) continue
        this.#count('failures')
        member.crash()
        sim.scheduler.schedule(1000, () => this.#add())
      }
    })
  }

  async begin(): Promise<void> {
    await this.#world.createTopic('orders', this.#partitions)
    for (let count = 0; count < 3; count += 1) this.#add()
    await this.#world.sim.runFor(this.#random.int(5000))
  }

  async step(): Promise<void> {
    const actions = [
      () => this.#add(),
      () => this.#leave(),
      () => this.#die(),
      () => this.#cut(),
      () => this.#cut(),
      () => this.#reset(),
      () => this.#crashBroker(),
      () => this.#enforce(),
      () => this.#grow(),
    ]
    await actions[this.#random.int(actions.length)]!()
    await this.#world.sim.runFor(this.#random.int(2) === 0 ? this.#random.int(300) : this.#random.int(9000))
    await this.#restartBroker()
  }

  async rest(): Promise<void> {
    this.#world.sim.network.heal()
    if (!this.#world.isBrokerUp) await this.#world.startBroker()
    await this.#world.sim.complete(Promise.all(this.#leaving))
    if (this.#world.alive.length === 0) this.#add()
    await this.#world.until(
      `each of ${this.#partitions} partitions is owned once`,
      () => this.#world.isShared({ orders: this.#partitions }),
      restMsMax,
    )
  }

  get #present(): SimMember[] {
    return this.#world.alive.filter(member => !this.#departing.has(member))
  }

  #count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1
  }

  #add(): void {
    if (this.#present.length >= membersMax) return
    this.#count('joins')
    const kind = this.#kinds[this.#random.int(this.#kinds.length)]!
    const drainMs = this.#random.int(2) === 0 ? 0 : this.#random.int(2000)
    this.#world.addMember({ ...kind, drainMs, commits: true, commitIntervalMs: 500 }).start()
  }

  #leave(): void {
    const member = this.#any()
    if (member === undefined) return
    this.#count('leaves')
    this.#departing.add(member)
    const leaving = member
      .leave({ timeoutMs: 1000 + this.#random.int(4000) })
      .finally(() => this.#leaving.delete(leaving))
    this.#leaving.add(leaving)
  }

  #die(): void {
    const member = this.#any()
    if (member === undefined) return
    this.#count('deaths')
    member.crash()
  }

  /** One way or both, for shorter or longer than a session. */
  #cut(): void {
    const member = this.#any()
    if (member === undefined) return
    this.#count('cuts')
    const { network, scheduler } = this.#world.sim
    const oneWay = this.#random.int(2) === 0
    if (this.#random.int(2) === 0) network.block(member.name, brokerHost, { oneWay })
    else network.block(brokerHost, member.name, { oneWay })
    scheduler.schedule(100 + this.#random.int(15_000), () => network.heal())
  }

  #reset(): void {
    this.#count('resets')
    this.#world.sim.network.reset(brokerHost)
  }

  #crashBroker(): void {
    if (!this.#world.isBrokerUp) return
    this.#count('broker crashes')
    this.#world.crashBroker()
    this.#downUntilMs = this.#world.sim.nowMs + this.#random.int(10_000)
  }

  async #restartBroker(): Promise<void> {
    if (this.#world.isBrokerUp || this.#world.sim.nowMs < this.#downUntilMs) return
    await this.#world.startBroker()
  }

  #enforce(): void {
    this.#count('forced rebalances')
    this.#any()?.membership.enforceRebalance('trouble')
  }

  async #grow(): Promise<void> {
    if (!this.#world.isBrokerUp || this.#partitions >= 12) return
    this.#count('new partitions')
    this.#partitions += 1
    await this.#world.growTopic('orders', this.#partitions)
    for (const { cluster } of this.#present) cluster.imageIsWrong()
  }

  #any(): SimMember | undefined {
    const present = this.#present
    return present[this.#random.int(Math.max(1, present.length))]
  }
}
