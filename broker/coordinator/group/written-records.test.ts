// The same requests, sent to Kafka 4.3.0 and to us, leave the same bytes in __consumer_offsets: testdata/group-actions.json.gz
// holds the requests and the log that Kafka wrote.
//
// Ours are compared after giving members the ids and all times the values that they had there.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { readBatchHeader } from '../../../protocol/records/batch-header.ts'
import { batches } from '../../../protocol/records/batches.ts'
import { records } from '../../../protocol/records/records.ts'
import { decode, encode } from '../../../protocol/wire/schema.ts'
import { groupHandlers } from '../testing/group-handlers.ts'
import { TestCoordinator } from '../testing/test-coordinator.ts'
import { type GroupRecord, groupRecordCodec } from './group-record.ts'

interface Action {
  readonly client: string
  readonly api: string
  readonly version: number
  readonly request: object
  /** The member id of the answer, by this name, is what `$NAME` stands for in later requests. */
  readonly remember?: string
}
interface GroupActions {
  readonly topicId: string
  /** The member ids that Kafka gave. */
  readonly names: { readonly [name: string]: string }
  readonly actions: readonly Action[]
  readonly log: string
}

const file = join(import.meta.dirname, '../testdata/group-actions.json.gz')
const { topicId, names, actions, log } = JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')) as GroupActions

/** Bytes are base64, large offsets text, member ids by name. */
function filled(value: unknown, ids: ReadonlyMap<string, string>, key = ''): unknown {
  if (typeof value === 'string' && value.startsWith('$')) return ids.get(value.slice(1))
  if (typeof value === 'string' && key === 'committedOffset') return BigInt(value)
  if (typeof value === 'string' && (key === 'metadata' || key === 'assignment')) return Buffer.from(value, 'base64')
  if (Array.isArray(value)) return value.map(item => filled(item, ids, key))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, filled(item, ids, name)]))
}

async function ourLog(): Promise<{ ours: Buffer[]; ids: ReadonlyMap<string, string> }> {
  const topics = [{ name: 't', id: topicId, partitionCount: 2 }]
  const broker = await new TestCoordinator({ topics, settings: [['group.initial.rebalance.delay.ms', '0']] }).start()
  const ids = new Map<string, string>()
  for (const { client, api, version, request, remember } of actions) {
    const { handle, api: schema } = groupHandlers.get(api)!
    const decoded = decode(schema.request, version, encode(schema.request, version, filled(request, ids) as object))
    void Promise.resolve(handle(broker.context(version, client), decoded as never)).then(answer => {
      if (remember !== undefined) ids.set(remember, (answer as { memberId: string }).memberId)
    })
    await broker.clock.run(10)
  }
  return { ours: broker.partitions[0]!.memory.batches, ids }
}

const read = (batch: Buffer) =>
  [...records(batch)].map(({ key, value }) => groupRecordCodec.decode(key, value) as GroupRecord)

/** Our record with Kafka's member ids and times. */
function asKafka(ours: GroupRecord, kafkas: GroupRecord, ids: ReadonlyMap<string, string>): GroupRecord {
  let text = JSON.stringify(ours, (_, value) => (typeof value === 'bigint' ? { int64: String(value) } : value))
  for (const [name, id] of ids) text = text.replaceAll(id, names[name]!)
  const revive = (_: string, value: unknown) => {
    if (value !== null && typeof value === 'object' && 'int64' in value) return BigInt(value.int64 as string)
    const isBytes = value !== null && typeof value === 'object' && 'data' in value
    return isBytes ? Buffer.from(value.data as number[]) : value
  }
  const record = JSON.parse(text, revive) as GroupRecord
  if (record.type === 'offsetCommit' && kafkas.type === 'offsetCommit' && record.value && kafkas.value) {
    record.value.commitTimestamp = kafkas.value.commitTimestamp
    record.value.expireTimestamp = kafkas.value.expireTimestamp
  }
  if (record.type === 'groupMetadata' && kafkas.type === 'groupMetadata' && record.value && kafkas.value) {
    record.value.currentStateTimestamp = kafkas.value.currentStateTimestamp
    // Kafka keeps members in a hash map.
    const order = kafkas.value.members.map(({ memberId }) => memberId)
    record.value.members.sort((one, other) => order.indexOf(one.memberId) - order.indexOf(other.memberId))
  }
  return record
}

test('the same requests leave the same records', async () => {
  const { ours, ids } = await ourLog()
  const kafkas = [...batches(Buffer.from(log, 'base64'))]
  expect(ours.length).toBe(kafkas.length)
  for (const [index, batch] of kafkas.entries()) {
    const { crc, baseTimestamp, maxTimestamp, ...header } = readBatchHeader(batch)
    expect(readBatchHeader(ours[index]!)).toMatchObject(header)
    const ourRecords = read(ours[index]!)
    for (const [place, { key, value }] of [...records(batch)].entries()) {
      const kafka = groupRecordCodec.decode(key, value) as GroupRecord
      expect(groupRecordCodec.encode(asKafka(ourRecords[place]!, kafka, ids)), `batch ${index}`).toEqual({ key, value })
    }
  }
})
