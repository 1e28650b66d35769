// The shard with the smallest state machine there is: names and numbers.

import { describe, expect, test } from 'vitest'
import type { Logger } from '../../../io/logger.ts'
import { ManualClock } from '../../../io/sim/clock.ts'
import { errorName, errors, type ProtocolError } from '../../../protocol/errors.ts'
import { buildBatch } from '../../../protocol/records/batch-builder.ts'
import {
  isControlBatch,
  isTransactional,
  producerEpochOf,
  producerIdOf,
} from '../../../protocol/records/batch-header.ts'
import { encodeControlRecord } from '../../../protocol/records/control-record.ts'
import { MemoryLog } from '../testing/memory-log.ts'
import { CoordinatorCounters } from './coordinator-counters.ts'
import { CoordinatorShard } from './coordinator-shard.ts'
import type {
  CoordinatorState,
  Decision,
  Outcome,
  RecordCodec,
  RecordPosition,
  StateContext,
} from './coordinator-state.ts'
import { TimelineMap } from './timeline-map.ts'

interface Named {
  readonly name: string
  readonly value: number
}

/** Key: a type byte and a name; a value of one digit. */
const codec: RecordCodec<Named> = {
  encode: ({ name, value }) => ({ key: Buffer.from(`1${name}`), value: Buffer.from(String(value)) }),
  decode(key, value) {
    if (key === null || value === null) throw new Error('no key or no value')
    if (key[0] !== 0x31) return key[0]!
    if (!/^\d+$/.test(value.toString())) throw new Error(`"${value}" is not a number`)
    return { name: key.toString('utf8', 1), value: Number(value) }
  },
}

class Numbers implements CoordinatorState<Named> {
  readonly values: TimelineMap<string, number>
  readonly timers: StateContext<Named>['timers']
  readonly events: string[] = []

  constructor({ timeline, timers }: StateContext<Named>) {
    this.values = new TimelineMap(timeline)
    this.timers = timers
  }

  apply({ name, value }: Named, { offset, producerId }: RecordPosition): void {
    if (name === 'poison') throw new Error('cannot be applied')
    if (producerId !== -1) this.events.push(`producer ${producerId}`)
    this.events.push(`${offset}:${name}=${value}`)
    this.values.set(name, value)
  }
  endTransaction(producerId: number | bigint, committed: boolean): void {
    this.events.push(`${committed ? 'commit' : 'abort'} ${producerId}`)
  }
  onLoaded(): void {
    this.events.push('loaded')
  }
  onUnloaded(): void {
    this.events.push('unloaded')
  }
}

interface Line {
  readonly level: string
  readonly text: string
}

function setUp(log = new MemoryLog(), options: { parkedEventsMax?: number } = {}) {
  const clock = new ManualClock()
  const lines: Line[] = []
  const say = (level: string) => (_fields: object, text: string) => void lines.push({ level, text })
  const logger: Logger = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') }
  const counters = new CoordinatorCounters()
  let numbers: Numbers | undefined
  const shard = new CoordinatorShard<Numbers, Named>({
    topic: '__numbers',
    partition: 3,
    leaderEpoch: 1,
    log,
    codec,
    createState: context => (numbers = new Numbers(context)),
    clock,
    logger,
    counters,
    writeTimeoutMs: 5000,
    parkedEventsMax: options.parkedEventsMax ?? 100,
  })
  const answers: string[] = []
  const done = (what: string) => (outcome: Outcome<unknown>) => {
    answers.push(`${what}: ${outcome.ok ? outcome.response : nameOf(outcome.error)}`)
  }
  const write = (name: string, value: number, more: Partial<Decision<unknown, Named>> = {}) => {
    shard.write(() => ({ response: 'ok', records: [{ name, value }], ...more }), done(`${name}=${value}`))
  }
  /** A decision that answers what it sees. */
  const ask = (name: string) => shard.write(({ values }) => ({ response: values.get(name) ?? 'nothing' }), done(name))
  return { log, clock, lines, counters, shard, numbers: numbers!, answers, done, write, ask }
}

const nameOf = (error: ProtocolError) => errorName(error.code)
const batchOf = (...records: Named[]) => buildBatch(records.map(record => codec.encode(record)))

