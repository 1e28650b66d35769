// The registry as a user starts it: beside a broker, and as a program of its own.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { AdminBench } from '../testing/admin-bench.ts'
import { MillraceProcess } from '../testing/millrace-process.ts'

let folder: string
const started: MillraceProcess[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-registry-'))
})
afterEach(async () => {
  for (const process of started) process.kill('SIGKILL')
  await Promise.all(started.splice(0).map(({ ended }) => ended))
  rmSync(folder, { recursive: true, force: true })
})

function run(bootstrap: string, ...args: string[]): MillraceProcess {
  const process = new MillraceProcess(args, { bootstrap, cwd: folder, input: '' })
  started.push(process)
  return process
}

/** What the pattern finds in what the process says, as soon as it does; an error when it ends without. */
async function said(process: MillraceProcess, pattern: RegExp): Promise<string> {
  let hasEnded = false
  void process.ended.then(() => (hasEnded = true))
  const found = () => pattern.exec(process.out + process.err)
  await expect.poll(() => hasEnded || found() !== null, { timeout: 30_000, interval: 20 }).toBe(true)
  expect(process.out + process.err).toMatch(pattern)
  return found()![1] ?? ''
}

const contentType = { 'content-type': 'application/vnd.schemaregistry.v1+json' }

async function register(url: string, subject: string, schema: unknown, headers: Record<string, string> = {}) {
  const answer = await fetch(`${url}/subjects/${subject}/versions`, {
    method: 'POST',
    headers: { ...contentType, ...headers },
    body: JSON.stringify({ schema: JSON.stringify(schema) }),
  })
  return [answer.status, ((await answer.json()) as { id?: number }).id]
}

const subjects = async (url: string) => (await fetch(`${url}/subjects`)).json()

