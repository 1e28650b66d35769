// The command as a user types it: the bundle, as a process of its own.

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { nativeAddon } from '../io/native/addon.ts'

const program = join(import.meta.dirname, '../dist/bundle/millrace.js')
let folder = ''
const running: Millrace[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-cli-'))
})
afterEach(async () => {
  for (const millrace of running.splice(0)) await millrace.end('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

class Millrace {
  output = ''
  readonly exited: Promise<number | null>
  readonly #child

  constructor(...args: string[]) {
    this.#child = spawn(process.execPath, [program, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    this.exited = new Promise(resolve => this.#child.once('close', resolve))
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream.on('data', chunk => (this.output += chunk))
    running.push(this)
  }

  /** Resolves when the output has the text; rejects when the process ends without. */
  async until(text: string): Promise<void> {
    const seen = new Promise<void>(resolve =>
      this.#child.stdout.on('data', () => this.output.includes(text) && resolve()),
    )
    await Promise.race([seen, this.exited])
    expect(this.output).toContain(text)
  }

  get pid(): number {
    return this.#child.pid!
  }

  end(signal: NodeJS.Signals): Promise<number | null> {
    this.#child.kill(signal)
    return this.exited
  }
}

const refused = (...args: string[]) => refusedAs(1, ...args)

async function refusedAs(code: number, ...args: string[]): Promise<string> {
  const millrace = new Millrace(...args)
  expect(await millrace.exited).toBe(code)
  expect(millrace.output).not.toMatch(/^\s+at /m)
  return millrace.output
}

test('prints its profile, then one line starting with ready; SIGTERM stops it cleanly, and the data stays', async () => {
  const first = new Millrace('start', '--port', '0')
  await first.until('stop: Ctrl-C')
  expect(first.output).toContain('development profile: one node, loopback only, replication factors 1')
  expect(first.output).toMatch(/try: npx millrace produce hello --bootstrap 127\.0\.0\.1:\d+ {4}stop: Ctrl-C/)
  expect(first.output).toMatch(/data \.\/data \(new, formatted as cluster [\w-]{22}\)/)
  const [, cluster] = /cluster ([\w-]{22})/.exec(first.output)!
  expect(await first.end('SIGTERM')).toBe(0)
  const second = new Millrace('start', '--port', '0')
  await second.until('\nready ')
  expect(second.output).toContain(`data ./data (cluster ${cluster})`)
})

test('one line says whether files leave without passing through the program, and why not', async () => {
  const usual = new Millrace('start', '--port', '0')
  await usual.until('\nready ')
  const { addon } = nativeAddon()
  expect(usual.output).toMatch(addon ? /^zero-copy: native addon \(sendfile\)$/m : /^zero-copy: off \(.+\)$/m)
  vi.stubEnv('MILLRACE_NATIVE', 'off')
  const without = new Millrace('start', '--port', '0', '--data', 'other')
  vi.unstubAllEnvs()
  await without.until('\nready ')
  expect(without.output).toMatch(/^zero-copy: off \(MILLRACE_NATIVE=off\)$/m)
})

test('a data directory in use names the process that has it; a port in use names the port and the flag', async () => {
  const holder = new Millrace('start', '--port', '0')
  await holder.until('\nready ')
  expect(await refused('start', '--port', '0')).toContain(`is locked by process ${holder.pid}`)
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const output = await refused('start', '--port', String(port), '--data', 'other')
  expect(output).toContain(`cannot listen on 127.0.0.1:${port}: the port is in use`)
  expect(output).toContain('--port')
  server.close()
})

test('--http shows metrics and health from the ready line on; its port in use names the flag', async () => {
  const millrace = new Millrace('start', '--port', '0', '--http', '0')
  await millrace.until('/health')
  const [, url] = /metrics (http:\/\/127\.0\.0\.1:\d+)\/metrics/.exec(millrace.output)!
  const health = await fetch(`${url}/health`)
  expect([health.status, await health.json()]).toEqual([200, { status: 'ok', reasons: [] }])
  const text = await (await fetch(`${url}/metrics`)).text()
  expect(text).toMatch(/^millrace_log_directory_online\{directory="[^"]+\/data"\} 1$/m)
  expect(text).toMatch(/^process_resident_memory_bytes \d+$/m)
  const { port } = new URL(url!)
  const output = await refused('start', '--port', '0', '--data', 'other', '--http', port)
  expect(output).toContain(`--http: cannot listen on 127.0.0.1:${port}: the port is in use`)
  expect(await refused('start', '--http', 'everywhere')).toContain('--http everywhere: a port is a whole number')
})

test("a Kafka broker's file is taken; --set goes over it", async () => {
  const settings = [
    'process.roles=broker,controller',
    'node.id=7',
    'listeners=PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:19999',
  ]
  const quorum = [
    'controller.listener.names=CONTROLLER',
    'controller.quorum.voters=7@127.0.0.1:19999',
    'log.dirs=kafka-logs',
  ]
  writeFileSync(join(folder, 'server.properties'), [...settings, ...quorum, ''].join('\n'))
  const millrace = new Millrace('start', '--config', 'server.properties', '--set', 'num.io.threads=4')
  await millrace.until('\nready ')
  expect(millrace.output).toContain('data ./kafka-logs (new')
  expect(millrace.output).toContain('warning: num.io.threads')
})

test('mistakes are one message each that names the option, the setting, the value, and what to do', async () => {
  expect(await refused('start', '--set', 'nmu.partitions=3')).toContain('Did you mean num.partitions?')
  expect(await refused('start', '--set', 'num.partitions')).toContain(
    '--set num.partitions: a setting is given as name=value',
  )
  expect(await refused('start', '--port', '70000')).toContain('--port 70000: a port is a whole number from 0 to 65535')
  expect(await refused('start', '--config', 'missing.properties')).toContain('--config missing.properties:')
  expect(await refused('start', '--set', 'ssl.keystore.location=/k')).toContain('ssl.keystore.location')
  expect(await refusedAs(2, 'strat')).toContain("unknown command 'strat'")
})
