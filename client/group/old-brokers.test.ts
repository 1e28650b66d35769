// Groups with brokers of other ages: the requests in the versions that those offer, answered by our broker, which has them all.

import { describe, expect, test } from 'vitest'
import { consumerGroupHeartbeat } from '../../protocol/messages/consumer-group-heartbeat.ts'
import { findCoordinator } from '../../protocol/messages/find-coordinator.ts'
import { heartbeat } from '../../protocol/messages/heartbeat.ts'
import { joinGroup } from '../../protocol/messages/join-group.ts'
import { leaveGroup } from '../../protocol/messages/leave-group.ts'
import { metadata } from '../../protocol/messages/metadata.ts'
import { offsetCommit } from '../../protocol/messages/offset-commit.ts'
import { offsetFetch } from '../../protocol/messages/offset-fetch.ts'
import { syncGroup } from '../../protocol/messages/sync-group.ts'
import { GroupWorld } from '../../testing/group-sim/group-world.ts'

type LastVersions = Record<number, number | 'none'>

const versions = (
  join: number,
  sync: number,
  beat: number,
  leave: number,
  commit: number,
  fetch: number,
): LastVersions => ({
  [joinGroup.key]: join,
  [syncGroup.key]: sync,
  [heartbeat.key]: beat,
  [leaveGroup.key]: leave,
  [offsetCommit.key]: commit,
  [offsetFetch.key]: fetch,
  [consumerGroupHeartbeat.key]: 'none',
})

/** Last versions as in org.apache.kafka's releases. */
const brokers: readonly { name: string; lastVersions: LastVersions }[] = [
  {
    name: 'the first of all',
    lastVersions: { ...versions(0, 0, 0, 0, 2, 1), [findCoordinator.key]: 0, [metadata.key]: 1 },
  },
  { name: 'Kafka 1.1', lastVersions: { ...versions(2, 1, 1, 1, 3, 3), [findCoordinator.key]: 1, [metadata.key]: 5 } },
  { name: 'Kafka 2.2, which gives member ids', lastVersions: versions(4, 2, 2, 2, 6, 5) },
  { name: 'Kafka 2.3, which has static members', lastVersions: versions(5, 3, 3, 2, 7, 5) },
  { name: 'Kafka 2.8', lastVersions: { ...versions(7, 5, 4, 4, 8, 7), [metadata.key]: 11 } },
  { name: 'Kafka 3.6', lastVersions: versions(9, 5, 4, 5, 8, 8) },
]

describe.each(brokers)('$name', ({ lastVersions }) => {
  test.each(['range', 'cooperative-sticky'])('a group that assigns by %s', async assignor => {
    const world = await GroupWorld.start({ seed: 1 })
    await world.createTopic('orders', 4)
    const options = { lastVersions, assignors: [assignor], commits: true } as const
    const [first, second] = [world.addMember(options).start(), world.addMember(options).start()]
    await world.until('they share', () => world.isShared({ orders: 4 }) && second.owned.length === 2)
    expect(first.membership.protocol).toBe('classic')
    await world.sim.complete(second.leave())
    await world.until('the first owns everything', () => first.owned.length === 4, 3000)
    const fetched = await world.sim.complete(first.membership.fetchCommitted(first.membership.owned))
    expect(fetched.length).toBeGreaterThan(1)
    // They came at the same time: what the first was given for a moment it had not looked at yet. And whatever it commits while it
    // leaves is told that it is closed.
    const expected = ['PARTITION_NOT_OWNED', 'CLOSED']
    expect(second.commitErrors.filter(code => !expected.includes(code))).toEqual([])
  })
})

test('a static member does without a broker that does not know such', async () => {
  const world = await GroupWorld.start({ seed: 2 })
  await world.createTopic('orders', 1)
  const member = world.addMember({ lastVersions: versions(4, 2, 2, 2, 6, 5), groupInstanceId: 'fixed' }).start()
  await world.until('it gives up', () => member.failure !== undefined)
  expect(member.failure).toMatchObject({ code: 'UNSUPPORTED_BY_BROKER' })
})
