// The nine faults, each against a producer and a consumer at work: neither hangs, nothing acknowledged is lost or stored twice, each
// partition is read in order, and one that was taken away is not worked on. The same checks run between real processes (the client's
// suite) and in the simulated world (faults/simulated-faults.test.ts).

import assert from 'node:assert/strict'
import { errors } from '../../protocol/errors.ts'
import { endTxn } from '../../protocol/messages/end-txn.ts'
import { fetch } from '../../protocol/messages/fetch.ts'
import { findCoordinator } from '../../protocol/messages/find-coordinator.ts'
import { metadata } from '../../protocol/messages/metadata.ts'
import { offsetCommit } from '../../protocol/messages/offset-commit.ts'
import { produce } from '../../protocol/messages/produce.ts'
import { Consumer } from '../consumer/consumer.ts'
import type { CheckContext, ClientCheck } from './check.ts'
import { FaultBench, type FaultBenchOptions, partitions, times } from './faults/fault-bench.ts'
import {
  commitRefused,
  corruptOffset,
  refusedFetch,
  refusedProduce,
  withDamage,
  withDamagedBatch,
  withPort,
} from './faults/lies.ts'
import { Processing } from './faults/processing.ts'
import { RepeatedTransactions } from './faults/repeated-transactions.ts'

/** As long as the issue says; longer than every timeout of the clients. */
const frozenMs = 30_000
const largeBytes = 30_000
const underWayMs = 1000
const damagedRequests = 5
const impostorId = 77
const notCoordinator = errors.NOT_COORDINATOR.code
/** Asks for the image again and again, and is told either thing. */
const forgetful = { metadataMaxAgeMs: 150 }

/** `freeze`: what stands still, the broker's process or what lies before it. */
export interface FaultMeans {
  readonly freeze: 'process' | 'proxy'
}

type Fault = (bench: FaultBench, means: FaultMeans) => Promise<void>

interface FaultCheck {
  readonly name: string
  readonly fault: Fault
  readonly options?: FaultBenchOptions
  readonly harms?: boolean
  readonly takesLong?: boolean
}

/** While requests are under way that were carried out, and whose answers nobody gets. */
const killed: Fault = async bench => {
  const node = await bench.leaderNode()
  bench.proxy.delayMs = underWayMs
  await bench.pause(underWayMs / 2)
  await node.kill()
  bench.proxy.delayMs = 0
  await bench.pause(underWayMs)
  await node.start()
  await bench.untilWell()
  await bench.finish()
}

const frozen: Fault = async (bench, { freeze }) => {
  const node = freeze === 'process' ? await bench.leaderNode() : undefined
  if (node) node.freeze()
  else bench.proxy.hold()
  try {
    await bench.pause(frozenMs)
  } finally {
    if (node) node.thaw()
    else bench.proxy.release()
  }
  await bench.untilWell()
  await bench.finish()
}

/** Cut off for longer than its session, with records at hand: another member takes over, and the first one notices by itself. */
const blackholed: Fault = async bench => {
  const { processing, proxy } = bench
  processing.recordMs = 50
  await bench.pause(underWayMs)
  proxy.blackhole()
  const rival = new Processing(bench.newConsumer({}, bench.context.bootstrap), partitions, bench.clock)
  rival.start([bench.topic])
  const isTaken = () => [0, 1].every(partition => rival.ownedSinceMs(partition) !== undefined)
  await bench.until(isTaken, 'the other member gets all partitions')
  await bench.pause(2 * times.sessionTimeoutMs)
  const takenMs = [0, 1].map(partition => rival.ownedSinceMs(partition)!)
  const late = takenMs.map((ms, partition) => processing.processedAfter(partition, ms).length)
  assert.deepEqual(late, [0, 0], 'processed by a member that was cut off, after another one had the partition')
  proxy.heal()
  processing.recordMs = 0
  await bench.untilWell()
  await bench.finish([rival])
}

const garbage: Fault = async bench => {
  for (let times = 0; times < 3; times++) {
    bench.proxy.garble(12)
    await bench.pause(2 * underWayMs)
  }
  await bench.untilWell()
  await bench.finish()
}

