// Clients of the target for a check, closed when it is done with them, and what most checks begin with: topics, records in them,
// reading them back.

import assert from 'node:assert/strict'
import { Admin } from '../admin/admin.ts'
import type { NewTopic } from '../admin/topics.ts'
import { type Assignment, Consumer } from '../consumer/consumer.ts'
import type { ConsumerOptions } from '../consumer/consumer-options.ts'
import type { ConsumerRecord } from '../consumer/consumer-record.ts'
import { Producer } from '../producer/producer.ts'
import type { ProducerOptions } from '../producer/producer-options.ts'
import type { ProducerRecord } from '../producer/topic-queue.ts'
import { wait } from '../resilience/wait.ts'
import type { CheckContext } from './check.ts'

/** What a target may take for what it does on its own, on a busy machine. */
export const waitMsMax = 60_000
const askEveryMs = 50

interface Closable {
  close(): Promise<void>
}

/** The client is closed, whatever becomes of the work. */
export async function closing<Client extends Closable, Value>(
  client: Client,
  work: (client: Client) => Promise<Value>,
): Promise<Value> {
  try {
    return await work(client)
  } finally {
    await client.close()
  }
}

export function withAdmin<Value>(context: CheckContext, work: (admin: Admin) => Promise<Value>): Promise<Value> {
  return closing(new Admin({ bootstrap: context.bootstrap }, context.world), work)
}

export function withProducer<Value>(
  context: CheckContext,
  options: Partial<ProducerOptions>,
  work: (producer: Producer) => Promise<Value>,
): Promise<Value> {
  return closing(newProducer(context, options), work)
}

export function withConsumer<Value>(
  context: CheckContext,
  options: Partial<ConsumerOptions>,
  work: (consumer: Consumer) => Promise<Value>,
): Promise<Value> {
  return closing(newConsumer(context, options), work)
}

export function newProducer({ bootstrap, world }: CheckContext, options: Partial<ProducerOptions> = {}): Producer {
  return new Producer({ bootstrap, allowTopicCreation: false, ...options }, world)
}

/** From the beginning unless told otherwise. */
export function newConsumer({ bootstrap, world }: CheckContext, options: Partial<ConsumerOptions> = {}): Consumer {
  return new Consumer({ bootstrap, resetPolicy: 'earliest', allowAutoCreateTopics: false, ...options }, world)
}

/** A topic that no other check has, on as many brokers as there may be, known to all of them; answers its name. */
export async function newTopic(context: CheckContext, options: Omit<NewTopic, 'name'> = {}): Promise<string> {
  const name = context.newName('topic')
  const { assignments } = options
  const counts = assignments === undefined ? { partitions: 1, replicationFactor: context.replicationFactor } : {}
  await withAdmin(context, async admin => {
    await admin.topics.create({ name, ...counts, ...options })
    const { brokers } = await admin.cluster.describe()
    for (const { nodeId } of brokers) await untilKnown(context, admin, name, nodeId)
  })
  return name
}

/** Kafka's controller answers before its brokers have heard of the topic. */
async function untilKnown(context: CheckContext, admin: Admin, name: string, broker: number): Promise<void> {
  await eventually(
    context,
    () => admin.raw('Metadata', 'latest', { topics: [{ name }], allowAutoTopicCreation: false }, { broker }),
    ({ topics }) => {
      const partitions = topics[0]?.partitions ?? []
      assert.ok(partitions.length > 0 && partitions.every(({ leaderId }) => leaderId >= 0), `${broker} knows ${name}`)
    },
  )
}

/** Writes the records, awaits them all, and answers their offsets. */
export function write(
  context: CheckContext,
  topic: string,
  records: readonly (ProducerRecord | string)[],
  options: Partial<ProducerOptions> = {},
): Promise<number[]> {
  return withProducer(context, options, async producer => {
    const sent = records.map(record => producer.send(topic, typeof record === 'string' ? { value: record } : record))
    return (await Promise.all(sent)).map(({ offset }) => offset)
  })
}

/** So many records of the partitions, from where the assignments say; rejects when they do not come. */
export async function read(
  context: CheckContext,
  assignments: readonly Assignment[],
  count: number,
  options: Partial<ConsumerOptions> = {},
): Promise<ConsumerRecord[]> {
  return withConsumer(context, options, consumer => {
    consumer.assign(assignments)
    return next(context, consumer, count)
  })
}

/** The next so many records of a consumer; those count as processed. It may be awaited later, or never when something else fails first. */
export function next(context: CheckContext, consumer: Consumer, count: number): Promise<ConsumerRecord[]> {
  return unawaited(nextRecords(context, consumer, count))
}

/** A rejection that nobody has come to yet does not end the process. */
export function unawaited<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => {})
  return promise
}

async function nextRecords({ world }: CheckContext, consumer: Consumer, count: number): Promise<ConsumerRecord[]> {
  const late = new AbortController()
  const cancel = world.clock.after(waitMsMax, () => late.abort())
  const records: ConsumerRecord[] = []
  try {
    if (count === 0) return records
    for await (const record of consumer.records({ signal: late.signal })) {
      consumer.markProcessed(record)
      if (records.push(record) === count) break
    }
  } catch (error) {
    if (!late.signal.aborted) throw error
    assert.fail(`${records.length} of ${count} records came within ${waitMsMax} ms:\n${consumer.explain()}`)
  } finally {
    cancel()
  }
  return records
}

export const valuesOf = (records: readonly ConsumerRecord[]) =>
  records.map(({ value }) => (value === null ? null : value.toString()))

/** The first part of a topic's every partition, as `assign` takes it. */
export function everyPartition(topic: string, count: number, offset: number | 'earliest' | 'latest' = 'earliest') {
  return Array.from({ length: count }, (_, partition): Assignment => ({ topic, partition, offset }))
}

/**
 * Asks until what is answered holds: `holds` throws while it does not. Rejects with what was wrong last. For what a cluster
 * does a moment later.
 */
export async function eventually<Answer>(
  { world: { clock } }: CheckContext,
  ask: () => Answer | Promise<Answer>,
  holds: (answer: Answer) => void,
): Promise<Answer> {
  const endMs = clock.monotonicMs() + waitMsMax
  for (;;) {
    try {
      const answer = await ask()
      holds(answer)
      return answer
    } catch (error) {
      if (clock.monotonicMs() > endMs) throw error
    }
    await wait(clock, askEveryMs)
  }
}

/** It holds all the time until so much has passed: for what must not happen. */
export async function throughout(
  { world: { clock } }: CheckContext,
  ms: number,
  holds: () => void | Promise<void>,
): Promise<void> {
  const endMs = clock.monotonicMs() + ms
  while (clock.monotonicMs() < endMs) {
    await holds()
    await wait(clock, askEveryMs)
  }
  await holds()
}

/** `promise` rejects with an error of this code (and these properties). */
export async function rejectsWith(promise: Promise<unknown>, code: string, more: object = {}): Promise<void> {
  await assert.rejects(promise, { code, ...more })
}
