// A real Apache Kafka 4.3.0 broker (combined broker and controller, one node; kafka-cluster.mjs has several) for suites to run against: formats a
// directory or takes one that is there, starts, waits until it answers, stops it cleanly or kills it.
// Invariant: a started broker ends with `stop()` or `kill()`, at the latest with this process.
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './free-port.mjs'
import { ProgramFailed, run, start } from './process.mjs'
import { answersApiVersions, pause } from './ready.mjs'
import { javaArguments, kafkaJars } from './tools/java.mjs'

/**
 * Settings of a one-node Kafka as server.properties holds them; replication factors 1 because there is one node.
 * The quorum is one static voter, unless the directory's own metadata holds a voter set, which then wins.
 */
function serverProperties({ nodeId, port, controllerPort, logDirs, settings }) {
  const properties = {
    'process.roles': 'broker,controller',
    'node.id': nodeId,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    'controller.quorum.voters': `${nodeId}@127.0.0.1:${controllerPort}`,
    'log.dirs': logDirs.join(','),
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    ...settings,
  }
  return Object.entries(properties).map(([name, value]) => `${name}=${value}\n`).join('') // biome-ignore format: one thought
}

/** meta.properties of a formatted log directory as an object, or undefined when the directory is not formatted. */
function metaProperties(logDir) {
  const path = join(logDir, 'meta.properties')
  if (!existsSync(path)) return undefined
  const lines = readFileSync(path, 'utf8').split('\n').filter(line => line.includes('=')) // biome-ignore format: one thought
  return Object.fromEntries(lines.map(line => line.split(/=(.*)/s).slice(0, 2)))
}

/** An id for directories that are to be of one cluster. */
export function newClusterId() {
  return randomBytes(16).fill(1, 0, 1).toString('base64url') // a first byte of 1: never a leading dash
}

/**
 * Starts Kafka and resolves when it answers requests.
 *
 * Options, all optional:
 * - `dataDir`: its log directory, formatted when it is not yet; without it a temporary one, removed by `stop()`.
 * - `logDirs`: several of them instead.
 * - `port`, `controllerPort`: free ones when missing. `clusterId`: of directories that are formatted; a new one when missing.
 * - `settings`: further server.properties, `{ name: value }`; they win over the ones this module sets.
 * - `formatArguments`: further arguments of `kafka-storage format`, such as `['--feature', 'group.version=0']`.
 * - `jars`: folder with Kafka's jars (fetched when missing), `heap` ('512M'), `startMsMax` (60,000), `logLevel` ('warn').
 * - `jvm`: the broker's JVM arguments (those of a quick start when missing; `scriptArguments` of tools/java.mjs to measure it).
 *
 * Resolves with `{ bootstrap, host, port, dataDir, logDirs, pid, startMs, output(), stop(), kill() }`: `startMs` is the time from
 * the start of the process until the port answered; `stop()` is SIGTERM and throws when the broker did not end well, `kill()` is SIGKILL. Throws ProgramFailed, with what the broker printed, when it does not start.
 */
export async function startKafka(options = {}) {
  const { heap = '512M', startMsMax = 60_000, settings = {}, formatArguments = [], logLevel = 'warn' } = options
  const jars = options.jars ?? (await kafkaJars())
  const work = mkdtempSync(join(tmpdir(), 'millrace-kafka-'))
  const logDirs = options.logDirs ?? [options.dataDir ?? join(work, 'data')]
  const port = options.port ?? (await freePort())
  const controllerPort = options.controllerPort ?? (await freePort())
  const formatted = logDirs.map(metaProperties).find(Boolean)
  const nodeId = formatted?.['node.id'] ?? settings['node.id'] ?? 1
  const config = join(work, 'server.properties')
  writeFileSync(config, serverProperties({ nodeId, port, controllerPort, logDirs, settings }))
  for (const folder of logDirs) mkdirSync(folder, { recursive: true })
  const base = javaArguments(jars, { heap, logLevel })
  if (!formatted) {
    const clusterId = options.clusterId ?? newClusterId()
    await run('java', [...base, 'kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', config, ...formatArguments])
  }
  const launched = javaArguments(jars, { heap, logLevel, ...(options.jvm && { jvm: options.jvm }) })
  const startedMs = performance.now()
  const broker = start('java', [...launched, 'kafka.Kafka', config])
  const ended = broker.done.then(() => true)
  const until = Date.now() + startMsMax
  while (!(await answersApiVersions('127.0.0.1', port))) {
    if (await Promise.race([ended, pause(10)])) throw new ProgramFailed(broker.result, 'Kafka ended while starting')
    if (Date.now() < until) continue
    broker.child.kill('SIGKILL')
    await ended
    throw new ProgramFailed(broker.result, `Kafka did not answer within ${startMsMax} ms`)
  }
  return brokerHandle({ broker, port, logDirs, work, startMs: performance.now() - startedMs })
}

function brokerHandle({ broker, port, logDirs, work, startMs }) {
  const cleanUp = () => rmSync(work, { recursive: true, force: true })
  return {
    bootstrap: `127.0.0.1:${port}`,
    host: '127.0.0.1',
    port,
    dataDir: logDirs[0],
    logDirs,
    pid: broker.child.pid,
    startMs,
    output: () => broker.result.stdout + broker.result.stderr,
    async stop() {
      broker.child.kill('SIGTERM')
      const { status, signal } = await broker.done
      cleanUp()
      if (status !== 143 && status !== 0 && signal !== 'SIGTERM')
        throw new ProgramFailed(broker.result, 'Kafka did not stop cleanly')
    },
    async kill() {
      broker.child.kill('SIGKILL')
      await broker.done
      cleanUp()
    },
  }
}
