// The same requests about consumer groups, sent to Kafka 4.3.0 and to us, get the same answers and leave the same records in
// __consumer_offsets: testdata/consumer-group-actions.json.gz, written by broker/compat/vectors/consumer-group-actions.mjs.
//
// Ours are compared after giving members that the broker names, and times, what they are there; and in the order of keys where
// Kafka takes members and topics from a hash map.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { batches } from '../../../../protocol/records/batches.ts'
import { records } from '../../../../protocol/records/records.ts'
import { decode, encode } from '../../../../protocol/wire/schema.ts'
import { groupHandlers } from '../../testing/group-handlers.ts'
import { TestCoordinator } from '../../testing/test-coordinator.ts'
import { type GroupRecord, groupRecordCodec } from '../group-record.ts'

type Names = Record<string, string>
interface Action {
  readonly client: string
  readonly api?: string
  readonly version: number
  readonly request: object
  /** The member id of the answer, by this name, is what `$NAME` stands for in later requests. */
  readonly remember?: string
  readonly waitMs?: number
}
interface ConsumerGroupActions {
  readonly names: Names
  readonly actions: readonly Action[]
  readonly answers: readonly object[]
  readonly log: string
}

const file = join(import.meta.dirname, '../../testdata/consumer-group-actions.json.gz')
const kafka = JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')) as ConsumerGroupActions

function filled(value: unknown, names: Names, key = ''): unknown {
  if (typeof value === 'string' && value.startsWith('$')) return names[value.slice(1)]
  if (typeof value === 'string' && (key === 'metadata' || key === 'assignment')) return Buffer.from(value, 'base64')
  if (Array.isArray(value)) return value.map(item => filled(item, names, key))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, filled(item, names, name)]))
}

async function ours() {
  const { topicId, otherTopicId } = kafka.names
  const names: Names = { topicId: topicId!, otherTopicId: otherTopicId! }
  const topics = [
    { name: 't', id: kafka.names.topicId!, partitionCount: 4 },
    { name: 'u', id: kafka.names.otherTopicId!, partitionCount: 1 },
  ]
  const settings = [
    ['group.initial.rebalance.delay.ms', '0'],
    ['group.consumer.assignment.interval.ms', '0'],
  ] as const
  const broker = await new TestCoordinator({ topics, settings }).start()
  const answers: object[] = []
  for (const { client, api, version, request, remember, waitMs } of kafka.actions) {
    await broker.clock.run(waitMs ?? 0)
    if (api === undefined) continue
    const { handle, api: schema } = groupHandlers.get(api)!
    const asked = decode(schema.request, version, encode(schema.request, version, filled(request, names) as object))
    const place = answers.push({}) - 1
    void Promise.resolve(handle(broker.context(version, client), asked as never)).then(answer => {
      answers[place] = decode(schema.response, version, encode(schema.response, version, answer!)) as object
      if (remember !== undefined) names[remember] = (answer as { memberId: string }).memberId
    })
    await broker.clock.run(10)
  }
  return { names, answers, log: broker.partitions[0]!.memory.batches }
}

const byTopic = (one: { topicId: string }, other: { topicId: string }) => (one.topicId < other.topicId ? -1 : 1)

/** JSON with what may differ made equal. */
function comparable(value: unknown, names: Names): string {
  const times = new Set(['assignmentTimestamp', 'currentStateTimestamp', 'timestamp', 'version'])
  let text = JSON.stringify(value, (key, item) => {
    if (times.has(key) && typeof item === 'number') return 0
    if (Array.isArray(item) && item[0]?.topicId !== undefined) return [...item].sort(byTopic)
    return typeof item === 'bigint' ? String(item) : item
  })
  for (const [name, id] of Object.entries(names)) text = text.replaceAll(id, name)
  return text
}

function recordsOf(batch: Buffer, names: Names): string[] {
  return [...records(batch)].map(({ key, value }) => {
    const record = groupRecordCodec.decode(key, value) as GroupRecord
    return `${record.type} ${comparable(record.key, names)} ${comparable(record.value, names)}`
  })
}

test('the same requests get the same answers and leave the same records', async () => {
  const { names, answers, log } = await ours()
  for (const [index, answer] of kafka.answers.entries()) {
    expect(comparable(answers[index], names), `answer ${index}`).toEqual(comparable(answer, kafka.names))
  }
  const theirs = [...batches(Buffer.from(kafka.log, 'base64'))].map(batch => recordsOf(batch, kafka.names))
  // What expressions match may share a batch with the heartbeat here.
  const mine = log.flatMap(batch => recordsOf(batch, names))
  for (const [index, batch] of theirs.entries()) {
    expect(mine.splice(0, batch.length).sort(), `batch ${index}`).toEqual([...batch].sort())
  }
  expect(mine).toEqual([])
  expect(theirs.length).toBeGreaterThan(25)
})
