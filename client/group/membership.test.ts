// Members and a real broker in the simulated world: what a member goes through, step by step.

import { describe, expect, test } from 'vitest'
import { GroupWorld } from '../../testing/group-sim/group-world.ts'

const protocols = ['classic', 'consumer'] as const

describe.each(protocols)('a member in the %s protocol', protocol => {
  test('gets all partitions of its topics, and gives them up when it leaves', async () => {
    const world = await GroupWorld.start({ seed: 1 })
    await world.createTopic('orders', 4)
    const member = world.addMember({ protocol }).start()
    await world.until('it owns everything', () => world.isShared({ orders: 4 }))
    expect(member.membership.protocol).toBe(protocol)
    expect(member.membership.metadata).toMatchObject({ groupId: 'group', groupInstanceId: null })
    expect(member.membership.metadata.generationId).toBeGreaterThan(0)
    await world.sim.complete(member.leave())
    expect(member.events).toEqual([
      'assigned orders-0 orders-1 orders-2 orders-3',
      'revoked orders-0 orders-1 orders-2 orders-3',
    ])
    expect(member.owned).toEqual([])
  })

  test('shares with others, and takes over what they leave, at once', async () => {
    const world = await GroupWorld.start({ seed: 2 })
    await world.createTopic('orders', 6)
    const first = world.addMember({ protocol }).start()
    await world.until('it owns everything', () => world.isShared({ orders: 6 }))
    const second = world.addMember({ protocol }).start()
    await world.until('they share', () => world.isShared({ orders: 6 }) && second.owned.length === 3)
    await world.sim.complete(second.leave())
    await world.until('the first owns everything again', () => first.owned.length === 6, 3000)
  })

  test('takes over what a member that died had, after the session timeout', async () => {
    const world = await GroupWorld.start({ seed: 3 })
    await world.createTopic('orders', 6)
    const first = world.addMember({ protocol }).start()
    const second = world.addMember({ protocol }).start()
    await world.until('they share', () => world.isShared({ orders: 6 }) && second.owned.length === 3)
    second.crash()
    await world.until('the first owns everything again', () => first.owned.length === 6, 10_000)
  })
})

describe.each(protocols)('in the %s protocol', protocol => {
  test('a static member that comes back within its session finds its partitions, and nobody else notices', async () => {
    const world = await GroupWorld.start({ seed: 4 })
    await world.createTopic('orders', 6)
    const other = world.addMember({ protocol }).start()
    const first = world.addMember({ protocol, groupInstanceId: 'fixed' }).start()
    await world.until('they share', () => world.isShared({ orders: 6 }) && first.owned.length === 3)
    const { owned } = first
    const seen = other.events.length
    await world.sim.complete(first.leave())
    await world.sim.runFor(2000)
    const again = world.addMember({ protocol, groupInstanceId: 'fixed' }).start()
    await world.until('it has its partitions again', () => again.owned.length === 3, 3000)
    expect(again.owned.sort()).toEqual(owned.sort())
    expect(other.events.slice(seen)).toEqual([])
  })

  test('a second member of the same instance id is the only one from then on', async () => {
    // In the classic protocol the first hears of it with its next heartbeat, as with any client.
    const world = await GroupWorld.start({ seed: 5, checksOwners: protocol === 'consumer' })
    await world.createTopic('orders', 2)
    const first = world.addMember({ protocol, groupInstanceId: 'fixed' }).start()
    await world.until('it owns everything', () => world.isShared({ orders: 2 }))
    const second = world.addMember({ protocol, groupInstanceId: 'fixed' })
    if (protocol === 'classic') {
      second.start()
      await world.until('the first is fenced', () => first.failure !== undefined, 20_000)
      expect(first.failure).toMatchObject({ code: 'FENCED_INSTANCE_ID' })
      await world.until('the second owns everything', () => second.owned.length === 2)
    } else {
      // The coordinator protects the one that is there: the other one waits as long as a session, and gives up.
      second.start()
      await world.until('the second gives up', () => second.failure !== undefined, 20_000)
      expect(second.failure).toMatchObject({ code: 'UNRELEASED_INSTANCE_ID' })
      expect(first.owned).toHaveLength(2)
    }
  })

  test('an application that takes too long is taken out of the group, until it asks for more', async () => {
    const world = await GroupWorld.start({ seed: 6 })
    await world.createTopic('orders', 4)
    const slow = world.addMember({ protocol, maxPollIntervalMs: 10_000 }).start()
    const other = world.addMember({ protocol }).start()
    await world.until('they share', () => world.isShared({ orders: 4 }) && other.owned.length === 2)
    slow.membership.noteWorking()
    await world.sim.runFor(9000)
    expect(slow.owned).toHaveLength(2)
    await world.until('the other has everything', () => other.owned.length === 4, 4000)
    expect(slow.events.at(-1)).toContain('lost')
    expect(slow.membership.explain()).toContain('maxPollIntervalMs')
    // A transaction's offsets would be refused by this, and by nothing if it were empty.
    expect(slow.membership.metadata.memberId).not.toBe('')
    slow.membership.noteWaiting()
    await world.until('they share again', () => world.isShared({ orders: 4 }) && other.owned.length === 2)
    // Waiting for records is not working.
    await world.sim.runFor(60_000)
    expect(slow.owned).toHaveLength(2)
  })

  test('a rebalance waits for what is being drained, as long as the budget', async () => {
    const world = await GroupWorld.start({ seed: 7 })
    await world.createTopic('orders', 2)
    const slow = world.addMember({ protocol, drainMs: 60_000, drainTimeoutMs: 5000, commits: true }).start()
    await world.until('it owns everything', () => world.isShared({ orders: 2 }))
    const startMs = world.sim.nowMs
    const other = world.addMember({ protocol }).start()
    await world.until('they share', () => other.owned.length === 1)
    const tookMs = world.sim.nowMs - startMs
    expect(tookMs).toBeGreaterThan(4900)
    expect(tookMs).toBeLessThan(5000 + 3000)
    await world.until('the first has its share', () => slow.owned.length === 1)
  })

  test('new partitions and topics are assigned', async () => {
    const world = await GroupWorld.start({ seed: 8, settings: { 'auto.create.topics.enable': 'false' } })
    await world.createTopic('orders', 2)
    const member = world.addMember({ protocol }).start({ topics: ['orders', 'later'] })
    await world.until('it owns everything', () => world.isShared({ orders: 2 }))
    await world.createTopic('later', 2)
    await world.until('it owns the new topic', () => world.isShared({ orders: 2, later: 2 }), 5000)
    await world.growTopic('orders', 3)
    member.cluster.imageIsWrong()
    await world.until('it owns the new partition', () => world.isShared({ orders: 3, later: 2 }), 5000)
  })

  test('a pattern means what matches now', async () => {
    const world = await GroupWorld.start({ seed: 9 })
    await world.createTopic('orders-eu', 1)
    await world.createTopic('payments', 1)
    const member = world.addMember({ protocol }).start({ pattern: /^orders-/g })
    await world.until('it owns what matches', () => world.isShared({ 'orders-eu': 1 }))
    await world.createTopic('orders-us', 2)
    member.cluster.imageIsWrong()
    await world.until('it owns what matches now', () => world.isShared({ 'orders-eu': 1, 'orders-us': 2 }))
    member.membership.resubscribe({ topics: ['payments'] })
    await world.until('it owns what it wants now', () => world.isShared({ payments: 1 }))
  })

  test('several members of one program share its connections and do not wait for each other', async () => {
    const world = await GroupWorld.start({ seed: 10 })
    await world.createTopic('orders', 4)
    const [first, second] = [world.addMember({ protocol }), world.addMember({ protocol, onClusterOf: 0 })]
    first.start()
    second.start()
    await world.until('they share', () => world.isShared({ orders: 4 }) && second.owned.length === 2, 5000)
    first.membership.enforceRebalance('to see')
    await world.sim.runFor(3000)
    expect(world.isShared({ orders: 4 })).toBe(true)
    expect(second.cluster).toBe(first.cluster)
  })

  test('a broker that dies and comes back does not end the membership', async () => {
    const world = await GroupWorld.start({ seed: 11 })
    await world.createTopic('orders', 4)
    const members = [world.addMember({ protocol }).start(), world.addMember({ protocol }).start()]
    await world.until('they share', () => world.isShared({ orders: 4 }))
    world.crashBroker()
    await world.sim.runFor(3000)
    expect(members.every(({ events }) => !events.some(event => event.startsWith('lost')))).toBe(true)
    await world.sim.runFor(4000)
    expect(members.map(({ owned }) => owned)).toEqual([[], []])
    await world.startBroker()
    await world.until('they share again', () => world.isShared({ orders: 4 }), 10_000)
  })
})

