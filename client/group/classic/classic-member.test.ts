// A member in the classic protocol, event by event. What the coordinator answers is what Kafka's answers in that place
// (org.apache.kafka.coordinator.group, 4.3.0); what is expected of the member is what Java's does, or the file says why not.

import { describe, expect, test } from 'vitest'
import { type ErrorName, errors } from '../../../protocol/errors.ts'
import { ClientError } from '../../client-error.ts'
import { Backoff } from '../../resilience/backoff.ts'
import type { ClassicEffect } from './classic-effect.ts'
import { ClassicMember, type JoinAnswer } from './classic-member.ts'
import { classicPhaseInWords } from './phase-in-words.ts'

const sessionTimeoutMs = 45_000
const heartbeatIntervalMs = 3000
/** The first wait is 10 ms, the next 20, ... */
const backoff = new Backoff(
  { initialMs: 100, maxMs: 1000 },
  { next: () => 0, int: () => 0, bytes: () => Buffer.alloc(0) },
)

function inWords(effect: ClassicEffect): string {
  switch (effect.kind) {
    case 'join':
      return `join as "${effect.memberId}" because "${effect.reason}"`
    case 'lead':
      return `lead ${effect.group.members.map(({ memberId }) => memberId).join(', ')}`
    case 'sync':
      return `sync generation ${effect.generation.generationId} (${effect.assignments.length} assignments)`
    case 'heartbeat':
      return `heartbeat of "${effect.memberId}" in generation ${effect.generationId}`
    case 'leave':
      return `leave as "${effect.memberId}" because "${effect.reason}"`
    case 'assigned':
      return `assigned in generation ${effect.generation.generationId}`
    case 'lost':
      return `lost: ${effect.reason}`
    case 'failed':
      return `failed ${effect.error.code}`
    default:
      return effect.kind
  }
}

class Bench {
  nowMs = 0
  readonly member: ClassicMember
  #life = 0

  constructor(groupInstanceId: string | null = null) {
    const settings = { groupId: 'g', groupInstanceId, protocolType: 'consumer', sessionTimeoutMs, heartbeatIntervalMs }
    this.member = new ClassicMember(settings, backoff)
  }

  get effects(): string[] {
    const effects = this.member.takeEffects()
    for (const effect of effects) if ('life' in effect) this.#life = effect.life
    return effects.map(inWords)
  }

  start(): string[] {
    this.member.start(this.nowMs)
    return this.effects
  }

