// What brokers answer when things go wrong, and brokers that are older or other than ours: scripted.

import { afterEach, describe, expect, test } from 'vitest'
import { SimWorld } from '../../io/sim/world.ts'
import { errors } from '../../protocol/errors.ts'
import { fetch } from '../../protocol/messages/fetch.ts'
import { listOffsets } from '../../protocol/messages/list-offsets.ts'
import { offsetForLeaderEpoch } from '../../protocol/messages/offset-for-leader-epoch.ts'
import { type BatchOptions, buildBatch } from '../../protocol/records/batch-builder.ts'
import { crc32c } from '../../protocol/records/crc32c.ts'
import type { Message, MessageInput } from '../../protocol/wire/schema.ts'
import { ScriptedLeaders, type ScriptedLeadersOptions } from '../../testing/scripted-leaders.ts'
import { Consumer } from './consumer.ts'
import type { ConsumerOptions } from './consumer-options.ts'

type FetchRequest = Message<typeof fetch.request>
type FetchAnswer = MessageInput<typeof fetch.response>
type Part = NonNullable<NonNullable<FetchAnswer['responses']>[number]['partitions']>[number]

const orders = { topic: 'orders', partition: 0 }
const topicId = 'AAAAAAAAAAAAAAAAAAAAKQ'

let world: SimWorld
let broker: ScriptedLeaders
let consumer: Consumer

afterEach(() => world.complete(consumer.close()))

async function scripted(
  options: ScriptedLeadersOptions = {},
  consumerOptions: Partial<ConsumerOptions> = {},
): Promise<void> {
  world = new SimWorld({ seed: 1 })
  broker = new ScriptedLeaders(world, options)
  broker.topics.push({ name: 'orders', topicId, leaders: [{ leaderId: 1, leaderEpoch: 1 }] })
  await broker.start()
  const { bootstrap } = broker
  const clientWorld = world.host('consumer').start()
  consumer = new Consumer({ bootstrap, resetPolicy: 'earliest', ...consumerOptions }, clientWorld)
}

const batch = (baseOffset: number, values: readonly string[], options: BatchOptions = {}) =>
  buildBatch(
    values.map(value => ({ value: Buffer.from(value), timestamp: 1 })),
    { baseOffset, partitionLeaderEpoch: 1, ...options },
  )

/** What was asked of the partition; a session says nothing when nothing has changed. */
function askedOffset(request: FetchRequest): number {
  return Number(request.topics[0]?.partitions[0]?.fetchOffset ?? -1)
}

function answer(part: Partial<Part>, apiVersion: number, more: Partial<FetchAnswer> = {}): FetchAnswer {
  const partition = { partitionIndex: 0, highWatermark: 100, lastStableOffset: 100, ...part }
  const names = apiVersion >= 13 ? { topicId } : { topic: 'orders' }
  return { responses: [{ ...names, partitions: [partition] }], ...more }
}

/** Nothing to say, after a while. */
async function later(apiVersion: number): Promise<FetchAnswer> {
  await new Promise<void>(resolve => world.scheduler.schedule(500, resolve))
  return answer({ records: null }, apiVersion)
}

/** A log of batches, each answered for its first offset; what the script answers before that wins. */
function serve(
  log: Record<number, Buffer>,
  script: (offset: number, nodeId: number) => FetchAnswer | undefined = () => undefined,
) {
  broker.on(fetch, (request, apiVersion, nodeId) => {
    const offset = askedOffset(request)
    const scriptedAnswer = script(offset, nodeId)
    if (scriptedAnswer !== undefined) {
      return { ...scriptedAnswer, responses: scriptedAnswer.responses ?? answer({}, apiVersion).responses }
    }
    const records = log[offset]
    return records === undefined ? later(apiVersion) : answer({ records }, apiVersion)
  })
}

const partOf = (part: Partial<Part>, more: Partial<FetchAnswer> = {}) => answer(part, 17, more)

