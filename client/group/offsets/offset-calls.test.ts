// Commits and fetches of offsets against a coordinator that answers by a script, in every version that brokers offer: what is
// sent is encoded and decoded as on the wire.

import { describe, expect, test } from 'vitest'
import { ManualClock } from '../../../io/sim/clock.ts'
import { type ErrorName, errors } from '../../../protocol/errors.ts'
import { offsetCommit } from '../../../protocol/messages/offset-commit.ts'
import { offsetFetch } from '../../../protocol/messages/offset-fetch.ts'
import type { TopicPartition } from '../../../protocol/types.ts'
import { Reader } from '../../../protocol/wire/reader.ts'
import type { Api, Message, Schema } from '../../../protocol/wire/schema.ts'
import { Writer } from '../../../protocol/wire/writer.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import { emptyImage } from '../../cluster/cluster-image.ts'
import { Backoff } from '../../resilience/backoff.ts'
import { RetryBudget } from '../../resilience/retry-budget.ts'
import { isFenced } from '../fenced.ts'
import type { GroupCoordinator } from '../group-coordinator.ts'
import type { CommitIdentity, CommitStanding } from '../member-session.ts'
import { type Committer, nobody } from './committer.ts'
import { OffsetCalls } from './offset-calls.ts'

const topicId = 'y5asSyDaRgy74n8yJSG_2g'
const topic = { name: 'orders', topicId, isInternal: false, errorCode: 0, partitions: [] }
const image = { ...emptyImage, topics: new Map([['orders', topic]]) }
const member = (generationId: number): CommitIdentity => ({ memberId: 'me', generationId, groupInstanceId: null })

type Request = Record<string, unknown>
type Script = (request: Request, version: number) => Request

/** Once through the wire. */
function coded<S extends Schema>(schema: S, version: number, value: object): Message<S> {
  const writer = new Writer()
  schema.write(version, writer, value as never)
  return schema.read(version, new Reader(writer.toBuffer())) as Message<S>
}

class Bench {
  readonly clock = new ManualClock()
  readonly requests: { readonly version: number; readonly body: Request }[] = []
  readonly refused: string[] = []
  forgotten = 0
  standing: CommitStanding = { as: member(1) }
  owned = new Map<number, number>()
  hasEpoch = false
  offered = 10
  readonly calls: OffsetCalls
  #script: Script[] = []

  constructor(committer?: Committer) {
    const { clock } = this
    const chance = { next: () => 0.5, int: () => 0, bytes: () => Buffer.alloc(0) }
    const retrying = {
      clock,
      backoff: new Backoff({ initialMs: 100, maxMs: 1000 }, chance),
      budget: new RetryBudget(clock),
    }
    const cluster = { retrying, image, settings: { requestTimeoutMs: 30_000 }, imageIsWrong() {} }
    const bench = this
    this.calls = new OffsetCalls(
      cluster as unknown as Cluster,
      { groupId: 'g', ask: this.#ask.bind(this), forget: () => (this.forgotten += 1) } as unknown as GroupCoordinator,
      committer ?? {
        get standing() {
          return bench.standing
        },
        get hasEpoch() {
          return bench.hasEpoch
        },
        failure: undefined,
        owns: ({ partition }: TopicPartition, ownership) => bench.owned.get(partition) === ownership,
        refused: (_, errorCode) =>
          bench.refused.push(Object.entries(errors).find(([, { code }]) => code === errorCode)![0]),
      },
    )
  }

  /** What the coordinator answers, request by request; the last one again and again. */
  answers(...script: Script[]): this {
    this.#script = script
    return this
  }

  /** The outcome of a call, with as much time as it needs. */
  async outcome<T>(
    call: Promise<T>,
  ): Promise<{ value?: T; error?: { code: string; retriable: boolean; partition?: number } }> {
    let outcome: { value?: T; error?: never } | undefined
    call.then(
      value => (outcome = { value }),
      error => (outcome = { error: error as never }),
    )
    for (let seconds = 0; outcome === undefined && seconds < 100; seconds += 1) await this.clock.run(1000)
    return outcome!
  }

  async #ask(api: Api, body: object | ((version: number) => object), options: { versions: [number, number] }) {
    const version = Math.min(this.offered, options.versions[1])
    if (version < options.versions[0]) throw new Error(`versions ${options.versions} do not fit`)
    const sent = coded(api.request, version, typeof body === 'function' ? body(version) : body) as Request
    this.requests.push({ version, body: sent })
    const answer = this.#script.length > 1 ? this.#script.shift()! : this.#script[0]!
    return { answer: coded(api.response, version, answer(sent, version)), sentMs: 0 }
  }
}

