// The `millrace` command against the suite's targets: what an operator does with several brokers.

import assert from 'node:assert/strict'
import type { CheckContext, ClientCheck } from '../../client/compat/check.ts'
import { eventually, newTopic, withAdmin, withProducer, write } from '../../client/compat/clients.ts'
import { millrace } from '../../testing/millrace-process.ts'

/** Standard output, which must come with exit code 0. */
async function out({ bootstrap }: CheckContext, ...args: string[]): Promise<string> {
  const ended = await millrace(args, { bootstrap })
  assert.equal(ended.code, 0, ended.err)
  return ended.out
}

const json = async (context: CheckContext, ...args: string[]) => JSON.parse(await out(context, ...args, '--json'))

const transactions: ClientCheck = {
  name: 'command line/transactions: listed, described, aborted',
  async run(context) {
    const [topic, id] = [await newTopic(context), context.newName('id')]
    await withProducer(context, { transactionalId: id }, async producer => {
      const tx = await producer.begin()
      await tx.send(topic, { value: 'x' })
      assert.match(
        await out(context, 'transactions', 'list', '--pattern', id),
        new RegExp(`^${id}\\t\\d+\\tOngoing\\n$`),
      )
      const [described] = await json(context, 'transactions', 'describe', id)
      assert.deepEqual([described.state, described.partitions], ['Ongoing', [{ topic, partition: 0 }]])
      assert.equal(await out(context, 'transactions', 'hanging', topic, '--older-than', '1ms'), '')
      assert.match(
        await out(context, 'transactions', 'abort', id),
        /^aborted .* 1 partition; its producer is shut out\n$/,
      )
      await assert.rejects(tx.commit(), { code: 'PRODUCER_FENCED' })
    })
  },
}

const replicasOf = (context: CheckContext, topic: string) =>
  withAdmin(context, async admin => (await admin.topics.describe(topic)).partitions.map(({ replicas }) => replicas))

const reassign: ClientCheck = {
  name: 'command line/topic reassign: planned, carried out, spread over three brokers',
  brokersMin: 3,
  async run(context) {
    const assignments = [[1, 2], [1, 2], [1, 2]] // biome-ignore format: a table
    const topic = await newTopic(context, { assignments })
    await eventually(
      context,
      () => replicasOf(context, topic),
      replicas => assert.equal(replicas.length, 3),
    )
    await write(context, topic, ['x'.repeat(1000)])
    const plan = await json(context, 'topic', 'reassign', topic, '--dry-run')
    assert.deepEqual(await replicasOf(context, topic), assignments)
    const moved = await json(context, 'topic', 'reassign', topic)
    const statesOf = (moves: { state: string }[]) => moves.map(({ state: _, ...rest }) => rest)
    assert.deepEqual(statesOf(moved), statesOf(plan))
    const spread = (await replicasOf(context, topic)).flat().sort()
    assert.deepEqual(spread, [1, 1, 2, 2, 3, 3])
    assert.equal(await out(context, 'topic', 'reassign', topic, '--status'), '')
    assert.match(await out(context, 'topic', 'reassign', topic), /nothing to move/)
    await json(context, 'topic', 'reassign', topic, '--replication', '3')
    assert.ok((await replicasOf(context, topic)).every(({ length }) => length === 3))
  },
}

const elect: ClientCheck = {
  name: 'command line/topic reassign --status and --cancel, cluster elect: after a broker was away',
  brokersMin: 3,
  harms: true,
  async run(context) {
    const topic = await newTopic(context, { assignments: [[3, 1]] })
    await write(context, topic, ['x'])
    const node = context.nodes.find(({ nodeId }) => nodeId === 3)!
    const other = context.nodes.find(({ nodeId }) => nodeId === 2)!
    await node.stop()
    try {
      await eventually(
        context,
        () => json(context, 'topic', 'describe', topic, '--timeout', '2s'),
        ([described]) => assert.equal(described.partitions[0].leaderId, 1),
      )
    } finally {
      await node.start()
    }
    await eventually(
      context,
      () => json(context, 'cluster', 'elect', topic),
      () => {},
    )
    const [described] = await json(context, 'topic', 'describe', topic)
    assert.equal(described.partitions[0].leaderId, 3)
    await other.stop()
    try {
      await withAdmin(context, admin => admin.reassignments.alter({ topic, partition: 0, replicas: [3, 2] }))
      const [move] = await json(context, 'topic', 'reassign', topic, '--status')
      assert.deepEqual([move.adding, move.removing], [[2], [1]])
      assert.match(
        await out(context, 'topic', 'reassign', topic, '--cancel'),
        /^gave up moving \S+: it stays on 3,1\n$/,
      )
      assert.deepEqual(await replicasOf(context, topic), [[3, 1]])
    } finally {
      await other.start()
    }
  },
}

export const commandLineChecks: readonly ClientCheck[] = [transactions, reassign, elect]
