// What all requests have in common: content types, bodies, credentials, limits, the OpenAPI document.

import { readFileSync } from 'node:fs'
import { request as httpsRequest } from 'node:https'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readCredentials } from './credentials.ts'
import { defaultLimits } from './limits.ts'
import { testRegistry } from './testing/test-registry.ts'

const v1 = 'application/vnd.schemaregistry.v1+json'

describe('content types', () => {
  test.each([
    [undefined, v1],
    ['*/*', v1],
    ['application/*', v1],
    ['application/json', 'application/json'],
    ['application/vnd.schemaregistry+json', 'application/vnd.schemaregistry+json'],
    [`application/json, ${v1};q=0.5`, 'application/json'],
    [`${v1}, application/vnd.schemaregistry+json, application/json`, v1],
    ['text/html, application/json;q=0.9, */*;q=0.1', 'application/json'],
    ['text/html, */*;q=0.1', v1],
  ])('accepting %s is answered with %s', async (accept, type) => {
    const { ask } = await testRegistry()
    const { headers, status } = await ask('GET', '/subjects', undefined, accept === undefined ? {} : { accept })
    expect([status, headers['content-type']]).toEqual([200, type])
    const missing = await ask('GET', '/subjects/none/versions', undefined, accept === undefined ? {} : { accept })
    expect([missing.status, missing.headers['content-type']]).toEqual([404, type])
  })

  test('none that is accepted: 406', async () => {
    const { ask } = await testRegistry()
    const { status, body } = await ask('GET', '/subjects', undefined, { accept: 'text/html' })
    expect([status, body.error_code]).toEqual([406, 406])
    expect((await ask('GET', '/subjects', undefined, { accept: 'application/json;q=0' })).status).toBe(406)
  })

  test.each([[v1], ['application/json'], ['application/json; charset=utf-8'], ['application/octet-stream']])(
    'a body in %s is read',
    async type => {
      const { ask } = await testRegistry()
      const { status } = await ask('POST', '/subjects/a/versions', '{"schema": "\\"int\\""}', { 'content-type': type })
      expect(status).toBe(200)
    },
  )

  test('a body without a type is read, one in another type is 415', async () => {
    const { ask, app } = await testRegistry()
    const untyped = await app.inject({
      method: 'POST',
      url: '/subjects/a/versions',
      body: Buffer.from('{"schema":"\\"int\\""}'),
    })
    expect(untyped.statusCode).toBe(200)
    const { status, body } = await ask('POST', '/subjects/a/versions', '<schema/>', { 'content-type': 'text/xml' })
    expect([status, body.error_code]).toEqual([415, 415])
  })

  test('reads say how far the topic has been read', async () => {
    const { ask } = await testRegistry()
    await ask('POST', '/subjects/a/versions', { schema: '"int"' })
    expect((await ask('GET', '/subjects')).headers['millrace-applied-offset']).toBe('1')
  })
})

describe('bodies', () => {
  test('broken UTF-8 is 400, and nothing is written', async () => {
    const { ask, log } = await testRegistry()
    const bytes = Buffer.concat([Buffer.from('{"schema":"\\"'), Buffer.from([0xc3, 0x28]), Buffer.from('\\""}')])
    const { status, body } = await ask('POST', '/subjects/a/versions', bytes)
    expect([status, body]).toEqual([400, { error_code: 400, message: 'The body is not UTF-8' }])
    expect(log.records).toEqual([])
  })

  test('half of a surrogate pair is 400', async () => {
    const { ask } = await testRegistry()
    expect((await ask('POST', '/subjects/a/versions', '{"schema":"\\"\\ud800\\""}')).status).toBe(400)
  })

  test('no body, and a body of null, are 422', async () => {
    const { ask } = await testRegistry()
    expect((await ask('POST', '/subjects/a/versions')).body.error_code).toBe(422)
    expect((await ask('PUT', '/config', 'null')).body.error_code).toBe(422)
  })
})

