// Types as they are written, and what the compiler makes of programs that keep to them or do not.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { avroType } from '../avro/avro-type.ts'
import { resolvedReferences, schemaFilesOf } from '../schema-files/schema-files.ts'
import { PlayedRegistry } from '../serde/played-registry.ts'
import type { SchemaOf } from '../serde/schema-of.ts'
import { SchemaRegistry } from '../serde/schema-registry.ts'
import { serde } from '../serde/serde.ts'
import { typeFile } from './type-file.ts'

const root = join(import.meta.dirname, '..', '..')
const folder = join(import.meta.dirname, 'testdata', 'schemas')
const texts = readdirSync(folder).map(name => ({ path: name, text: readFileSync(join(folder, name), 'utf8') }))

function filesOf(each = texts) {
  const { files, faults } = schemaFilesOf(each)
  expect(faults).toEqual([])
  return files
}

test('the whole file', async () => {
  await expect(typeFile(filesOf())).toMatchFileSnapshot('testdata/schemas.gen.txt')
})

test('whatever order the files come in', () => {
  const [once, again] = [texts, texts.toReversed()].map(each => typeFile(filesOf(each)).trim().split('\n\n').sort())
  expect(again).toEqual(once)
})

test('what is written can be read by itself, with what it refers to', () => {
  for (const { schema, needs } of filesOf()) {
    const { canonicalText } = avroType.parse(schema.canonicalText, resolvedReferences(needs))
    expect(canonicalText).toBe(schema.canonicalText)
  }
})

test('longs by choice', () => {
  const file = [{ path: 'a.avsc', text: '{"type":"record","name":"A","fields":[{"name":"n","type":"long"}]}' }]
  const fieldOf = (longs: 'number' | 'bigint' | 'either') =>
    /interface A \{\n {2}n: (.*)\n/.exec(typeFile(filesOf(file), { longs }))![1]
  expect([fieldOf('number'), fieldOf('bigint'), fieldOf('either')]).toEqual(['number', 'bigint', 'number | bigint'])
})

// Each program has one statement more than the head; what the compiler says of it, or nothing.
const generated = './schemas.gen.ts'
const head = (root: string) => `import { serde } from '${root}/schema-registry/serde/index.ts'
import { orderSchema, ordersKeySchema, type Line, type Order, type OrderInput } from '${generated}'
const orders = serde({ registry: 'http://127.0.0.1:8081', schema: orderSchema })
const keys = serde({ registry: 'http://127.0.0.1:8081', schema: ordersKeySchema, part: 'key' })
const order: OrderInput = {
  id: '6c0a3c0e-0000-4000-8000-000000000000', number: 1, total: { cents: 5n }, state: 'NEW', placed: new Date(0),
  measured: 5n, lines: [{ sku: 'a', price: '1.50' }], labels: { a: null, b: 'c' }, payment: { 'com.acme.billing.Card': { last4: '1' } },
  amount: { double: 0.5 }, digest: new Uint8Array(16), raw: new Uint8Array(0),
  wait: { months: 1, days: 0, milliseconds: 0 }, shipping: 'HERE',
}
`
const programs: Record<string, readonly [statement: string, complaint: string | undefined]> = {
  writes: [`await orders.serialize('orders', order)`, undefined],
  keys: [`await keys.serialize('orders', 'a')`, undefined],
  reads: [
    `const read: Order = await orders.deserialize(new Uint8Array(0)); const total: string = read.total.currency; console.log(total)`,
    undefined,
  ],
  'writes-what-was-read': [`await orders.serialize('orders', await orders.deserialize(new Uint8Array(0)))`, undefined],
  'follows-itself': [
    `const { parent }: Order = await orders.deserialize(new Uint8Array(0)); console.log(parent?.parent?.number)`,
    undefined,
  ],
  'readonly-lines': [
    `const lines: readonly Line[] = []; await orders.serialize('orders', { ...order, lines })`,
    undefined,
  ],
  'field-that-is-gone': [`await orders.serialize('orders', { ...order, discount: 5 })`, 'discount'],
  'field-of-another-type': [`await orders.serialize('orders', { ...order, raw: 'text' })`, 'Uint8Array'],
  'field-without-default': [`const { number: _, ...rest } = order; await orders.serialize('orders', rest)`, 'number'],
  'symbol-that-is-unknown': [`await orders.serialize('orders', { ...order, state: 'LOST' })`, 'LOST'],
  'branch-that-is-unknown': [`await orders.serialize('orders', { ...order, payment: { last4: '1' } })`, 'last4'],
  'key-of-another-type': [`await keys.serialize('orders', 5)`, 'string'],
  'reads-as-something-else': [
    `const read: { currency: number } = (await orders.deserialize(new Uint8Array(0))).total; console.log(read)`,
    'currency',
  ],
  'null-where-there-is-none': [`await orders.serialize('orders', { ...order, total: null })`, 'MoneyInput'],
}

let work: string
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'millrace-types-'))
  const up = relative(work, root)
  const serdeModule = `${up}/schema-registry/serde/index.ts`
  writeFileSync(join(work, generated), typeFile(filesOf(), { serdeModule }))
  for (const [name, [statement]] of Object.entries(programs))
    writeFileSync(join(work, `${name}.ts`), `${head(up)}${statement}\n`)
  const { compilerOptions } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'))
  const options = {
    ...compilerOptions,
    noEmit: true,
    noUnusedLocals: false,
    rootDir: '/',
    typeRoots: [join(root, 'node_modules/@types')],
  }
  writeFileSync(join(work, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, include: ['*.ts'] }))
  writeFileSync(join(work, 'package.json'), '{"type":"module"}')
})
afterAll(() => rmSync(work, { recursive: true, force: true }))

