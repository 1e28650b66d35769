// A member in the consumer protocol, event by event. What it has to send is what Kafka's Java client 4.3.0 sent in a captured
// conversation; the errors are those of Kafka's coordinator.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { type ErrorName, errors } from '../../../protocol/errors.ts'
import { readRequestFrame, readResponseFrame } from '../../../protocol/framing.ts'
import { consumerGroupHeartbeat } from '../../../protocol/messages/consumer-group-heartbeat.ts'
import type { Api } from '../../../protocol/wire/schema.ts'
import { Backoff } from '../../resilience/backoff.ts'
import type { ConsumerEffect, HeartbeatFields } from './consumer-effect.ts'
import { ConsumerMember, type ConsumerMemberSettings, type HeartbeatAnswer } from './consumer-member.ts'
import { PartitionSet } from './partition-set.ts'
import { memberInWords } from './phase-in-words.ts'

const sessionTimeoutMs = 45_000
const heartbeatIntervalMs = 5000
/** The first wait is 10 ms, the next 20, ... */
const backoff = new Backoff(
  { initialMs: 100, maxMs: 1000 },
  { next: () => 0, int: () => 0, bytes: () => Buffer.alloc(0) },
)
const topicId = 'y5asSyDaRgy74n8yJSG_2g'
const assignment = (...partitions: number[]) => ({
  topicPartitions: partitions.length ? [{ topicId, partitions }] : [],
})

/** Without its length. */
const frame = (hex: string) => Buffer.from(hex, 'hex').subarray(4)

class Bench {
  nowMs = 0
  readonly member: ConsumerMember
  /** Of the last heartbeat. */
  fields: HeartbeatFields | undefined
  #life = 0
  #step = 0
  #partitions = new PartitionSet()

  constructor(settings: Partial<ConsumerMemberSettings> = {}) {
    this.member = new ConsumerMember(
      {
        groupId: 'g',
        memberId: 'me',
        isStatic: false,
        serverAssignor: undefined,
        rebalanceTimeoutMs: 300_000,
        sessionTimeoutMs,
        heartbeatIntervalMs: 3000,
        ...settings,
      },
      backoff,
    )
  }

