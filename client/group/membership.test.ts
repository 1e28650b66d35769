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
