// Groups over real sockets, in real time, with a broker on a free port of this machine.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import kafkajs from 'kafkajs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Broker } from '../../broker/broker.ts'
import { brokerConfig } from '../../broker/config/broker-config.ts'
import { developmentProfile } from '../../broker/config/development-profile.ts'
import { realWorld } from '../../io/real-world.ts'
import { Cluster } from '../cluster/cluster.ts'
import { clientWorld } from '../real-client-world.ts'
import type { GroupMembership, GroupMembershipOptions } from './group-membership.ts'
import { offsetsWithoutMembership } from './group-offsets.ts'
import { openMembership } from './open-membership.ts'

let directory: string
let broker: Broker
const clusters: Cluster[] = []

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'millrace-group-'))
  const config = brokerConfig({
    profile: developmentProfile({ port: 0, dataDir: join(directory, 'data') }),
    properties: new Map([
      ['group.initial.rebalance.delay.ms', '0'],
      ['offsets.topic.num.partitions', '4'],
      ['num.partitions', '4'],
      ['group.consumer.min.heartbeat.interval.ms', '100'],
      ['group.consumer.heartbeat.interval.ms', '100'],
    ]),
  })
  broker = await Broker.start({ world: realWorld(), config })
})

afterAll(async () => {
  for (const cluster of clusters) cluster.close()
  await broker.stop()
  rmSync(directory, { recursive: true, force: true })
})

function cluster(): Cluster {
  const made = new Cluster({ bootstrap: `127.0.0.1:${broker.port}` }, clientWorld())
  clusters.push(made)
  return made
}

function member(options: GroupMembershipOptions): GroupMembership {
  const listener = { assigned() {}, revoked: async () => {}, lost() {}, failed() {} }
  return openMembership(cluster(), { heartbeatIntervalMs: 100, sessionTimeoutMs: 10_000, ...options }, listener)
}

const owned = (membership: GroupMembership) => membership.owned.length

test.each(['classic', 'consumer'] as const)(
  'a group in the %s protocol shares, commits and hands over',
  async protocol => {
    const groupId = `real-${protocol}`
    const [first, second] = [member({ groupId, protocol }), member({ groupId, protocol })]
    first.start({ topics: ['made-by-asking'] })
    await expect.poll(() => owned(first), { timeout: 15_000 }).toBe(4)
    second.start({ topics: ['made-by-asking'] })
    await expect.poll(() => [owned(first), owned(second)], { timeout: 15_000 }).toEqual([2, 2])
    const [mine] = second.owned
    await second.commit([{ ...mine!, offset: 5, metadata: 'note' }])
    await second.leave()
    await expect.poll(() => owned(first), { timeout: 15_000 }).toBe(4)
    const committed = await first.fetchCommitted(first.owned)
    expect(committed).toEqual([
      { topic: mine!.topic, partition: mine!.partition, offset: 5, leaderEpoch: -1, metadata: 'note' },
    ])
    await first.leave()
    const apart = offsetsWithoutMembership(cluster(), groupId)
    await apart.commit([{ topic: mine!.topic, partition: mine!.partition, offset: 6 }])
    expect(await apart.fetchCommitted([mine!])).toMatchObject([{ offset: 6 }])
  },
)

test('a group of kafkajs, which has an assignor of its own, refuses ours, and ours says so', async () => {
  const kafka = new kafkajs.Kafka({ brokers: [`127.0.0.1:${broker.port}`], logLevel: kafkajs.logLevel.NOTHING })
  const consumer = kafka.consumer({ groupId: 'mixed', heartbeatInterval: 100, sessionTimeout: 10_000 })
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic: 'shared', numPartitions: 4 }] })
  await consumer.connect()
  await consumer.subscribe({ topic: 'shared' })
  const joined: number[] = []
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => joined.push(payload.memberAssignment.shared?.length ?? 0))
  await consumer.run({ eachMessage: async () => {} })
  const refused = member({ groupId: 'mixed', protocol: 'classic', assignors: ['roundrobin'] })
  refused.start({ topics: ['shared'] })
  await expect.poll(() => refused.explain(), { timeout: 15_000 }).toContain('INCONSISTENT_GROUP_PROTOCOL')
  expect(joined.at(-1)).toBe(4)
  await refused.leave()
  await consumer.disconnect()
  await admin.disconnect()
})
