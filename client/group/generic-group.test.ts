// Membership of groups that are not of consumers: an election, with a real broker in the simulated world.

import { describe, expect, test } from 'vitest'
import { brokerHost, brokerPort, GroupWorld } from '../../testing/group-sim/group-world.ts'
import { ClientError } from '../client-error.ts'
import { Cluster } from '../cluster/cluster.ts'
import { type GenericGroupOptions, type GroupMember, joinGroup } from './classic/generic-group.ts'

/** A candidate: the leader tells all who it is. */
class Candidate {
  readonly events: string[] = []
  readonly member: GroupMember
  readonly name: string

  constructor(world: GroupWorld, name: string, options: Partial<GenericGroupOptions> = {}) {
    this.name = name
    const cluster = new Cluster({ bootstrap: `${brokerHost}:${brokerPort}` }, world.sim.host(name).start())
    this.member = joinGroup(cluster, {
      groupId: 'election',
      protocolType: 'sr',
      sessionTimeoutMs: 6000,
      heartbeatIntervalMs: 1000,
      rebalanceTimeoutMs: 10_000,
      protocols: () => [{ name: 'v0', metadata: Buffer.from(name) }],
      lead: ({ members, leaderId }) => {
        const leader = members.find(({ memberId }) => memberId === leaderId)!
        return members.map(({ memberId }) => ({ memberId, assignment: leader.metadata }))
      },
      assigned: ({ assignment, isLeader }) => this.events.push(`${isLeader ? 'leads' : 'follows'} ${assignment}`),
      lost: () => this.events.push('lost'),
      failed: error => this.events.push(`failed ${error.code}`),
      ...options,
    })
  }

  get now(): string | undefined {
    return this.events.at(-1)
  }
}

const leaders = (candidates: readonly Candidate[]) => candidates.filter(({ now }) => now?.startsWith('leads'))

describe('a group of any type', () => {
  test('elects a leader, and another one when that dies', async () => {
    const world = await GroupWorld.start({ seed: 1 })
    const candidates = ['a', 'b', 'c'].map(name => new Candidate(world, name))
    const agreed = () => new Set(candidates.map(({ now }) => now?.split(' ')[1])).size === 1
    await world.until('they agree on one', () => agreed() && leaders(candidates).length === 1)
    const leader = leaders(candidates)[0]!
    expect(leader.member.isLeader).toBe(true)
    expect(leader.now).toBe(`leads ${leader.name}`)
    world.sim.host(leader.name).crashProcess()
    const others = candidates.filter(candidate => candidate !== leader)
    await world.until(
      'one of the others leads',
      () => leaders(others).length === 1 && others.every(({ member }) => member.isStable),
      12_000,
    )
    expect(others.map(({ now }) => now).sort()).toEqual([
      `follows ${leaders(others)[0]!.name}`,
      `leads ${leaders(others)[0]!.name}`,
    ])
  })

  test('hands over at once when the leader leaves, and takes it back', async () => {
    const world = await GroupWorld.start({ seed: 2 })
    const candidates = ['a', 'b'].map(name => new Candidate(world, name))
    await world.until('one leads', () => leaders(candidates).length === 1 && candidates.every(({ now }) => now))
    const [leader] = leaders(candidates) as [Candidate]
    const other = candidates.find(candidate => candidate !== leader)!
    await world.sim.complete(leader.member.leave({ says: true, reason: 'restart', timeoutMs: 1000 }))
    expect(leader.member).toMatchObject({ memberId: '', generationId: -1, isLeader: false })
    expect(leader.member.explain()).toContain('has not joined group election')
    await world.until('the other leads', () => other.now === `leads ${other.name}`, 3000)
    leader.member.start()
    await world.until('it follows', () => leader.now === `follows ${other.name}`)
  })

  test('tries again when the leader cannot decide now, and tells who cannot at all', async () => {
    const world = await GroupWorld.start({ seed: 3 })
    let attempts = 0
    const hesitant = new Candidate(world, 'a', {
      lead: ({ members }) => {
        attempts += 1
        if (attempts < 3) throw new ClientError('NO_BROKER_AVAILABLE', 'no metadata yet')
        return members.map(({ memberId }) => ({ memberId, assignment: Buffer.from('a') }))
      },
    })
    await world.until('it leads', () => hesitant.now === 'leads a')
    expect(attempts).toBe(3)
    const broken = new Candidate(world, 'b', {
      groupId: 'another',
      lead: () => {
        throw new Error('a mistake')
      },
    })
    await world.until('it gives up', () => broken.now === 'failed UNEXPECTED_FAILURE')
  })

  test('a coordinator that is gone without a word is noticed while it is waited for, long before the rebalance is over', async () => {
    const world = await GroupWorld.start({ seed: 5 })
    let gives = true
    const patient = { rebalanceTimeoutMs: 300_000 }
    const prepare = () => (gives ? Promise.resolve() : new Promise<void>(() => {}))
    const slow = new Candidate(world, 'a', { ...patient, prepare })
    await world.until('it leads', () => slow.now === 'leads a')
    gives = false
    const waits = new Candidate(world, 'b', patient)
    await world.sim.runFor(5000)
    expect(waits.member.explain()).toContain('waits in JoinGroup')
    // A loss of power: what waits on its connections hears nothing, and has nothing to say.
    world.sim.host(brokerHost).losePower()
    world.sim.host('a').crashProcess()
    await world.sim.runFor(1000)
    await world.startBroker()
    await world.until('the other one leads', () => waits.now === 'leads b', 20_000)
  })

  test('does not let in a member of another type', async () => {
    const world = await GroupWorld.start({ seed: 4 })
    const first = new Candidate(world, 'a')
    await world.until('it leads', () => first.now === 'leads a')
    const stranger = new Candidate(world, 'b', { protocolType: 'connect' })
    await world.until('the stranger gives up', () => stranger.now === 'failed INCONSISTENT_GROUP_PROTOCOL')
    expect(stranger.events).toEqual(['failed INCONSISTENT_GROUP_PROTOCOL'])
    expect(first.events).toEqual(['leads a'])
  })
})
