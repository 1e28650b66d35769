// Values through a registry and back: what is asked, what is written, what is read, and who is to blame when it fails.

import { describe, expect, test } from 'vitest'
import { ManualClock } from '../../io/sim/clock.ts'
import { seededRandom } from '../../io/sim/random.ts'
import { PlayedRegistry } from '../testing/played-registry.ts'
import { SchemaRegistry } from './schema-registry.ts'
import { type Serde, serde } from './serde.ts'
import { isRecordAtFault, type SerdeError } from './serde-error.ts'
import type { SerdeOptions } from './serde-options.ts'

interface Order {
  id: number | bigint
  note: string | null
}

const orderSchema = {
  type: 'record',
  name: 'Order',
  namespace: 'com.acme',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'note', type: ['null', 'string'], default: null },
  ],
}
const withCurrency = {
  ...orderSchema,
  fields: [...orderSchema.fields, { name: 'currency', type: 'string', default: 'EUR' }],
}

type Options = Omit<SerdeOptions<Order, Partial<Order>>, 'registry' | 'schema'> & {
  readonly schema?: object | undefined
}

function make(options: Options = {}) {
  const clock = new ManualClock()
  const played = new PlayedRegistry()
  const world = { clock, random: seededRandom(1), fetch: played.fetch }
  const registry = new SchemaRegistry({ url: 'http://r:8081', timeoutMs: 1000, world })
  const of = (own: Options = options): Serde<Order, Partial<Order>> =>
    serde<Order, Partial<Order>>({ schema: orderSchema, ...own, registry } as SerdeOptions<Order, Partial<Order>> & {
      schema: string
    })
  return { clock, played, registry, of, orders: of() }
}

/** A rejection, while the clock runs. */
async function failure(promise: Promise<unknown>, clock?: ManualClock): Promise<SerdeError> {
  let failed: unknown
  const settled = promise.catch(error => (failed = error))
  await clock?.run(5000)
  await settled
  if (failed === undefined) throw new Error('it did not fail')
  return failed as SerdeError
}