describe('beside the broker of millrace start', () => {
  const start = (...args: string[]) => run('', 'start', '--port', '0', ...args)
  const readyLine = /^ready {2}broker \S+ {2}registry (http:\/\/127\.0\.0\.1:\d+) {2}\(/m

  test('the ready line says where it is; what was registered is there after another start', async () => {
    const first = start('--registry', '0')
    const url = await said(first, readyLine)
    expect(await register(url, 'orders-value', 'string')).toEqual([200, 1])
    first.kill('SIGTERM')
    expect((await first.ended).code).toBe(0)
    const again = await said(start('--registry', '0'), readyLine)
    expect(await subjects(again)).toEqual(['orders-value'])
    expect(await register(again, 'orders-value', 'string')).toEqual([200, 1])
    expect(await register(again, 'b', 'long')).toEqual([200, 2])
  })

  test('a port in use is said, with what to do, and the broker goes on without', async () => {
    const server = createServer()
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const broker = start('--registry', String(port))
    await said(broker, /^ready {2}broker \S+ {2}\(/m)
    expect(broker.err).toBe(
      `the registry cannot listen on 127.0.0.1:${port}: the port is in use. Another program listens there: stop it, or choose ` +
        'another port with --registry [HOST:]PORT, or leave it out with --registry off. The broker runs without it.\n',
    )
    server.close()
  })

  test('on a port of one’s own a broker has none, unless it is asked for', async () => {
    await said(start(), /^ready {2}broker \S+ {2}\(/m)
    const refused = start('--registry', 'everywhere')
    expect((await refused.ended).code).toBe(1)
    expect(refused.err).toContain('--registry everywhere: give a port')
  })
})

describe('millrace registry', () => {
  let bench: AdminBench
  beforeAll(async () => {
    bench = await AdminBench.start()
  })
  afterAll(() => bench.stop())

  const registry = (...args: string[]) => run(bench.bootstrap, 'registry', '--listen', '0', ...args)
  const urlOf = (process: MillraceProcess) => said(process, /^ready {2}registry (\S+) /m)

  test('several instances: a follower sends writes to the leader, and leads when that one has stopped', async () => {
    const [a, b] = [registry(), registry()]
    const [urlA, urlB] = [await urlOf(a), await urlOf(b)]
    expect(await register(urlA, 'a', 'string')).toEqual([200, 1])
    expect(await register(urlB, 'b', 'long')).toEqual([200, 2])
    const isLeader = async (url: string) =>
      ((await (await fetch(`${url}/health`)).json()) as { leader: boolean }).leader
    const leaders = await Promise.all([isLeader(urlA), isLeader(urlB)])
    expect(leaders.filter(Boolean).length).toBe(1)
    const [leading, following, url] = leaders[0] ? [a, b, urlB] : [b, a, urlA]
    leading.kill('SIGTERM')
    expect((await leading.ended).code).toBe(0)
    // Until the group has decided, a write waits.
    expect(await register(url, 'c', 'int')).toEqual([200, 3])
    expect(following.out).toContain('this instance leads')
    expect(await subjects(url)).toEqual(['a', 'b', 'c'])
  })

  test('an error of the leader is told as the leader says it', async () => {
    const [a, b] = [registry(), registry()]
    for (const url of [await urlOf(a), await urlOf(b)]) {
      const answer = await fetch(`${url}/subjects/x/versions`, {
        method: 'POST',
        headers: contentType,
        body: JSON.stringify({ schema: '{"type":"nothing"}' }),
      })
      expect([answer.status, ((await answer.json()) as { error_code: number }).error_code]).toEqual([422, 42201])
    }
  })

  test('who may not lead follows, and says what is missing', async () => {
    const only = registry('--never-lead', '--topic', '_alone', '--group', 'alone')
    const url = await urlOf(only)
    await said(only, /(no registry of the group may lead: start one without --never-lead)/)
    const health = (await (await fetch(`${url}/health`)).json()) as { status: string; reasons: string[] }
    expect([health.status, health.reasons]).toEqual([
      'degraded',
      ['no registry of the group may lead: start one without --never-lead'],
    ])
  })

  test('credentials: asked for, and sent on to the leader', async () => {
    const path = join(folder, 'credentials.txt')
    writeFileSync(path, 'basic alice secret\nbasic bob secret read\n')
    const [a, b] = ['1', '2'].map(() => registry('--credentials', path, '--topic', '_guarded', '--group', 'guarded'))
    const basic = (name: string) => ({ authorization: `Basic ${Buffer.from(`${name}:secret`).toString('base64')}` })
    for (const url of [await urlOf(a!), await urlOf(b!)]) {
      expect((await register(url, 'x', 'string'))[0]).toBe(401)
      expect((await register(url, 'x', 'string', basic('bob')))[0]).toBe(403)
      expect(await register(url, 'x', 'string', basic('alice'))).toEqual([200, 1])
    }
  })

  test('mistakes are one message each that says what to do', async () => {
    const refused = async (code: number, ...args: string[]) => {
      const ended = await run(bench.bootstrap, 'registry', ...args).ended
      expect(ended.err).not.toMatch(/^\s+at /m)
      expect(ended.code).toBe(code)
      return ended.err
    }
    expect(await refused(2, '--listen', 'everywhere')).toContain('--listen everywhere: give a port')
    expect(await refused(2, '--advertise', 'http://a')).toContain('--advertise http://a: give a host, or host:port')
    expect(await refused(2, '--https-key', 'key.pem')).toContain('HTTPS needs both')
    expect(await refused(2, '--credentials', 'missing.txt')).toContain('--credentials missing.txt: ENOENT')
    writeFileSync(join(folder, 'wrong.txt'), 'nobody\n')
    expect(await refused(1, '--credentials', 'wrong.txt')).toContain('wrong.txt: credentials file, line 1')
    expect(await refused(1, '--bootstrap', '127.0.0.1:1')).toContain('Start a broker with `millrace start`')
    await bench.admin.topics.create({ name: 'wrong', configs: { 'cleanup.policy': 'delete' } })
    expect(await refused(1, '--listen', '0', '--topic', 'wrong')).toContain(
      'millrace config set topic wrong cleanup.policy=compact',
    )
  })
})
