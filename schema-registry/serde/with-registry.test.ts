// Serdes and the registry itself, without a socket between them.

import { beforeEach, describe, expect, test } from 'vitest'
import { silentLogger } from '../../io/logger.ts'
import { ManualClock } from '../../io/sim/clock.ts'
import { avroType } from '../avro/avro-type.ts'
import { Registry } from '../registry.ts'
import type { Fetch } from '../registry-client/registry-options.ts'
import { registryServer } from '../server.ts'
import { RegistryState } from '../store/state.ts'
import { MemoryLog } from '../testing/memory-log.ts'
import { SchemaRegistry } from './schema-registry.ts'
import { serde } from './serde.ts'

let registry: SchemaRegistry

async function* chunk(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes
}

beforeEach(async () => {
  const state = new RegistryState()
  const leadership = { isLeader: true, leaderUrl: 'http://r' }
  const server = await registryServer({
    registry: new Registry({ state, log: new MemoryLog(state), leadership, types: [avroType] }),
    clock: new ManualClock(),
    logger: silentLogger,
    version: '0',
    kafkaClusterId: () => 'c',
    groupId: 'schema-registry',
  })
  const fetch: Fetch = async (url, { method, headers, body }) => {
    const path = url.replace('http://r', '')
    const request = { method: method as 'GET', url: path, headers: { ...headers }, ...(body !== undefined && { body }) }
    const { statusCode: status, headers: answered, rawPayload } = await server.inject(request)
    return { status, headers: { get: name => String(answered[name]) }, body: chunk(rawPayload) }
  }
  registry = new SchemaRegistry({ url: 'http://r', world: { fetch } })
})

const record = (name: string, ...fields: object[]) =>
  JSON.stringify({ type: 'record', name, namespace: 'com.acme', fields })
const id = { name: 'id', type: 'long' }

describe('a serde and the registry', () => {
  test('by id and by GUID, with a schema of one’s own and without', async () => {
    const schema = record('Order', id)
    const headers = {}
    const inFront = await serde({ registry, schema }).serialize('orders', { id: 5 })
    const inHeader = await serde({ registry, schema, schemaId: 'header' }).serialize('orders', { id: 6 }, headers)
    const reader = serde<{ id: number }>({ registry })
    expect(await reader.deserialize(inFront)).toEqual({ id: 5 })
    expect(await reader.deserialize(inHeader, headers)).toEqual({ id: 6 })
    expect(await registry.client.versionsOfId(1)).toEqual([{ subject: 'orders-value', version: 1 }])
  })

  test('versions, levels, references', async () => {
    const money = { schema: record('Money', { name: 'cents', type: 'long' }) }
    const bill = record('Bill', { name: 'sum', type: 'com.acme.Money' })
    const references = [{ name: 'com.acme.Money', schema: money }]
    const bills = serde<{ sum: { cents: number } }>({ registry, schema: { schema: bill, references } })
    const bytes = await bills.serialize('bills', { sum: { cents: 7 } })
    expect(await serde({ registry }).deserialize(bytes)).toEqual({ sum: { cents: 7 } })
    const { client } = registry
    expect(await client.subjects()).toEqual(['bills-value', 'com.acme.Money'])
    expect(await client.schemas({ latestOnly: true })).toMatchObject([
      {
        subject: 'bills-value',
        version: 1,
        references: [{ name: 'com.acme.Money', subject: 'com.acme.Money', version: 1 }],
      },
      { subject: 'com.acme.Money', version: 1, references: [] },
    ])
    expect(await client.compatibilityLevel('bills-value')).toBe('BACKWARD')
    await client.setCompatibilityLevel('bills-value', 'FULL')
    expect(await client.compatibilityLevel('bills-value')).toBe('FULL')
    const wrong = { schema: record('Bill', { name: 'sum', type: 'string' }) }
    const verdict = await client.checkCompatibility('bills-value', wrong)
    expect(verdict.isCompatible).toBe(false)
    expect(verdict.messages.join()).toContain('TYPE_MISMATCH')
    const refused = serde({ registry, schema: wrong.schema }).serialize('bills', { sum: 'x' })
    await expect(refused).rejects.toMatchObject({ code: 'INCOMPATIBLE_SCHEMA', status: 409 })
    expect(await client.deleteSubject('bills-value')).toEqual([1])
    await expect(client.versions('bills-value')).rejects.toMatchObject({ code: 'SUBJECT_NOT_FOUND' })
    expect(await serde({ registry }).deserialize(bytes)).toEqual({ sum: { cents: 7 } })
  })

  test('what is not there, and what is wrong', async () => {
    const strange = Buffer.from('000000006302', 'hex')
    await expect(serde({ registry }).deserialize(strange)).rejects.toMatchObject({ code: 'SCHEMA_UNKNOWN' })
    const { client } = registry
    await expect(client.register('s', { schema: '{"type":"strnig"}' })).rejects.toMatchObject({
      code: 'INVALID_SCHEMA',
    })
    await expect(client.version('s', 'latest')).rejects.toMatchObject({ code: 'SUBJECT_NOT_FOUND', errorCode: 40401 })
    await client.register('s', { schema: '"int"' })
    await expect(client.version('s', 2)).rejects.toMatchObject({ code: 'VERSION_NOT_FOUND' })
    const only = serde<string>({ registry, schema: '"string"', use: 'registered', subject: () => 's' })
    await expect(only.serialize('t', 'x')).rejects.toMatchObject({ code: 'NOT_REGISTERED' })
  })
})
