// Each invariant must see the breach that it is there for, planted here, and be silent about what is allowed.

import { describe, expect, test } from 'vitest'
import { buildBatch } from '../../protocol/records/batch-builder.ts'
import { setBaseOffset, setMaxTimestamp, setPartitionLeaderEpoch } from '../../protocol/records/batch-header.ts'
import { AcknowledgedRecordsSurvive } from './acknowledged-records-survive.ts'
import { AnswersInOrder } from './answers-in-order.ts'
import { CommittedOffsetsStay } from './committed-offsets-stay.ts'
import { inputReadOnce } from './input-read-once.ts'
import { LastStableOffsetHolds } from './last-stable-offset-holds.ts'
import { coversTheLog, offsetsWithoutGaps } from './offsets-without-gaps.ts'
import { OneAssignmentPerGeneration } from './one-assignment-per-generation.ts'
import { oneOwnerPerPartition } from './one-owner-per-partition.ts'
import { PositionsMoveForward } from './positions-move-forward.ts'
import { ReadsEqualWrites } from './reads-equal-writes.ts'
import { RecordsNeverChange } from './records-never-change.ts'
import { replayEqualsLive } from './replay-equals-live.ts'
import { sequencesInOrder } from './sequences-in-order.ts'
import { batchContent, type StoredBatch, storedBatches } from './stored-batch.ts'
import { TopicsKeepTheirId } from './topics-keep-their-id.ts'
import type { Violation } from './violation.ts'

const names = (violations: readonly Violation[]) => violations.map(violation => violation.name)

function batch(firstOffset: number, lastOffset: number, content = `${firstOffset}-${lastOffset}`): StoredBatch {
  return { firstOffset, lastOffset, content }
}

function ofProducer(firstOffset: number, firstSequence: number, id = '7:0'): StoredBatch {
  return { ...batch(firstOffset, firstOffset + 1), producer: { id, firstSequence, lastSequence: firstSequence + 1 } }
}

describe('batches as the invariants see them', () => {
  const sent = buildBatch([{ value: Buffer.from('a') }, { value: Buffer.from('b') }], {
    producerId: 7,
    producerEpoch: 1,
    baseSequence: 3,
  })
  const stamped = Buffer.from(sent)
  setBaseOffset(stamped, 0, 40)
  setPartitionLeaderEpoch(stamped, 0, 5)

  test('what a leader stamps does not change the content, anything else does', () => {
    expect(batchContent(stamped)).toBe(batchContent(sent))
    for (const position of [17, 21, 43, 60, sent.length - 1]) {
      const changed = Buffer.from(sent)
      changed[position]! ^= 1
      expect(batchContent(changed)).not.toBe(batchContent(sent))
    }
  })

  test('the time that a broker stamps, and the checksum with it, can be left out', () => {
    const timed = Buffer.from(stamped)
    setMaxTimestamp(timed, 0, 'LogAppendTime', 99)
    expect(batchContent(timed)).not.toBe(batchContent(sent))
    expect(batchContent(timed, { stamped: true })).toBe(batchContent(sent, { stamped: true }))
    timed[timed.length - 1]! ^= 1
    expect(batchContent(timed, { stamped: true })).not.toBe(batchContent(sent, { stamped: true }))
  })

  test('the codec that a broker chooses can be left out, too', () => {
    const records = [{ value: Buffer.from('a') }, { value: Buffer.from('b') }]
    const contents = (['none', 'gzip', 'zstd'] as const).map(compression =>
      batchContent(buildBatch(records, { compression }), { stamped: true }),
    )
    expect(new Set(contents).size).toBe(1)
    expect(batchContent(buildBatch(records.slice(0, 1)), { stamped: true })).not.toBe(contents[0])
  })

  test('are read with their offsets and their producer; a cut one at the end is left out', () => {
    const content = batchContent(sent)
    const producer = { id: '7:1', firstSequence: 3, lastSequence: 4 }
    expect(storedBatches(Buffer.concat([stamped, stamped.subarray(0, 50)]), 'p')).toEqual({
      batches: [{ firstOffset: 40, lastOffset: 41, content, producer }],
      violation: undefined,
    })
  })

  test('whose checksum is wrong are a violation', () => {
    const damaged = Buffer.from(stamped)
    damaged[damaged.length - 1]! ^= 1
    const found = storedBatches(Buffer.concat([stamped, damaged]), 'p')
    expect([found.batches.length, found.violation?.name]).toEqual([1, 'batchDamaged'])
  })
})

