// Our broker as a user starts it: the built command line, as a process of its own.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from './free-port.mjs'
import { ProgramFailed, start } from './process.mjs'
import { answersApiVersions, pause } from './ready.mjs'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/**
 * Starts our broker and resolves when it has printed its `ready` line. Options, all optional: `dataDir` (a temporary one,
 * removed by `stop()`, when missing), `logDirs` (several of them instead), `port`, `settings` ({ name: value }), `startMsMax` (60,000), `nodeArguments` (of node
 * itself), `program` (the command; `dist/cli/main.js` when missing).
 * Resolves with the same handle as startKafka: `{ bootstrap, host, port, dataDir, logDirs, pid, startMs, output(), stop(), kill() }`.
 */
export async function startMillrace(options = {}) {
  const { settings = {}, startMsMax = 60_000, nodeArguments = [] } = options
  const program = options.program ?? join(root, 'dist', 'cli', 'main.js')
  if (!existsSync(program)) throw new Error(`${program} is missing: build first with \`npm run build\``)
  const work = mkdtempSync(join(tmpdir(), 'millrace-broker-'))
  const dataDir = options.dataDir ?? join(work, 'data')
  const port = options.port ?? (await freePort())
  const logDirs = options.logDirs ?? [dataDir]
  const named = options.logDirs ? { 'log.dirs': logDirs.join(','), 'metadata.log.dir': logDirs[0] } : {}
  const set = Object.entries({ ...settings, ...named }).flatMap(([name, value]) => ['--set', `${name}=${value}`])
  let ready
  const isReady = new Promise(resolve => {
    ready = resolve
  })
  const startedMs = performance.now()
  const command = [...nodeArguments, program, 'start', '--port', String(port), '--data', dataDir, ...set]
  const broker = start(process.execPath, command, {
    onLine: line => line.startsWith('ready') && ready('ready'),
  })
  const timer = setTimeout(() => ready('late'), startMsMax)
  const outcome = await Promise.race([isReady, broker.done.then(() => 'ended')])
  clearTimeout(timer)
  if (outcome !== 'ready') {
    broker.child.kill('SIGKILL')
    await broker.done
    throw new ProgramFailed(
      broker.result,
      outcome === 'late' ? `no ready line within ${startMsMax} ms` : 'our broker ended while starting',
    )
  }
  while (!(await answersApiVersions('127.0.0.1', port))) await pause(10)
  return handle({ broker, port, dataDir, logDirs, work, startMs: performance.now() - startedMs })
}

function handle({ broker, port, dataDir, logDirs, work, startMs }) {
  const cleanUp = () => rmSync(work, { recursive: true, force: true })
  return {
    bootstrap: `127.0.0.1:${port}`,
    host: '127.0.0.1',
    port,
    dataDir,
    logDirs,
    pid: broker.child.pid,
    startMs,
    output: () => broker.result.stdout + broker.result.stderr,
    async stop() {
      broker.child.kill('SIGTERM')
      const { status } = await broker.done
      cleanUp()
      if (status !== 0) throw new ProgramFailed(broker.result, 'our broker did not stop cleanly')
    },
    async kill() {
      broker.child.kill('SIGKILL')
      await broker.done
      cleanUp()
    },
  }
}
