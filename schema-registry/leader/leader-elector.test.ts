// Electors of several instances and a broker, in the simulated world.

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Cluster } from '../../client/cluster/cluster.ts'
import { joinGroup } from '../../client/group/classic/generic-group.ts'
import { brokerHost, brokerPort, GroupWorld } from '../../testing/group-sim/group-world.ts'
import { elect } from './election.ts'
import { assignmentBytes, assignmentOf, identityBytes, identityOf, urlOf } from './instance-identity.ts'
import { LeaderElector, type LeaderElectorOptions } from './leader-elector.ts'

const times = { sessionTimeoutMs: 6000, heartbeatIntervalMs: 1000, rebalanceTimeoutMs: 10_000 }

let world: GroupWorld
beforeEach(async () => {
  world = await GroupWorld.start({ seed: 1, checksOwners: false })
})
afterEach(() => world.stopBroker())

function clusterOf(host: string): Cluster {
  const options = { bootstrap: `${brokerHost}:${brokerPort}`, clientId: host, requestTimeoutMs: 3000 }
  return new Cluster(options, world.sim.host(host).start())
}

function instance(host: string, options: Partial<LeaderElectorOptions> & { isEligible?: boolean } = {}): LeaderElector {
  const { isEligible = true } = options
  const identity = { scheme: 'http', host, port: 8081, isEligible } as const
  const elector = new LeaderElector({ cluster: clusterOf(host), identity, ...times, onChange: () => {}, ...options })
  elector.start()
  return elector
}

const agree = (electors: readonly LeaderElector[], url: string) => () =>
  electors.every(({ leaderUrl }) => leaderUrl === url) && electors.filter(({ isLeader }) => isLeader).length === 1

test('one leads, and all know where it is', async () => {
  const electors = ['b', 'a', 'c'].map(host => instance(host))
  await world.until('a leads', agree(electors, 'http://a:8081'))
  expect(electors[1]!.isLeader).toBe(true)
  expect(electors.map(({ trouble }) => trouble)).toEqual([undefined, undefined, undefined])
})

test('a leader goes on while others come, also those whose URL is smaller', async () => {
  const changes: string[] = []
  const b = instance('b', { onChange: ({ isLeader }) => changes.push(`${isLeader}`) })
  await world.until('b leads', () => b.isLeader)
  const a = instance('a')
  await world.until('a has joined', agree([a, b], 'http://b:8081'))
  expect(changes).toEqual(['true'])
})

test('a leader that is killed is replaced when its session is over', async () => {
  const [a, b] = [instance('a'), instance('b')]
  await world.until('a leads', agree([a, b], 'http://a:8081'))
  const atMs = world.sim.nowMs
  world.sim.host('a').crashProcess()
  await world.until('b leads', () => b.isLeader)
  expect(world.sim.nowMs - atMs).toBeLessThan(times.sessionTimeoutMs + 2 * times.heartbeatIntervalMs + 1000)
})

test('a leader that closes is replaced at once', async () => {
  const [a, b] = [instance('a'), instance('b')]
  await world.until('a leads', agree([a, b], 'http://a:8081'))
  const atMs = world.sim.nowMs
  await world.sim.complete(a.close())
  expect(a.isLeader).toBe(false)
  await world.until('b leads', () => b.isLeader)
  expect(world.sim.nowMs - atMs).toBeLessThan(2 * times.heartbeatIntervalMs)
})

test('a leader that hears nothing stops believing it when its session is over', async () => {
  const a = instance('a')
  await world.until('a leads', () => a.isLeader)
  world.sim.network.block('a', brokerHost)
  const atMs = world.sim.nowMs
  await world.until('a does not', () => !a.isLeader)
  expect(world.sim.nowMs - atMs).toBeLessThanOrEqual(times.sessionTimeoutMs)
  expect(a.leaderUrl).toBeUndefined()
  world.sim.network.heal()
  await world.until('a leads again', () => a.isLeader)
})

test('who may not lead never does, and says what is missing', async () => {
  const a = instance('a', { isEligible: false })
  await world.until('the group has decided', () => a.trouble?.includes('no registry of the group may lead') === true)
  const b = instance('b')
  await world.until('b leads', agree([a, b], 'http://b:8081'))
  expect(a.isLeader).toBe(false)
})

test('who steps aside asks for another election', async () => {
  const [a, b] = [instance('a'), instance('b')]
  await world.until('a leads', agree([a, b], 'http://a:8081'))
  a.stepAside('a test')
  expect([a.isLeader, a.leaderUrl]).toEqual([false, undefined])
  await world.until('one leads again', agree([a, b], 'http://a:8081'))
})

test('two at one address: nobody leads, and the reason names the option', async () => {
  const first = instance('a')
  await world.until('a leads', () => first.isLeader)
  const identity = { scheme: 'http', host: 'a', port: 8081, isEligible: true } as const
  const second = instance('x', { identity })
  await world.until('it is found', () => second.trouble?.includes('--advertise') === true)
  await world.until('both know', () => first.leaderUrl === undefined)
})

describe('in a group with an instance of another registry, which knows protocol v0 alone', () => {
  function other(host: string) {
    const seen = { leaderUrl: undefined as string | undefined, revoked: 0 }
    const identity = { scheme: 'http', host, port: 8081, isEligible: true, isLeader: false } as const
    joinGroup(clusterOf(host), {
      groupId: 'schema-registry',
      protocolType: 'sr',
      protocols: () => [{ name: 'v0', metadata: identityBytes(identity, { says: false }) }],
      lead: ({ members }) => {
        const candidates = members.map(({ memberId, metadata }) => ({ memberId, identity: identityOf(metadata) }))
        const { memberId: chosen, assignment } = elect(candidates, { keepsLeader: false })
        const bytes = assignmentBytes(chosen, assignment, { says: false })
        return members.map(({ memberId }) => ({ memberId, assignment: bytes }))
      },
      assigned: ({ assignment }) => {
        const leader = assignmentOf(assignment)?.leader
        seen.leaderUrl = leader && urlOf(leader)
      },
      ...times,
    })
    return seen
  }

  test('the smallest URL leads, whoever it is, and both know it', async () => {
    const b = instance('b')
    await world.until('b leads', () => b.isLeader)
    const a = other('a')
    await world.until('a leads', () => b.leaderUrl === 'http://a:8081' && a.leaderUrl === 'http://a:8081')
    expect(b.isLeader).toBe(false)
  })

  test('ours steps aside while the group is put together anew', async () => {
    const a = instance('a')
    const b = other('b')
    await world.until('a leads', () => a.isLeader && b.leaderUrl === 'http://a:8081')
    let wasAside = false
    world.sim.checkAfterEveryStep(() => (wasAside ||= !a.isLeader))
    const c = instance('c')
    await world.until('c has joined', () => c.leaderUrl === 'http://a:8081' && a.isLeader)
    expect(wasAside).toBe(true)
  })
})
