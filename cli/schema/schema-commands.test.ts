// The commands of `millrace schema`, in this process, with a registry that the test plays.

import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { RegistryClient } from '../../schema-registry/registry-client/registry-client.ts'
import { PlayedRegistry } from '../../schema-registry/testing/played-registry.ts'
import { Failure } from '../terminal/failure.ts'
import { Session } from '../terminal/session.ts'
import { checkSchemas } from './check.ts'
import { diffSchemas } from './diff.ts'
import { evolveSchema } from './evolve.ts'
import { getSchema } from './get.ts'
import { listSchemas } from './list.ts'
import { registerSchemas } from './register.ts'
import { writeTypes } from './types.ts'

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'millrace-schema-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const order = (...more: object[]) => ({
  type: 'record',
  name: 'Order',
  namespace: 'com.acme',
  fields: [{ name: 'id', type: 'string' }, ...more],
})
const money = { type: 'record', name: 'Money', namespace: 'com.acme', fields: [{ name: 'cents', type: 'long' }] }

function file(name: string, schema: unknown): string {
  const path = join(folder, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, typeof schema === 'string' ? schema : JSON.stringify(schema, null, 2))
  return path
}

function make({ json = false, isTTY = false } = {}) {
  const played = new PlayedRegistry()
  const registry = new RegistryClient({ url: 'http://r:8081', world: { fetch: played.fetch } })
  const said = { out: '', err: '' }
  const stream = (name: 'out' | 'err') => ({ write: (text: string) => (said[name] += text), isTTY }) as never
  const flags = { bootstrap: '', timeout: '15s', json }
  const interrupted = new AbortController()
  const session = new Session(flags, interrupted.signal, { out: stream('out'), err: stream('err') })
  return { played, registry, session, said, interrupted }
}

const failureOf = async (promise: Promise<unknown>): Promise<Failure> => {
  const failed = await promise.then(
    () => undefined,
    error => error,
  )
  if (failed instanceof Failure) return failed
  throw failed ?? new Error('it did not fail')
}

describe('register', () => {
  test('what others refer to first, under its name; and nothing twice', async () => {
    const { played, registry, session, said } = make()
    file('s/orders-value.avsc', order({ name: 'total', type: 'com.acme.Money' }))
    file('s/a/money.avsc', money)
    await registerSchemas(session, registry, {}, [join(folder, 's')])
    expect(said.out.split('\n').map(line => line.replace(folder, ''))).toEqual([
      'com.acme.Money\t1\t1\t/s/a/money.avsc\tregistered',
      'orders-value\t1\t2\t/s/orders-value.avsc\tregistered',
      '',
    ])
    const registered = played.asked.filter(({ method, url }) => method === 'POST' && /subjects.*versions/.test(url))
    expect(registered.map(({ body }) => body)).toMatchObject([
      { references: [] },
      { references: [{ name: 'com.acme.Money', subject: 'com.acme.Money', version: 1 }] },
    ])
    said.out = ''
    await registerSchemas(session, registry, {}, [join(folder, 's')])
    expect(said.out.match(/was there/g)).toHaveLength(2)
  })

  test('all or nothing', async () => {
    const { played, registry, session } = make()
    played.add('orders-value', { schema: JSON.stringify(order()) })
    played.verdict = { is_compatible: false, messages: [] }
    file('orders-value.avsc', order({ name: 'note', type: 'string' }))
    file('payments-value.avsc', '"string"')
    const { message, exitCode } = await failureOf(registerSchemas(session, registry, {}, [folder]))
    expect(exitCode).toBe(1)
    expect(message).toContain('READER_FIELD_MISSING_DEFAULT_VALUE')
    expect(message).toMatch(/Nothing was registered\.$/)
    expect(await registry.subjects()).toEqual(['orders-value'])
  })

  test('faults of all files at once, before anything is asked', async () => {
    const { played, registry, session } = make()
    file('a.avsc', '{')
    file('b.avsc', '{"type":"strnig"}')
    const { message } = await failureOf(registerSchemas(session, registry, {}, [folder]))
    expect(message).toMatch(/a\.avsc: [\s\S]*b\.avsc: .*strnig/)
    expect(played.asked).toEqual([])
  })

  test('--subject, --dry-run and what is typed wrongly', async () => {
    const { registry, session, said } = make()
    const [one, two] = [file('one.avsc', '"string"'), file('two.avsc', '"int"')]
    await registerSchemas(session, registry, { subject: 'orders-key', dryRun: true }, [one])
    expect(said.out).toContain('under orders-key')
    expect(await registry.subjects()).toEqual([])
    expect((await failureOf(registerSchemas(session, registry, { subject: 's' }, [one, two]))).exitCode).toBe(2)
    expect((await failureOf(registerSchemas(session, registry, {}, [join(folder, 'none')]))).exitCode).toBe(2)
    file('deep/one.avsc', '"long"')
    const { message } = await failureOf(registerSchemas(session, registry, {}, [folder]))
    expect(message).toContain('both belong to the subject one')
  })
})