type Topics = { name: string; topicId: string; partitions: { partitionIndex: number }[] }[]

/** Of OffsetCommit: these errors, and success for the rest. */
const committed =
  (byPartition: Record<number, ErrorName> = {}): Script =>
  ({ topics }) => ({
    topics: (topics as Topics).map(({ partitions, ...named }) => ({
      ...named,
      partitions: partitions.map(({ partitionIndex }) => {
        return { partitionIndex, errorCode: errors[byPartition[partitionIndex] ?? 'NONE'].code }
      }),
    })),
  })

type Asked = { name: string; topicId: string; partitionIndexes: number[] }[]

/** Of OffsetFetch: offset 7 for partition 0, nothing for others; or these errors. */
const fetched =
  (byPartition: Record<number, ErrorName> = {}, groupError: ErrorName = 'NONE'): Script =>
  (request, version) => {
    const group = (request.groups as { topics: Asked }[])[0]
    const topics = ((group?.topics ?? request.topics) as Asked).map(({ name, topicId, partitionIndexes }) => ({
      ...(version >= 10 ? { topicId } : { name }),
      partitions: partitionIndexes.map(partitionIndex => ({
        partitionIndex,
        committedOffset: partitionIndex === 0 ? 7 : -1,
        ...(version >= 5 && { committedLeaderEpoch: partitionIndex === 0 ? 3 : -1 }),
        metadata: partitionIndex === 0 ? 'note' : '',
        errorCode: errors[byPartition[partitionIndex] ?? 'NONE'].code,
      })),
    }))
    const { code: errorCode } = errors[groupError]
    if (version >= 8) return { groups: [{ groupId: 'g', topics, errorCode }] }
    return { topics, ...(version >= 2 && { errorCode }) }
  }

const of = (...partitions: number[]) => partitions.map(partition => ({ topic: 'orders', partition }))
const at = (...partitions: number[]) => of(...partitions).map(place => ({ ...place, offset: 10, ownership: 1 }))

function owning(...partitions: number[]): Bench {
  const bench = new Bench()
  for (const partition of partitions) bench.owned.set(partition, 1)
  return bench
}