describe('a shard', () => {
  test('writes the events of one turn as one batch, and answers when that is committed', async () => {
    const { shard, log, clock, answers, write, ask } = setUp()
    await shard.loaded
    write('a', 1)
    write('b', 2)
    ask('a')
    expect([log.batches.length, answers]).toEqual([0, []])
    clock.advance(0)
    expect([log.batches.length, log.nextOffset, answers]).toEqual([1, 2, []])
    write('a', 3)
    clock.advance(0)
    log.commit(2)
    expect(answers).toEqual(['a=1: ok', 'b=2: ok', 'a: 1'])
    log.commit()
    expect(answers.at(-1)).toBe('a=3: ok')
    // Nothing is on its way: answered at once.
    ask('a')
    expect(answers.at(-1)).toBe('a: 3')
  })

  test('readers see what is committed only', async () => {
    const { shard, log, clock, write } = setUp()
    await shard.loaded
    write('a', 1)
    clock.advance(0)
    const read = () => shard.read(({ values }) => values.getCommitted('a') ?? 'nothing')
    expect(read()).toEqual({ ok: true, response: 'nothing' })
    log.commit()
    expect(read()).toEqual({ ok: true, response: 1 })
  })

  test('takes a refused batch back: state, answers and what happens afterwards', async () => {
    const { shard, log, clock, answers, write, ask } = setUp()
    await shard.loaded
    write('a', 1)
    clock.advance(0)
    log.refusal = errors.NOT_ENOUGH_REPLICAS
    const settled: string[] = []
    write('a', 2, {
      settled: error => {
        settled.push(nameOf(error)!)
        return { response: undefined, records: [{ name: 'c', value: 9 }] }
      },
    })
    ask('a')
    clock.advance(0)
    expect(answers).toEqual(['a=2: NOT_ENOUGH_REPLICAS', 'a: NOT_ENOUGH_REPLICAS'])
    expect(settled).toEqual(['NOT_ENOUGH_REPLICAS'])
    // What the end of the write led to was refused, too.
    log.refusal = undefined
    ask('a')
    ask('c')
    log.commit()
    expect(answers.slice(2)).toEqual(['a=1: ok', 'a: 1', 'c: nothing'])
    write('b', 1)
    clock.advance(0)
    log.commit()
    expect(answers.slice(5)).toEqual(['b=1: ok'])
    expect(log.nextOffset).toBe(2)
  })

  test('applies nothing of what has happened already, and tells when it is committed', async () => {
    const { shard, log, clock, numbers, write } = setUp()
    await shard.loaded
    const settled: string[] = []
    write('a', 1, { alreadyApplied: true, settled: error => void settled.push(nameOf(error)!) })
    clock.advance(0)
    expect([numbers.values.has('a'), settled]).toEqual([false, []])
    log.commit()
    expect(settled).toEqual(['NONE'])
  })

  test('very many events settle at once', async () => {
    const { shard, clock, log, answers, write } = setUp(new MemoryLog(), { parkedEventsMax: 12_000 })
    await shard.loaded
    let settled = 0
    for (let count = 0; count < 12_000; count++) write('a', 1, { settled: () => void settled++ })
    clock.advance(0)
    log.commit()
    expect([answers.length, settled]).toEqual([12_000, 12_000])
  })

  test('a decision that throws or writes nothing leaves nothing changed', async () => {
    const { shard, numbers, answers, done, lines } = setUp()
    await shard.loaded
    shard.write(({ values }) => {
      values.set('a', 1)
      throw new Error('oops')
    }, done('thrown'))
    shard.write(({ values }) => {
      values.set('a', 1)
      return { response: 'seen' }
    }, done('nothing written'))
    expect(numbers.values.has('a')).toBe(false)
    expect(answers).toEqual(['thrown: UNKNOWN_SERVER_ERROR', 'nothing written: seen'])
    expect(lines.at(-1)?.text).toContain('a decision threw')
  })

  test('a record that cannot be applied takes its event back, not those before it', async () => {
    const { shard, log, clock, answers, numbers, done, write } = setUp()
    await shard.loaded
    write('a', 1)
    const records = [
      { name: 'b', value: 1 },
      { name: 'poison', value: 1 },
    ]
    shard.write(() => ({ response: 'ok', records }), done('poisoned'))
    write('c', 1)
    clock.advance(0)
    log.commit()
    expect(answers).toEqual(['poisoned: UNKNOWN_SERVER_ERROR', 'a=1: ok', 'c=1: ok'])
    expect([...numbers.values.entries()]).toEqual([
      ['a', 1],
      ['c', 1],
    ])
    expect(log.nextOffset).toBe(2)
  })

  test('records of a transaction are a batch of their own, and count when it ends', async () => {
    const { shard, log, clock, answers, numbers, done, write } = setUp()
    await shard.loaded
    write('a', 1)
    const transaction = { producerId: 7, producerEpoch: 2, verification: undefined }
    const records = [{ name: 'b', value: 2 }]
    shard.write(() => ({ response: 'ok', records, transaction }), done('b=2'))
    // What was decided before is written before, at once.
    expect(log.batches.map(batch => [producerIdOf(batch), producerEpochOf(batch), isTransactional(batch)])).toEqual([
      [-1, -1, false],
      [7, 2, true],
    ])
    write('c', 3)
    const end = { producerId: 7, producerEpoch: 3, coordinatorEpoch: 1, committed: true, transactionVersion: 2 }
    shard.endTransaction(end, done('marker'))
    expect([log.batches.length, isControlBatch(log.batches[3]!)]).toEqual([4, true])
    expect(numbers.events).toEqual(['loaded', '0:a=1', 'producer 7', '1:b=2', '2:c=3', 'commit 7'])
    log.commit(3)
    expect(answers).toEqual(['a=1: ok', 'b=2: ok', 'c=3: ok'])
    log.commit()
    expect(answers.at(-1)).toBe('marker: undefined')
    clock.advance(0)
    expect(log.batches.length).toBe(4)
  })

  test('a transaction that the log does not let in, or a marker that it refuses, leaves nothing', async () => {
    const { shard, log, answers, numbers, done } = setUp(new MemoryLog({ autoCommit: true }))
    await shard.loaded
    log.refusal = errors.INVALID_TXN_STATE
    const transaction = { producerId: 7, producerEpoch: 2, verification: undefined }
    shard.write(() => ({ response: 'ok', records: [{ name: 'b', value: 2 }], transaction }), done('b=2'))
    expect([numbers.values.has('b'), answers]).toEqual([false, ['b=2: INVALID_TXN_STATE']])
    log.refusal = errors.INVALID_PRODUCER_EPOCH
    const end = { producerId: 7, producerEpoch: 1, coordinatorEpoch: 1, committed: true, transactionVersion: 2 }
    shard.endTransaction(end, done('marker'))
    expect(answers.at(-1)).toBe('marker: INVALID_PRODUCER_EPOCH')
    log.refusal = undefined
    shard.endTransaction(end, done('marker'))
    expect(answers.at(-1)).toBe('marker: undefined')
    shard.close()
    shard.endTransaction(end, done('marker'))
    expect(answers.at(-1)).toBe('marker: NOT_COORDINATOR')
  })

  test('records that do not fit begin another batch; those that fit in none are refused', async () => {
    const log = new MemoryLog({ autoCommit: true })
    log.batchBytesMax = 61 + 3 * 30
    const { shard, clock, answers, done, write } = setUp(log)
    await shard.loaded
    for (const name of ['a', 'b', 'c', 'd']) write(name, 1)
    const many = (count: number) => Array.from({ length: count }, (_, index) => ({ name: 'n', value: index }))
    shard.write(() => ({ response: 'ok', records: many(5) }), done('together'))
    shard.write(() => ({ response: 'ok', records: many(5), divisible: true }), done('one by one'))
    clock.advance(0)
    expect(answers.filter(answer => answer.startsWith('tog'))).toEqual(['together: RECORD_LIST_TOO_LARGE'])
    expect(answers.at(-1)).toBe('one by one: ok')
    expect(log.nextOffset).toBe(9)
    expect(log.batches.every(batch => batch.length <= log.batchBytesMax)).toBe(true)
  })

  test('a batch that is refused while the next event is decided takes that one with it', async () => {
    const log = new MemoryLog()
    log.batchBytesMax = 61 + 2 * 30
    const { shard, clock, answers, numbers, write } = setUp(log)
    await shard.loaded
    write('a', 1)
    write('b', 1)
    log.refusal = errors.KAFKA_STORAGE_ERROR
    write('c', 1)
    clock.advance(0)
    expect(answers).toEqual(['a=1: KAFKA_STORAGE_ERROR', 'b=1: KAFKA_STORAGE_ERROR', 'c=1: KAFKA_STORAGE_ERROR'])
    expect([numbers.values.size, log.nextOffset]).toEqual([0, 0])
  })

  test('no more wait than may: the next is told to come again', async () => {
    const { shard, log, clock, answers, write, ask } = setUp(new MemoryLog(), { parkedEventsMax: 2 })
    await shard.loaded
    write('a', 1)
    write('b', 1)
    write('c', 1)
    ask('a')
    expect(answers).toEqual(['c=1: COORDINATOR_NOT_AVAILABLE', 'a: COORDINATOR_NOT_AVAILABLE'])
    clock.advance(0)
    log.commit()
    write('c', 1)
    expect(shard.parkedCount).toBe(1)
  })

  test('who waits too long is told so, once', async () => {
    const { shard, log, clock, answers, write } = setUp()
    await shard.loaded
    write('a', 1)
    clock.advance(3000)
    write('b', 1)
    clock.advance(2000)
    expect(answers).toEqual(['a=1: REQUEST_TIMED_OUT'])
    log.commit()
    expect(answers).toEqual(['a=1: REQUEST_TIMED_OUT', 'b=1: ok'])
    clock.advance(10_000)
    expect(answers.length).toBe(2)
  })

  test('what follows from records that take too long waits for them, or not, as the decision says', async () => {
    const { shard, log, clock, answers } = setUp()
    await shard.loaded
    const decide = (name: string, settlesLate: boolean) => {
      const settled = (error: ProtocolError) =>
        void answers.push(`${name} settled: ${errorName(error.code)}`) as undefined
      const decision = { response: undefined, records: [{ name, value: 1 }], settled, settlesLate }
      shard.write(
        () => decision,
        outcome => answers.push(`${name}: ${outcome.ok ? 'ok' : errorName(outcome.error.code)}`),
      )
    }
    decide('a', true)
    decide('b', false)
    clock.advance(5000)
    const tooLate = ['a: REQUEST_TIMED_OUT', 'b: REQUEST_TIMED_OUT', 'b settled: REQUEST_TIMED_OUT']
    expect(answers).toEqual(tooLate)
    log.commit()
    expect(answers).toEqual([...tooLate, 'a settled: NONE'])
  })

  test('timers are events that write', async () => {
    const { shard, log, clock, numbers } = setUp(new MemoryLog({ autoCommit: true }))
    await shard.loaded
    numbers.timers.schedule('tick', 100, () => ({ response: undefined, records: [{ name: 'tick', value: 1 }] }))
    clock.advance(100)
    expect([log.nextOffset, numbers.values.get('tick')]).toEqual([1, 1])
  })

  test('closing answers everybody, and stops timers', async () => {
    const { shard, clock, answers, numbers, write, ask } = setUp()
    await shard.loaded
    write('a', 1)
    clock.advance(0)
    write('b', 1)
    numbers.timers.schedule('tick', 100, () => undefined)
    shard.close()
    expect(answers).toEqual(['a=1: NOT_COORDINATOR', 'b=1: NOT_COORDINATOR'])
    ask('a')
    expect(answers.at(-1)).toBe('a: NOT_COORDINATOR')
    expect([numbers.events.at(-1), clock.pending, shard.status]).toEqual(['unloaded', 0, 'closed'])
  })

  test('a log that cannot commit any more fails the shard', async () => {
    const { shard, log, clock, answers, lines, write } = setUp()
    await shard.loaded
    write('a', 1)
    clock.advance(0)
    log.fail(errors.KAFKA_STORAGE_ERROR)
    expect(answers).toEqual(['a=1: NOT_COORDINATOR'])
    expect(shard.status).toBe('failed')
    expect(lines.filter(({ level }) => level === 'error').length).toBe(1)
  })

  test('somebody else in its log fails the shard', async () => {
    const { shard, log, clock, answers, write } = setUp()
    await shard.loaded
    write('a', 1)
    log.append(batchOf({ name: 'intruder', value: 1 }))
    clock.advance(0)
    expect([shard.status, answers]).toEqual(['failed', ['a=1: NOT_COORDINATOR']])
  })
})

