// Avro on the command line: JSON in, records with schema ids in the topic, JSON out; against a broker and a registry of this process.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentLogger } from '../io/logger.ts'
import { realClock } from '../io/real-clock.ts'
import { avroType } from '../schema-registry/avro/avro-type.ts'
import { Registry } from '../schema-registry/registry.ts'
import { registryServer } from '../schema-registry/server.ts'
import { RegistryState } from '../schema-registry/store/state.ts'
import { MemoryLog } from '../schema-registry/testing/memory-log.ts'
import { startBroker, type TestBroker } from '../testing/index.ts'
import { millrace } from '../testing/millrace-process.ts'

let broker: TestBroker
let server: Awaited<ReturnType<typeof registryServer>>
let url: string
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-avro-'))
  broker = await startBroker()
  const state = new RegistryState()
  const leadership = { isLeader: true, leaderUrl: 'http://r' }
  server = await registryServer({
    registry: new Registry({ state, log: new MemoryLog(state), leadership, types: [avroType] }),
    clock: realClock(),
    logger: silentLogger,
    version: '0',
    kafkaClusterId: () => 'c',
    groupId: 'schema-registry',
  })
  url = await server.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(async () => {
  await server.close()
  await broker.close()
  rmSync(folder, { recursive: true, force: true })
})

const run = (args: readonly string[], input?: string) =>
  millrace(args, { bootstrap: broker.bootstrap, ...(input !== undefined && { input }) })

function file(name: string, schema: unknown): string {
  writeFileSync(join(folder, name), JSON.stringify(schema))
  return join(folder, name)
}

test('in and out', async () => {
  const fields = [
    { name: 'id', type: 'long' },
    { name: 'price', type: 'com.acme.Money' },
    { name: 'note', type: ['null', 'string'], default: null },
  ]
  const order = file('order.avsc', { type: 'record', name: 'com.acme.Order', fields })
  const digits = { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 }
  const money = file('money.avsc', { type: 'record', name: 'com.acme.Money', fields: [{ name: 'sum', type: digits }] })
  const lines = '{"id": 9007199254740993, "price": {"sum": "1.5"}}\n{"id": 2, "price": {"sum": 2}, "note": "x"}\n'
  const avro = ['--avro', order, '--avro', money, '--registry', url]
  const sent = await run(['produce', 'orders', '--partition', '0', ...avro], lines)
  expect(sent).toMatchObject({ code: 0, out: 'produced 2 records\n' })
  const latest = ['produce', 'orders', '--partition', '0', '--avro', '--registry', url]
  expect(await run([...latest, '--value', '{"id":3,"price":{"sum":"3.00"}}'])).toMatchObject({ code: 0 })
  const consume = ['consume', 'orders', '--from', 'beginning', '--until', 'end', '--avro', '--registry', url]
  expect((await run(consume)).out).toBe(
    '{"id":9007199254740993,"price":{"sum":"1.50"},"note":null}\n{"id":2,"price":{"sum":"2.00"},"note":"x"}\n{"id":3,"price":{"sum":"3.00"},"note":null}\n',
  )
  const [first] = (await run([...consume, '--json'])).out.split('\n')
  expect(first).toContain('"value":{"id":9007199254740993,"price":{"sum":"1.50"},"note":null},"headers":[]')
  const listed = await run(['schema', 'list', '--registry', url])
  expect(listed.out).toBe('com.acme.Money\t1\t1\tAVRO\norders-value\t1\t2\tAVRO\n')
})

test('what does not fit, and what cannot be read', async () => {
  const text = file('text.avsc', { type: 'record', name: 'Text', fields: [{ name: 'text', type: 'string' }] })
  const produce = ['produce', 'texts', '--partition', '0', '--registry', url, '--avro', text]
  const wrong = await run(produce, '{"text":"a"}\n{"text":5}\n{"text":"b"}\n')
  expect(wrong.code).toBe(1)
  expect(wrong.err).toContain('record 2: A text is expected here, not the number 5 (at /text)')
  expect(wrong.err).toContain('1 record stored in texts')
  expect((await run(produce, 'text\n')).err).toContain('record 1')
  await run(['produce', 'texts', '--partition', '0', '--value', 'plain'])
  await run([...produce, '--value', '{"text":"c"}'])
  const consume = ['consume', 'texts', '--from', 'beginning', '--until', 'end', '--avro', '--registry', url]
  const stopped = await run(consume)
  expect(stopped.code).toBe(1)
  expect(stopped.err).toMatch(/texts\[0\]@1: NO_SCHEMA_ID[\s\S]*--skip-unreadable/)
  const skipped = await run([...consume, '--skip-unreadable'])
  expect(skipped.out).toBe('{"text":"a"}\n{"text":"c"}\n')
  expect(skipped.err).toContain('texts[0]@1 left out')
  const nobody = await run(
    [...produce.slice(0, 4), '--registry', 'http://127.0.0.1:1', '--timeout', '1s', '--avro', text],
    '',
  )
  expect(nobody.code).toBe(1)
  expect(nobody.err).toContain('ECONNREFUSED')
})