describe('limits, each of them full', () => {
  test('a body larger than bodyBytesMax is 413', async () => {
    const { ask } = await testRegistry({ limits: { bodyBytesMax: 100 } })
    const { status, body } = await ask('POST', '/subjects/a/versions', { schema: JSON.stringify('x'.repeat(100)) })
    expect([status, body.error_code]).toEqual([413, 413])
  })

  test('a body that nests deeper than jsonDepthMax is 400', async () => {
    const { ask } = await testRegistry()
    const deep = (levels: number) => `{"x":${'['.repeat(levels)}${']'.repeat(levels)}}`
    expect((await ask('PUT', '/config', deep(999))).status).toBe(200)
    expect((await ask('PUT', '/config', deep(1000))).body.message).toBe('The body nests deeper than 1000 levels')
    expect((await ask('PUT', '/config', deep(100_000))).status).toBe(400)
  })

  test('a schema that nests deeper is 42201', async () => {
    const { ask } = await testRegistry()
    const schema = (levels: number) => `${'{"type":"array","items":'.repeat(levels)}"int"${'}'.repeat(levels)}`
    expect((await ask('POST', '/subjects/a/versions', { schema: schema(900) })).status).toBe(200)
    const { body } = await ask('POST', '/subjects/a/versions', { schema: schema(10_000) })
    expect(body).toEqual({ error_code: 42201, message: expect.stringContaining('it nests deeper than 1000 levels') })
  })

  test('a schema of 10 MB is 42209, and nothing is written', async () => {
    const { ask, log } = await testRegistry()
    const schema = JSON.stringify({ type: 'enum', name: 'E', doc: 'x'.repeat(10_000_000), symbols: ['A'] })
    expect((await ask('POST', '/subjects/a/versions', { schema })).body.error_code).toBe(42209)
    expect(log.records).toEqual([])
  })

  test('a configuration larger than recordBytesMax is 422, and nothing is written', async () => {
    const { ask, log } = await testRegistry({ limits: { recordBytesMax: 200 } })
    const part = 'x'.repeat(100)
    expect((await ask('PUT', '/config/a', { alias: part })).status).toBe(200)
    const { body } = await ask('PUT', '/config/a', { compatibilityGroup: part })
    expect(body).toEqual({ error_code: 422, message: expect.stringContaining('may have 200 bytes') })
    expect(log.records).toHaveLength(1)
  })

  test('a name longer than pathPartLengthMax is 414', async () => {
    const { ask } = await testRegistry({ limits: { pathPartLengthMax: 10 } })
    expect((await ask('GET', `/config/${'x'.repeat(10)}?defaultToGlobal=true`)).status).toBe(200)
    expect((await ask('GET', `/config/${'x'.repeat(11)}?defaultToGlobal=true`)).body.error_code).toBe(414)
  })

  test('more than referencesMax references, those of references included, are 42201', async () => {
    const { ask } = await testRegistry({ limits: { referencesMax: 2 } })
    const record = (name: string, type: unknown) =>
      JSON.stringify({ type: 'record', name, fields: [{ name: 'f', type }] })
    const to = (name: string) => [{ name, subject: name, version: 1 }]
    await ask('POST', '/subjects/A/versions', { schema: record('A', 'int') })
    await ask('POST', '/subjects/B/versions', { schema: record('B', 'A'), references: to('A') })
    expect((await ask('POST', '/subjects/C/versions', { schema: record('C', 'B'), references: to('B') })).status).toBe(
      200,
    )
    const { body } = await ask('POST', '/subjects/D/versions', { schema: record('D', 'C'), references: to('C') })
    expect(body).toEqual({ error_code: 42201, message: expect.stringContaining('more than 2 schemas') })
  })

  test('what stays parsed is bounded by parsedCharsMax; what was let go is parsed again', async () => {
    const { ask, registry } = await testRegistry({ limits: { parsedCharsMax: 5000 } })
    for (let size = 1; size <= 20; size++) {
      const schema = JSON.stringify({ type: 'fixed', name: 'F', size })
      expect((await ask('POST', `/subjects/s${size}/versions`, { schema })).status).toBe(200)
    }
    expect(registry.context.parsed.chars).toBeLessThanOrEqual(5000)
    expect(registry.context.parsed.count).toBeGreaterThan(0)
    expect((await ask('GET', '/schemas/ids/1?format=resolved')).body.schema).toContain('"size":1')
  })

  test('more schemas than schemasPerAnswerMax are answered in pages', async () => {
    const { ask } = await testRegistry({ limits: { schemasPerAnswerMax: 2 } })
    for (const subject of ['a', 'b', 'c']) await ask('POST', `/subjects/${subject}/versions`, { schema: '"int"' })
    const subjects = async (query: string) =>
      (await ask('GET', `/schemas${query}`)).body.map((one: { subject: string }) => one.subject)
    expect(await subjects('')).toEqual(['a', 'b'])
    expect(await subjects('?limit=3')).toEqual(['a', 'b'])
    expect(await subjects('?offset=2')).toEqual(['c'])
  })

  test('more than requestsPerWindowMax of one address are 429, whatever they ask', async () => {
    const { ask } = await testRegistry({
      limits: { requestsPerWindowMax: 2 },
      credentials: readCredentials('bearer ci token'),
    })
    expect((await ask('GET', '/subjects')).status).toBe(401)
    expect((await ask('GET', '/nothing')).status).toBe(401)
    const { status, body, headers } = await ask('GET', '/subjects', undefined, { authorization: 'Bearer token' })
    expect([status, body.error_code]).toEqual([429, 429])
    expect(headers['retry-after']).toBeDefined()
  })

  test('more than connectionsMax connections are closed', async () => {
    const { app } = await testRegistry({ limits: { connectionsMax: 1 } })
    await app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = app.server.address() as { port: number }
    const first = connect(port, '127.0.0.1')
    await new Promise(resolve => app.server.once('connection', resolve))
    const second = connect(port, '127.0.0.1')
    await new Promise(resolve => second.once('close', resolve))
    expect(first.destroyed).toBe(false)
    first.destroy()
    await app.close()
  })

  test('what a request may take to arrive, and how many addresses are counted, are the server’s own', async () => {
    const { app } = await testRegistry({ limits: { requestArrivalMsMax: 1234 } })
    expect(app.server.requestTimeout).toBe(1234)
    expect(defaultLimits.countedClientsMax).toBeGreaterThan(0)
  })
})