/** What the compiler says, by file. */
function compiled(): Map<string, string> {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  let output = ''
  try {
    execFileSync(process.execPath, [tsc, '-p', work, '--pretty', 'false'], { cwd: work, encoding: 'utf8' })
  } catch (error) {
    output = (error as { stdout: string }).stdout
  }
  const said = new Map<string, string>()
  let file = ''
  for (const line of output.split('\n')) {
    file = /^([^(\s]+)\(\d+,\d+\): error/.exec(line)?.[1] ?? file
    if (line !== '') said.set(file, `${said.get(file) ?? ''}${line}\n`)
  }
  return said
}

test('programs that keep to the schema compile, and those that do not do not', { timeout: 120_000 }, () => {
  const said = compiled()
  const wrong = Object.entries(programs).flatMap(([name, [, complaint]]) => {
    const text = said.get(`${name}.ts`)
    if (complaint === undefined) return text === undefined ? [] : [`${name} does not compile: ${text}`]
    if (text === undefined) return [`${name} compiles`]
    return text.includes(complaint) ? [] : [`${name}: ${text}`]
  })
  expect(wrong).toEqual([])
  expect([...said.keys()].filter(file => !(file.replace('.ts', '') in programs))).toEqual([])
})

test('what compiles can be written, and is read as the types say', async () => {
  const { orderSchema } = (await import(join(work, generated))) as { orderSchema: SchemaOf }
  const registry = new SchemaRegistry({ url: 'http://r', world: { fetch: new PlayedRegistry().fetch } })
  const orders = serde({ registry, schema: orderSchema })
  const line = { sku: 'a', price: '1.50' }
  const written = {
    id: '6c0a3c0e-0000-4000-8000-000000000000',
    number: 2n ** 60n,
    total: { cents: 5n },
    state: 'NEW',
    placed: new Date(1000),
    measured: 5,
    lines: [line],
    labels: { a: null, b: 'c' },
    payment: { 'com.acme.billing.Card': { last4: '1' } },
    amount: { double: 0.5 },
    digest: new Uint8Array(16),
    raw: Uint8Array.of(1, 2),
    wait: { months: 1, days: 0, milliseconds: 0 },
    shipping: 'HERE',
  }
  const bytes = await orders.serialize('orders', { ...written, parent: written })
  const read = {
    ...written,
    total: { currency: 'EUR', cents: 5 },
    measured: 5n,
    due: null,
    lines: [{ ...line, count: 1 }],
    parent: null,
  }
  expect(await orders.deserialize(bytes)).toEqual({ ...read, parent: read })
})
