// A consumer on a simulated machine, as far as its group is concerned: owns partitions, gives them up when it is told to.

import type { Authenticator } from '../../client/cluster/authenticator.ts'
import { Cluster } from '../../client/cluster/cluster.ts'
import type {
  GroupMembership,
  GroupMembershipOptions,
  GroupSubscription,
  OffsetCallOptions,
  OwnedPartition,
  RevocationTerm,
} from '../../client/group/group-membership.ts'
import { openMembership } from '../../client/group/open-membership.ts'
import { wait } from '../../client/resilience/wait.ts'
import type { SimWorld } from '../../io/sim/world.ts'
import { brokerHost, brokerPort } from './group-world.ts'
import type { OffsetLedger } from './offset-ledger.ts'

export interface SimMemberOptions {
  /** How long it takes to give up partitions. */
  readonly drainMs?: number
  /** Works on its partitions: begins where the group has committed, and commits as it goes and before it gives them up. */
  readonly commits?: boolean
  /** How often it commits; 200 ms. */
  readonly commitIntervalMs?: number
  /** As if the broker were an old one: the last versions it offers, by API key; 'none': it does not have that at all. */
  readonly lastVersions?: Readonly<Record<number, number | 'none'>>
}

export interface SimMemberPlace {
  readonly sim: SimWorld
  readonly name: string
  readonly ledger: OffsetLedger
  /** Of another member of the same program. */
  readonly cluster: Cluster | undefined
}

interface Work {
  readonly owned: OwnedPartition
  offset: number
}

export class SimMember {
  readonly name: string
  readonly membership: GroupMembership
  readonly cluster: Cluster
  /** What the listener was told, in order. */
  readonly events: string[] = []
  /** What went wrong when it committed on revocation. */
  readonly commitErrors: string[] = []
  isAlive = true
  failure: Error | undefined
  readonly #sim: SimWorld
  readonly #options: SimMemberOptions
  readonly #ledger: OffsetLedger
  /** Partitions it works on. */
  readonly #work = new Map<string, Work>()

  constructor(place: SimMemberPlace, options: GroupMembershipOptions & SimMemberOptions) {
    const { sim, name, cluster: shared } = place
    this.name = name
    this.#sim = sim
    this.#ledger = place.ledger
    this.#options = options
    const clusterOptions = { bootstrap: `${brokerHost}:${brokerPort}`, clientId: name, requestTimeoutMs: 3000 }
    const authenticator = olderBroker(options.lastVersions ?? {})
    this.cluster = shared ?? new Cluster({ ...clusterOptions, authenticator }, sim.host(name).start())
    this.membership = openMembership(this.cluster, options, {
      assigned: partitions => this.#assigned(partitions),
      revoked: (partitions, term) => this.#revoked(partitions, term),
      lost: partitions => {
        this.#note('lost', partitions)
        for (const { topic, partition } of partitions) this.#work.delete(`${topic}-${partition}`)
      },
      failed: error => {
        this.failure = error
        this.events.push(`failed ${error.code}`)
      },
    })
  }

  get owned(): string[] {
    return this.membership.owned.map(({ topic, partition }) => `${topic}-${partition}`)
  }

  start(subscription: GroupSubscription = { topics: ['orders'] }): this {
    this.membership.start(subscription)
    if (this.#options.commits) this.#commitNowAndThen()
    return this
  }

  /** kill -9. */
  crash(): void {
    this.isAlive = false
    this.#sim.host(this.name).crashProcess()
  }

  async leave(options: Parameters<GroupMembership['leave']>[0] = {}): Promise<void> {
    await this.membership.leave(options)
    this.isAlive = false
    this.cluster.close()
  }

  describe(): string {
    const state = this.isAlive ? this.membership.explain() : 'is gone'
    const failure = this.failure === undefined ? '' : `; failed: ${this.failure.message}`
    return `${state}; owns ${this.owned.join(', ') || 'nothing'}${failure}`
  }

  async #revoked(partitions: readonly OwnedPartition[], { signal }: RevocationTerm): Promise<void> {
    this.#note('revoked', partitions)
    const { drainMs = 0, commits = false } = this.#options
    const { clock } = this.cluster.world
    if (drainMs > 0) await wait(clock, drainMs, signal).catch(() => {})
    if (commits && !signal.aborted) await this.#commit(partitions, { timeoutMs: 5000, signal })
    for (const { topic, partition } of partitions) this.#work.delete(`${topic}-${partition}`)
  }

  #assigned(partitions: readonly OwnedPartition[]): void {
    this.#note('assigned', partitions)
    if (this.#options.commits && partitions.length > 0) this.#begin(partitions)
  }

  async #begin(partitions: readonly OwnedPartition[]): Promise<void> {
    // Each by itself: one that is taken away meanwhile does not keep the others from their beginnings.
    for (const owned of partitions) {
      const found = await this.membership.fetchCommitted([owned]).catch(error => this.#failed(error))
      if (found === undefined) continue
      const offset = Number(found[0]?.offset ?? 0)
      this.#ledger.began(owned, offset, this.name)
      this.#work.set(`${owned.topic}-${owned.partition}`, { owned, offset })
    }
  }

  #commitNowAndThen(): void {
    const { clock } = this.cluster.world
    clock.after(this.#options.commitIntervalMs ?? 200, () => {
      if (!this.isAlive) return
      this.#commit([...this.#work.values()].map(({ owned }) => owned)).then(() => this.#commitNowAndThen())
    })
  }

  /** One record further in each. */
  async #commit(
    partitions: readonly OwnedPartition[],
    options: OffsetCallOptions = { timeoutMs: 5000 },
  ): Promise<void> {
    const work = partitions.flatMap(({ topic, partition, ownership }) => {
      const found = this.#work.get(`${topic}-${partition}`)
      return found?.owned.ownership === ownership ? [found] : []
    })
    const offsets = work.map(({ owned, offset }) => ({ ...owned, offset: offset + 1 }))
    if (offsets.length === 0) return
    try {
      await this.membership.commit(offsets, options)
      for (const [index, each] of work.entries()) {
        this.#ledger.committed(each.owned, offsets[index]!.offset, this.name)
        each.offset = Math.max(each.offset, offsets[index]!.offset)
      }
    } catch (error) {
      if (!options.signal?.aborted) this.#failed(error)
    }
  }

  #failed(error: unknown): undefined {
    this.commitErrors.push((error as { code: string }).code)
  }

  #note(what: string, partitions: readonly OwnedPartition[]): void {
    const names = partitions.map(({ topic, partition }) => `${topic}-${partition}`).sort()
    this.events.push(`${what} ${names.join(' ') || 'nothing'}`)
  }
}

/** What a connection is told when it is opened is known to the authenticator too, and to nobody else before it. */
function olderBroker(lastVersions: Readonly<Record<number, number | 'none'>>): Authenticator {
  return {
    name: 'an older broker',
    async authenticate(_, offered) {
      const known = offered as Map<number, readonly [number, number]>
      for (const [key, last] of Object.entries(lastVersions)) {
        const [first] = known.get(Number(key))!
        if (last === 'none') known.delete(Number(key))
        else known.set(Number(key), [first, last])
      }
    },
  }
}