async function read(count: number): Promise<string> {
  const values = async () => {
    const seen: string[] = []
    for await (const record of consumer.records()) {
      seen.push(record.value!.toString())
      consumer.markProcessed(record)
      if (seen.length === count) break
    }
    return seen.join(' ')
  }
  return world.complete(values(), 60_000)
}

const fetches = () => broker.log.filter(line => line.includes('Fetch'))

describe('a leader that has moved', () => {
  test('the answer names the new one: it is asked at once (KIP-951)', async () => {
    await scripted({ nodes: 2 })
    let moved = false
    serve({ 0: batch(0, ['a']) }, (_, nodeId) => {
      if (nodeId === 2 || moved) return undefined
      moved = true
      const currentLeader = { leaderId: 2, leaderEpoch: 2 }
      const nodeEndpoints = [{ nodeId: 2, host: 'node-2', port: 9092, rack: null }]
      return partOf({ errorCode: errors.NOT_LEADER_OR_FOLLOWER.code, currentLeader }, { nodeEndpoints })
    })
    broker.on(offsetForLeaderEpoch, () => ({}))
    consumer.assign([{ ...orders, offset: 0 }])
    expect(await read(1)).toBe('a')
    expect(broker.log.filter(line => line.includes('Metadata'))).toHaveLength(1)
    expect(fetches().slice(0, 2)).toEqual(['1 Fetch v18', '2 Fetch v18'])
  })

  test('otherwise the image is asked for', async () => {
    await scripted({ nodes: 2 })
    serve({ 0: batch(0, ['a']) }, (_, nodeId) => {
      if (nodeId === 2) return undefined
      broker.topics[0]!.leaders = [{ leaderId: 2, leaderEpoch: 2 }]
      return partOf({ errorCode: errors.NOT_LEADER_OR_FOLLOWER.code })
    })
    consumer.assign([{ ...orders, offset: 0 }])
    expect(await read(1)).toBe('a')
  })

  test('a leader that does not answer holds nothing up: the new one is asked while the old one owes its answer', async () => {
    await scripted({ nodes: 2 }, { stallAfterMs: 1000 })
    broker.on(offsetForLeaderEpoch, () => ({}))
    serve({ 0: batch(0, ['a']) })
    const { world: sim } = broker
    consumer.assign([{ ...orders, offset: 0 }])
    broker.on(fetch, (request, apiVersion, nodeId) => {
      if (nodeId === 1) return new Promise(() => {})
      return askedOffset(request) === 0 ? answer({ records: batch(0, ['a']) }, apiVersion) : later(apiVersion)
    })
    await sim.runFor(100)
    broker.topics[0]!.leaders = [{ leaderId: 2, leaderEpoch: 2 }]
    const startMs = sim.nowMs
    expect(await read(1)).toBe('a')
    expect(sim.nowMs - startMs).toBeLessThan(3000)
  })
})

describe('a replica nearby (KIP-392)', () => {
  test('is read from as the leader says, with the rack told; when it lacks the offset, the leader again', async () => {
    await scripted({ nodes: 2, racks: ['a', 'b'] }, { rack: 'b' })
    const racks = new Set<string>()
    let lacks = true
    broker.on(fetch, (request, apiVersion, nodeId) => {
      racks.add(request.rackId)
      const offset = askedOffset(request)
      if (nodeId === 1)
        return offset === 2
          ? answer({ records: batch(2, ['c']) }, apiVersion)
          : answer({ preferredReadReplica: 2 }, apiVersion)
      if (offset === 0) return answer({ records: batch(0, ['a', 'b']) }, apiVersion)
      if (offset !== 2 || !lacks) return later(apiVersion)
      lacks = false
      return answer({ errorCode: errors.OFFSET_OUT_OF_RANGE.code }, apiVersion)
    })
    consumer.assign([{ ...orders, offset: 0 }])
    expect(await read(3)).toBe('a b c')
    expect(racks).toEqual(new Set(['b']))
    expect(
      fetches()
        .slice(0, 4)
        .map(line => line[0]),
    ).toEqual(['1', '2', '2', '1'])
  })
})