describe('loading', () => {
  test('applies the log from its start; meanwhile nobody is answered', async () => {
    const content = [batchOf({ name: 'a', value: 1 }, { name: 'b', value: 2 }), batchOf({ name: 'a', value: 3 })]
    const log = new MemoryLog()
    for (const batch of content) log.append(batch)
    log.commit(2)
    const { shard, numbers, answers, ask } = setUp(log)
    ask('a')
    expect(answers).toEqual(['a: COORDINATOR_LOAD_IN_PROGRESS'])
    await shard.loaded
    expect(numbers.events).toEqual(['0:a=1', '1:b=2', '2:a=3', 'loaded'])
    // The last record is not committed: decisions see it, readers do not yet, and answers wait for it.
    expect(shard.read(({ values }) => values.getCommitted('a'))).toEqual({ ok: true, response: 1 })
    ask('a')
    expect(answers.length).toBe(1)
    log.commit()
    expect(answers.at(-1)).toBe('a: 3')
    expect(shard.read(({ values }) => values.getCommitted('a'))).toEqual({ ok: true, response: 3 })
  })

  test('transactions end where their markers stand', async () => {
    const marker = (type: 'COMMIT' | 'ABORT', producerId: number) =>
      buildBatch([encodeControlRecord({ type, coordinatorEpoch: 0 })], {
        control: true,
        transactional: true,
        producerId,
        producerEpoch: 1,
      })
    const options = { producerId: 7, producerEpoch: 1, transactional: true }
    const inTransaction = buildBatch([codec.encode({ name: 'a', value: 1 })], options)
    const log = new MemoryLog()
    for (const batch of [inTransaction, marker('COMMIT', 7), marker('ABORT', 8)]) log.append(batch)
    const { shard, numbers } = setUp(log)
    await shard.loaded
    expect(numbers.events).toEqual(['producer 7', '0:a=1', 'commit 7', 'abort 8', 'loaded'])
  })

  test('a record type that is not known is skipped, and said once', async () => {
    const unknown = buildBatch([
      { key: Buffer.from('9x'), value: Buffer.from('1') },
      { key: Buffer.from('9y'), value: Buffer.from('1') },
    ])
    const log = new MemoryLog({ content: [unknown] })
    log.append(batchOf({ name: 'a', value: 1 }))
    const { shard, numbers, lines } = setUp(log)
    await shard.loaded
    expect(numbers.events).toEqual(['2:a=1', 'loaded'])
    const warnings = lines.filter(({ level }) => level === 'warn')
    expect(warnings.map(({ text }) => text)).toEqual([
      'the record at offset 0 of __numbers-3 has type 57, which this version does not know: it and others of its type stay in the log and are ignored',
    ])
  })

  test.each([
    ['a value that cannot be read', () => buildBatch([{ key: Buffer.from('1a'), value: Buffer.from('x') }])],
    ['a record that contradicts the state', () => batchOf({ name: 'poison', value: 1 })],
    [
      'a damaged batch',
      () => {
        const batch = batchOf({ name: 'a', value: 1 })
        batch[batch.length - 2]! ^= 1
        return batch
      },
    ],
  ])('%s fails the shard with one line that says where', async (_, damaged) => {
    const log = new MemoryLog()
    log.append(batchOf({ name: 'a', value: 1 }))
    log.append(damaged())
    const { shard, lines, answers, ask } = setUp(log)
    await shard.loaded
    ask('a')
    expect([shard.status, answers]).toEqual(['failed', ['a: NOT_COORDINATOR']])
    const said = lines.filter(({ level }) => level === 'error')
    expect(said.length).toBe(1)
    expect(said[0]!.text).toContain('coordinator of __numbers-3 could not load')
    expect(said[0]!.text).toContain('offset 1 of __numbers-3')
  })

  test('stops when the leadership ends meanwhile', async () => {
    const log = new MemoryLog()
    log.append(batchOf({ name: 'a', value: 1 }))
    const { shard, numbers } = setUp(log)
    shard.close()
    await shard.loaded
    expect([shard.status, numbers.events]).toEqual(['closed', ['unloaded']])
  })
})