describe('writing', () => {
  test('registers once, however many ask, and writes the id in front', async () => {
    const { orders, played } = make()
    const all = await Promise.all([1, 2, 3].map(id => orders.serialize('orders', { id, note: 'x' })))
    // Avro's own example of longs: 1 is 02; a union's second branch is 02; "x" is 02 78.
    expect(all[0]).toEqual(Buffer.from('0000000001' + '02' + '020278', 'hex'))
    expect(played.questions).toEqual(['POST /subjects/orders-value/versions?normalize=false'])
    expect(played.asked[0]!.body).toEqual({ schema: JSON.stringify(orderSchema) })
  })

  test('other topics, parts and strategies are other subjects', async () => {
    const { of, played } = make()
    await of().serialize('a', { id: 1 })
    await of({ part: 'key' }).serialize('a', { id: 1 })
    await of({ subject: 'recordName' }).serialize('a', { id: 1 })
    await of({ subject: 'topicRecordName' }).serialize('a', { id: 1 })
    await of({ subject: ({ topic }) => `own:${topic}` }).serialize('a', { id: 1 })
    const subjects = played.asked.map(({ url }) => decodeURIComponent(new URL(url).pathname.split('/')[2]!))
    expect(subjects).toEqual(['a-value', 'a-key', 'com.acme.Order', 'a-com.acme.Order', 'own:a'])
  })

  test('what does not fit says where', async () => {
    const { orders } = make()
    const error = await failure(orders.serialize('orders', { id: 'one' as unknown as number }))
    expect(error).toMatchObject({ code: 'VALUE_DOES_NOT_FIT', fault: 'caller', topic: 'orders' })
    expect(error.message).toContain('/id')
  })

  test('only what is registered', async () => {
    const { of, played } = make()
    const orders = of({ use: 'registered' })
    const missing = await failure(orders.serialize('orders', { id: 1 }))
    expect(missing).toMatchObject({ code: 'NOT_REGISTERED', fault: 'caller' })
    played.add('orders-value', { schema: JSON.stringify(withCurrency) })
    expect((await failure(orders.serialize('orders', { id: 1 }))).code).toBe('NOT_REGISTERED')
    played.add('orders-value', { schema: JSON.stringify(orderSchema) })
    expect((await orders.serialize('orders', { id: 1 })).readInt32BE(1)).toBe(2)
    expect(played.questions.every(question => !question.includes('versions'))).toBe(true)
  })

  test('the latest version, looked at anew after a while', async () => {
    const { clock, of, played } = make()
    const orders = of({ use: 'latest' })
    played.add('orders-value', { schema: JSON.stringify(orderSchema) })
    expect((await orders.serialize('orders', { id: 1 })).readInt32BE(1)).toBe(1)
    played.add('orders-value', { schema: JSON.stringify(withCurrency) })
    expect((await orders.serialize('orders', { id: 1 })).readInt32BE(1)).toBe(1)
    clock.advance(60_000)
    const bytes = await orders.serialize('orders', { id: 1 })
    expect(bytes.readInt32BE(1)).toBe(2)
    expect(bytes.toString('latin1')).toContain('EUR')
    const asItIs = of({ use: 'latest', schema: undefined })
    expect(await asItIs.deserialize(bytes)).toEqual({ id: 1, note: null, currency: 'EUR' })
  })

  test('a latest version that does not take all values of one’s own', async () => {
    const { of, played } = make()
    const strict = { ...orderSchema, fields: [{ name: 'id', type: 'int' }] }
    played.add('orders-value', { schema: JSON.stringify(strict) })
    const error = await failure(of({ use: 'latest' }).serialize('orders', { id: 1 }))
    expect(error.code).toBe('NOT_COMPATIBLE_WITH_LATEST')
    expect(error.message).toContain('TYPE_MISMATCH at /fields/0/type')
  })

  test('a schema by its id, and none at all', async () => {
    const { of, played } = make()
    const { id } = played.add('elsewhere', { schema: JSON.stringify(withCurrency) })
    expect((await of({ use: { id }, schema: undefined }).serialize('orders', { id: 1 })).readInt32BE(1)).toBe(id)
    const error = await failure(of({ use: 'register', schema: undefined }).serialize('orders', { id: 1 }))
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' })
    expect(() => of({ use: { id: 0 } })).toThrow('no id of a schema')
    expect(() => of({ use: 'newest' as 'latest' })).toThrow('"newest" is not known')
  })

  test('a GUID in a header', async () => {
    const { of, played } = make()
    const orders = of({ schemaId: 'header' })
    const headers: Record<string, Uint8Array | string> = { trace: '1' }
    const bytes = await orders.serialize('orders', { id: 1, note: 'x' }, headers)
    expect(bytes).toEqual(Buffer.from('02020278', 'hex'))
    expect(headers).toEqual({
      trace: '1',
      __value_schema_id: Buffer.from(`01${'00000000-0000-4000-8000-000000000001'.replaceAll('-', '')}`, 'hex'),
    })
    expect(await of().deserialize(bytes, headers)).toEqual({ id: 1, note: 'x' })
    const list = Object.entries(headers).map(([key, value]) => ({ key, value: Buffer.from(value) }))
    expect(await of().deserialize(bytes, list)).toEqual({ id: 1, note: 'x' })
    expect(await failure(orders.serialize('orders', { id: 1 }))).toMatchObject({ code: 'INVALID_ARGUMENT' })
    expect(played.questions.filter(question => question.startsWith('POST'))).toHaveLength(1)
  })

  test('without a promise for each value', async () => {
    const { orders } = make()
    const write = await orders.serializer('orders')
    expect(write({ id: 1, note: 'x' })).toEqual(await orders.serialize('orders', { id: 1, note: 'x' }))
    expect(() => write({ id: 0.5 })).toThrow('/id')
  })

  test('what a schema refers to is registered first, under its name', async () => {
    const { registry, played } = make()
    const money = { schema: '{"type":"record","name":"com.acme.Money","fields":[{"name":"cents","type":"long"}]}' }
    const text = '{"type":"record","name":"com.acme.Bill","fields":[{"name":"sum","type":"com.acme.Money"}]}'
    const bills = serde<{ sum: { cents: number } }>({
      registry,
      schema: { schema: text, references: [{ name: 'com.acme.Money', schema: money }] },
    })
    const bytes = await bills.serialize('bills', { sum: { cents: 5 } })
    expect(played.asked.map(({ body }) => body)).toEqual([
      money,
      { schema: text, references: [{ name: 'com.acme.Money', subject: 'com.acme.Money', version: 1 }] },
    ])
    // Another program, which has no schema, reads it with what the registry says.
    const { registry: other } = { registry: new SchemaRegistry({ url: 'http://r', world: { fetch: played.fetch } }) }
    expect(await serde({ registry: other }).deserialize(bytes)).toEqual({ sum: { cents: 5 } })
  })

  test('plain bytes have no length in front, as other clients write them', async () => {
    const { registry } = make()
    const raw = serde<Uint8Array>({ registry, schema: '"bytes"' })
    const bytes = await raw.serialize('raw', Buffer.from('ab'))
    expect(bytes).toEqual(Buffer.from('00000000016162', 'hex'))
    expect(Buffer.from(await raw.deserialize(bytes)).toString()).toBe('ab')
  })
})

