// Reading schemas with what they refer to, also where the topic holds what nobody could have registered.

import { expect, test } from 'vitest'
import { testRegistry } from '../testing/test-registry.ts'
import { schemaKey } from './record-keys.ts'

const record = (subject: string, id: number, schema: object | string, references: object[] = []) => ({
  key: schemaKey(subject, 1),
  value: JSON.stringify({ subject, version: 1, id, schema: JSON.stringify(schema), references, deleted: false }),
})
const named = (name: string, type: string) => ({ type: 'record', name, fields: [{ name: 'f', type }] })
const to = (name: string, subject: string) => [{ name, subject, version: 1 }]

test('schemas that refer to each other in a circle cannot be read, and are answered as they are', async () => {
  const { ask, log } = await testRegistry()
  log.put(record('a', 1, named('A', 'B'), to('B', 'b')))
  log.put(record('b', 2, named('B', 'A'), to('A', 'a')))
  expect((await ask('GET', '/schemas/ids/1')).body.schema).toBe(JSON.stringify(named('A', 'B')))
  expect((await ask('GET', '/schemas/ids/1?format=resolved')).body.error_code).toBe(42201)
  expect((await ask('GET', '/subjects/a/versions/1/referencedby')).body).toEqual([2])
})

test('a reference that has gone is said; its schema is still answered as it is', async () => {
  const { ask, log } = await testRegistry()
  log.put(record('a', 1, named('A', 'B'), to('B', 'gone')))
  expect((await ask('GET', '/schemas/ids/1')).status).toBe(200)
  const { body } = await ask('GET', '/schemas/ids/1?format=resolved')
  expect(body).toEqual({
    error_code: 42201,
    message: expect.stringContaining('No schema reference found for subject "gone" and version 1'),
  })
})

test('a reference that is replaced is read anew', async () => {
  const { ask, log } = await testRegistry()
  log.put(record('b', 1, named('B', 'int')))
  log.put(record('a', 2, named('A', 'B'), to('B', 'b')))
  expect((await ask('GET', '/schemas/ids/2?format=resolved')).body.schema).toContain('"type":"int"')
  log.put({ key: schemaKey('b', 1), value: null })
  log.put(record('b', 3, named('B', 'long')))
  expect((await ask('GET', '/schemas/ids/2?format=resolved')).body.schema).toContain('"type":"long"')
})

test('what older versions let in is read less strictly than what is new', async () => {
  const { ask, log } = await testRegistry()
  const bad = { type: 'record', name: 'R', fields: [{ name: 'f', type: 'string', default: 1 }] }
  log.put(record('a', 1, bad))
  expect((await ask('POST', '/subjects/a', { schema: JSON.stringify(bad) })).body.id).toBe(1)
  expect((await ask('POST', '/subjects/a/versions', { schema: JSON.stringify(bad) })).body.id).toBe(1)
  expect((await ask('POST', '/subjects/b/versions', { schema: JSON.stringify(bad) })).body.error_code).toBe(42201)
})