test('records never change: other bytes and overlapping batches are seen, a forgotten end may be written anew', () => {
  const invariant = new RecordsNeverChange('p')
  expect(invariant.see(batch(0, 4))).toEqual([])
  expect(invariant.see(batch(5, 6))).toEqual([])
  expect(invariant.see(batch(0, 4))).toEqual([])
  expect(names(invariant.see(batch(0, 4, 'other')))).toEqual(['recordsChanged'])
  expect(names(invariant.see(batch(4, 4)))).toEqual(['offsetUsedTwice'])
  expect(names(invariant.see(batch(6, 9)))).toEqual(['offsetUsedTwice'])
  invariant.forgetFrom(6)
  expect(invariant.see(batch(5, 5, 'new'))).toEqual([])
  expect(names(invariant.see(batch(0, 4, 'other')))).toEqual(['recordsChanged'])
})

test('acknowledged records survive: a lost end, a lost middle and exchanged bytes are seen', () => {
  const invariant = new AcknowledgedRecordsSurvive('p')
  for (const promised of [batch(0, 1), batch(2, 2), batch(3, 5)]) invariant.promise(promised)
  expect(invariant.checkEnd(6)).toEqual([])
  expect(names(invariant.checkEnd(5))).toEqual(['acknowledgedRecordsLost'])
  const whole = [batch(0, 1), batch(2, 2), batch(3, 5), batch(6, 6)]
  const log = (startOffset: number, batches: StoredBatch[]) => ({ startOffset, endOffset: 7, batches })
  expect(invariant.checkLog(log(0, whole))).toEqual([])
  expect(invariant.checkLog(log(3, whole.slice(2)))).toEqual([])
  expect(invariant.checkLog(log(4, whole.slice(3)))).toEqual([])
  expect(names(invariant.checkLog(log(0, [batch(0, 1), batch(3, 5)])))).toEqual(['acknowledgedRecordsLost'])
  expect(names(invariant.checkLog(log(0, [batch(0, 1), batch(2, 2, 'other'), batch(3, 5)])))).toEqual([
    'acknowledgedRecordsLost',
  ])
  invariant.forgetFrom(2)
  expect([...invariant.checkEnd(2), ...invariant.checkLog(log(0, [batch(0, 1)]))]).toEqual([])
})

test('offsets come once and without gaps: within an answer, and over a whole log', () => {
  const whole = [batch(4, 6), batch(7, 7), batch(8, 9)]
  expect(offsetsWithoutGaps('p', whole, 5)).toEqual([])
  expect(names(offsetsWithoutGaps('p', whole, 7))).toEqual(['offsetGap'])
  expect(names(offsetsWithoutGaps('p', whole, 3))).toEqual(['offsetGap'])
  expect(names(offsetsWithoutGaps('p', [batch(4, 6), batch(8, 9)], 4))).toEqual(['offsetGap'])
  expect(names(offsetsWithoutGaps('p', [batch(4, 6), batch(6, 9)], 4))).toEqual(['offsetUsedTwice'])
  expect(coversTheLog('p', { startOffset: 5, endOffset: 10, batches: whole })).toEqual([])
  expect(coversTheLog('p', { startOffset: 5, endOffset: 5, batches: [] })).toEqual([])
  expect(names(coversTheLog('p', { startOffset: 5, endOffset: 11, batches: whole }))).toEqual(['offsetGap'])
  expect(names(coversTheLog('p', { startOffset: 3, endOffset: 10, batches: whole }))).toEqual(['offsetGap'])
})

test('idempotent producers: repetition, omission and exchange are seen, per producer and epoch', () => {
  const check = (batches: StoredBatch[], fromTheStart = true) => names(sequencesInOrder('p', batches, { fromTheStart }))
  expect(
    check([ofProducer(0, 0), ofProducer(2, 0, '8:0'), batch(4, 4), ofProducer(5, 2), ofProducer(7, 0, '7:1')]),
  ).toEqual([])
  expect(check([ofProducer(0, 0), ofProducer(2, 0)])).toEqual(['idempotentBatchRepeated'])
  expect(check([ofProducer(0, 0), ofProducer(2, 4)])).toEqual(['idempotentBatchMissing'])
  expect(check([ofProducer(0, 0), ofProducer(2, 4), ofProducer(4, 2)])).toEqual([
    'idempotentBatchMissing',
    'idempotentBatchRepeated',
  ])
  expect(check([ofProducer(0, 6)])).toEqual(['idempotentBatchMissing'])
  expect(check([ofProducer(0, 6)], false)).toEqual([])
})