  prepared(): string[] {
    this.member.prepared(this.#life, this.nowMs)
    return this.effects
  }

  joined(fields: Partial<JoinAnswer> & { error?: ErrorName } = {}): string[] {
    const { error = 'NONE', ...rest } = fields
    const answer: JoinAnswer = {
      errorCode: errors[error].code,
      generationId: 1,
      protocolType: 'consumer',
      protocolName: 'range',
      leader: 'other',
      skipAssignment: false,
      memberId: 'me',
      members: [],
      ...rest,
    }
    this.member.joinAnswered(this.#life, answer, this.nowMs)
    return this.effects
  }

  synced(error: ErrorName = 'NONE', protocolName: string | null = 'range'): string[] {
    const assignment = Buffer.from('mine')
    const answer = { errorCode: errors[error].code, protocolType: 'consumer', protocolName, assignment }
    this.member.syncAnswered(this.#life, answer, this.nowMs, this.nowMs)
    return this.effects
  }

  beaten(error: ErrorName = 'NONE', sentMs = this.nowMs): string[] {
    this.member.heartbeatAnswered(this.#life, errors[error].code, sentMs, this.nowMs)
    return this.effects
  }

  lostRequest(kind: 'join' | 'sync' | 'heartbeat'): string[] {
    this.member.requestFailed(this.#life, kind, this.nowMs)
    return this.effects
  }

  pass(ms: number): string[] {
    this.nowMs += ms
    this.member.tick(this.nowMs)
    return this.effects
  }

  /** A member of generation 1, at time 0. */
  static stable(groupInstanceId: string | null = null): Bench {
    const bench = new Bench(groupInstanceId)
    bench.start()
    bench.prepared()
    bench.joined()
    bench.synced()
    return bench
  }
}

describe('joining', () => {
  test('goes by way of a member id that the coordinator gives (KIP-394)', () => {
    const bench = new Bench()
    expect(bench.start()).toEqual(['prepare'])
    expect(bench.prepared()).toEqual(['join as "" because ""'])
    expect(bench.joined({ error: 'MEMBER_ID_REQUIRED', memberId: 'me-1' })).toEqual([
      'abandon',
      'join as "me-1" because "need to re-join with the given member-id: me-1"',
    ])
    expect(bench.joined({ memberId: 'me-1' })).toEqual(['sync generation 1 (0 assignments)'])
    expect(bench.synced()).toEqual(['assigned in generation 1'])
    expect(bench.member).toMatchObject({ phase: 'stable', memberId: 'me-1', generationId: 1, isLeader: false })
  })

  test('as the leader assigns in between', () => {
    const bench = new Bench()
    bench.start()
    bench.prepared()
    const members = ['me', 'other'].map(memberId => ({ memberId, groupInstanceId: null, metadata: Buffer.alloc(0) }))
    expect(bench.joined({ leader: 'me', members })).toEqual(['lead me, other'])
    bench.member.led(1, [{ memberId: 'other', assignment: Buffer.alloc(0) }], 0)
    expect(bench.effects).toEqual(['sync generation 1 (1 assignments)'])
    expect(bench.synced()).toEqual(['assigned in generation 1'])
  })

  test('heartbeats go on while the leader thinks', () => {
    const bench = new Bench()
    bench.start()
    bench.prepared()
    bench.joined({ leader: 'me' })
    expect(bench.pass(heartbeatIntervalMs)).toEqual(['heartbeat of "me" in generation 1'])
  })

  test('a leader that cannot assign now tries again, one that never can gives up', () => {
    const bench = new Bench()
    bench.start()
    bench.prepared()
    bench.joined({ leader: 'me' })
    bench.member.couldNotLead(1, new ClientError('NO_BROKER_AVAILABLE', ''), 0)
    expect(bench.effects).toEqual([])
    expect(bench.pass(10)).toEqual(['join as "me" because "the leader could not assign: NO_BROKER_AVAILABLE"'])
    bench.joined({ leader: 'me' })
    bench.member.couldNotLead(3, new ClientError('INCONSISTENT_GROUP_PROTOCOL', ''), 10)
    expect(bench.effects).toEqual(['abandon', 'failed INCONSISTENT_GROUP_PROTOCOL'])
  })

  test.each(['NOT_COORDINATOR', 'COORDINATOR_NOT_AVAILABLE'] as const)('looks elsewhere after %s', error => {
    const bench = new Bench()
    bench.start()
    bench.prepared()
    expect(bench.joined({ error })).toEqual(['forgetCoordinator', 'abandon'])
    expect(bench.pass(9)).toEqual([])
    expect(bench.pass(1)).toEqual([`join as "" because "JoinGroup was refused: ${error}"`])
    expect(bench.joined({ error: 'COORDINATOR_LOAD_IN_PROGRESS' })).toEqual(['abandon'])
    expect(bench.pass(20)).toEqual(['join as "" because "JoinGroup was refused: COORDINATOR_LOAD_IN_PROGRESS"'])
  })

  test('begins as a new member when the old one is not known', () => {
    const bench = Bench.stable()
    bench.member.rejoin('x', 0)
    bench.effects
    expect(bench.prepared()).toEqual(['join as "me" because "x"'])
    expect(bench.joined({ error: 'UNKNOWN_MEMBER_ID' })).toEqual([
      'lost: the coordinator does not know this member',
      'abandon',
    ])
    expect(bench.pass(10)[0]).toContain('join as ""')
  })

  test.each([
    'FENCED_INSTANCE_ID',
    'INCONSISTENT_GROUP_PROTOCOL',
    'INVALID_SESSION_TIMEOUT',
    'GROUP_AUTHORIZATION_FAILED',
    'GROUP_MAX_SIZE_REACHED',
    'UNSUPPORTED_VERSION',
  ] as const)('ends with %s', error => {
    const bench = new Bench()
    bench.start()
    bench.prepared()
    expect(bench.joined({ error })).toEqual(['abandon', `failed ${error}`])
    expect(bench.pass(100_000)).toEqual([])
    expect(bench.member.wakeMs).toBe(Number.POSITIVE_INFINITY)
  })

  test('does not go into a group of another type, or one that agreed on something else meanwhile', () => {
    const bench = new Bench()
    bench.start()
    bench.prepared()
    expect(bench.joined({ protocolType: 'connect' })).toContain('failed INCONSISTENT_GROUP_PROTOCOL')
    const other = new Bench()
    other.start()
    other.prepared()
    other.joined()
    expect(other.synced('NONE', 'sticky')).toContain('failed INCONSISTENT_GROUP_PROTOCOL')
  })

  test('with old brokers that do not say type and protocol', () => {
    const bench = new Bench()
    bench.start()
    bench.prepared()
    bench.joined({ protocolType: null })
    expect(bench.synced('NONE', null)).toEqual(['assigned in generation 1'])
  })
})

describe('a rebalance', () => {
  test('that a heartbeat tells of is joined after what must be given up is', () => {
    const bench = Bench.stable()
    bench.pass(heartbeatIntervalMs)
    expect(bench.beaten('REBALANCE_IN_PROGRESS')).toEqual(['prepare'])
    // Giving up takes a while: the member stays one.
    expect(bench.pass(heartbeatIntervalMs)).toEqual(['heartbeat of "me" in generation 1'])
    expect(bench.beaten('REBALANCE_IN_PROGRESS')).toEqual([])
    expect(bench.prepared()).toEqual(['join as "me" because "group is already rebalancing"'])
    expect(bench.joined({ generationId: 2 })).toEqual(['sync generation 2 (0 assignments)'])
    expect(bench.synced()).toEqual(['assigned in generation 2'])
  })

  test('is not joined twice because heartbeats go on while it is made', () => {
    const bench = Bench.stable()
    bench.member.rejoin('x', 0)
    bench.effects
    bench.prepared()
    expect(bench.pass(heartbeatIntervalMs)).toEqual(['heartbeat of "me" in generation 1'])
    expect(bench.beaten('REBALANCE_IN_PROGRESS')).toEqual([])
    bench.joined({ generationId: 2 })
    expect(bench.synced()).toEqual(['assigned in generation 2'])
  })

  test('that begins again during SyncGroup is joined at once, with the member id and what is owned', () => {
    const bench = Bench.stable()
    bench.member.rejoin('x', 0)
    bench.effects
    bench.prepared()
    bench.joined({ generationId: 2 })
    expect(bench.synced('REBALANCE_IN_PROGRESS')).toEqual([
      'abandon',
      'join as "me" because "rebalance failed due to RebalanceInProgressException"',
    ])
  })

  test('that is asked for while one is under way comes after it', () => {
    const bench = new Bench()
    bench.start()
    bench.prepared()
    bench.member.rejoin('subscription has changed', 0)
    bench.joined()
    expect(bench.synced()).toEqual(['assigned in generation 1', 'prepare'])
    expect(bench.prepared()).toEqual(['join as "me" because "subscription has changed"'])
  })

  test('that has gone on without this member costs it what it had', () => {
    const bench = Bench.stable()
    bench.member.rejoin('x', 0)
    bench.effects
    bench.prepared()
    bench.joined({ generationId: 2 })
    expect(bench.synced('ILLEGAL_GENERATION')).toEqual([
      'lost: the group has moved on to another generation',
      'abandon',
    ])
    expect(bench.member).toMatchObject({ memberId: 'me', generationId: -1 })
  })

  test('ILLEGAL_GENERATION while JoinGroup is under way means that its answer is', () => {
    const bench = Bench.stable()
    bench.member.rejoin('x', 0)
    bench.effects
    bench.prepared()
    bench.pass(heartbeatIntervalMs)
    expect(bench.beaten('ILLEGAL_GENERATION')).toEqual([])
    expect(bench.joined({ generationId: 2 })).toEqual(['sync generation 2 (0 assignments)'])
  })
})

describe('heartbeats', () => {
  test('come at their interval, counted from when the last was sent', () => {
    const bench = Bench.stable()
    expect(bench.member.wakeMs).toBe(heartbeatIntervalMs)
    expect(bench.pass(heartbeatIntervalMs)).toEqual(['heartbeat of "me" in generation 1'])
    expect(bench.pass(heartbeatIntervalMs)).toEqual([])
    bench.beaten('NONE', heartbeatIntervalMs)
    expect(bench.pass(0)).toEqual(['heartbeat of "me" in generation 1'])
  })

  test('that tell of another generation or member put it out', () => {
    const moved = Bench.stable()
    moved.pass(heartbeatIntervalMs)
    expect(moved.beaten('ILLEGAL_GENERATION')).toEqual([
      'lost: the group has moved on to another generation',
      'join as "me" because "encountered ILLEGAL_GENERATION from HEARTBEAT response"',
    ])
    const unknown = Bench.stable()
    unknown.pass(heartbeatIntervalMs)
    expect(unknown.beaten('UNKNOWN_MEMBER_ID')).toEqual([
      'lost: the coordinator does not know this member',
      'join as "" because "encountered UNKNOWN_MEMBER_ID from HEARTBEAT response"',
    ])
    const fenced = Bench.stable('static')
    fenced.pass(heartbeatIntervalMs)
    expect(fenced.beaten('FENCED_INSTANCE_ID').at(-1)).toBe('failed FENCED_INSTANCE_ID')
  })

  test('are sent again after a failure, later each time, and look for the coordinator where it moved', () => {
    const bench = Bench.stable()
    bench.pass(heartbeatIntervalMs)
    expect(bench.lostRequest('heartbeat')).toEqual([])
    expect(bench.pass(10)).toEqual(['heartbeat of "me" in generation 1'])
    expect(bench.beaten('NOT_COORDINATOR')).toEqual(['forgetCoordinator'])
    expect(bench.pass(19)).toEqual([])
    expect(bench.pass(1)).toEqual(['heartbeat of "me" in generation 1'])
  })

  test('that fail while JoinGroup waits: the coordinator is gone, and is asked anew (kafkajs #1441)', () => {
    const bench = Bench.stable()
    bench.member.rejoin('x', 0)
    bench.effects
    bench.prepared()
    bench.pass(heartbeatIntervalMs)
    expect(bench.lostRequest('heartbeat')).toEqual(['abandon'])
    expect(bench.pass(10)).toContain('join as "me" because "the coordinator was lost"')
  })
})

describe('the lease', () => {
  test('ends with the session timeout after the last request that was confirmed was sent', () => {
    const bench = Bench.stable()
    bench.pass(heartbeatIntervalMs)
    bench.nowMs += 500
    bench.beaten('NONE', heartbeatIntervalMs)
    bench.pass(sessionTimeoutMs - 501)
    expect(bench.effects).toEqual([])
    expect(bench.pass(1)).toContain('lost: no heartbeat was answered for 45 s, the session timeout')
  })

  test('that has ended may turn out not to have: in the same generation nobody else had anything', () => {
    const bench = Bench.stable()
    bench.pass(heartbeatIntervalMs)
    bench.pass(sessionTimeoutMs)
    expect(bench.beaten('NONE', bench.nowMs)).toEqual(['regained'])
    // An answer to what was sent too long ago says nothing about now.
    const late = Bench.stable()
    late.pass(heartbeatIntervalMs)
    late.pass(2 * sessionTimeoutMs)
    expect(late.beaten('NONE', heartbeatIntervalMs)).toEqual([])
  })

  test('is kept by heartbeats while the others take long to join', () => {
    const bench = Bench.stable()
    bench.member.rejoin('x', 0)
    bench.effects
    bench.prepared()
    for (let count = 0; count < 30; count += 1) {
      expect(bench.pass(heartbeatIntervalMs)).toEqual(['heartbeat of "me" in generation 1'])
      expect(bench.beaten('REBALANCE_IN_PROGRESS')).toEqual([])
    }
  })
})

describe('leaving', () => {
  test('says so, once', () => {
    const bench = Bench.stable()
    bench.member.leave({ says: true, reason: 'the consumer is being closed' }, 0)
    expect(bench.effects).toEqual(['leave as "me" because "the consumer is being closed"'])
    expect(bench.member).toMatchObject({ phase: 'out', memberId: '', generationId: -1 })
    expect(bench.pass(100_000)).toEqual([])
  })

  test('of a static member says nothing, unless it is to', () => {
    const bench = Bench.stable('static')
    bench.member.leave({ says: false, reason: '' }, 0)
    expect(bench.effects).toEqual([])
  })

  test('because the application is too slow, until it is not', () => {
    const bench = Bench.stable()
    bench.member.expel('consumer poll timeout has expired.', 0)
    expect(bench.effects).toEqual([
      'leave as "me" because "consumer poll timeout has expired."',
      'lost: consumer poll timeout has expired.',
    ])
    expect(bench.pass(100_000)).toEqual([])
    bench.member.resume(bench.nowMs)
    expect(bench.effects).toEqual(['prepare'])
    expect(bench.prepared()).toEqual(['join as "" because "the application asks for records again"'])
    const fixed = Bench.stable('static')
    fixed.member.expel('too slow', 0)
    expect(fixed.effects).toEqual(['lost: too slow'])
  })

  test('during a join does not wait for it', () => {
    const bench = new Bench()
    bench.start()
    bench.prepared()
    bench.member.leave({ says: true, reason: 'x' }, 0)
    expect(bench.effects).toEqual(['abandon'])
    expect(bench.joined()).toEqual([])
  })
})

describe('a commit that was refused', () => {
  test('puts the member out, if it is still the one that committed', () => {
    const bench = Bench.stable()
    bench.member.fenced('me', 0, errors.ILLEGAL_GENERATION.code, 0)
    expect(bench.effects).toEqual([])
    bench.member.fenced('me', 1, errors.ILLEGAL_GENERATION.code, 0)
    expect(bench.effects[0]).toBe('lost: the group has moved on to another generation')
  })
})

test('what it does can be said in words', () => {
  const bench = Bench.stable()
  bench.pass(2000)
  expect(classicPhaseInWords(bench.member, 'billing', bench.nowMs)).toBe(
    'is a member of group billing, since 2 s (generation 1)',
  )
  bench.member.rejoin('cached metadata has changed', bench.nowMs)
  expect(classicPhaseInWords(bench.member, 'billing', bench.nowMs + 100)).toBe(
    'gives up partitions before it joins group billing again, since 0.1 s (generation 1), because: cached metadata has changed',
  )
})