describe('check', () => {
  const path = () => file('orders-value.avsc', order({ name: 'note', type: 'string' }))

  test('new, unchanged, compatible', async () => {
    const { played, registry, session, said } = make()
    await checkSchemas(session, registry, {}, [path()])
    played.add('orders-value', { schema: JSON.stringify(order()) })
    played.verdict = { is_compatible: true, messages: [] }
    await checkSchemas(session, registry, { level: 'forward' }, [path()])
    await checkSchemas(session, registry, {}, [file('orders-value.avsc', order())])
    expect(said.out.split('\n').map(line => line.split('\t').slice(1).join(' '))).toEqual([
      'orders-value new BACKWARD ',
      'orders-value compatible FORWARD version 1',
      'orders-value unchanged BACKWARD version 1',
      '',
    ])
  })

  test('incompatible: where, why, and what to do, with an exit code', async () => {
    const { played, registry, session } = make()
    played.add('orders-value', { schema: JSON.stringify(order()) })
    played.verdict = { is_compatible: false, messages: ['not shown, since it is known better here'] }
    const { message, exitCode } = await failureOf(checkSchemas(session, registry, {}, [path()]))
    expect(exitCode).toBe(1)
    expect(message.replaceAll(folder, '').split('\n')).toEqual([
      '/orders-value.avsc is incompatible with orders-value under BACKWARD',
      '  consumers with the new schema cannot read what was written with version 1:',
      '    /fields/1  READER_FIELD_MISSING_DEFAULT_VALUE',
      expect.stringMatching(/^ {6}.*note/),
      '      -> give the new field a default, or, if it was only renamed, its old name as an alias',
      '1 schema would be refused; millrace schema evolve FILE says what each level allows.',
    ])
  })

  test('the registry has the last word', async () => {
    const { played, registry, session } = make()
    played.add('orders-value', { schema: JSON.stringify(order({ name: 'note', type: 'string', default: '' })) })
    played.verdict = { is_compatible: false, messages: ['a rule of ours'] }
    expect((await failureOf(checkSchemas(session, registry, {}, [path()]))).message).toContain('a rule of ours')
    played.add('orders-value', { schema: JSON.stringify(order()) })
    played.verdict = { is_compatible: true, messages: [] }
    await checkSchemas(session, registry, {}, [path()])
    expect((await failureOf(checkSchemas(session, registry, { level: 'UP' }, [path()]))).message).toContain(
      '--level UP',
    )
  })

  test('for machines', async () => {
    const { played, registry, session, said } = make({ json: true })
    played.add('orders-value', { schema: JSON.stringify(order()) })
    await failureOf(checkSchemas(session, registry, { level: 'FULL' }, [path()]))
    expect(JSON.parse(said.out)).toMatchObject([
      {
        subject: 'orders-value',
        outcome: 'incompatible',
        level: 'FULL',
        comparedWith: [1],
        faults: [{ direction: 'backward' }],
      },
    ])
  })
})

test('diff: versions, and a version and a file', async () => {
  const { played, registry, session, said } = make()
  played.add('orders-value', { schema: JSON.stringify(order()) })
  played.add('orders-value', { schema: JSON.stringify(order({ name: 'note', type: 'string', default: '' })) })
  await diffSchemas(session, registry, {}, 'orders-value', undefined)
  expect(said.out).toBe('+\tnote\tfield of type string, default ""\n')
  said.out = ''
  await diffSchemas(session, registry, {}, 'orders-value', undefined, file('own.avsc', order()))
  expect(said.out).toBe('-\tnote\tfield of type string, default ""\n')
  await expect(diffSchemas(session, registry, {}, 'orders-value', '7')).rejects.toThrow('it has 1, 2')
  await expect(diffSchemas(session, registry, {}, 'order-value', '1')).rejects.toThrow('did you mean "orders-value"')
  await expect(diffSchemas(session, registry, {}, 'orders-value', 'x')).rejects.toThrow('whole number from 1')
})

