import { describe, expect, test } from 'vitest'
import { nextEpoch, noIdentity, type ProducerIdentity } from './producer-identity.ts'
import { PartitionSequences, type Sequenced } from './sequences.ts'

const first: ProducerIdentity = { producerId: 7, producerEpoch: 0 }
const second: ProducerIdentity = { producerId: 7, producerEpoch: 1 }

const batch = (count: number): Sequenced => ({ count, identity: noIdentity, baseSequence: -1 })

function sent(sequences: PartitionSequences<Sequenced>, count: number, identity = first): Sequenced {
  const made = batch(count)
  sequences.assign(made, identity)
  return made
}

/** A partition in which a batch of 10 records was acknowledged. */
function known(): PartitionSequences<Sequenced> {
  const sequences = new PartitionSequences<Sequenced>()
  sequences.onAcknowledged(sent(sequences, 10))
  return sequences
}

describe('numbers', () => {
  test('follow one another, and stay when a batch is sent again', () => {
    const sequences = known()
    const [a, b] = [sent(sequences, 3), sent(sequences, 4)]
    sequences.assign(a, first)
    expect([a.baseSequence, b.baseSequence]).toEqual([10, 13])
  })

  test('go round from the largest int32 to 0', () => {
    const sequences = new PartitionSequences<Sequenced>()
    sequences.onAcknowledged(sent(sequences, 0x7fff_ffff))
    const a = sent(sequences, 2)
    expect(a.baseSequence).toBe(0x7fff_ffff)
    sequences.onAcknowledged(a)
    const b = sent(sequences, 1)
    expect(b.baseSequence).toBe(1)
    expect(sequences.isNext(1)).toBe(true)
    sequences.onAcknowledged(b)
    expect(sequences.isNext(2)).toBe(true)
  })

  test('are shared among the halves of a batch', () => {
    const sequences = known()
    const [a, b] = [sent(sequences, 10), sent(sequences, 5)]
    const halves = [batch(4), batch(6)]
    sequences.split(a, halves)
    expect(halves.map(({ baseSequence }) => baseSequence)).toEqual([10, 14])
    expect(sequences.maySend(halves[0]!, first)).toBe(true)
    expect([sequences.maySend(halves[1]!, first), sequences.maySend(b, first)]).toEqual([false, false])
  })
})

describe('what may be sent', () => {
  test('the first batch goes alone, until it is acknowledged', () => {
    const sequences = new PartitionSequences<Sequenced>()
    expect(sequences.maySend(batch(1), first)).toBe(true)
    const a = sent(sequences, 1)
    expect(sequences.maySend(batch(1), first)).toBe(false)
    sequences.onAcknowledged(a)
    sent(sequences, 1)
    expect(sequences.maySend(batch(1), first)).toBe(true)
  })

  test('what is sent again goes in order', () => {
    const sequences = known()
    const [a, b] = [sent(sequences, 1), sent(sequences, 1)]
    expect([sequences.maySend(a, first), sequences.maySend(b, first)]).toEqual([true, false])
    sequences.onAcknowledged(a)
    expect(sequences.maySend(b, first)).toBe(true)
  })

  test('nothing under another identity while something of the old one is not answered', () => {
    const sequences = known()
    const a = sent(sequences, 1)
    expect(sequences.maySend(batch(1), second)).toBe(false)
    sequences.onAcknowledged(a)
    expect(sequences.maySend(batch(1), second)).toBe(true)
    expect(sent(sequences, 1, second)).toMatchObject({ baseSequence: 0, identity: second })
  })
})

describe('a batch that was refused', () => {
  test('makes the partition begin anew: those behind it get new numbers', () => {
    const sequences = known()
    const [a, b, c] = [sent(sequences, 1), sent(sequences, 2), sent(sequences, 3)]
    sequences.onRefused(a)
    expect(sequences.mustRestart).toBe(true)
    expect(sequences.maySend(b, first)).toBe(false)
    sequences.restart(second)
    expect([b, c]).toMatchObject([
      { baseSequence: 0, identity: second },
      { baseSequence: 2, identity: second },
    ])
    expect([sequences.maySend(b, second), sequences.maySend(c, second)]).toEqual([true, false])
  })

  test('before it had numbers, changes nothing', () => {
    const sequences = known()
    sequences.onRefused(batch(1))
    expect(sequences.mustRestart).toBe(false)
  })
})

describe('a batch that was given up without an answer', () => {
  test('holds up new ones, until a later one was acknowledged', () => {
    const sequences = known()
    const [a, b] = [sent(sequences, 1), sent(sequences, 1)]
    sequences.onExpired(a)
    sequences.resolve()
    expect(sequences.isUnresolved).toBe(true)
    expect([sequences.maySend(batch(1), first), sequences.maySend(b, first)]).toEqual([false, true])
    expect(sequences.isBehindUnresolved(b.baseSequence)).toBe(true)
    sequences.onAcknowledged(b)
    sequences.resolve()
    expect([sequences.isUnresolved, sequences.mustRestart]).toEqual([false, false])
    expect(sequences.maySend(batch(1), first)).toBe(true)
  })

  test('makes the partition begin anew when it was the last', () => {
    const sequences = known()
    sequences.onExpired(sent(sequences, 1))
    sequences.resolve()
    expect(sequences.mustRestart).toBe(true)
  })

  test('is known to be written when its answer comes after all', () => {
    const sequences = known()
    const a = sent(sequences, 1)
    sequences.onExpired(a)
    sequences.onAcknowledged(a)
    sequences.resolve()
    expect(sequences.mustRestart).toBe(false)
  })

  test('counts no more once the partition has begun anew', () => {
    const sequences = known()
    const a = sent(sequences, 1)
    sequences.onExpired(a)
    sequences.restart(second)
    sequences.onAcknowledged(a)
    expect(sequences.isNext(0)).toBe(true)
  })
})

test('epochs end: a new id is needed then', () => {
  expect(nextEpoch(first)).toEqual(second)
  expect(nextEpoch({ producerId: 7, producerEpoch: 0x7fff })).toBeUndefined()
})
