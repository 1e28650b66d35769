// What takes three brokers: replicas that are read from nearby, moved, elected, and a log that was cut under a reader.

import assert from 'node:assert/strict'
import type { Connection, ConnectionEvents, Net } from '../../io/net.ts'
import type { Admin } from '../admin/admin.ts'
import type { PartitionDescription } from '../admin/topic-descriptions.ts'
import { type CheckContext, type ClientCheck, rackOf, type TargetNode } from './check.ts'
import { eventually, newTopic, next, read, valuesOf, withAdmin, withConsumer, withProducer, write } from './clients.ts'

const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `${from + index}`)

async function partitionOf(admin: Admin, topic: string): Promise<PartitionDescription> {
  return (await admin.topics.describe(topic)).partitions[0]!
}

const untilWell = (context: CheckContext, admin: Admin, topic: string, ...replicas: number[]) =>
  eventually(
    context,
    () => partitionOf(admin, topic),
    partition => {
      assert.deepEqual(partition.replicas, replicas)
      assert.deepEqual([...partition.inSyncReplicas].sort(), [...replicas].sort())
      assert.ok(partition.leaderId >= 0)
    },
  )

/** The network, with the bytes that came from each port. */
function counted(net: Net): { net: Net; readonly bytes: Map<number, number> } {
  const bytes = new Map<number, number>()
  const counting = (connection: Connection): Connection => {
    const add = (count: number) => bytes.set(connection.remotePort, (bytes.get(connection.remotePort) ?? 0) + count)
    const listen = (events: ConnectionEvents) =>
      connection.listen({
        data(chunk) {
          add(chunk.length)
          events.data(chunk)
        },
        room: () => events.room?.(),
        filled(count) {
          add(count)
          events.filled?.(count)
        },
        drain: () => events.drain(),
        end: () => events.end(),
        close: error => events.close(error),
      })
    return new Proxy(connection, {
      get: (target, name) => {
        if (name === 'listen') return listen
        const value = Reflect.get(target, name) as unknown
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  }
  const connect: Net['connect'] = async address => counting(await net.connect(address))
  return { bytes, net: { listen: (...args) => net.listen(...args), connect } }
}

const nearbyIsRead: ClientCheck = {
  name: 'replicas/a consumer reads from the replica in its own rack (KIP-392), all of it and in order',
  brokersMin: 3,
  async run(context) {
    const topic = await newTopic(context, { assignments: [[1, 2, 3]] })
    await withAdmin(context, admin => untilWell(context, admin, topic, 1, 2, 3))
    const value = 'x'.repeat(1000)
    await write(context, topic, numbers(1000).map(number => `${number} ${value}`)) // biome-ignore format: one thought
    const { brokers } = await withAdmin(context, admin => admin.cluster.describe())
    const portOf = (nodeId: number) => brokers.find(node => node.nodeId === nodeId)!.port
    for (const [near, rack] of [
      [3, rackOf(3)],
      [2, rackOf(2)],
      [1, undefined],
    ] as const) {
      // biome-ignore format: a table
      const { net, bytes } = counted(context.world.net)
      const options = rack === undefined ? {} : { rack }
      const nearby = { ...context, world: { ...context.world, net } }
      const records = await read(nearby, [{ topic, partition: 0, offset: 'earliest' }], 1000, { ...options, maxPartitionBytes: 50_000 }) // biome-ignore format: one thought
      assert.deepEqual(records.map(record => String(record.value).split(' ')[0]), numbers(1000)) // biome-ignore format: one thought
      const from = [1, 2, 3].filter(nodeId => (bytes.get(portOf(nodeId)) ?? 0) > 900_000)
      assert.deepEqual(from, [near], `bytes by port: ${[...bytes].map(each => each.join(': '))}`)
    }
  },
}

const movedWhileUsed: ClientCheck = {
  name: 'replicas/a partition is moved to other brokers while it is written and read; nothing is lost or twice',
  brokersMin: 3,
  async run(context) {
    const topic = await newTopic(context, { assignments: [[1, 2]] })
    const at = { topic, partition: 0 }
    await withAdmin(context, async admin => {
      await untilWell(context, admin, topic, 1, 2)
      await withProducer(context, {}, producer =>
        withConsumer(context, { metadataMaxAgeMs: 1000 }, async consumer => {
          consumer.assign([{ ...at, offset: 'earliest' }])
          let written = 0
          const go = async (count: number) => {
            const values = numbers(count, written)
            await Promise.all(values.map(value => producer.send(topic, { value })))
            assert.deepEqual(valuesOf(await next(context, consumer, count)), values)
            written += count
          }
          await go(500)
          for (const replicas of [[2, 3], [3, 1], [1], [1, 2, 3]]) {
            // biome-ignore format: a table
            await admin.reassignments.alter({ ...at, replicas })
            await go(200)
            await untilWell(context, admin, topic, ...replicas)
            await go(200)
          }
          assert.equal((await admin.reassignments.list()).size, 0)
        }),
      )
    })
  },
}

const moveIsGivenUp: ClientCheck = {
  name: 'replicas/a move to a broker that is away is seen under way, and can be given up',
  brokersMin: 3,
  harms: true,
  async run(context) {
    const topic = await newTopic(context, { assignments: [[1, 2]] })
    const at = { topic, partition: 0 }
    await write(context, topic, ['x'])
    await away(context, 3, () =>
      withAdmin(context, async admin => {
        await eventually(
          context,
          () => admin.reassignments.alter({ ...at, replicas: [1, 3] }),
          () => {},
        )
        const listed = await admin.reassignments.list({ partitions: [at] })
        const { adding, removing } = listed.get(`${topic}-0`)!
        assert.deepEqual([adding, removing], [[3], [2]])
        assert.deepEqual([...(await admin.reassignments.list()).keys()], [`${topic}-0`])
        await admin.reassignments.alter({ ...at, replicas: null })
        await untilWell(context, admin, topic, 1, 2)
        assert.equal((await admin.reassignments.list()).size, 0)
      }),
    )
  },
}

/** The node is stopped while the work is done, and started again whatever becomes of it. */
async function away(context: CheckContext, nodeId: number, work: () => Promise<void>): Promise<void> {
  const node = nodeOf(context, nodeId)
  await node.stop()
  try {
    await work()
  } finally {
    await node.start()
  }
}

function nodeOf({ nodes }: CheckContext, nodeId: number): TargetNode {
  return nodes.find(node => node.nodeId === nodeId)!
}

const preferredLeads: ClientCheck = {
  name: 'replicas/after its leader was away, the preferred one is elected again',
  brokersMin: 3,
  harms: true,
  async run(context) {
    const topic = await newTopic(context, { assignments: [[2, 1, 3]] })
    const at = { topic, partition: 0 }
    await withAdmin(context, async admin => {
      await untilWell(context, admin, topic, 2, 1, 3)
      await away(context, 2, async () => {
        await eventually(
          context,
          () => partitionOf(admin, topic),
          ({ leaderId }) => assert.ok(leaderId > 0 && leaderId !== 2),
        )
        await assert.rejects(admin.elections.elect('PREFERRED', at), { code: 'PREFERRED_LEADER_NOT_AVAILABLE' })
      })
      await untilWell(context, admin, topic, 2, 1, 3)
      assert.notEqual((await partitionOf(admin, topic)).leaderId, 2)
      const elected = await admin.elections.electAll('PREFERRED', 'all')
      assert.equal(elected.get(`${topic}-0`), undefined)
      assert.ok(elected.has(`${topic}-0`))
      await eventually(
        context,
        () => partitionOf(admin, topic),
        ({ leaderId }) => assert.equal(leaderId, 2),
      )
    })
  },
}

/**
 * 2 is away while ten records become fifteen; then 1 dies, and 2, which lacks the five, is elected. A reader who had all fifteen
 * is told, and reads what took their place (KIP-320).
 */
const cutUnderReader: ClientCheck = {
  name: 'replicas/after an unclean election a reader is told which records are gone, and reads those in their place',
  brokersMin: 3,
  harms: true,
  async run(context) {
    const configs = { 'min.insync.replicas': '1', 'unclean.leader.election.enable': 'true' }
    const topic = await newTopic(context, { assignments: [[1, 2]], configs })
    const at = { topic, partition: 0 }
    const cuts: unknown[] = []
    await withAdmin(context, admin => untilWell(context, admin, topic, 1, 2))
    await withConsumer(context, { metadataMaxAgeMs: 500, requestTimeoutMs: 3000 }, async consumer => {
      consumer.events.on('truncated', cut => cuts.push(cut))
      consumer.assign([{ ...at, offset: 'earliest' }])
      await write(context, topic, numbers(10))
      await next(context, consumer, 10)
      await nodeOf(context, 2).kill()
      try {
        await write(context, topic, numbers(5, 10))
        assert.deepEqual(valuesOf(await next(context, consumer, 5)), numbers(5, 10))
        await nodeOf(context, 1).kill()
        await nodeOf(context, 2).start()
        await electUncleanly(context, topic)
        await write(context, topic, ['in their place', 'and on'])
        assert.deepEqual(valuesOf(await next(context, consumer, 2)), ['in their place', 'and on'])
      } finally {
        await Promise.all([nodeOf(context, 2).start(), nodeOf(context, 1).start()])
      }
    })
    assert.deepEqual(cuts, [{ ...at, delivered: 15, endOffset: 10 }])
    await withAdmin(context, admin => untilWell(context, admin, topic, 1, 2))
    // The one that came back has cut its log to match.
    const records = await read(context, [{ ...at, offset: 8 }], 4)
    assert.deepEqual(valuesOf(records), ['8', '9', 'in their place', 'and on'])
  },
}

/** Until 2 leads: it may be that the cluster does so by itself. */
async function electUncleanly(context: CheckContext, topic: string): Promise<void> {
  await withAdmin(context, admin =>
    eventually(
      context,
      async () => {
        await admin.elections.elect('UNCLEAN', { topic, partition: 0 }).catch(() => {})
        return partitionOf(admin, topic)
      },
      ({ leaderId }) => assert.equal(leaderId, 2),
    ),
  )
}

export const replicaChecks: readonly ClientCheck[] = [
  nearbyIsRead,
  movedWhileUsed,
  moveIsGivenUp,
  preferredLeads,
  cutUnderReader,
]