test('reads equal writes: what nobody sent, and what stands twice, is seen', () => {
  const invariant = new ReadsEqualWrites('p')
  invariant.send('x')
  expect(invariant.read(batch(0, 0, 'x'))).toEqual([])
  expect(invariant.read(batch(0, 0, 'x'))).toEqual([])
  expect(names(invariant.read(batch(1, 1, 'y')))).toEqual(['recordsNeverWritten'])
  expect(names(invariant.read(batch(1, 1, 'x')))).toEqual(['recordsStoredTwice'])
  expect(invariant.read(batch(2, 2, 'x'), 2)).toEqual([])
  invariant.send('x')
  invariant.forgetFrom(1)
  expect(invariant.read(batch(0, 0, 'x'))).toEqual([])
})

test('positions: each that goes back, and a wrong order, is seen; an overtaken answer counts from when it was asked', () => {
  const invariant = new PositionsMoveForward('p')
  const asked = invariant.known
  expect(invariant.see({ logStartOffset: 2, highWatermark: 5, logEndOffset: 6 })).toEqual([])
  expect(names(invariant.see({ logStartOffset: 1, highWatermark: 5, logEndOffset: 6 }))).toEqual([
    'logStartOffsetWentBack',
  ])
  expect(names(invariant.see({ highWatermark: 4 }))).toEqual(['highWatermarkWentBack'])
  expect(names(invariant.see({ logEndOffset: 5 }))).toEqual(['logEndOffsetWentBack'])
  expect(invariant.see({ highWatermark: 4 }, asked)).toEqual([])
  expect(names(invariant.see({ highWatermark: 8, logEndOffset: 7 }))).toEqual(['positionsOutOfOrder'])
  invariant.forgetFrom(3)
  expect(invariant.see({ logStartOffset: 2, highWatermark: 3, logEndOffset: 3 })).toEqual([])
})

test('committed offsets: less than what was acknowledged, and what nobody committed, is seen; limbo is allowed for', () => {
  const invariant = new CommittedOffsetsStay('g')
  expect(invariant.see(-1)).toEqual([])
  invariant.attempt(5)
  expect([...invariant.see(-1), ...invariant.see(5)]).toEqual([])
  invariant.acknowledge(5)
  expect(names(invariant.see(-1))).toEqual(['committedOffsetWentBack'])
  expect(names(invariant.see(6))).toEqual(['committedOffsetInvented'])
  invariant.attempt(6)
  invariant.lose(6)
  invariant.attempt(9)
  invariant.acknowledge(9)
  expect(invariant.see(6)).toEqual([])
  expect(names(invariant.see(5))).toEqual(['committedOffsetWentBack'])
  invariant.attempt(10, 1)
  expect(invariant.see(6)).toEqual([])
  invariant.acknowledge(10)
  expect(names(invariant.see(6))).toEqual(['committedOffsetWentBack'])
  invariant.attempt(12, 1)
  invariant.refuse(12)
  expect(names(invariant.see(12))).toEqual(['committedOffsetInvented'])
  invariant.forget()
  expect(invariant.see(-1)).toEqual([])
})

test('topics: a lost one, another id, fewer partitions and a return from the dead are seen', () => {
  const topic = { name: 't', id: 'one', partitions: 2 }
  const invariant = new TopicsKeepTheirId()
  const check = (found: typeof topic | undefined) => names(invariant.check(() => found))
  expect(check(undefined)).toEqual([])
  invariant.created(topic)
  expect(check({ ...topic, partitions: 3 })).toEqual([])
  for (const wrong of [undefined, { ...topic, id: 'two' }, { ...topic, partitions: 1 }])
    expect(check(wrong)).toEqual(['topicLost'])
  invariant.deleting('one')
  expect([...check(topic), ...check(undefined)]).toEqual([])
  invariant.deleted('one')
  expect(check(topic)).toEqual(['topicCameBack'])
  expect(check({ ...topic, id: 'two' })).toEqual([])
})

test('answers in order: an overtaking one and one too many are seen', () => {
  const invariant = new AnswersInOrder('c')
  for (const id of [1, 2, 3]) invariant.ask(id)
  expect(invariant.answer(1)).toEqual([])
  expect(names(invariant.answer(3))).toEqual(['answerOutOfOrder'])
  expect(invariant.answer(3)).toEqual([])
  expect(names(invariant.answer(4))).toEqual(['answerOutOfOrder'])
})