describe('reading', () => {
  test('a schema is fetched once for all who ask, and nothing is asked afterwards', async () => {
    const { of, played, registry } = make()
    const written = await of().serialize('orders', { id: 1, note: 'x' })
    const before = played.asked.length
    const reader = of()
    await Promise.all([reader.deserialize(written), reader.deserialize(written), of().deserialize(written)])
    await reader.deserialize(written)
    expect(played.questions.slice(before)).toEqual(['GET /schemas/ids/1'])
    expect(registry.schemasKept).toBe(1)
  })

  test('as one’s own schema has it, or as it was written', async () => {
    const { of } = make()
    const written = await of().serialize('orders', { id: 1, note: 'x' })
    expect(await of({ schema: withCurrency }).deserialize(written)).toEqual({ id: 1, note: 'x', currency: 'EUR' })
    expect(await of({ schema: withCurrency, reads: 'writer' }).deserialize(written)).toEqual({ id: 1, note: 'x' })
  })

  test('null stays null', async () => {
    const { orders } = make()
    expect(await orders.deserialize(null)).toBeNull()
  })

  test('longs by choice, and none is rounded', async () => {
    const { of } = make()
    const large = 2n ** 53n + 1n
    const [written, small] = [await of().serialize('o', { id: large }), await of().serialize('o', { id: 5 })]
    const idOf = async (longs: 'number' | 'bigint' | 'either', bytes: Buffer) =>
      (await of({ longs }).deserialize(bytes)).id
    expect([await idOf('either', written), await idOf('either', small)]).toEqual([large, 5])
    expect([await idOf('bigint', written), await idOf('bigint', small)]).toEqual([large, 5n])
    expect(await idOf('number', small)).toBe(5)
    const error = await failure(idOf('number', written))
    expect(error).toMatchObject({ code: 'LONG_NOT_EXACT', fault: 'caller' })
    expect(error.message).toContain('9007199254740993')
    expect(await failure(of().serialize('o', { id: 2 ** 53 }))).toMatchObject({ code: 'VALUE_DOES_NOT_FIT' })
  })

  test('who is to blame', async () => {
    const { clock, of, orders, played } = make()
    const written = await orders.serialize('orders', { id: 1, note: 'x' })
    const unknown = Buffer.from(written)
    unknown.writeInt32BE(99, 1)
    const json = played.add('json', { schema: '{}', schemaType: 'JSON' })
    const broken = played.add('broken', { schema: '{"type":"strnig"}' })
    const other = played.add('other', { schema: '"string"' })
    const framed = (id: number) => Buffer.concat([Buffer.from([0, 0, 0, 0, id]), Buffer.from('0278', 'hex')])
    const codeOf = async (bytes: Buffer) => {
      const error = await failure(of().deserialize(bytes), clock)
      return [error.code, isRecordAtFault(error)]
    }
    expect(await codeOf(Buffer.from('{}'))).toEqual(['NO_SCHEMA_ID', true])
    expect(await codeOf(unknown)).toEqual(['SCHEMA_UNKNOWN', true])
    expect(await codeOf(framed(json.id))).toEqual(['SCHEMA_NOT_AVRO', true])
    expect(await codeOf(framed(broken.id))).toEqual(['SCHEMA_INVALID', true])
    expect(await codeOf(framed(other.id))).toEqual(['SCHEMAS_DO_NOT_RESOLVE', true])
    expect(await codeOf(written.subarray(0, 7))).toEqual(['BYTES_DO_NOT_FIT', true])
    expect(await codeOf(Buffer.concat([written, written]))).toEqual(['BYTES_DO_NOT_FIT', true])
    const { of: fresh, clock: later, played: down } = make()
    down.failing = 'refused'
    const error = await failure(fresh().deserialize(written), later)
    expect([error.code, isRecordAtFault(error)]).toEqual(['DEADLINE_EXCEEDED', false])
    down.failing = { status: 404, text: 'nginx' }
    expect(isRecordAtFault(await failure(fresh().deserialize(written), later))).toBe(false)
    down.failing = { status: 401, json: { error_code: 401, message: 'Unauthorized' } }
    expect((await failure(fresh().deserialize(written), later)).code).toBe('UNAUTHORIZED')
  })

  test('an id that nobody knows is asked for once in a while', async () => {
    const { clock, orders, played } = make()
    const bytes = Buffer.from('000000000902', 'hex')
    for (let count = 0; count < 100; count += 1) await failure(orders.deserialize(bytes))
    expect(played.asked).toHaveLength(1)
    clock.advance(5000)
    await failure(orders.deserialize(bytes))
    expect(played.asked).toHaveLength(2)
  })

  test('a registry that failed is asked again', async () => {
    const { clock, orders, played } = make()
    const written = await orders.serialize('orders', { id: 1, note: null })
    played.failing = 'refused'
    await failure(orders.deserialize(written), clock)
    played.failing = undefined
    expect(await orders.deserialize(written)).toEqual({ id: 1, note: null })
  })
})