describe('the choice of the protocol', () => {
  test('is the consumer protocol where the broker has it', async () => {
    const world = await GroupWorld.start({ seed: 20 })
    await world.createTopic('orders', 1)
    const member = world.addMember().start()
    await world.until('it owns everything', () => world.isShared({ orders: 1 }))
    expect(member.membership.protocol).toBe('consumer')
  })

  test('is the classic one where it has not', async () => {
    const world = await GroupWorld.start({ seed: 21, settings: { 'group.coordinator.rebalance.protocols': 'classic' } })
    await world.createTopic('orders', 1)
    const member = world.addMember().start()
    await world.until('it owns everything', () => world.isShared({ orders: 1 }))
    expect(member.membership.protocol).toBe('classic')
    const regex = world.addMember({ groupId: 'other' }).start({ regex: 'orders.*' })
    await world.until('the one with a regular expression gives up', () => regex.failure !== undefined)
  })

  test('is the classic one in a group of classic members that is not to be upgraded', async () => {
    const world = await GroupWorld.start({ seed: 22, settings: { 'group.consumer.migration.policy': 'disabled' } })
    await world.createTopic('orders', 2)
    world.addMember({ protocol: 'classic' }).start()
    await world.until('it owns everything', () => world.isShared({ orders: 2 }))
    const second = world.addMember().start()
    await world.until('they share', () => world.isShared({ orders: 2 }) && second.owned.length === 1)
    expect(second.membership.protocol).toBe('classic')
  })

  test('upgrades a group of classic members, which stay in it', async () => {
    const world = await GroupWorld.start({ seed: 23 })
    await world.createTopic('orders', 2)
    const first = world.addMember({ protocol: 'classic' }).start()
    await world.until('it owns everything', () => world.isShared({ orders: 2 }))
    const second = world.addMember().start()
    await world.until('they share', () => world.isShared({ orders: 2 }) && second.owned.length === 1)
    expect([first, second].map(({ membership }) => membership.protocol)).toEqual(['classic', 'consumer'])
  })

  test('fails, and says why, when the group takes neither', async () => {
    const world = await GroupWorld.start({ seed: 24, settings: { 'group.consumer.migration.policy': 'disabled' } })
    await world.createTopic('orders', 1)
    world.addMember({ protocol: 'classic', assignors: ['sticky'] }).start()
    await world.until('it owns everything', () => world.isShared({ orders: 1 }))
    const second = world.addMember({ assignors: ['range'] }).start()
    await world.until('the second gives up', () => second.failure !== undefined)
    expect(second.failure).toMatchObject({ code: 'NO_COMMON_GROUP_PROTOCOL' })
    expect(second.membership.explain()).toContain('takes this consumer in neither protocol')
  })
})
