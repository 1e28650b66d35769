// Subscriptions by a pattern, matched here, and by a regular expression, matched by the broker (KIP-848).

import assert from 'node:assert/strict'
import { Admin } from '../admin/admin.ts'
import type { ClientError } from '../client-error.ts'
import { Consumer } from '../consumer/consumer.ts'
import type { ConsumerOptions } from '../consumer/consumer-options.ts'
import { Producer } from '../producer/producer.ts'
import { wait } from '../resilience/wait.ts'
import type { CheckContext, ClientCheck } from './check.ts'

/** Kafka looks for new topics ten seconds after it last did; a heartbeat later the members know. */
const waitMsMax = 60_000
/** How soon a RegExp finds a new topic. */
const metadataMaxAgeMs = 1000

/** A topic with one record, whose value is the topic's name. */
async function topicWithRecord(context: CheckContext, name: string): Promise<void> {
  const { bootstrap, world, replicationFactor } = context
  const admin = new Admin({ bootstrap }, world)
  const producer = new Producer({ bootstrap }, world)
  try {
    await admin.topics.create({ name, partitions: 1, replicationFactor })
    await producer.send(name, { value: name })
  } finally {
    await producer.close()
    await admin.close()
  }
}

/** What a consumer reads, as it reads it. */
class Reader {
  readonly consumer: Consumer
  readonly values: string[] = []
  failure: ClientError | undefined
  readonly #context: CheckContext
  readonly #reading: Promise<void>

  constructor(context: CheckContext, options: Partial<ConsumerOptions>) {
    const { bootstrap, world } = context
    this.#context = context
    const group = context.newName('group')
    this.consumer = new Consumer({ bootstrap, group, resetPolicy: 'earliest', metadataMaxAgeMs, ...options }, world)
    this.#reading = this.#read()
  }

  /** Until exactly these were read, each once. */
  async until(expected: readonly string[]): Promise<void> {
    const { clock } = this.#context.world
    const deadlineMs = clock.monotonicMs() + waitMsMax
    const isThere = () => expected.every(value => this.values.includes(value)) || this.failure !== undefined
    while (!isThere() && clock.monotonicMs() < deadlineMs) await wait(clock, 50)
    assert.equal(this.failure, undefined, this.failure?.message)
    assert.deepEqual([...this.values].sort(), [...expected].sort(), this.consumer.explain())
  }

  async close(): Promise<void> {
    await this.consumer.close()
    await this.#reading
  }

  async #read(): Promise<void> {
    try {
      for await (const record of this.consumer.records()) this.values.push(String(record.value))
    } catch (error) {
      this.failure = error as ClientError
    }
  }
}

async function withReader(
  context: CheckContext,
  options: Partial<ConsumerOptions>,
  check: (reader: Reader) => Promise<void>,
): Promise<void> {
  const reader = new Reader(context, options)
  try {
    await check(reader)
  } finally {
    await reader.close()
  }
}

const pattern = (protocol: 'classic' | 'consumer'): ClientCheck => ({
  name: `subscription/a RegExp, matched here, in the ${protocol} protocol: topics that match, also later ones`,
  async run(context) {
    const prefix = context.newName('pattern')
    await topicWithRecord(context, `${prefix}-a`)
    await topicWithRecord(context, `not-${prefix}`)
    await withReader(context, { protocol, topics: new RegExp(`^${prefix}-`) }, async reader => {
      await reader.until([`${prefix}-a`])
      await topicWithRecord(context, `${prefix}-b`)
      await reader.until([`${prefix}-a`, `${prefix}-b`])
    })
  },
})

const regex: ClientCheck = {
  name: 'subscription/a regular expression, matched by the broker: whole names, also later ones',
  async run(context) {
    const prefix = context.newName('regex')
    await topicWithRecord(context, `${prefix}-a`)
    // It contains a match, and is none.
    await topicWithRecord(context, `not-${prefix}-a`)
    await topicWithRecord(context, `${prefix}-a-and-more`)
    await withReader(context, { topics: { regex: `${prefix}-[a-z]` } }, async reader => {
      await reader.until([`${prefix}-a`])
      await topicWithRecord(context, `${prefix}-b`)
      await reader.until([`${prefix}-a`, `${prefix}-b`])
    })
  },
}

const otherRegex: ClientCheck = {
  name: 'subscription/another regular expression, and then names, in place of the first',
  async run(context) {
    const prefix = context.newName('other')
    for (const letter of ['a', 'b', 'c']) await topicWithRecord(context, `${prefix}-${letter}`)
    await withReader(context, { topics: { regex: `${prefix}-a` } }, async reader => {
      await reader.until([`${prefix}-a`])
      reader.consumer.subscribe({ regex: `${prefix}-b` })
      await reader.until([`${prefix}-a`, `${prefix}-b`])
      assert.deepEqual(reader.consumer.assignment, [{ topic: `${prefix}-b`, partition: 0 }])
      reader.consumer.subscribe([`${prefix}-c`])
      await reader.until([`${prefix}-a`, `${prefix}-b`, `${prefix}-c`])
      assert.deepEqual(reader.consumer.assignment, [{ topic: `${prefix}-c`, partition: 0 }])
    })
  },
}

const wrongRegex: ClientCheck = {
  name: 'subscription/a regular expression that is none is refused, with a word about it',
  run: context =>
    withReader(context, { topics: { regex: 'orders-[' } }, async reader => {
      const { clock } = context.world
      const deadlineMs = clock.monotonicMs() + waitMsMax
      while (reader.failure === undefined && clock.monotonicMs() < deadlineMs) await wait(clock, 50)
      assert.equal(reader.failure?.code, 'INVALID_REGULAR_EXPRESSION', reader.consumer.explain())
      assert.equal(reader.failure.retriable, false)
      assert.match(reader.consumer.explain(), /has given up group .*INVALID_REGULAR_EXPRESSION/)
    }),
}

export const subscriptionChecks: readonly ClientCheck[] = [
  pattern('classic'),
  pattern('consumer'),
  regex,
  otherRegex,
  wrongRegex,
]