describe('who may ask', () => {
  const credentials = readCredentials('basic alice secret\nbearer ci token read')
  const basic = (pair: string) => ({ authorization: `Basic ${Buffer.from(pair).toString('base64')}` })

  test('nobody without credentials; health and the document are open', async () => {
    const { ask } = await testRegistry({ credentials })
    const { status, headers, body } = await ask('GET', '/subjects')
    expect([status, body.error_code, headers['www-authenticate']]).toEqual([401, 401, 'Basic realm="schema-registry"'])
    expect((await ask('GET', '/subjects', undefined, basic('alice:wrong'))).status).toBe(401)
    expect((await ask('GET', '/subjects', undefined, basic('bob:secret'))).status).toBe(401)
    expect((await ask('GET', '/metrics')).status).toBe(401)
    expect((await ask('GET', '/nothing')).status).toBe(401)
    expect((await ask('GET', '/health')).status).toBe(200)
    expect((await ask('GET', '/openapi.json')).status).toBe(200)
  })

  test('a name with its password may do all, a token that reads only reads', async () => {
    const { ask } = await testRegistry({ credentials })
    const schema = { schema: '"int"' }
    const reader = { authorization: 'Bearer token' }
    expect((await ask('POST', '/subjects/a/versions', schema, basic('alice:secret'))).status).toBe(200)
    expect((await ask('GET', '/subjects', undefined, reader)).body).toEqual(['a'])
    expect((await ask('POST', '/subjects/a', schema, reader)).status).toBe(200)
    expect((await ask('POST', '/compatibility/subjects/a/versions', schema, reader)).status).toBe(200)
    const { status, body } = await ask('POST', '/subjects/a/versions', schema, reader)
    expect([status, body.error_code]).toEqual([403, 403])
    expect((await ask('DELETE', '/subjects/a', undefined, reader)).status).toBe(403)
  })

  test('over TLS', async () => {
    const pem = (name: string) => readFileSync(join(import.meta.dirname, '../io/testdata/tls', name), 'utf8')
    const tls = { key: pem('server.key'), cert: pem('server.pem') }
    const { app } = await testRegistry({ tls })
    await app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = app.server.address() as { port: number }
    const status = await new Promise((resolve, reject) => {
      const asked = httpsRequest(
        { host: '127.0.0.1', port, path: '/subjects', ca: pem('authority.pem'), servername: 'localhost' },
        resolve,
      )
      asked.on('error', reject).end()
    }).then(response => (response as { statusCode: number }).statusCode)
    expect(status).toBe(200)
    await app.close()
  })
})