/** The answers of one time come after their requests were given up. */
const late: Fault = async bench => {
  bench.proxy.delayMs = times.requestTimeoutMs + 1500
  await bench.pause(3 * times.requestTimeoutMs)
  bench.proxy.delayMs = 0
  await bench.untilWell()
  await bench.finish()
}

/** A second broker, which was deposed and does not know it: clients that hear of it believe it, until they are refused. */
const twoLeaders: Fault = async bench => {
  const { proxy, topic } = bench
  const impostor = await proxy.doorTo(bench.upstream, 'impostor')
  let claims = 0
  proxy.editAnswers(metadata, (body, door) => {
    const isClaimed = door === impostor || claims++ % 2 === 0
    const claimed = <P extends object>(partition: P) => (isClaimed ? { ...partition, leaderId: impostorId } : partition)
    const topics = body.topics.map(each => ({
      ...each,
      partitions: each.name === topic ? each.partitions.map(claimed) : each.partitions,
    }))
    const brokers = [...body.brokers, { nodeId: impostorId, host: '127.0.0.1', port: impostor.port, rack: null }]
    return { ...body, brokers, topics }
  })
  let [produces, fetches] = [0, 0]
  proxy.answer(produce, ({ topicData }, door) =>
    door === impostor ? refusedProduce(topicData, produces++) : undefined,
  )
  proxy.answer(fetch, ({ topics }, door) => (door === impostor ? refusedFetch(topics, fetches++) : undefined))
  await bench.until(() => produces > 5 && fetches > 5, 'the impostor is asked')
  await bench.pause(5 * underWayMs)
  proxy.editAnswers(metadata, undefined)
  await bench.untilWell()
  await bench.finish()
}

/**
 * In the middle of commits, of offsets and of transactions: one is carried out, and its answer says that the coordinator is elsewhere;
 * those that follow are told so at once, by who was the coordinator before.
 */
const coordinatorMoves: Fault = async bench => {
  const { proxy, clock } = bench
  const transactions = new RepeatedTransactions(bench)
  transactions.start()
  await bench.until(() => transactions.committed > 2, 'transactions are committed')
  const movedMs = clock.monotonicMs() + 2 * underWayMs
  const hasMoved = () => clock.monotonicMs() > movedMs
  const old = await proxy.doorTo(bench.upstream, 'old coordinator')
  proxy.editAnswers(findCoordinator, body => (hasMoved() ? body : withPort(body, old.port)))
  const [carriedOut, refused] = [
    { commits: 0, ends: 0 },
    { commits: 0, ends: 0 },
  ]
  proxy.answer(offsetCommit, ({ topics }) => {
    if (hasMoved() || carriedOut.commits++ === 0) return undefined
    refused.commits += 1
    return commitRefused(topics)
  })
  proxy.answer(endTxn, () => {
    if (hasMoved() || carriedOut.ends++ === 0) return undefined
    refused.ends += 1
    return { errorCode: notCoordinator }
  })
  proxy.editAnswers(offsetCommit, body => (hasMoved() ? body : commitRefused(body.topics)))
  proxy.editAnswers(endTxn, body => (hasMoved() ? body : { ...body, errorCode: notCoordinator }))
  const commit = bench.processing.consumer.commit()
  await bench.until(hasMoved, 'the coordinator has moved')
  await bench.within(commit, 'a commit that was asked for meanwhile is made')
  assert.ok(refused.commits > 0 && refused.ends > 0, `refused: ${JSON.stringify(refused)}`)
  const before = transactions.committed
  await bench.until(() => transactions.committed > before + 2, 'transactions are committed again')
  await bench.within(transactions.stop(), 'the last transaction ends')
  await bench.untilWell()
  await bench.finish()
  await transactions.check()
  await checkCommitted(bench)
}