describe('a commit', () => {
  test.each([2, 3, 4, 5, 6, 7, 8, 9, 10])('is sent in version %i', async version => {
    const bench = owning(0, 1).answers(committed())
    bench.offered = version
    const offsets = [{ ...at(0)[0]!, leaderEpoch: 5, metadata: 'note' }, at(1)[0]!]
    expect(await bench.outcome(bench.calls.commit(offsets))).toEqual({ value: undefined })
    const { body } = bench.requests[0]!
    expect(body).toMatchObject({ groupId: 'g', memberId: 'me', generationIdOrMemberEpoch: 1 })
    const partitions = [
      {
        partitionIndex: 0,
        committedOffset: 10,
        committedLeaderEpoch: version >= 6 ? 5 : -1,
        committedMetadata: 'note',
      },
      { partitionIndex: 1, committedOffset: 10, committedLeaderEpoch: -1, committedMetadata: '' },
    ]
    expect(body.topics).toMatchObject([{ ...(version >= 10 ? { topicId } : { name: 'orders' }), partitions }])
  })

  test('names topics where an id is not known', async () => {
    const bench = new Bench().answers(committed())
    const offsets = [{ topic: 'unheard-of', partition: 0, offset: 1 }]
    await bench.outcome(bench.calls.commit(offsets))
    expect(bench.requests[0]!.version).toBe(9)
  })

  test('of nobody has no generation', async () => {
    const bench = new Bench(nobody).answers(committed())
    await bench.outcome(bench.calls.commit([{ topic: 'orders', partition: 0, offset: 1 }]))
    expect(bench.requests[0]!.body).toMatchObject({ memberId: '', generationIdOrMemberEpoch: -1 })
  })

  test('of a static member, or one with an epoch, is not sent to a broker that does not know these', async () => {
    const bench = owning(0).answers(committed())
    bench.offered = 6
    bench.standing = { as: { ...member(1), groupInstanceId: 'fixed' } }
    expect((await bench.outcome(bench.calls.commit(at(0)))).error).toMatchObject({
      message: 'versions 7,10 do not fit',
    })
    bench.offered = 8
    bench.hasEpoch = true
    expect((await bench.outcome(bench.calls.commit(at(0)))).error).toMatchObject({
      message: 'versions 9,10 do not fit',
    })
  })

  test.each(['NOT_COORDINATOR', 'COORDINATOR_NOT_AVAILABLE', 'REQUEST_TIMED_OUT'] as const)(
    'looks for the coordinator after %s',
    async error => {
      const bench = owning(0).answers(committed({ 0: error }), committed())
      expect(await bench.outcome(bench.calls.commit(at(0)))).toEqual({ value: undefined })
      expect(bench.forgotten).toBe(1)
    },
  )

  test('repeats only what was not committed', async () => {
    const bench = owning(0, 1, 2).answers(committed({ 1: 'COORDINATOR_LOAD_IN_PROGRESS' }), committed())
    expect(await bench.outcome(bench.calls.commit(at(0, 1, 2)))).toEqual({ value: undefined })
    const asked = bench.requests.map(({ body }) =>
      (body.topics as Topics)[0]!.partitions.map(({ partitionIndex }) => partitionIndex),
    )
    expect(asked).toEqual([[0, 1, 2], [1]])
  })

  test('that is refused for one partition is made for the others, and says which', async () => {
    const bench = owning(0, 1).answers(committed({ 0: 'OFFSET_METADATA_TOO_LARGE' }))
    const { error } = await bench.outcome(bench.calls.commit(at(0, 1)))
    expect(error).toMatchObject({ code: 'OFFSET_METADATA_TOO_LARGE', topic: 'orders', partition: 0, retriable: false })
    expect(bench.requests).toHaveLength(1)
  })

  test('STALE_MEMBER_EPOCH does not reach the application: the epoch is asked for, and the commit made with it', async () => {
    const bench = owning(0)
    bench.answers((request, version) => {
      bench.clock.after(10, () => {
        bench.standing = { as: member(2) }
      })
      return committed({ 0: 'STALE_MEMBER_EPOCH' })(request, version)
    }, committed())
    bench.hasEpoch = true
    expect(await bench.outcome(bench.calls.commit(at(0)))).toEqual({ value: undefined })
    expect(bench.refused).toEqual(['STALE_MEMBER_EPOCH'])
    expect(bench.requests.map(({ body }) => body.generationIdOrMemberEpoch)).toEqual([1, 2])
  })

  test('waits for a rebalance, and is made in the new generation, if the partition was kept', async () => {
    const bench = owning(0, 1).answers(committed())
    bench.standing = 'rebalancing'
    const call = bench.outcome(bench.calls.commit(at(0, 1)))
    await bench.clock.run(500)
    expect(bench.requests).toEqual([])
    bench.standing = { as: member(2) }
    bench.owned.delete(1)
    expect((await call).error).toMatchObject({ code: 'PARTITION_NOT_OWNED', partition: 1 })
    expect(bench.requests).toHaveLength(1)
    expect(bench.requests[0]!.body).toMatchObject({ generationIdOrMemberEpoch: 2 })
  })

  test('of an earlier ownership is not sent, though the partition is owned again (platformatic/kafka #223)', async () => {
    const bench = owning().answers(committed())
    bench.owned.set(0, 2)
    const { error } = await bench.outcome(bench.calls.commit(at(0)))
    expect(error).toMatchObject({ code: 'PARTITION_NOT_OWNED' })
    expect(isFenced(error)).toBe(true)
    expect(bench.requests).toEqual([])
  })

  test.each(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'FENCED_INSTANCE_ID', 'FENCED_MEMBER_EPOCH'] as const)(
    '%s is final for the member it was made as, which is told',
    async name => {
      const bench = owning(0).answers(committed({ 0: name }))
      const { error } = await bench.outcome(bench.calls.commit(at(0)))
      expect(error).toMatchObject({ code: name, retriable: false })
      expect(isFenced(error)).toBe(true)
      expect(bench.refused).toEqual([name])
    },
  )

  test('ILLEGAL_GENERATION for a generation that is over is not', async () => {
    const bench = owning(0)
    bench.answers(request => {
      bench.standing = { as: member(2) }
      return committed({ 0: 'ILLEGAL_GENERATION' })(request, 10)
    }, committed())
    expect(await bench.outcome(bench.calls.commit(at(0)))).toEqual({ value: undefined })
    expect(bench.refused).toEqual([])
  })

  test('that has to be repeated is not sent behind a later one, and comes to the same end', async () => {
    const loading = committed({ 0: 'COORDINATOR_LOAD_IN_PROGRESS', 1: 'COORDINATOR_LOAD_IN_PROGRESS' })
    const bench = owning(0, 1).answers(loading, committed(), committed())
    const older = bench.calls.commit(at(0, 1))
    await bench.clock.run()
    const newer = bench.calls.commit([{ ...at(0)[0]!, offset: 11 }])
    expect(await bench.outcome(Promise.all([older, newer]))).toMatchObject({ value: [undefined, undefined] })
    const offsetsOf = ({ topics }: Request) =>
      (topics as Topics)[0]!.partitions.map(each => Object.values(each).slice(0, 2))
    expect(bench.requests.map(({ body }) => offsetsOf(body))).toEqual([[[0, 10], [1, 10]], [[0, 11]], [[1, 10]]]) // biome-ignore format: a list
  })

  test('that a later one has overtaken fails with it', async () => {
    const loading = committed({ 0: 'COORDINATOR_LOAD_IN_PROGRESS' })
    const bench = owning(0).answers(loading, committed({ 0: 'OFFSET_METADATA_TOO_LARGE' }))
    const older = bench.calls.commit(at(0))
    await bench.clock.run()
    const newer = bench.calls.commit(at(0))
    const outcome = await bench.outcome(Promise.allSettled([older, newer]))
    const tooLarge = { status: 'rejected', reason: { code: 'OFFSET_METADATA_TOO_LARGE' } }
    expect(outcome.value).toMatchObject([tooLarge, tooLarge])
    expect(bench.requests).toHaveLength(2)
  })

  test('that a later one has overtaken, whose time was over, is not made any more, and says so', async () => {
    const bench = owning(0).answers(committed({ 0: 'COORDINATOR_LOAD_IN_PROGRESS' }))
    const older = bench.calls.commit(at(0), { timeoutMs: 60_000 })
    await bench.clock.run()
    const newer = bench.calls.commit(at(0), { timeoutMs: 100 })
    const outcome = await bench.outcome(Promise.allSettled([older, newer]))
    expect(outcome.value).toMatchObject([
      { reason: { code: 'COMMIT_OVERTAKEN', retriable: false } },
      { reason: { code: 'DEADLINE_EXCEEDED' } },
    ])
  })

  test('that was answered does not wait for later ones', async () => {
    const bench = owning(0).answers(committed(), committed({ 0: 'COORDINATOR_LOAD_IN_PROGRESS' }))
    const older = bench.calls.commit(at(0))
    const newer = bench.calls.commit(at(0), { timeoutMs: 30_000 })
    newer.catch(() => {})
    let isDone = false
    older.then(() => (isDone = true))
    await bench.clock.run(10)
    expect(isDone).toBe(true)
  })

  test('outside the group says so at once', async () => {
    const bench = owning(0)
    bench.standing = 'out'
    const { error } = await bench.outcome(bench.calls.commit(at(0)))
    expect(error).toMatchObject({ code: 'NOT_IN_GROUP', group: 'g' })
    expect(isFenced(error)).toBe(true)
  })

  test('ends with its time, and with the last failure as the cause', async () => {
    const bench = owning(0).answers(committed({ 0: 'COORDINATOR_LOAD_IN_PROGRESS' }))
    const { error } = await bench.outcome(bench.calls.commit(at(0), { timeoutMs: 3000 }))
    expect(error).toMatchObject({ code: 'DEADLINE_EXCEEDED', cause: { code: 'COORDINATOR_LOAD_IN_PROGRESS' } })
  })

  test('of an impossible offset is refused', async () => {
    const bench = owning(0)
    const { error } = await bench.outcome(bench.calls.commit([{ topic: 'orders', partition: 0, offset: -1 }]))
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  test('whose answer leaves out a partition is not taken for one', async () => {
    const bench = owning(0).answers(() => ({ topics: [] }))
    const { error } = await bench.outcome(bench.calls.commit(at(0), { timeoutMs: 2000 }))
    expect(error).toMatchObject({ code: 'DEADLINE_EXCEEDED', cause: { code: 'BROKEN_ANSWER' } })
  })
})

describe('committed offsets', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])('are fetched in version %i', async version => {
    const bench = owning(0, 1).answers(fetched())
    bench.offered = version
    const { value } = await bench.outcome(bench.calls.fetchCommitted(of(0, 1)))
    expect(value).toEqual([
      { topic: 'orders', partition: 0, offset: 7, leaderEpoch: version >= 5 ? 3 : -1, metadata: 'note' },
    ])
    if (version >= 7) expect(bench.requests[0]!.body.requireStable).toBe(true)
  })

  test('are asked for as the member it is, in the consumer protocol', async () => {
    const bench = owning(0).answers(fetched())
    bench.hasEpoch = true
    await bench.outcome(bench.calls.fetchCommitted(of(0)))
    expect(bench.requests[0]!.body.groups).toMatchObject([{ memberId: 'me', memberEpoch: 1 }])
  })

  test('of a transaction that is still open are waited for', async () => {
    const unstable = fetched({ 1: 'UNSTABLE_OFFSET_COMMIT' })
    const bench = owning(0, 1).answers(unstable, unstable, fetched())
    const { value } = await bench.outcome(bench.calls.fetchCommitted(of(0, 1)))
    expect(value).toHaveLength(1)
    expect(bench.requests).toHaveLength(3)
  })

  test('that were read before the partition was taken away do not count', async () => {
    const bench = owning(0)
    bench.answers((request, version) => {
      bench.owned.set(0, 2)
      return fetched()(request, version)
    })
    const { error } = await bench.outcome(bench.calls.fetchCommitted(at(0)))
    expect(error).toMatchObject({ code: 'PARTITION_NOT_OWNED', partition: 0 })
  })

  test.each(['NOT_COORDINATOR', 'COORDINATOR_LOAD_IN_PROGRESS'] as const)(
    'are asked for again after %s',
    async error => {
      const bench = owning(0).answers(fetched({}, error), fetched())
      expect((await bench.outcome(bench.calls.fetchCommitted(of(0)))).value).toHaveLength(1)
      expect(bench.forgotten).toBe(error === 'NOT_COORDINATOR' ? 1 : 0)
    },
  )

  test('that may not be read say why', async () => {
    const bench = owning(0).answers(fetched({ 0: 'TOPIC_AUTHORIZATION_FAILED' }))
    const { error } = await bench.outcome(bench.calls.fetchCommitted(of(0)))
    expect(error).toMatchObject({ code: 'TOPIC_AUTHORIZATION_FAILED', topic: 'orders', partition: 0 })
    const group = owning(0).answers(fetched({}, 'GROUP_AUTHORIZATION_FAILED'))
    expect((await group.outcome(group.calls.fetchCommitted(of(0)))).error).toMatchObject({
      code: 'GROUP_AUTHORIZATION_FAILED',
    })
  })
})

test('the first and last versions are those of the schemas', () => {
  expect(offsetCommit.versions).toEqual([2, 10])
  expect(offsetFetch.versions).toEqual([1, 10])
})