describe('a log that was cut (KIP-320)', () => {
  const cutTo = (endOffset: number, leaderEpoch = 1) =>
    broker.on(offsetForLeaderEpoch, () => ({
      topics: [{ topic: 'orders', partitions: [{ partition: 0, leaderEpoch, endOffset }] }],
    }))

  /** Reads three records of epoch 1, then the leader says that it is fenced, and has epoch 2. */
  async function readThenFence(script: () => void, options: Partial<ConsumerOptions> = {}) {
    await scripted({}, options)
    script()
    let fenced = false
    serve({ 0: batch(0, ['a', 'b', 'c']), 1: batch(1, ['B', 'C'], { partitionLeaderEpoch: 2 }) }, offset => {
      if (offset !== 3 || fenced) return undefined
      fenced = true
      broker.topics[0]!.leaders = [{ leaderId: 1, leaderEpoch: 2 }]
      return partOf({ errorCode: errors.FENCED_LEADER_EPOCH.code })
    })
    consumer.assign([{ ...orders, offset: 0 }])
    return read(3)
  }

  test('the new leader has all of it: nothing happens', async () => {
    expect(await readThenFence(() => cutTo(3))).toBe('a b c')
    await world.runFor(5000)
    expect(consumer.position(orders)).toBe(3)
    expect(broker.log.filter(line => line.includes('LeaderEpoch'))).toHaveLength(1)
  })

  test('what was read is gone: told, and reading goes on where the histories part', async () => {
    const cuts: unknown[] = []
    await readThenFence(() => {
      cutTo(1)
      consumer.events.on('truncated', cut => cuts.push(cut))
    })
    expect(await read(2)).toBe('B C')
    expect(cuts).toEqual([{ ...orders, delivered: 3, endOffset: 1 }])
  })

  test('with resetPolicy none that is an error', async () => {
    await readThenFence(() => cutTo(1), { resetPolicy: 'none' })
    await expect(read(1)).rejects.toMatchObject({ code: 'LOG_TRUNCATED', ...orders })
  })

  test('an answer that says where histories part', async () => {
    await scripted()
    let said = false
    serve({ 0: batch(0, ['a', 'b', 'c']), 2: batch(2, ['C']) }, offset => {
      if (offset !== 3 || said) return undefined
      said = true
      return partOf({ divergingEpoch: { epoch: 1, endOffset: 2 } })
    })
    consumer.assign([{ ...orders, offset: 0 }])
    expect(await read(4)).toBe('a b c C')
  })

  test('an answer says so before anything of it was handed out: it is fetched anew, without a word', async () => {
    await scripted()
    let said = false
    serve({ 2: batch(2, ['C']) }, offset => {
      if (offset === 0) return partOf({ records: batch(0, said ? ['a', 'b'] : ['a', 'b', 'c']) })
      if (offset !== 3 || said) return undefined
      said = true
      return partOf({ divergingEpoch: { epoch: 1, endOffset: 2 } })
    })
    const cuts: unknown[] = []
    consumer.events.on('truncated', cut => cuts.push(cut))
    consumer.assign([{ ...orders, offset: 0 }])
    await world.runFor(1000)
    expect(said).toBe(true)
    expect(await read(3)).toBe('a b C')
    expect(cuts).toEqual([])
  })
})