/** Larger than the topic takes: that record alone fails. Larger than the reader asks for: it is read all the same. */
const tooLarge: Fault = async bench => {
  const { producer } = bench.load
  const large = (bytes: number) =>
    producer.send(bench.topic, { partition: 0, value: `-${'x'.repeat(bytes)}` }).then(
      () => 'sent',
      error => (error as { code: string }).code,
    )
  const outcomes: string[] = []
  for (const bytes of [largeBytes, largeBytes / 3, largeBytes, largeBytes / 3]) {
    outcomes.push(await bench.within(large(bytes), 'a large record is acknowledged or refused'))
    await bench.pause(100)
  }
  assert.deepEqual(outcomes, ['MESSAGE_TOO_LARGE', 'sent', 'MESSAGE_TOO_LARGE', 'sent'])
  await bench.untilWell()
  await bench.finish()
}

/** What is sent is damaged on the way, and refused; one batch is damaged for good where it is read, and skipped. */
const corrupt: Fault = async bench => {
  const { proxy } = bench
  let damaged = 0
  proxy.editRequests(produce, body => (damaged++ < damagedRequests ? withDamage(body) : body))
  proxy.editAnswers(fetch, body => ({ ...body, responses: body.responses.map(withDamagedBatch) }))
  const consumer = bench.newConsumer({ group: bench.context.newName('skips'), onCorrupt: 'skip' })
  const reader = new Processing(consumer, partitions, bench.clock)
  reader.start([bench.topic])
  await bench.until(() => reader.skipped.length > 0 && reader.count > 20, 'the batch is skipped, and others are read')
  await bench.until(() => damaged > damagedRequests, 'what was sent was damaged, and sent again')
  await bench.untilWell()
  const counts = await bench.load.stop()
  await bench.until(() => counts.every((count, partition) => reader.last(partition) === count - 1), 'all is read')
  await bench.within(reader.stop(), 'the reader closes')
  Processing.check([reader], counts)
  const [skip, ...others] = reader.skipped
  assert.deepEqual(others, [], 'one batch was skipped')
  assert.ok(skip!.partition === 0 && skip!.fromOffset <= corruptOffset && skip!.toOffset > corruptOffset)
  await bench.finish()
}

/** Nothing was lost of what was said to be committed, and nothing invented. */
async function checkCommitted({ context, group, topic }: FaultBench): Promise<void> {
  const all = [0, 1].map(partition => ({ topic, partition }))
  const consumer = new Consumer({ bootstrap: context.bootstrap, group }, context.world)
  try {
    const [committed, ends] = [await consumer.committed(all), await consumer.endOffsets(all)]
    for (const { partition, offset } of ends) {
      const found = committed.find(each => each.partition === partition)
      assert.equal(Number(found?.offset), Number(offset), `committed of partition ${partition}`)
    }
  } finally {
    await consumer.close()
  }
}

const faults: readonly FaultCheck[] = [
  { name: 'the broker is killed and started again', fault: killed, harms: true },
  { name: 'the broker stands still for 30 s', fault: frozen, harms: true, takesLong: true },
  { name: 'the network loses everything for longer than a session', fault: blackholed, takesLong: true },
  { name: 'answers are garbage', fault: garbage },
  { name: 'answers come after their requests were given up', fault: late, takesLong: true },
  { name: 'two brokers say that they lead', fault: twoLeaders, options: { producer: forgetful, consumer: forgetful } },
  { name: 'the coordinator moves in the middle of commits', fault: coordinatorMoves },
  {
    name: 'a record is larger than the topic takes, or the reader asks for',
    fault: tooLarge,
    options: {
      configs: { 'max.message.bytes': `${largeBytes / 2}` },
      consumer: { maxPartitionBytes: 500, maxBytes: 1000 },
    },
  },
  { name: 'batches are damaged on the way, and one for good', fault: corrupt },
]

export function faultChecksWith(means: FaultMeans): ClientCheck[] {
  return faults.map(({ name, fault, options, harms = false, takesLong = false }) => ({
    name: `faults/${name}`,
    harms,
    takesLong,
    async run(context: CheckContext) {
      const bench = await FaultBench.open(context, options)
      try {
        await fault(bench, means)
      } finally {
        await bench.close()
      }
    },
  }))
}

export const faultChecks: readonly ClientCheck[] = faultChecksWith({ freeze: 'process' })