  get effects(): string[] {
    this.member.tick(this.nowMs)
    return this.member.takeEffects().map(effect => this.#inWords(effect))
  }

  start(topics: readonly string[] = ['cap-a']): string[] {
    this.member.start({ topics, regex: undefined }, this.nowMs)
    return this.effects
  }

  answered(fields: Partial<HeartbeatAnswer> & { error?: ErrorName } = {}, sentMs = this.nowMs): string[] {
    const { error = 'NONE', ...rest } = fields
    const answer = { errorMessage: null, memberEpoch: 1, heartbeatIntervalMs, assignment: null, ...rest }
    this.member.answered(this.#life, { ...answer, errorCode: errors[error].code }, sentMs, this.nowMs)
    return this.effects
  }

  revoked(): string[] {
    this.member.revoked(this.#step, this.#partitions, this.nowMs)
    return this.effects
  }

  assigned(partitions = this.#partitions): string[] {
    this.member.assigned(this.#step, partitions, this.nowMs)
    return this.effects
  }

  failed(): string[] {
    this.member.requestFailed(this.#life, this.nowMs)
    return this.effects
  }

  pass(ms: number): string[] {
    this.nowMs += ms
    return this.effects
  }

  /** A member that owns these partitions, in epoch 1, at time 0. */
  static owning(partitions: readonly number[], settings: Partial<ConsumerMemberSettings> = {}): Bench {
    const bench = new Bench(settings)
    bench.start()
    bench.answered({ assignment: assignment(...partitions) })
    bench.assigned()
    bench.answered()
    return bench
  }

  #inWords(effect: ConsumerEffect): string {
    switch (effect.kind) {
      case 'heartbeat': {
        this.#life = effect.life
        this.fields = effect.fields
        const { memberEpoch, topicPartitions, subscribedTopicNames } = effect.fields
        const owned =
          topicPartitions && `, owns ${topicPartitions.flatMap(topic => topic.partitions).join(' ') || 'nothing'}`
        return `heartbeat ${memberEpoch}${subscribedTopicNames ? `, wants ${subscribedTopicNames}` : ''}${owned ?? ''}`
      }
      case 'leave':
        return `leave ${effect.fields.memberEpoch}`
      case 'revoke':
      case 'assign':
        this.#step = effect.step
        this.#partitions = new PartitionSet(effect.partitions)
        return `${effect.kind} ${effect.partitions.map(({ partition }) => partition).join(' ')}`
      case 'regained':
        return `regained ${effect.partitions.map(({ partition }) => partition).join(' ')}`
      case 'lost':
        return `lost: ${effect.reason}`
      case 'failed':
        return `failed ${effect.error.code}`
      default:
        return effect.kind
    }
  }
}

describe('what Java sent', () => {
  const file = join(import.meta.dirname, '../../../broker/coordinator/testdata/client-consumer-protocol.jsonl.gz')
  const lines = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n')
  const heartbeats = lines
    .map(line => JSON.parse(line) as { name: string; version: number; requestHex: string; responseHex: string })
    .filter(({ name }) => name === 'ConsumerGroupHeartbeat')
    .map(({ version, requestHex, responseHex }) => {
      const request = readRequestFrame(frame(requestHex)).reader
      const response = readResponseFrame(consumerGroupHeartbeat as unknown as Api, version, frame(responseHex)).reader
      return {
        request: consumerGroupHeartbeat.request.read(version, request),
        response: consumerGroupHeartbeat.response.read(version, response),
      }
    })
  const memberIds = [...new Set(heartbeats.map(({ request }) => request.memberId))]

  test.each(memberIds)('%s: is sent, given the same answers', memberId => {
    const own = heartbeats.filter(({ request }) => request.memberId === memberId)
    const isStatic = own[0]!.request.instanceId !== null
    const bench = new Bench({ memberId, isStatic })
    bench.start()
    for (const { request, response } of own) {
      if (request.memberEpoch < 0) {
        bench.member.leave({ says: !isStatic }, bench.nowMs)
        expect(bench.member.takeEffects()).toMatchObject([
          { kind: 'leave', fields: { memberEpoch: request.memberEpoch } },
        ])
        continue
      }
      const unsaid = { rebalanceTimeoutMs: -1, subscribedTopicNames: null, serverAssignor: null, topicPartitions: null }
      const { groupId, instanceId, rackId, subscribedTopicRegex, ...said } = request
      expect({ ...unsaid, ...bench.fields }).toEqual(said)
      const effects = bench.answered(response)
      if (effects[0]?.startsWith('revoke')) bench.revoked()
      if (effects[0]?.startsWith('assign')) bench.assigned()
      bench.pass(heartbeatIntervalMs)
    }
  })
})

describe('joining', () => {
  test('says everything, then what was taken', () => {
    const bench = new Bench({ serverAssignor: 'uniform' })
    expect(bench.start()).toEqual(['heartbeat 0, wants cap-a, owns nothing'])
    expect(bench.fields).toMatchObject({ rebalanceTimeoutMs: 300_000, serverAssignor: 'uniform' })
    expect(bench.answered({ assignment: assignment(0, 1) })).toEqual(['assign 0 1'])
    expect(bench.assigned()).toEqual(['heartbeat 1, owns 0 1'])
    expect(bench.answered()).toEqual([])
    expect(bench.pass(heartbeatIntervalMs - 1)).toEqual([])
    expect(bench.pass(1)).toEqual(['heartbeat 1'])
  })

  test.each(['NOT_COORDINATOR', 'COORDINATOR_LOAD_IN_PROGRESS'] as const)('tries again after %s', error => {
    const bench = new Bench()
    bench.start()
    expect(bench.answered({ error })).toEqual(error === 'NOT_COORDINATOR' ? ['forgetCoordinator'] : [])
    expect(bench.pass(9)).toEqual([])
    expect(bench.pass(1)).toEqual(['heartbeat 0, wants cap-a, owns nothing'])
  })

  test.each([
    'GROUP_AUTHORIZATION_FAILED',
    'UNSUPPORTED_VERSION',
    'UNSUPPORTED_ASSIGNOR',
    'GROUP_MAX_SIZE_REACHED',
    'GROUP_ID_NOT_FOUND',
    'FENCED_INSTANCE_ID',
    'INVALID_REGULAR_EXPRESSION',
  ] as const)('ends with %s', error => {
    const bench = new Bench()
    bench.start()
    expect(bench.answered({ error })).toEqual([`failed ${error}`])
    expect(bench.pass(100_000)).toEqual([])
  })

  test('of a static member waits for its own former life to end, but not for ever', () => {
    const bench = new Bench({ isStatic: true })
    bench.start()
    expect(bench.answered({ error: 'UNRELEASED_INSTANCE_ID' })).toEqual([])
    expect(bench.pass(10)).toHaveLength(1)
    bench.nowMs = sessionTimeoutMs
    expect(bench.answered({ error: 'UNRELEASED_INSTANCE_ID' })).toEqual(['failed UNRELEASED_INSTANCE_ID'])
  })

  test('of a group that was deleted meanwhile begins anew', () => {
    const bench = Bench.owning([0])
    bench.pass(heartbeatIntervalMs)
    const effects = bench.answered({ error: 'GROUP_ID_NOT_FOUND' })
    expect(effects).toEqual([expect.stringContaining('lost'), 'heartbeat 0, wants cap-a, owns nothing'])
  })
})

describe('reconciliation', () => {
  test('gives up first, says so, and takes what it is given for it', () => {
    const bench = Bench.owning([0, 1])
    bench.pass(heartbeatIntervalMs)
    expect(bench.answered({ assignment: assignment(0) })).toEqual(['revoke 1'])
    // Draining takes a while: heartbeats go on, and say nothing new.
    expect(bench.pass(heartbeatIntervalMs)).toEqual(['heartbeat 1'])
    expect(bench.answered()).toEqual([])
    expect(bench.revoked()).toEqual(['heartbeat 1, owns 0'])
    expect(bench.answered({ memberEpoch: 2, assignment: assignment(0, 2) })).toEqual(['assign 2'])
    expect(bench.assigned()).toEqual(['heartbeat 2, owns 0 2'])
  })

  test('goes by the newest assignment after what was given up is', () => {
    const bench = Bench.owning([0, 1])
    bench.pass(heartbeatIntervalMs)
    bench.answered({ assignment: assignment(0, 2) })
    bench.pass(heartbeatIntervalMs)
    expect(bench.answered({ memberEpoch: 2, assignment: assignment(0, 3) })).toEqual([])
    expect(bench.revoked()).toEqual(['assign 3', 'heartbeat 2, owns 0'])
  })

  test('does not keep others waiting for names that are not known yet', () => {
    const bench = Bench.owning([0, 1])
    bench.pass(heartbeatIntervalMs)
    bench.answered({ assignment: assignment(0, 2, 3) })
    expect(bench.revoked()).toEqual(['assign 2 3', 'heartbeat 1, owns 0'])
    bench.answered()
    expect(bench.assigned(new PartitionSet([{ topicId, partition: 2 }]))).toEqual(['assign 3', 'heartbeat 1, owns 0 2'])
  })

  test('forgets what it could not take when it is not to any more', () => {
    const bench = Bench.owning([0])
    bench.pass(heartbeatIntervalMs)
    expect(bench.answered({ assignment: assignment(0, 1) })).toEqual(['assign 1'])
    bench.pass(heartbeatIntervalMs)
    expect(bench.answered({ assignment: assignment(0) })).toEqual(['heartbeat 1, owns 0'])
    expect(bench.assigned()).toEqual([])
    expect(bench.member.step).toBeUndefined()
  })

  test('that comes to nothing is acknowledged', () => {
    const bench = Bench.owning([0])
    bench.pass(heartbeatIntervalMs)
    expect(bench.answered({ assignment: assignment(0) })).toEqual(['heartbeat 1, owns 0'])
  })

  test('ends with the membership', () => {
    const bench = Bench.owning([0, 1])
    bench.pass(heartbeatIntervalMs)
    bench.answered({ assignment: assignment(0) })
    bench.pass(heartbeatIntervalMs)
    const effects = bench.answered({ error: 'FENCED_MEMBER_EPOCH' })
    expect(effects).toEqual([expect.stringContaining('lost'), 'heartbeat 0, wants cap-a, owns nothing'])
    expect(bench.revoked()).toEqual([])
  })
})

describe('fencing', () => {
  test.each(['FENCED_MEMBER_EPOCH', 'UNKNOWN_MEMBER_ID'] as const)(
    '%s: everything is lost, and it joins again',
    error => {
      const bench = Bench.owning([0, 1])
      bench.pass(heartbeatIntervalMs)
      const effects = bench.answered({ error })
      expect(effects).toEqual([expect.stringContaining('lost'), 'heartbeat 0, wants cap-a, owns nothing'])
      expect(bench.answered({ memberEpoch: 7, assignment: assignment(1) })).toEqual(['assign 1'])
    },
  )

  test('again and again waits longer each time', () => {
    const bench = new Bench()
    bench.start()
    expect(bench.answered({ error: 'UNKNOWN_MEMBER_ID' })).toEqual([])
    expect(bench.pass(10)).toHaveLength(1)
    expect(bench.answered({ error: 'UNKNOWN_MEMBER_ID' })).toEqual([])
    expect(bench.pass(19)).toEqual([])
    expect(bench.pass(1)).toHaveLength(1)
  })

  test('a late answer of an earlier life is not listened to', () => {
    const bench = Bench.owning([0])
    bench.pass(heartbeatIntervalMs)
    bench.answered({ error: 'UNKNOWN_MEMBER_ID' })
    bench.member.answered(
      1,
      { errorCode: 0, errorMessage: null, memberEpoch: 9, heartbeatIntervalMs, assignment: null },
      0,
      0,
    )
    expect(bench.member.epoch).toBe(0)
  })
})

describe('failures', () => {
  test('after a heartbeat that was not answered the next one says everything', () => {
    const bench = Bench.owning([0, 1])
    bench.pass(heartbeatIntervalMs)
    expect(bench.failed()).toEqual([])
    expect(bench.pass(10)).toEqual(['heartbeat 1, wants cap-a, owns 0 1'])
    expect(bench.fields).toMatchObject({ rebalanceTimeoutMs: 300_000 })
  })

  test('the lease ends with the session timeout, and may turn out not to have', () => {
    const bench = Bench.owning([0, 1])
    bench.pass(heartbeatIntervalMs)
    expect(bench.pass(sessionTimeoutMs - heartbeatIntervalMs)).toEqual([
      'lost: no heartbeat was answered for 45 s, the session timeout',
    ])
    expect(bench.answered({ assignment: assignment(1) })).toEqual(['regained 1', 'heartbeat 1, owns 1'])
    const late = Bench.owning([0])
    late.pass(heartbeatIntervalMs)
    late.pass(2 * sessionTimeoutMs)
    expect(late.answered({}, heartbeatIntervalMs)).toEqual(['heartbeat 1'])
  })

  test('a commit that was told STALE_MEMBER_EPOCH has the epoch asked for at once', () => {
    const bench = Bench.owning([0])
    bench.member.askSoon(0, 0)
    expect(bench.effects).toEqual([])
    bench.member.askSoon(1, 0)
    expect(bench.effects).toEqual(['heartbeat 1'])
  })
})

describe('the subscription', () => {
  test('is said at once when it changes, and not again', () => {
    const bench = Bench.owning([0])
    bench.member.subscribe({ topics: ['cap-a', 'cap-b'], regex: undefined }, 0)
    expect(bench.effects).toEqual(['heartbeat 1, wants cap-a,cap-b'])
    bench.answered()
    expect(bench.pass(heartbeatIntervalMs)).toEqual(['heartbeat 1'])
  })

  test('that changes while a heartbeat is under way is said with the next', () => {
    const bench = Bench.owning([0])
    bench.pass(heartbeatIntervalMs)
    bench.member.subscribe({ topics: ['cap-b'], regex: undefined }, bench.nowMs)
    expect(bench.effects).toEqual([])
    expect(bench.answered()).toEqual(['heartbeat 1, wants cap-b'])
  })

  test('by regular expression is taken back with an empty one', () => {
    const bench = new Bench()
    bench.member.start({ topics: [], regex: 'cap-.*' }, 0)
    bench.effects
    expect(bench.fields).toMatchObject({ subscribedTopicRegex: 'cap-.*', subscribedTopicNames: [] })
    bench.answered()
    bench.member.subscribe({ topics: ['cap-a'], regex: undefined }, 0)
    bench.effects
    expect(bench.fields).toMatchObject({ subscribedTopicRegex: '', subscribedTopicNames: ['cap-a'] })
  })
})

describe('leaving', () => {
  test('is for good, or of a static member for a moment', () => {
    const bench = Bench.owning([0])
    bench.member.leave({ says: true }, 0)
    expect(bench.effects).toEqual(['leave -1'])
    const fixed = Bench.owning([0], { isStatic: true })
    fixed.member.leave({ says: false }, 0)
    expect(fixed.effects).toEqual(['leave -2'])
    const gone = Bench.owning([0], { isStatic: true })
    gone.member.leave({ says: true }, 0)
    expect(gone.effects).toEqual(['leave -1'])
    const silent = Bench.owning([0])
    silent.member.leave({ says: false }, 0)
    expect(silent.effects).toEqual([])
  })

  test('is prepared in peace: heartbeats go on, nothing is taken or given', () => {
    const bench = Bench.owning([0])
    bench.member.freeze()
    expect(bench.pass(heartbeatIntervalMs)).toEqual(['heartbeat 1'])
    expect(bench.answered({ assignment: assignment(1) })).toEqual([])
  })

  test('because the application is too slow, until it is not', () => {
    const bench = Bench.owning([0])
    bench.member.expel('consumer poll timeout has expired.', 0)
    expect(bench.effects).toEqual(['leave -1', 'lost: consumer poll timeout has expired.'])
    expect(bench.pass(100_000)).toEqual([])
    bench.member.resume(bench.nowMs)
    expect(bench.effects).toEqual(['heartbeat 0, wants cap-a, owns nothing'])
  })
})

test('what it does can be said in words', () => {
  const bench = Bench.owning([0, 1])
  bench.pass(heartbeatIntervalMs)
  bench.answered({ assignment: assignment(0) })
  expect(memberInWords(bench.member, 'billing', bench.nowMs)).toBe(
    'is a member of group billing, since 5 s (epoch 1), and waits for revoked partitions to be given up',
  )
})
