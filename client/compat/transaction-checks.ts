// Transactions: who reads committed records sees all of one or nothing of it; producers are fenced; offsets move with the records.

import assert from 'node:assert/strict'
import { TransactionError } from '../producer/transaction-error.ts'
import type { ClientCheck } from './check.ts'
import {
  closing,
  eventually,
  newConsumer,
  newProducer,
  newTopic,
  next,
  read,
  throughout,
  valuesOf,
  withAdmin,
  withConsumer,
  withProducer,
  write,
} from './clients.ts'

const committedOnly = { isolation: 'read_committed' } as const

const committedAndAborted: ClientCheck = {
  name: 'transactions/what is committed is read, what is aborted is not, in order, over several partitions',
  async run(context) {
    const topic = await newTopic(context, { partitions: 2 })
    const rounds = ['a', 'lost', 'b', 'gone', 'c']
    const textsOf = (round: string) => [0, 1, 2].map(index => `${round}${index}`)
    await withProducer(context, { transactionalId: context.newName('id') }, async producer => {
      for (const [index, round] of rounds.entries()) {
        const tx = await producer.begin()
        const sent = [0, 1].flatMap(partition => textsOf(round).map(value => tx.send(topic, { partition, value })))
        // What is not sent yet would not be written at all.
        await Promise.all(sent)
        if (index % 2 === 0) await tx.commit()
        else await tx.abort()
      }
    })
    for (const partition of [0, 1]) {
      const at = [{ topic, partition, offset: 'earliest' as const }]
      const committed = await read(context, at, 9, committedOnly)
      assert.deepEqual(valuesOf(committed), ['a', 'b', 'c'].flatMap(textsOf))
      assert.deepEqual(valuesOf(await read(context, at, 15)), rounds.flatMap(textsOf))
    }
  },
}

const abortedWereWritten: ClientCheck = {
  name: 'transactions/records of an aborted transaction are there for who does not ask for committed ones',
  async run(context) {
    const topic = await newTopic(context)
    await withProducer(context, { transactionalId: context.newName('id') }, async producer => {
      const tx = await producer.begin()
      await tx.send(topic, { value: 'aborted' })
      await tx.abort()
    })
    await write(context, topic, ['plain'])
    const at = [{ topic, partition: 0, offset: 'earliest' as const }]
    assert.deepEqual(valuesOf(await read(context, at, 2)), ['aborted', 'plain'])
    assert.deepEqual(valuesOf(await read(context, at, 1, committedOnly)), ['plain'])
  },
}

const openHoldsBack: ClientCheck = {
  name: 'transactions/an open one holds back who reads committed records, and nobody else',
  async run(context) {
    const topic = await newTopic(context)
    const at = { topic, partition: 0 }
    await write(context, topic, ['before'])
    await withProducer(context, { transactionalId: context.newName('id') }, async producer => {
      const tx = await producer.begin()
      await tx.send(topic, { value: 'inside' })
      await write(context, topic, ['behind'])
      const reader = newConsumer(context, committedOnly)
      await closing(reader, async () => {
        reader.assign([{ ...at, offset: 'earliest' }])
        assert.deepEqual(valuesOf(await next(context, reader, 1)), ['before'])
        const rest = next(context, reader, 2)
        let hasCome = false
        void rest.then(() => {
          hasCome = true
        })
        await throughout(context, 700, () => assert.equal(hasCome, false))
        assert.deepEqual((await reader.endOffsets([at]))[0]?.offset, 1)
        assert.deepEqual(valuesOf(await read(context, [{ ...at, offset: 'earliest' }], 3)), ['before', 'inside', 'behind']) // biome-ignore format: one thought
        await tx.commit()
        assert.deepEqual(valuesOf(await rest), ['inside', 'behind'])
      })
    })
  },
}

