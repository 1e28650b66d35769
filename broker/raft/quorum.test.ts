import { describe, expect, test } from 'vitest'
import { decodeControlRecord } from '../../protocol/records/control-record.ts'
import { zeroUuid } from '../../protocol/wire/uuid.ts'
import { decodeElectionState, encodeElectionState, noElection, QuorumStateError } from './election-state.ts'
import { Quorum, QuorumError, type QuorumStart, type RaftBatch } from './quorum.ts'
import { mayBecome, type Role, transitions } from './roles.ts'
import { staticVoters, type Voter } from './voter-set.ts'

const directoryId = 'G0XLi5N4RDaGbm-U0qnryw'
const local: Voter = {
  id: 1,
  directoryId,
  endpoints: [{ name: 'CONTROLLER', host: '127.0.0.1', port: 9093 }],
  minKraftVersion: 0,
  maxKraftVersion: 1,
}

function start(options: Partial<QuorumStart> = {}): QuorumStart {
  return {
    local,
    localDirectoryId: directoryId,
    voters: [local],
    kraftVersion: 1,
    votersInLog: true,
    election: noElection,
    logEndOffset: 0,
    lastEpoch: 0,
    ...options,
  }
}

function elected(options: Partial<QuorumStart> = {}): Quorum {
  const quorum = new Quorum(start(options))
  quorum.step({ type: 'start' })
  return quorum
}

const typesOf = (batch: RaftBatch): string[] =>
  batch.records.map(({ key, value }) => decodeControlRecord(key, value).type)

describe('roles', () => {
  test('every pair: legal exactly when the table says so', () => {
    const roles = Object.keys(transitions) as Role[]
    const legal = roles.flatMap(from => roles.filter(to => mayBecome(from, to)).map(to => `${from} -> ${to}`))
    expect(legal).toMatchInlineSnapshot(`
      [
        "unattached -> unattached",
        "unattached -> prospective",
        "unattached -> follower",
        "prospective -> unattached",
        "prospective -> candidate",
        "prospective -> follower",
        "candidate -> unattached",
        "candidate -> prospective",
        "candidate -> leader",
        "candidate -> follower",
        "leader -> unattached",
        "leader -> follower",
        "leader -> resigned",
        "follower -> unattached",
        "follower -> prospective",
        "follower -> follower",
        "resigned -> unattached",
        "resigned -> follower",
      ]
    `)
  })
})

describe('a quorum of one', () => {
  test('leads a new epoch, which is to be persisted before its first record is appended', () => {
    const quorum = elected()
    expect(quorum.role).toBe('leader')
    const ready = quorum.takeReady()!
    expect(ready.persist).toEqual({ epoch: 1, leaderId: 1, votedId: -1, votedDirectoryId: zeroUuid })
    expect(ready.append).toHaveLength(1)
    expect(ready.append[0]).toMatchObject({ baseOffset: 0, epoch: 1, isControl: true })
    expect(typesOf(ready.append[0]!)).toEqual(['LEADER_CHANGE'])
    expect(quorum.takeReady()).toBeNull()
  })

  test('never leads an epoch twice: neither the one in quorum-state nor the last one in the log', () => {
    const led = { epoch: 7, leaderId: 1, votedId: -1, votedDirectoryId: zeroUuid }
    expect(elected({ election: led, lastEpoch: 5, logEndOffset: 40 }).epoch).toBe(8)
    expect(elected({ election: led, lastEpoch: 9, logEndOffset: 40 }).epoch).toBe(10)
  })

  test('writes the voters into a log that has them from formatting only, and when its own endpoints have changed', () => {
    const formatted = elected({ votersInLog: false }).takeReady()!.append[0]!
    expect(typesOf(formatted)).toEqual(['LEADER_CHANGE', 'KRAFT_VERSION', 'KRAFT_VOTERS'])
    const moved = { ...local, endpoints: [{ name: 'CONTROLLER', host: '127.0.0.1', port: 19093 }] }
    const quorum = elected({ voters: [moved] })
    expect(typesOf(quorum.takeReady()!.append[0]!)).toEqual(['LEADER_CHANGE', 'KRAFT_VERSION', 'KRAFT_VOTERS'])
    expect(quorum.voters).toEqual([local])
  })

  test('with kraft.version 0 the voters are those of the settings, and the log says nothing of them', () => {
    const quorum = elected({ kraftVersion: 0, votersInLog: false, voters: staticVoters([{ id: 1, endpoints: [] }]) })
    expect(typesOf(quorum.takeReady()!.append[0]!)).toEqual(['LEADER_CHANGE'])
  })

  test('commits what is on disk, from the first record of its own epoch on, and never less', () => {
    const quorum = elected({ logEndOffset: 10, lastEpoch: 3 })
    quorum.step({ type: 'flushed', endOffset: 10 })
    expect(quorum.highWatermark).toBe(0)
    quorum.step({ type: 'flushed', endOffset: 11 })
    expect(quorum.highWatermark).toBe(11)
    expect(quorum.propose([{ key: null, value: Buffer.from('a') }])).toBe(11)
    quorum.step({ type: 'flushed', endOffset: 12 })
    quorum.step({ type: 'flushed', endOffset: 11 })
    expect(quorum.highWatermark).toBe(12)
  })

  test('offers nothing any more once it has resigned', () => {
    const quorum = elected()
    quorum.takeReady()
    quorum.propose([{ key: null, value: Buffer.from('a') }])
    quorum.step({ type: 'resign' })
    expect(quorum.role).toBe('resigned')
    expect(quorum.takeReady()).toBeNull()
    expect(() => quorum.propose([])).toThrow('resigned')
  })

  test.each<[string, Partial<QuorumStart>, string]>([
    ['more voters', { voters: [local, { ...local, id: 2 }] }, '2 voters'],
    ['somebody else votes', { voters: [{ ...local, id: 2 }] }, 'not one of the voters'],
    ['another disk votes', { voters: [{ ...local, directoryId: 'iBkp1nyhSdOkBTDuY5Po4A' }] }, 'directory id'],
    ['a kraft.version that does not exist yet', { kraftVersion: 2 }, 'kraft.version 2'],
  ])('is refused: %s', (_, options, message) => {
    expect(() => new Quorum(start(options))).toThrow(QuorumError)
    expect(() => new Quorum(start(options))).toThrow(message)
  })
})

describe('quorum-state', () => {
  // As Kafka 4.3.0 left them, with static voters and with dynamic ones.
  const files = {
    0: '{"clusterId":"","leaderId":1,"leaderEpoch":2,"votedId":-1,"appliedOffset":0,"currentVoters":[{"voterId":1}],"data_version":0}',
    1: '{"leaderId":1,"leaderEpoch":1,"votedId":-1,"votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAA","data_version":1}',
  }

  test.each([0, 1] as const)('version %i is read, and written byte for byte as Kafka does', version => {
    const state = decodeElectionState(Buffer.from(files[version]))
    expect(state).toEqual({ epoch: version === 0 ? 2 : 1, leaderId: 1, votedId: -1, votedDirectoryId: zeroUuid })
    expect(encodeElectionState(state, version, [1]).toString()).toBe(files[version])
  })

  test.each([
    '',
    '[]',
    '{}',
    '{"data_version":2}',
    '{"data_version":1,"leaderId":1}',
    '{"data_version":1,"leaderEpoch":"x"}',
  ])('refuses %j', content => {
    expect(() => decodeElectionState(Buffer.from(content))).toThrow(QuorumStateError)
  })
})
