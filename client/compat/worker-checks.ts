// Handlers, several at a time: order by key, commits that never pass a record that is not done, retry topics with a delay, dead letters,
// and what becomes of a record that cannot be processed.

import assert from 'node:assert/strict'
import type { Consumer } from '../consumer/consumer.ts'
import type { ConsumerRecord } from '../consumer/consumer-record.ts'
import { retryHeaders } from '../consumer/workers/retry-topics.ts'
import type { RunOptions } from '../consumer/workers/run-options.ts'
import { wait } from '../resilience/wait.ts'
import type { CheckContext, ClientCheck } from './check.ts'
import {
  eventually,
  newTopic,
  read,
  rejectsWith,
  unawaited,
  withAdmin,
  withConsumer,
  withProducer,
  write,
} from './clients.ts'

/** Runs until what is asked for holds, and then ends the run. */
async function runUntil(
  context: CheckContext,
  consumer: Consumer,
  options: RunOptions,
  holds: () => void,
): Promise<void> {
  const over = new AbortController()
  const run = consumer.run({ ...options, signal: over.signal })
  // What ends the run ends the wait for it, too.
  const ended = run.then(() => assert.fail('the run ended by itself'))
  await Promise.race([eventually(context, () => undefined, holds), ended]).finally(() => over.abort())
  await run
}

async function committedOf(context: CheckContext, group: string): Promise<Record<string, number>> {
  const committed = await withAdmin(context, admin => admin.groupOffsets.list(group))
  return Object.fromEntries([...committed].map(([key, { offset }]) => [key, Number(offset)]))
}

const headerOf = (record: ConsumerRecord, name: string) => record.header(name)?.value?.toString()
const textOf = ({ value }: ConsumerRecord) => String(value)

const orderWithinKeys: ClientCheck = {
  name: 'workers/eight at a time: in order within a key, side by side otherwise, and all is committed',
  async run(context) {
    const topic = await newTopic(context, { partitions: 2 })
    const [keys, each] = [10, 20]
    const records = Array.from({ length: keys * each }, (_, index) => {
      return { key: `key-${index % keys}`, value: `${Math.floor(index / keys)}` }
    })
    await write(context, topic, records)
    const group = context.newName('group')
    const seen = new Map<string, string[]>()
    let [atOnce, most] = [0, 0]
    const handler = async (record: ConsumerRecord) => {
      most = Math.max(most, ++atOnce)
      const [key, value] = [String(record.key), textOf(record)]
      // The earlier ones take longer: without an order the later ones would be first.
      await wait(context.world.clock, 10 - Number(value) / 2)
      seen.set(key, [...(seen.get(key) ?? []), value])
      atOnce -= 1
    }
    await withConsumer(context, { group, topics: [topic] }, consumer =>
      runUntil(context, consumer, { handler, concurrency: 8, per: 'key' }, () => {
        assert.equal([...seen.values()].flat().length, keys * each)
      }),
    )
    const inOrder = Array.from({ length: each }, (_, index) => `${index}`)
    for (const [key, values] of seen) assert.deepEqual(values, inOrder, key)
    assert.ok(most > 1 && most <= 8, `${most} at once`)
    const offsets = Object.values(await committedOf(context, group))
    assert.equal(offsets.reduce((sum, offset) => sum + offset, 0), keys * each) // biome-ignore format: one thought
  },
}

const commitsStayBehind: ClientCheck = {
  name: 'workers/a record that is not done holds the commits of its partition, not the work',
  async run(context) {
    const topic = await newTopic(context)
    await write(
      context,
      topic,
      Array.from({ length: 10 }, (_, index) => ({ key: `${index}`, value: `${index}` })),
    )
    const group = context.newName('group')
    const done: string[] = []
    let release = () => {}
    const held = new Promise<void>(resolve => {
      release = resolve
    })
    const handler = async (record: ConsumerRecord) => {
      if (textOf(record) === '3') await held
      done.push(textOf(record))
    }
    await withConsumer(context, { group, topics: [topic] }, async consumer => {
      const options: RunOptions = { handler, concurrency: 4, per: 'key' }
      const run = unawaited(runUntil(context, consumer, options, () => assert.equal(done.length, 10)))
      await eventually(
        context,
        () => done.length,
        length => assert.equal(length, 9),
      )
      await consumer.commit()
      assert.deepEqual(await committedOf(context, group), { [`${topic}-0`]: 3 })
      release()
      await run
    })
    assert.deepEqual(await committedOf(context, group), { [`${topic}-0`]: 10 })
  },
}

