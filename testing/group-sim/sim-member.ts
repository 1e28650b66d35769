// A consumer on a simulated machine, as far as its group is concerned: owns partitions, gives them up when it is told to.

import type { Authenticator } from '../../client/cluster/authenticator.ts'
import { Cluster } from '../../client/cluster/cluster.ts'
import type {
  GroupMembership,
  GroupMembershipOptions,
  GroupSubscription,
  OwnedPartition,
  RevocationTerm,
} from '../../client/group/group-membership.ts'
import { openMembership } from '../../client/group/open-membership.ts'
import { wait } from '../../client/resilience/wait.ts'
import type { SimWorld } from '../../io/sim/world.ts'
import { brokerHost, brokerPort } from './group-world.ts'

export interface SimMemberOptions {
  /** How long it takes to give up partitions. */
  readonly drainMs?: number
  /** Commits before it gives up partitions. */
  readonly commits?: boolean
  /** As if the broker were an old one: the last versions it offers, by API key; 'none': it does not have that at all. */
  readonly lastVersions?: Readonly<Record<number, number | 'none'>>
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
  /** By partition: what it would commit. */
  readonly #positions = new Map<string, number>()

  constructor(
    sim: SimWorld,
    name: string,
    shared: Cluster | undefined,
    options: GroupMembershipOptions & SimMemberOptions,
  ) {
    this.name = name
    this.#sim = sim
    this.#options = options
    const clusterOptions = { bootstrap: `${brokerHost}:${brokerPort}`, clientId: name, requestTimeoutMs: 3000 }
    const authenticator = olderBroker(options.lastVersions ?? {})
    this.cluster = shared ?? new Cluster({ ...clusterOptions, authenticator }, sim.host(name).start())
    this.membership = openMembership(this.cluster, options, {
      assigned: partitions => this.#note('assigned', partitions),
      revoked: (partitions, term) => this.#revoked(partitions, term),
      lost: partitions => this.#note('lost', partitions),
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
    if (!commits || signal.aborted) return
    const offsets = partitions.map(({ topic, partition, ownership }) => {
      const offset = (this.#positions.get(`${topic}-${partition}`) ?? 0) + 1
      this.#positions.set(`${topic}-${partition}`, offset)
      return { topic, partition, offset, ownership }
    })
    await this.membership.commit(offsets, { timeoutMs: 5000, signal }).catch(error => {
      if (!signal.aborted) this.commitErrors.push(error.code)
    })
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