describe('damaged batches', () => {
  const damaged = () => {
    const bytes = batch(1, ['b', 'c'])
    bytes[bytes.length - 2]! ^= 1
    return bytes
  }

  test('once may have been the way: fetched again', async () => {
    await scripted()
    let first = true
    serve({ 0: batch(0, ['a']), 1: batch(1, ['b', 'c']) }, offset => {
      if (offset !== 1 || !first) return undefined
      first = false
      return partOf({ records: damaged() })
    })
    consumer.assign([{ ...orders, offset: 0 }])
    expect(await read(3)).toBe('a b c')
  })

  test('twice is an error that names the offset, after all that is before it; and again when asked again', async () => {
    await scripted()
    serve({ 0: Buffer.concat([batch(0, ['a']), damaged()]), 1: damaged(), 3: batch(3, ['d']) })
    consumer.assign([{ ...orders, offset: 0 }])
    expect(await read(1)).toBe('a')
    const expected = { code: 'CORRUPT_MESSAGE', retriable: false, ...orders }
    await expect(read(1)).rejects.toMatchObject(expected)
    await expect(read(1)).rejects.toThrow(/offset 1 is damaged.*seek beyond it \(to 3\)/)
    consumer.seek({ ...orders, offset: 3 })
    expect(await read(1)).toBe('d')
  })

  test('skip: on behind it, and told', async () => {
    await scripted({}, { onCorrupt: 'skip' })
    const skips: unknown[] = []
    consumer.events.on('skipped', ({ fromOffset, toOffset }) => skips.push([fromOffset, toOffset]))
    serve({ 0: batch(0, ['a']), 1: damaged(), 3: batch(3, ['d']) })
    consumer.assign([{ ...orders, offset: 0 }])
    expect(await read(2)).toBe('a d')
    expect(skips).toEqual([[1, 3]])
  })

  test.each(['fail', 'skip'] as const)(
    'records that do not end where they say, under a good checksum: %s',
    async onCorrupt => {
      await scripted({}, { onCorrupt })
      const odd = buildBatch([{ value: Buffer.from('b'), timestamp: 1 }], { baseOffset: 1 })
      odd.writeInt32BE(2, 57)
      odd.writeInt32BE(1, 23)
      odd.writeUInt32BE(crc32c(odd.subarray(21)), 17)
      serve({ 0: batch(0, ['a']), 1: odd, 3: batch(3, ['d']) })
      consumer.assign([{ ...orders, offset: 0 }])
      if (onCorrupt === 'skip') expect(await read(3)).toBe('a b d')
      else await expect(read(3)).rejects.toMatchObject({ code: 'CORRUPT_MESSAGE', ...orders })
    },
  )
})

test('the answer to a question that a seek has overtaken is dropped', async () => {
  await scripted()
  broker.on(fetch, async (request, apiVersion) => {
    const offset = askedOffset(request)
    await new Promise<void>(resolve => world.scheduler.schedule(300, resolve))
    const records = { 0: batch(0, ['a', 'b', 'c']), 3: batch(3, ['d']) }[offset]
    return answer({ records: records ?? null }, apiVersion)
  })
  consumer.assign([{ ...orders, offset: 3 }])
  await world.runFor(100)
  consumer.seek({ ...orders, offset: 0 })
  expect(await read(4)).toBe('a b c d')
})