const retriesAndDeadLetters: ClientCheck = {
  name: 'workers/what fails goes through the retry topic after its delay, and what fails there to the dead letters',
  async run(context) {
    const [topic, retry, dead] = [await newTopic(context), await newTopic(context), await newTopic(context)]
    const values = ['a', 'flaky', 'b', 'bad', 'c']
    await write(context, topic, values.map(value => ({ key: `key of ${value}`, value, headers: { own: value } }))) // biome-ignore format: one thought
    const group = context.newName('group')
    const delayMs = 700
    const { clock } = context.world
    const tries: { value: string; attempt: number; atMs: number }[] = []
    const handler = (record: ConsumerRecord, { attempt }: { attempt: number }) => {
      const value = textOf(record)
      tries.push({ value, attempt, atMs: clock.monotonicMs() })
      if (value === 'bad' || (value === 'flaky' && attempt <= 2)) throw new Error(`cannot do ${value}`)
    }
    await withProducer(context, {}, producer => {
      const options: RunOptions = {
        handler,
        attempts: 2,
        attemptDelayMs: 20,
        retry: { producer, topics: [{ topic: retry, delayMs }], deadLetterTopic: dead },
      }
      return withConsumer(context, { group, topics: [topic] }, consumer =>
        runUntil(context, consumer, options, () => assert.equal(tries.length, 3 + 3 + 4)),
      )
    })
    const of = (value: string) => tries.filter(each => each.value === value)
    assert.deepEqual(of('flaky').map(({ attempt }) => attempt), [1, 2, 3]) // biome-ignore format: one thought
    assert.deepEqual(of('bad').map(({ attempt }) => attempt), [1, 2, 3, 4]) // biome-ignore format: one thought
    const waitedMs = of('flaky')[2]!.atMs - of('flaky')[1]!.atMs
    assert.ok(waitedMs >= delayMs - 50, `the retry came ${waitedMs} ms after the failure`)
    const [letter] = await read(context, [{ topic: dead, partition: 0 }], 1)
    const told = [retryHeaders.topic, retryHeaders.partition, retryHeaders.offset, retryHeaders.attempt, 'own']
    assert.deepEqual([textOf(letter!), ...told.map(name => headerOf(letter!, name))], ['bad', topic, '0', '3', '4', 'bad']) // biome-ignore format: one thought
    assert.match(headerOf(letter!, retryHeaders.error) ?? '', /cannot do bad/)
    const ends = { [`${topic}-0`]: 5, [`${retry}-0`]: 2 }
    assert.deepEqual(await committedOf(context, group), ends)
  },
}

/** A topic with one record that cannot be processed in partition 0, and others around it and in partition 1. */
async function poisoned(context: CheckContext): Promise<string> {
  const topic = await newTopic(context, { partitions: 2 })
  const of = (partition: number, ...values: string[]) => values.map(value => ({ partition, value }))
  await write(context, topic, [...of(0, 'a', 'bad', 'b'), ...of(1, 'x', 'y')])
  return topic
}

function failingAtBad(done: string[]) {
  return (record: ConsumerRecord) => {
    if (textOf(record) === 'bad') throw new Error('cannot do this')
    done.push(textOf(record))
  }
}

const poisonFails: ClientCheck = {
  name: 'workers/a record that cannot be processed ends the run, and the next one begins with it',
  async run(context) {
    const topic = await poisoned(context)
    const group = context.newName('group')
    const done: string[] = []
    await withConsumer(context, { group, topics: [topic] }, async consumer => {
      await assert.rejects(consumer.run({ handler: failingAtBad(done) }), /cannot do this/)
    })
    assert.equal((await committedOf(context, group))[`${topic}-0`], 1)
    const again: string[] = []
    const handler = (record: ConsumerRecord) => {
      again.push(textOf(record))
    }
    await withConsumer(context, { group, topics: [topic] }, consumer =>
      runUntil(context, consumer, { handler }, () => assert.ok(again.includes('b'))),
    )
    assert.deepEqual(again.filter(value => ['a', 'bad', 'b'].includes(value)), ['bad', 'b']) // biome-ignore format: one thought
  },
}

const poisonIsSkipped: ClientCheck = {
  name: 'workers/a record that cannot be processed is skipped, and told, where that is wanted',
  async run(context) {
    const topic = await poisoned(context)
    const group = context.newName('group')
    const [done, told]: [string[], unknown[]] = [[], []]
    await withConsumer(context, { group, topics: [topic] }, async consumer => {
      consumer.events.on('poison', ({ partition, offset, policy }) => told.push({ partition, offset, policy }))
      const options: RunOptions = { handler: failingAtBad(done), onPoison: 'skip' }
      await runUntil(context, consumer, options, () => assert.equal(done.length, 4))
    })
    assert.deepEqual(told, [{ partition: 0, offset: 1, policy: 'skip' }])
    assert.deepEqual(await committedOf(context, group), { [`${topic}-0`]: 3, [`${topic}-1`]: 2 })
  },
}

const poisonIsParked: ClientCheck = {
  name: 'workers/a record that cannot be processed parks its partition, and the others go on',
  async run(context) {
    const topic = await poisoned(context)
    const group = context.newName('group')
    const done: string[] = []
    await withConsumer(context, { group, topics: [topic] }, async consumer => {
      const options: RunOptions = { handler: failingAtBad(done), onPoison: 'park' }
      await runUntil(context, consumer, options, () => {
        assert.deepEqual([...done].sort(), ['a', 'x', 'y'])
        assert.deepEqual(consumer.paused, [{ topic, partition: 0 }])
      })
    })
    assert.deepEqual(await committedOf(context, group), { [`${topic}-0`]: 1, [`${topic}-1`]: 2 })
  },
}

const runsAreAlone: ClientCheck = {
  name: 'workers/a consumer that is being read cannot be run as well',
  async run(context) {
    const topic = await newTopic(context)
    await write(context, topic, ['a'])
    await withConsumer(context, {}, async consumer => {
      consumer.assign([{ topic, partition: 0, offset: 0 }])
      for await (const _ of consumer.records()) {
        await rejectsWith(consumer.run({ handler: () => {} }), 'INVALID_ARGUMENT')
        break
      }
    })
  },
}

export const workerChecks: readonly ClientCheck[] = [
  orderWithinKeys,
  commitsStayBehind,
  retriesAndDeadLetters,
  poisonFails,
  poisonIsSkipped,
  poisonIsParked,
  runsAreAlone,
]