test('evolve: each level, who goes first, and the one that applies', async () => {
  const { played, registry, session, said } = make({ isTTY: true })
  played.add('orders-value', { schema: JSON.stringify(order()) })
  const path = file('orders-value.avsc', order({ name: 'note', type: 'string' }))
  await evolveSchema(session, registry, {}, path, [])
  expect(said.out.replaceAll(folder, '')).toMatchInlineSnapshot(`
    "orders-value  version 1 -> /orders-value.avsc
       WHERE  WHAT
    +  note   field of type string, no default
    LEVEL                ALLOWED  UPGRADE                                                BECAUSE
    NONE                 yes      producers and consumers together: nothing is promised  nothing is compared
    BACKWARD *           no       -                                                      version 1 cannot be read: READER_FIELD_MISSING_DEFAULT_VALUE at /fields/1
    BACKWARD_TRANSITIVE  no       -                                                      version 1 cannot be read: READER_FIELD_MISSING_DEFAULT_VALUE at /fields/1
    FORWARD              yes      producers first                                        compatible with version 1
    FORWARD_TRANSITIVE   yes      producers first                                        compatible with version 1
    FULL                 no       -                                                      version 1 cannot be read: READER_FIELD_MISSING_DEFAULT_VALUE at /fields/1
    FULL_TRANSITIVE      no       -                                                      version 1 cannot be read: READER_FIELD_MISSING_DEFAULT_VALUE at /fields/1
      consumers with the new schema cannot read what was written with version 1:
        /fields/1  READER_FIELD_MISSING_DEFAULT_VALUE
          The writer does not write the reader's field "note", and it has no default
          -> give the new field a default, or, if it was only renamed, its old name as an alias
    "
  `)
})

test('list and get', async () => {
  const { played, registry, session, said } = make()
  played.add('b', { schema: '"string"' })
  played.add('a', { schema: '{"type":"int"}' })
  played.add('a', { schema: '"string"' })
  await listSchemas(session, registry, {}, undefined)
  expect(said.out).toBe('a\t2\t1\tAVRO\nb\t1\t1\tAVRO\n')
  said.out = ''
  await listSchemas(session, registry, {}, 'a')
  expect(said.out).toBe('1\t2\tAVRO\t\n2\t1\tAVRO\t\n')
  said.out = ''
  await getSchema(session, registry, {}, 'a', '1')
  await getSchema(session, registry, { id: '2', raw: true }, undefined)
  expect(said.out).toBe('{\n  "type": "int"\n}\n{"type":"int"}\n')
  await expect(getSchema(session, registry, { id: '2' }, 'a')).rejects.toThrow('only one of them')
  await expect(listSchemas(session, registry, {}, 'c')).rejects.toThrow('no subject "c"')
})

describe('types', () => {
  const flags = () => ({ out: join(folder, 'out'), name: 'schemas.gen.ts', longs: 'either' as const })

  test('written once, and looked at in CI', async () => {
    const { session, said } = make()
    const path = file('s/order.avsc', order())
    expect((await failureOf(writeTypes(session, { ...flags(), check: true }, [path]))).message).toContain(
      'is not there',
    )
    await writeTypes(session, flags(), [path])
    await writeTypes(session, flags(), [path])
    await writeTypes(session, { ...flags(), check: true }, [path])
    expect(said.out.split('\n').map(line => line.split(' ')[0])).toEqual([
      'wrote',
      'nothing',
      expect.stringContaining('gen.ts'),
      '',
    ])
    file('s/order.avsc', order({ name: 'note', type: 'string' }))
    expect((await failureOf(writeTypes(session, { ...flags(), check: true }, [path]))).message).toContain(
      'not what the schemas say',
    )
  })

  test.each(['s', 's/order.avsc'])('again when a schema changes; a wrong one changes nothing: %s', async watched => {
    const { session, said, interrupted } = make()
    const path = file('s/order.avsc', order())
    const watching = writeTypes(session, { ...flags(), watch: true }, [join(folder, watched)])
    const until = async (isSo: () => boolean) => {
      for (let count = 0; !isSo() && count < 200; count += 1) await new Promise(resolve => setTimeout(resolve, 25))
      expect(isSo(), said.out + said.err).toBe(true)
    }
    const text = () => readFileSync(join(folder, 'out/schemas.gen.ts'), 'utf8')
    await until(() => said.err.includes('watching'))
    file('s/order.avsc', '{')
    await until(() => said.err.includes('as they were before'))
    expect(text()).not.toContain('note')
    file('s/order.avsc', order({ name: 'note', type: 'string' }))
    await until(() => text().includes('note'))
    // As editors save: another file in its place, twice.
    for (const name of ['first', 'second']) {
      renameSync(file('new', order({ name, type: 'string' })), path)
      await until(() => text().includes(name))
    }
    if (watched === 's') {
      file('s/new/money.avsc', money)
      await until(() => text().includes('moneySchema'))
      file('s/new/money.avsc', { ...money, name: 'Coins' })
      await until(() => text().includes('coinsSchema'))
      rmSync(join(folder, 's/new'), { recursive: true })
      await until(() => !text().includes('coinsSchema'))
      file('s/new/money.avsc', money)
      await until(() => text().includes('moneySchema'))
      file('s/new/money.avsc', { ...money, name: 'Coins' })
      await until(() => text().includes('coinsSchema'))
    }
    interrupted.abort()
    await watching
  })
})