const laterOneFences: ClientCheck = {
  name: 'transactions/a producer that starts with the same id fences the earlier one, and nothing of that one is read',
  async run(context) {
    const topic = await newTopic(context)
    const transactionalId = context.newName('id')
    await withProducer(context, { transactionalId }, async zombie => {
      const lost = await zombie.begin()
      await lost.send(topic, { value: 'of the zombie' })
      await withProducer(context, { transactionalId }, async producer => {
        const tx = await producer.begin()
        await tx.send(topic, { value: 'of the living' })
        const fenced = (error: unknown) => {
          assert.ok(error instanceof TransactionError, String(error))
          assert.equal(error.remedy, 'new producer')
          assert.equal(error.code, 'PRODUCER_FENCED')
          return true
        }
        await assert.rejects(lost.commit(), fenced)
        await assert.rejects(zombie.begin(), fenced)
        await tx.commit()
      })
    })
    const records = await read(context, [{ topic, partition: 0, offset: 'earliest' }], 1, committedOnly)
    assert.deepEqual(valuesOf(records), ['of the living'])
  },
}

const tooLongIsAborted: ClientCheck = {
  name: 'transactions/one that takes longer than it may is aborted by the cluster, and its producer told',
  async run(context) {
    const topic = await newTopic(context)
    const transactionalId = context.newName('id')
    await withProducer(context, { transactionalId, transactionTimeoutMs: 1000 }, async producer => {
      const tx = await producer.begin()
      await tx.send(topic, { value: 'too late' })
      await write(context, topic, ['behind'])
      const records = await read(context, [{ topic, partition: 0, offset: 'earliest' }], 1, committedOnly)
      assert.deepEqual(valuesOf(records), ['behind'])
      await assert.rejects(tx.commit(), error => (error as TransactionError).remedy === 'new producer')
    })
    await withProducer(context, { transactionalId }, async producer => {
      const tx = await producer.begin()
      await tx.send(topic, { value: 'anew' })
      await tx.commit()
    })
    const records = await read(context, [{ topic, partition: 0, offset: 'earliest' }], 2, committedOnly)
    assert.deepEqual(valuesOf(records), ['behind', 'anew'])
  },
}

const leftIsAborted: ClientCheck = {
  name: 'transactions/one whose scope is left without a commit is aborted, and the producer goes on',
  async run(context) {
    const topic = await newTopic(context)
    await withProducer(context, { transactionalId: context.newName('id') }, async producer => {
      const left = await producer.begin()
      await left.send(topic, { value: 'left' })
      await left[Symbol.asyncDispose]()
      const tx = await producer.begin()
      await assert.rejects(producer.begin(), { code: 'INVALID_TXN_STATE' })
      await tx.send(topic, { value: 'committed' })
      await tx.commit()
      await assert.rejects(tx.send(topic, { value: 'late' }), { code: 'INVALID_TXN_STATE' })
    })
    const records = await read(context, [{ topic, partition: 0, offset: 'earliest' }], 1, committedOnly)
    assert.deepEqual(valuesOf(records), ['committed'])
  },
}

/** Reads from one topic, writes to the other, offsets with the records. */
const offsetsMove = (protocol: 'classic' | 'consumer'): ClientCheck => ({
  name: `transactions/${protocol}: offsets of the group are committed with the records, or neither`,
  async run(context) {
    const [from, to] = [await newTopic(context), await newTopic(context)]
    await write(context, from, ['0', '1', '2', '3'])
    const group = context.newName('group')
    const committed = () =>
      withAdmin(context, async admin => {
        const offsets = await admin.groupOffsets.list(group, { requireStable: true })
        return offsets.get(`${from}-0`)?.offset
      })
    const options = { group, topics: [from], protocol, autoCommit: false } as const
    await withProducer(context, { transactionalId: context.newName('id') }, async producer => {
      for (const commits of [false, true]) {
        await withConsumer(context, options, async consumer => {
          const records = await next(context, consumer, 3)
          assert.deepEqual(valuesOf(records), ['0', '1', '2'])
          const tx = await producer.begin()
          for (const { value } of records) void tx.send(to, { value: `done ${value}` })
          await tx.sendOffsets([{ topic: from, partition: 0, offset: 3 }], consumer.groupMetadata)
          if (commits) await tx.commit()
          else await tx.abort()
        })
        assert.equal(await committed(), commits ? 3 : undefined)
      }
    })
    const records = await read(context, [{ topic: to, partition: 0, offset: 'earliest' }], 3, committedOnly)
    assert.deepEqual(valuesOf(records), ['done 0', 'done 1', 'done 2'])
    await withConsumer(context, options, async consumer => {
      assert.equal((await next(context, consumer, 1))[0]?.offset, 3)
    })
  },
})

