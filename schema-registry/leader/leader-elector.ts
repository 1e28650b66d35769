// One instance of the registry in the group of all of them: who leads, as far as this instance may believe it.
//
// A leader believes it until its session is over at the latest (the lease, client/group), whatever happens to network and
// coordinator. That is not what keeps two from writing: a leader that stands still does not see the time pass. What does is
// the term that each leader claims in the topic (../log/term.ts). So among instances of ours a leader goes on while the group
// is put together anew; where others are in the group, which have no terms, it steps aside for that time.

import type { Cluster } from '../../client/cluster/cluster.ts'
import type { GroupToLead, MemberAssignmentBytes } from '../../client/group/classic/classic-effect.ts'
import { type GenericAssignment, type GroupMember, joinGroup } from '../../client/group/classic/generic-group.ts'
import type { Cancel } from '../../io/clock.ts'
import type { Leadership } from '../store/schemas-log.ts'
import { elect } from './election.ts'
import {
  assignmentBytes,
  assignmentOf,
  type InstanceIdentity,
  identityBytes,
  identityOf,
  urlOf,
} from './instance-identity.ts'

export interface LeaderElectorSettings {
  /** 'schema-registry'. [schema.registry.group.id] */
  readonly groupId: string
  /** 10 s. [kafkagroup.session.timeout.ms] */
  readonly sessionTimeoutMs: number
  /** 3 s. [kafkagroup.heartbeat.interval.ms] */
  readonly heartbeatIntervalMs: number
  /** 5 min. [kafkagroup.rebalance.timeout.ms] */
  readonly rebalanceTimeoutMs: number
}

export const leaderElectorDefaults: LeaderElectorSettings = {
  groupId: 'schema-registry',
  sessionTimeoutMs: 10_000,
  heartbeatIntervalMs: 3000,
  rebalanceTimeoutMs: 300_000,
}

export interface LeaderElectorOptions extends Partial<LeaderElectorSettings> {
  readonly cluster: Cluster
  readonly identity: Omit<InstanceIdentity, 'isLeader'>
  /** Who leads has changed, as far as this instance knows. */
  readonly onChange: (leadership: Leadership) => void
}

/** Protocols of the group, best first: the coordinator takes the first that all members know. */
const ownProtocol = 'millrace'
const commonProtocol = 'v0'
const protocolType = 'sr'
/** After a failure that the group does not get over by itself, such as a missing right. */
const restartMs = 10_000
const leaveTimeoutMs = 2000

export class LeaderElector implements Leadership {
  readonly #options: LeaderElectorOptions
  readonly #settings: LeaderElectorSettings
  readonly #ownUrl: string
  #member: GroupMember | undefined
  /** What was assigned last; undefined while nobody is known to lead. */
  #leaderUrl: string | undefined
  /** The lease is over: what was assigned may be somebody else's. */
  #isLost = false
  /** All members of the last generation are ours. */
  #isAmongOurs = false
  #failure: string | undefined
  #cancelRestart: Cancel = () => {}
  #isClosed = false
  #told = 'false undefined'

  constructor(options: LeaderElectorOptions) {
    this.#options = options
    const { groupId, sessionTimeoutMs, heartbeatIntervalMs, rebalanceTimeoutMs } = {
      ...leaderElectorDefaults,
      ...options,
    }
    this.#settings = { groupId, sessionTimeoutMs, heartbeatIntervalMs, rebalanceTimeoutMs }
    this.#ownUrl = urlOf(options.identity)
  }

  get isLeader(): boolean {
    return this.#leaderUrl === this.#ownUrl && !this.#isLost && this.#options.identity.isEligible
  }

  /** A follower whose own lease is over still knows nothing better than who led last. */
  get leaderUrl(): string | undefined {
    return this.#leaderUrl === this.#ownUrl && !this.isLeader ? undefined : this.#leaderUrl
  }

  /** Why there is no leader, for a person; undefined when there is one. */
  get trouble(): string | undefined {
    if (this.#failure !== undefined) return this.#failure
    return this.leaderUrl === undefined ? (this.#member?.explain() ?? 'the group has not been joined yet') : undefined
  }

  start(): void {
    const { cluster } = this.#options
    const { logger } = cluster.world
    this.#failure = undefined
    this.#member = joinGroup(cluster, {
      ...this.#settings,
      protocolType,
      protocols: () => this.#protocols(),
      lead: group => this.#lead(group),
      assigned: assignment => this.#assigned(assignment),
      prepare: async () => {
        if (!this.#isAmongOurs) this.#know(undefined)
      },
      lost: reason => {
        this.#isLost = true
        logger.warn({ reason }, 'the registry may have another leader')
        this.#tell()
      },
      regained: () => {
        this.#isLost = false
        this.#tell()
      },
      failed: error => this.#failed(error),
    })
  }

  /** Another instance has written as the leader: the group is to say who it is. */
  stepAside(reason: string): void {
    this.#know(undefined)
    this.#member?.rejoin(reason)
  }

  /** Leaves the group, so that another instance leads at once. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#cancelRestart()
    this.#know(undefined)
    await this.#member?.leave({ says: true, reason: 'the registry stops', timeoutMs: leaveTimeoutMs })
  }

  #protocols() {
    const identity = { ...this.#options.identity, isLeader: this.isLeader }
    return [
      { name: ownProtocol, metadata: identityBytes(identity, { says: true }) },
      { name: commonProtocol, metadata: identityBytes(identity, { says: false }) },
    ]
  }

  #lead({ members, protocolName }: GroupToLead): MemberAssignmentBytes[] {
    const candidates = members.map(({ memberId, metadata }) => ({ memberId, identity: identityOf(metadata) }))
    const isOurs = protocolName === ownProtocol
    const { memberId: leaderId, assignment } = elect(candidates, { keepsLeader: isOurs })
    const bytes = assignmentBytes(leaderId, assignment, { says: isOurs })
    return members.map(({ memberId }) => ({ memberId, assignment: bytes }))
  }

  #assigned({ assignment, protocolName, generationId }: GenericAssignment): void {
    const { logger } = this.#options.cluster.world
    const found = assignmentOf(assignment)
    this.#isLost = false
    this.#isAmongOurs = protocolName === ownProtocol
    this.#failure = troubleIn(found)
    if (this.#failure !== undefined) logger.error({ generationId }, this.#failure)
    this.#know(this.#failure === undefined ? urlOf(found!.leader!) : undefined)
  }

  #failed(error: Error): void {
    const { clock, logger } = this.#options.cluster.world
    this.#failure = error.message
    logger.error({ err: error }, `the group of registries was left; joined again in ${restartMs / 1000} s`)
    this.#know(undefined)
    this.#cancelRestart = clock.after(restartMs, () => {
      if (!this.#isClosed) this.start()
    })
  }

  #know(leaderUrl: string | undefined): void {
    this.#leaderUrl = leaderUrl
    this.#tell()
  }

  #tell(): void {
    const words = `${this.isLeader} ${this.leaderUrl}`
    if (this.#told === words) return
    this.#told = words
    this.#options.onChange(this)
  }
}

function troubleIn(assignment: ReturnType<typeof assignmentOf>): string | undefined {
  if (assignment === undefined)
    return 'the group says who leads in a way that is not understood: a member is no schema registry'
  if (assignment.hasDuplicateUrls) {
    return 'several registries say that they are at the same address: give each its own with --advertise'
  }
  if (assignment.leader === undefined) return 'no registry of the group may lead: start one without --never-lead'
  return undefined
}