describe('other brokers', () => {
  test.each([4, 6, 7, 11, 12, 13, 18])('Fetch up to version %i', async last => {
    await scripted({ versions: new Map([[fetch.key, [4, last]]]) })
    serve({ 0: batch(0, ['a']), 1: batch(1, ['b']) })
    consumer.assign([{ ...orders, offset: 0 }])
    expect(await read(2)).toBe('a b')
    expect(new Set(fetches())).toEqual(new Set([`1 Fetch v${last}`]))
  })

  test('topics without ids are fetched by name', async () => {
    await scripted()
    Object.assign(broker.topics[0]!, { topicId: 'AAAAAAAAAAAAAAAAAAAAAA' })
    serve({ 0: batch(0, ['a']) })
    consumer.assign([{ ...orders, offset: 0 }])
    expect(await read(1)).toBe('a')
    expect(fetches()[0]).toBe('1 Fetch v12')
  })

  test('one that cuts the first batch is asked for more', async () => {
    await scripted({}, { maxPartitionBytes: 50 })
    const whole = batch(0, ['x'.repeat(500)])
    broker.on(fetch, (request, apiVersion) => {
      const bytes = request.topics[0]?.partitions[0]?.partitionMaxBytes ?? 0
      return askedOffset(request) === 0 ? answer({ records: whole.subarray(0, bytes) }, apiVersion) : later(apiVersion)
    })
    consumer.assign([{ ...orders, offset: 0 }])
    expect(await read(1)).toHaveLength(500)
  })

  test('one that forgets its sessions is told everything again', async () => {
    await scripted()
    let forgets = false
    const epochs: string[] = []
    broker.on(fetch, (request, apiVersion) => {
      epochs.push(`${request.sessionId}/${request.sessionEpoch}`)
      const offset = askedOffset(request)
      if (offset === 1 && !forgets) {
        forgets = true
        return { errorCode: errors.FETCH_SESSION_ID_NOT_FOUND.code }
      }
      const records = { 0: batch(0, ['a']), 1: batch(1, ['b']) }[offset]
      return records === undefined ? later(apiVersion) : answer({ records }, apiVersion, { sessionId: 9 })
    })
    consumer.assign([{ ...orders, offset: 0 }])
    expect(await read(2)).toBe('a b')
    expect(epochs.slice(0, 3)).toEqual(['0/0', '9/1', '0/0'])
  })

  test('one that asks for a pause is given it', async () => {
    await scripted()
    let times = 0
    broker.on(fetch, (request, apiVersion) => {
      times += 1
      if (askedOffset(request) === 0) return answer({ records: batch(0, ['a']) }, apiVersion, { throttleTimeMs: 3000 })
      return later(apiVersion)
    })
    consumer.assign([{ ...orders, offset: 0 }])
    await read(1)
    await world.runFor(2000)
    expect(times).toBe(1)
    expect(consumer.explain()).toContain('asks for a pause of 3000 ms')
    await world.runFor(2000)
    expect(times).toBeGreaterThan(1)
  })

  test('one that refuses: the error is told, and reading tries again with the next loop', async () => {
    await scripted()
    let allowed = false
    serve({ 0: batch(0, ['a']) }, () => (allowed ? undefined : partOf({ errorCode: errors.TOPIC_AUTHORIZATION_FAILED.code }))) // biome-ignore format: one thought
    consumer.assign([{ ...orders, offset: 0 }])
    await expect(read(1)).rejects.toMatchObject({ code: 'TOPIC_AUTHORIZATION_FAILED', ...orders })
    allowed = true
    expect(await read(1)).toBe('a')
  })

  test('one that answers garbage: the connection is given up, reading goes on', async () => {
    await scripted()
    let garbage = true
    broker.on(fetch, (request, apiVersion) => {
      const isFirst = garbage
      garbage = false
      const records = batch(0, ['a'])
      if (isFirst) return answer({ records }, apiVersion, { unknownTags: [{ tag: 0, data: Buffer.alloc(3, 255) }] })
      return askedOffset(request) === 0 ? answer({ records }, apiVersion) : later(apiVersion)
    })
    consumer.assign([{ ...orders, offset: 0 }])
    expect(await read(1)).toBe('a')
  })

  test('errors that pass, one after the other', async () => {
    await scripted()
    const passing = [errors.UNKNOWN_LEADER_EPOCH, errors.KAFKA_STORAGE_ERROR, errors.UNKNOWN_TOPIC_ID, errors.OFFSET_NOT_AVAILABLE, errors.UNKNOWN_SERVER_ERROR] // biome-ignore format: a list
    const left = [...passing]
    serve({ 0: batch(0, ['a']) }, () => {
      const next = left.shift()
      return next && partOf({ errorCode: next.code })
    })
    consumer.assign([{ ...orders, offset: 0 }])
    expect(await read(1)).toBe('a')
    expect(left).toEqual([])
  })

  test('a reset waits until what is buffered has been handed out', async () => {
    await scripted()
    broker.on(listOffsets, () => ({ topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, offset: 50, leaderEpoch: 1 }] }] })) // biome-ignore format: one thought
    serve({ 0: batch(0, ['a']), 50: batch(50, ['z']) }, offset =>
      offset === 1 ? partOf({ errorCode: errors.OFFSET_OUT_OF_RANGE.code }) : undefined,
    )
    consumer.assign([{ ...orders, offset: 0 }])
    await world.runFor(2000)
    expect(await read(2)).toBe('a z')
  })
})