/** KIP-447: who is not a member any more cannot move the group's offsets, although its producer is a good one. */
const pastMemberIsRefused = (protocol: 'classic' | 'consumer'): ClientCheck => ({
  name: `transactions/${protocol}: offsets of a member that the group has gone on without are refused, and the transaction with them`,
  async run(context) {
    const [from, to] = [await newTopic(context), await newTopic(context)]
    await write(context, from, ['0', '1'])
    const options = { group: context.newName('group'), topics: [from], protocol, autoCommit: false } as const
    const past = await withConsumer(context, options, async consumer => {
      await next(context, consumer, 1)
      return consumer.groupMetadata
    })
    await withConsumer(context, options, async consumer => {
      await next(context, consumer, 1)
      await withProducer(context, { transactionalId: context.newName('id') }, async producer => {
        const tx = await producer.begin()
        await tx.send(to, { value: 'of the past' })
        const refused = tx.sendOffsets([{ topic: from, partition: 0, offset: 2 }], past)
        await assert.rejects(refused, error => (error as TransactionError).remedy === 'abort')
        await tx.abort()
        const again = await producer.begin()
        await again.send(to, { value: 'of the present' })
        await again.sendOffsets([{ topic: from, partition: 0, offset: 1 }], consumer.groupMetadata)
        await again.commit()
      })
    })
    const records = await read(context, [{ topic: to, partition: 0, offset: 'earliest' }], 1, committedOnly)
    assert.deepEqual(valuesOf(records), ['of the present'])
  },
})

/** A coordinator goes by the epoch: two producers with different ids never hinder each other. */
const manyAtOnce: ClientCheck = {
  name: 'transactions/twenty producers at once, each with its own id: all that was committed is there once',
  async run(context) {
    const topic = await newTopic(context, { partitions: 4 })
    const producers = Array.from({ length: 20 }, () => newProducer(context, { transactionalId: context.newName('id') }))
    try {
      await Promise.all(
        producers.map(async (producer, number) => {
          for (let round = 0; round < 3; round++) {
            const tx = await producer.begin()
            for (let partition = 0; partition < 4; partition++) {
              void tx.send(topic, { partition, value: `${number}.${round}` })
            }
            if (round === 1) await tx.abort()
            else await tx.commit()
          }
        }),
      )
    } finally {
      await Promise.all(producers.map(producer => producer.close()))
    }
    const expected = producers.flatMap((_, number) => [`${number}.0`, `${number}.2`]).sort()
    for (let partition = 0; partition < 4; partition++) {
      const records = await read(context, [{ topic, partition, offset: 'earliest' }], expected.length, committedOnly)
      assert.deepEqual(valuesOf(records).sort(), expected)
    }
    await eventually(
      context,
      () => withAdmin(context, admin => admin.transactions.list({ states: ['Ongoing'] })),
      ongoing => assert.deepEqual(ongoing.filter(({ transactionalId }) => /-id-/.test(transactionalId)), []), // biome-ignore format: one thought
    )
  },
}

export const transactionChecks: readonly ClientCheck[] = [
  committedAndAborted,
  abortedWereWritten,
  openHoldsBack,
  laterOneFences,
  tooLongIsAborted,
  leftIsAborted,
  ...(['classic', 'consumer'] as const).flatMap(protocol => [offsetsMove(protocol), pastMemberIsRefused(protocol)]),
  manyAtOnce,
]