test('generations: two plans, and two owners of a partition, are seen', () => {
  const invariant = new OneAssignmentPerGeneration()
  const seen = { groupId: 'g', generationId: 1, memberId: 'm', plan: 'a', partitions: ['t-0'] }
  expect([
    ...invariant.see(seen),
    ...invariant.see(seen),
    ...invariant.see({ ...seen, generationId: 2, plan: 'b' }),
  ]).toEqual([])
  expect(names(invariant.see({ ...seen, memberId: 'n', plan: 'b' }))).toEqual(['generationAssignedTwice'])
  expect(names(invariant.see({ ...seen, memberId: 'n' }))).toEqual(['partitionOwnedTwice'])
  invariant.forget()
  expect(invariant.see({ ...seen, plan: 'b' })).toEqual([])
})

test('owners: two members with one partition are seen, but not one whom the group does not have', () => {
  const check = (members: string[], ...claims: [string, string[]][]) => {
    const claimed = claims.map(([memberId, partitions]) => ({ memberId, partitions }))
    return names(oneOwnerPerPartition('g', new Set(members), claimed))
  }
  expect(check(['a', 'b'], ['a', ['t-0', 't-1']], ['b', ['t-2']])).toEqual([])
  expect(check(['a'], ['a', ['t-0']], ['gone', ['t-0']])).toEqual([])
  expect(check(['a', 'b'], ['a', ['t-0', 't-1']], ['b', ['t-1']])).toEqual(['partitionWithTwoOwners'])
})

test('the last stable offset: before what is open or has no committed marker, and nowhere else', () => {
  const invariant = new LastStableOffsetHolds('p')
  const check = (lastStableOffset: number, highWatermark: number) =>
    names(invariant.check(lastStableOffset, highWatermark))
  expect(check(5, 5)).toEqual([])
  expect(check(4, 5)).toEqual(['lastStableOffsetTooLow'])
  invariant.data(7, 5)
  invariant.data(8, 6)
  invariant.data(7, 7)
  expect(check(5, 8)).toEqual([])
  expect(check(6, 8)).toEqual(['lastStableOffsetTooHigh'])
  invariant.marker(7, 8)
  // Its marker is not committed yet.
  expect(check(5, 8)).toEqual([])
  expect(check(6, 8)).toEqual(['lastStableOffsetTooHigh'])
  // And is lost with the end of the log: the transaction is open again.
  invariant.forgetFrom(8)
  expect(check(6, 9)).toEqual(['lastStableOffsetTooHigh'])
  invariant.marker(7, 8)
  expect(check(6, 9)).toEqual([])
  expect(check(9, 9)).toEqual(['lastStableOffsetTooHigh'])
  invariant.marker(8, 9)
  invariant.marker(9, 10)
  expect(check(11, 11)).toEqual([])
  invariant.data(9, 11)
  invariant.forgetFrom(11)
  expect(check(11, 11)).toEqual([])
})

test('replay and live state: what differs is named with its place', () => {
  const live = { g: { members: ['a', 'b'], offset: 5n } }
  const what = (replayed: unknown) => replayEqualsLive('groups', live, replayed).map(violation => violation.what)
  expect(what({ g: { members: ['a', 'b'], offset: 5n } })).toEqual([])
  expect(what({ g: { members: ['a', 'b'], offset: 6n } })).toEqual(['groups.g.offset is "5", replayed "6"'])
  expect(what({ g: { members: ['a'], offset: 5n } })).toEqual(['groups.g.members.1 is "b", replayed missing'])
  expect(what({})).toEqual(['groups.g is {"members":["a","b"],"offset":"5"}, replayed missing'])
  expect(names(replayEqualsLive('groups', {}, live))).toEqual(['replayDiffers'])
  expect(names(replayEqualsLive('groups', [], {}))).toEqual(['replayDiffers'])
})

test('input: a piece twice, one passed over, and an offset that is not where the output ends are seen', () => {
  const check = (offset: number, ...pieces: [number, number][]) =>
    names(
      inputReadOnce(
        'p',
        pieces.map(([from, to]) => ({ from, to, transaction: 'x' })),
        offset,
      ),
    )
  expect([...check(-1), ...check(0), ...check(5, [3, 5], [0, 3])]).toEqual([])
  expect(check(5, [0, 3], [2, 5])).toEqual(['inputReadTwice'])
  expect(check(5, [0, 3], [0, 3], [3, 5])).toEqual(['inputReadTwice'])
  expect(check(5, [0, 3], [4, 5])).toEqual(['inputPassedOver'])
  expect(check(6, [0, 3], [3, 5])).toEqual(['inputAndOffsetDiffer'])
  expect(check(-1, [0, 3])).toEqual(['inputAndOffsetDiffer'])
})
