// Three brokers of Kafka 4.3.0 are restarted one after the other while our producer writes and our consumer, in a group, reads. Each
// record carries its number in its partition: what is in the log in the end, and what the consumer was given, is held against that.

import { setTimeout as pause } from 'node:timers/promises'
import { Admin } from '../../client/admin/admin.ts'
import { Cluster } from '../../client/cluster/cluster.ts'
import { Consumer } from '../../client/consumer/consumer.ts'
import { Producer } from '../../client/producer/producer.ts'
import { clientWorld } from '../../client/real-client-world.ts'
import type { RunningTarget } from '../client-suite/targets.ts'
import { startSuiteTarget } from '../client-suite/targets.ts'

export interface RollingRestartOptions {
  readonly recordsPerSecond: number
  /** Times that all three are restarted. */
  readonly rounds: number
}

export interface RollingRestartResult {
  readonly sent: number
  readonly restarts: number
  /** Records that the group was given more than once: at-least-once allows it when a coordinator goes. */
  readonly givenTwice: number
  /** The longest that a record took from `send` to its acknowledgement. */
  readonly slowestMs: number
  readonly wrong: readonly string[]
}

const topic = 'rolling'
const partitionCount = 6
const wellMsMax = 120_000
const tickMs = 20
const readMsMax = 60_000
const lingerMs = 500
const wrongMax = 20

class Numbers {
  readonly wrong: string[] = []
  /** Of each partition the number that is next. */
  readonly next: number[] = Array(partitionCount).fill(0)
  twice = 0

  readonly where: string

  constructor(where: string) {
    this.where = where
  }

  /** What came must be what is next; something older, where `mayRepeat`, is counted. */
  take(partition: number, number: number, mayRepeat: boolean): void {
    const expected = this.next[partition]!
    if (number < expected && mayRepeat) this.twice += 1
    else if (number !== expected)
      this.note(`${this.where}: partition ${partition} has ${number} where ${expected} belongs`)
    this.next[partition] = Math.max(expected, number + 1)
  }

  note(what: string): void {
    if (this.wrong.length < wrongMax) this.wrong.push(what)
  }
}

class Writing {
  readonly sent: number[] = Array(partitionCount).fill(0)
  readonly wrong: string[] = []
  slowestMs = 0
  #isOver = false
  readonly #underWay = new Set<Promise<void>>()

  readonly #producer: Producer

  constructor(producer: Producer) {
    this.#producer = producer
  }

  async run(recordsPerSecond: number): Promise<void> {
    const startedMs = performance.now()
    let count = 0
    while (!this.#isOver) {
      const due = ((performance.now() - startedMs) / 1000) * recordsPerSecond
      for (; count < due; count++) this.#send(count % partitionCount)
      await this.#producer.room()
      await pause(tickMs)
    }
    await this.#producer.flush()
    await Promise.all(this.#underWay)
  }

  end(): void {
    this.#isOver = true
  }

  #send(partition: number): void {
    const value = String(this.sent[partition]!++)
    const startedMs = performance.now()
    const sending = this.#producer.send(topic, { partition, value }).then(
      () => {
        this.slowestMs = Math.max(this.slowestMs, performance.now() - startedMs)
      },
      error => {
        if (this.wrong.length < wrongMax)
          this.wrong.push(`send of ${value} to partition ${partition}: ${error.message}`)
      },
    )
    this.#underWay.add(sending)
    sending.finally(() => this.#underWay.delete(sending))
  }
}

/** Reads on until the signal is raised. */
async function read(consumer: Consumer, numbers: Numbers, mayRepeat: boolean, signal: AbortSignal): Promise<void> {
  try {
    for await (const record of consumer.records({ signal })) {
      numbers.take(record.partition, Number(record.value), mayRepeat)
    }
  } catch (error) {
    if (!signal.aborted) numbers.note(`${numbers.where}: the consumer failed: ${(error as Error).message}`)
  }
}

/** Resolves when all up to `ends` has been read, or notes what has not been in time. */
async function readToEnd(numbers: Numbers, ends: readonly number[], explain: () => string) {
  const isDone = () => ends.every((end, partition) => numbers.next[partition]! >= end)
  const untilMs = performance.now() + readMsMax
  while (!isDone() && performance.now() < untilMs) await pause(tickMs)
  if (!isDone()) numbers.note(`${numbers.where}: ${numbers.next} of ${ends} were read; ${explain()}`)
  // What comes beyond the end would be wrong, too.
  await pause(lingerMs)
}

async function untilWell(cluster: Cluster): Promise<void> {
  const isWell = ({ topics, brokers }: Cluster['image']) =>
    (brokers.size === 3 && topics.get(topic)?.partitions.every(({ isrNodes }) => isrNodes.length === 3)) || undefined
  await cluster.until(isWell, { what: 'see all replicas in sync', timeoutMs: wellMsMax })
}

async function restartAll(target: RunningTarget, cluster: Cluster, rounds: number): Promise<number> {
  let restarts = 0
  for (let round = 0; round < rounds; round++) {
    for (const node of target.nodes) {
      await node.stop()
      await node.start()
      await untilWell(cluster)
      restarts += 1
    }
  }
  return restarts
}

async function createTopic(bootstrap: string): Promise<void> {
  await using admin = new Admin({ bootstrap })
  await admin.topics.create({ name: topic, partitions: partitionCount, replicationFactor: 3 })
}

export async function rollingRestart(options: RollingRestartOptions): Promise<RollingRestartResult> {
  const target = await startSuiteTarget('kafka')
  try {
    return await under(target, options)
  } finally {
    await target.stop()
  }
}

async function under(target: RunningTarget, { recordsPerSecond, rounds }: RollingRestartOptions) {
  const { bootstrap } = target
  await createTopic(bootstrap)
  const cluster = new Cluster({ bootstrap }, clientWorld())
  cluster.topics.add(topic)
  const producer = new Producer({ bootstrap })
  const consumer = new Consumer({ bootstrap, group: 'rolling', topics: [topic], resetPolicy: 'earliest' })
  const again = new Consumer({ bootstrap })
  const [given, stored] = [new Numbers('the group'), new Numbers('the log')]
  const writing = new Writing(producer)
  const ending = new AbortController()
  try {
    await untilWell(cluster)
    const written = writing.run(recordsPerSecond)
    const reading = read(consumer, given, true, ending.signal)
    const restarts = await restartAll(target, cluster, rounds).finally(() => writing.end())
    await written
    const ends = [...writing.sent]
    const readingAgain = read(again, stored, false, ending.signal)
    again.assign(ends.map((_, partition) => ({ topic, partition, offset: 'earliest' })))
    await readToEnd(given, ends, () => consumer.explain())
    await readToEnd(stored, ends, () => again.explain())
    ending.abort()
    await Promise.all([reading, readingAgain])
    const sent = ends.reduce((sum, count) => sum + count, 0)
    const wrong = [...writing.wrong, ...given.wrong, ...stored.wrong]
    return { sent, restarts, givenTwice: given.twice, slowestMs: writing.slowestMs, wrong }
  } finally {
    ending.abort()
    await Promise.allSettled([producer.close({ timeoutMs: 1000 }), consumer.close({ timeoutMs: 1000 }), again.close()])
    cluster.close()
  }
}
