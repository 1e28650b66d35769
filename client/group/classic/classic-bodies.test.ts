// The requests of a classic member are, byte for byte, those of Kafka's Java consumer 4.3.0 in captured conversations; and can be
// sent in every version.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { heartbeat } from '../../../protocol/messages/heartbeat.ts'
import { joinGroup } from '../../../protocol/messages/join-group.ts'
import { leaveGroup } from '../../../protocol/messages/leave-group.ts'
import { syncGroup } from '../../../protocol/messages/sync-group.ts'
import { Reader } from '../../../protocol/wire/reader.ts'
import type { Schema } from '../../../protocol/wire/schema.ts'
import { Writer } from '../../../protocol/wire/writer.ts'
import { heartbeatBody, joinBody, leaveBody, syncBody } from './classic-bodies.ts'

interface Exchange {
  readonly name: string
  readonly version: number
  // biome-ignore lint/suspicious/noExplicitAny: JSON of four kinds of requests
  readonly request: any
  readonly requestHex: string
}

function capture(name: string): Exchange[] {
  const file = join(import.meta.dirname, `../../../broker/coordinator/testdata/${name}.jsonl.gz`)
  const lines = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n')
  return lines.map(line => JSON.parse(line) as Exchange)
}

function written(schema: Schema, version: number, body: object | ((version: number) => object)): string {
  const writer = new Writer()
  schema.write(version, writer, (typeof body === 'function' ? body(version) : body) as never)
  return writer.toBuffer().toString('hex')
}

const exchanges = ['client-consumer-classic', 'client-consumer-cooperative'].flatMap(capture)
const named = (name: string) => exchanges.filter(exchange => exchange.name === name && exchange.request.groupId !== '')
const base64 = (text: string) => Buffer.from(text, 'base64')

describe('what Java sent', () => {
  test('in JoinGroup', () => {
    const all = named('JoinGroup').filter(({ request }) => request.protocolType === 'consumer')
    expect(all.length).toBeGreaterThan(10)
    for (const { version, request, requestHex } of all) {
      const { memberId, reason, protocols } = request
      const settings = { ...request, groupInstanceId: request.groupInstanceId ?? null }
      const metadata = protocols.map((each: { name: string; metadata: string }) => ({ name: each.name, metadata: base64(each.metadata) })) // biome-ignore format: one thought
      const body = joinBody(settings, { kind: 'join', life: 1, memberId, reason: reason ?? '' }, metadata)
      expect(requestHex.endsWith(written(joinGroup.request, version, body))).toBe(true)
    }
  })

  test('in SyncGroup, Heartbeat and LeaveGroup', () => {
    const counts = { sync: 0, beat: 0, leave: 0 }
    for (const { version, request, requestHex } of named('SyncGroup')) {
      const { generationId, memberId, protocolName, protocolType } = request
      const generation = { generationId, memberId, protocolName, isLeader: false }
      const assignments = request.assignments.map((each: { memberId: string; assignment: string }) => ({ memberId: each.memberId, assignment: base64(each.assignment) })) // biome-ignore format: one thought
      const settings = { ...request, groupInstanceId: request.groupInstanceId ?? null, protocolType }
      const body = syncBody(settings, { kind: 'sync', life: 1, generation, assignments })
      expect(requestHex.endsWith(written(syncGroup.request, version, body))).toBe(true)
      counts.sync += 1
    }
    for (const { version, request, requestHex } of named('Heartbeat')) {
      const { groupId, groupInstanceId = null, memberId, generationId } = request
      const body = heartbeatBody({ groupId, groupInstanceId }, { kind: 'heartbeat', life: 1, memberId, generationId })
      expect(requestHex.endsWith(written(heartbeat.request, version, body))).toBe(true)
      counts.beat += 1
    }
    for (const { version, request, requestHex } of named('LeaveGroup')) {
      const [{ memberId, groupInstanceId = null, reason }] = request.members
      const body = leaveBody({ groupId: request.groupId, groupInstanceId }, { kind: 'leave', memberId, reason })
      expect(requestHex.endsWith(written(leaveGroup.request, version, body))).toBe(true)
      counts.leave += 1
    }
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(0)
  })
})

describe('every version', () => {
  const identity = { groupId: 'g', groupInstanceId: null }
  const settings = { ...identity, protocolType: 'consumer', sessionTimeoutMs: 1, rebalanceTimeoutMs: 2 }
  const generation = { generationId: 3, memberId: 'me', protocolName: 'range', isLeader: true }
  const protocols = [{ name: 'range', metadata: Buffer.from('m') }]
  const reason = 'r'.repeat(300)

  test.each([
    [joinGroup, joinBody(settings, { kind: 'join', life: 1, memberId: 'me', reason }, protocols)],
    [syncGroup, syncBody(settings, { kind: 'sync', life: 1, generation, assignments: [] })],
    [heartbeat, heartbeatBody(identity, { kind: 'heartbeat', life: 1, memberId: 'me', generationId: 3 })],
    [leaveGroup, leaveBody(identity, { kind: 'leave', memberId: 'me', reason })],
  ] as const)('of %o can be sent', (api, body) => {
    const schema = api.request as unknown as Schema
    for (let version = schema.versions[0]; version <= schema.versions[1]; version += 1) {
      const bytes = Buffer.from(written(schema, version, body), 'hex')
      expect(schema.read(version, new Reader(bytes))).toMatchObject({ groupId: 'g' })
      expect(bytes.length).toBeLessThan(330)
    }
  })
})
