import { describe, expect, test } from 'vitest'
import { judgeProcessing, type MemberEvent, type MemberHistory } from './processing.ts'

const at = (kind: 'assigned' | 'revoked' | 'lost', timeNs: number): MemberEvent => ({ kind, partition: 0, timeNs })
const record = (offset: number, timeNs: number, value = String(offset)): MemberEvent => ({
  ...{ kind: 'record', partition: 0, timeNs },
  ...{ offset, value },
})
const member = (name: string, ...events: MemberEvent[]): MemberHistory => ({ name, events })

const a = member('a', at('assigned', 1), record(0, 2), record(1, 3), at('revoked', 4))
const b = member('b', at('assigned', 5), record(2, 6), record(3, 7), at('revoked', 9))
const wrongOf = (histories: readonly MemberHistory[], count = 4) => judgeProcessing(histories, [count]).wrong

describe('what the members of a group did', () => {
  test('each record once, one member after the other', () => {
    expect(judgeProcessing([b, a], [4])).toEqual({
      ...{ processed: 4, missing: 0, duplicates: 0, handovers: 1 },
      wrong: [],
    })
  })

  test('a member that has a partition still', () => {
    expect(wrongOf([a, member('b', at('assigned', 5), record(2, 6), record(3, 7))])).toEqual([])
  })

  test('a record that nobody processed', () => {
    expect(judgeProcessing([a, b], [5]).missing).toBe(1)
    expect(wrongOf([a, b], 5)).toEqual(['partition 0: not processed: offset 4'])
  })

  test('a record processed by two members', () => {
    const again = member('b', at('assigned', 5), record(1, 6), record(2, 7), record(3, 8), at('revoked', 9))
    expect(judgeProcessing([a, again], [4]).duplicates).toBe(1)
    expect(wrongOf([a, again])).toEqual(['partition 0: processed twice: offset 1'])
  })

  test('records out of order', () => {
    const back = member('b', at('assigned', 5), record(3, 6), record(2, 7), at('revoked', 9))
    expect(wrongOf([a, back])).toEqual(['partition 0: offset 2 (b) was processed after 3 (b)'])
  })

  test('a partition that two members had at once, also when a short owner lies within a long one', () => {
    const early = member('b', at('assigned', 3.5), record(2, 6), record(3, 7), at('revoked', 9))
    expect(wrongOf([a, early])).toEqual(['partition 0: b took it while a had it'])
    const within = member('c', at('assigned', 2), at('revoked', 2.5))
    expect(wrongOf([a, b, within])).toEqual(['partition 0: c took it while a had it'])
  })

  test('a record processed by a member after its partition was revoked', () => {
    const late = member('a', at('assigned', 1), record(0, 2), at('revoked', 2.5), record(1, 3))
    expect(wrongOf([late, b])).toEqual(['partition 0: a processed offset 1, but did not have the partition'])
  })

  test('what a member did before it could know does not count: somebody else has to do it as well', () => {
    const aftermath = (offset: number, time: number) => ({ ...record(offset, time), isAftermath: true })
    const thawed = member('a', at('assigned', 1), record(0, 2), at('lost', 2.5), aftermath(1, 5.5), at('lost', 6))
    const follower = member('b', at('assigned', 3), record(1, 4), record(2, 5), record(3, 6), at('revoked', 9))
    expect(wrongOf([thawed, follower])).toEqual([])
    expect(judgeProcessing([thawed, follower], [4])).toMatchObject({ processed: 5, missing: 0, duplicates: 1 })
    const lazy = member('b', at('assigned', 3), record(2, 5), record(3, 6), at('revoked', 9))
    expect(wrongOf([thawed, lazy])).toEqual(['partition 0: not processed: offset 1'])
  })

  test('another value than the one that was sent', () => {
    const other = member('b', at('assigned', 5), record(2, 6), record(3, 7, '2'), at('revoked', 9))
    expect(wrongOf([a, other])).toEqual(['partition 0: offset 3 has the value 2, of 4 records sent'])
  })
})