describe('who leads', () => {
  const leadership = { isLeader: false, leaderUrl: 'http://leader:8081' }

  test('writes are sent on, with the bytes that came; reads and registrations that change nothing are not', async () => {
    const sent: string[] = []
    const { ask, log } = await testRegistry({
      leadership,
      forward: async (request, reply) => {
        sent.push(`${request.method} ${request.url} ${request.body ?? ''}`)
        return reply.code(200).send('{"id":99}')
      },
    })
    log.put({
      key: '{"keytype":"SCHEMA","subject":"a","version":1,"magic":1}',
      value: '{"subject":"a","version":1,"id":3,"schema":"\\"int\\""}',
    })
    expect((await ask('POST', '/subjects/a/versions', '{"schema":"\\"int\\""}')).body.id).toBe(3)
    expect((await ask('GET', '/subjects')).body).toEqual(['a'])
    expect(sent).toEqual([])
    expect((await ask('POST', '/subjects/a/versions', '{"schema":"\\"long\\""}')).body).toEqual({ id: 99 })
    await ask('DELETE', '/contexts/.b/subjects/a?permanent=true')
    expect(sent).toEqual([
      'POST /subjects/a/versions {"schema":"\\"long\\""}',
      'DELETE /subjects/:.b:a?permanent=true ',
    ])
  })

  test('a schema that cannot be read here is sent on too: what it refers to may not have come yet', async () => {
    const { ask } = await testRegistry({ leadership, forward: async (_request, reply) => reply.send('sent on') })
    const references = [{ name: 'B', subject: 'b', version: 1 }]
    expect((await ask('POST', '/subjects/a/versions', { schema: '"B"', references })).text).toBe('sent on')
  })

  test('an invalid body is refused where it arrives', async () => {
    const { ask } = await testRegistry({ leadership, forward: async (_request, reply) => reply.send('sent on') })
    expect((await ask('POST', '/subjects/a/versions', '{')).status).toBe(400)
  })

  test('without anybody to send them on, writes are refused', async () => {
    const { ask } = await testRegistry({ leadership })
    expect((await ask('DELETE', '/subjects/a')).body.error_code).toBe(50003)
  })
})

test('/metrics tells requests by operation and status, and what is known', async () => {
  const { ask } = await testRegistry()
  await ask('POST', '/subjects/a/versions', { schema: '"int"' })
  await ask('GET', '/subjects/b/versions')
  await ask('GET', '/nowhere')
  const { text, headers } = await ask('GET', '/metrics')
  expect(headers['content-type']).toContain('text/plain')
  expect(text).toContain('millrace_registry_requests_total{operation="registerSchema",status="200"} 1')
  expect(text).toContain('millrace_registry_requests_total{operation="getAllVersions",status="404"} 1')
  expect(text).toContain('millrace_registry_requests_total{operation="none",status="404"} 1')
  expect(text).toContain('millrace_registry_subjects 1')
  expect(text).toContain('millrace_registry_applied_offset 1')
  expect(text).toContain('millrace_registry_is_leader 1')
})

test('what nobody foresaw is 500 without telling more', async () => {
  const errors: object[] = []
  const logger = { debug() {}, info() {}, warn() {}, error: (fields: object) => void errors.push(fields) }
  const { ask, log } = await testRegistry({ logger })
  log.beforeAppend = () => {
    throw new Error('secret detail')
  }
  const { status, body } = await ask('POST', '/subjects/a/versions', { schema: '"int"' })
  expect([status, body]).toEqual([
    500,
    { error_code: 500, message: 'Internal Server Error: the log of the registry says more' },
  ])
  expect(errors).toHaveLength(1)
})
